"""Frames of holdfast/1: a 4-byte length, 12 more header bytes, a body. All integers are big-endian.

    offset 0        4      5       6          8         12             16
           | length | kind | flags | method / | call_id | timeout_ms / | body ...
           | u32    | u8   | u8    | code u16 | u32     | retry u32    |

`length` counts the bytes after itself. Pure code: bytes in, frames out.
"""

from __future__ import annotations

import struct
from typing import Iterator, NamedTuple, Optional

HEADER = struct.Struct(">IBBHII")
HEADER_BYTES = HEADER.size
LENGTH_BYTES = 4
#: The header bytes that `length` counts.
COUNTED_HEADER_BYTES = HEADER_BYTES - LENGTH_BYTES

HELLO = 1
REQUEST = 2
RESPONSE = 3
ITEM = 4
CANCEL_CALL = 5
PING = 6
PONG = 7
GOAWAY = 8
CREDIT = 9

#: The body starts with a length-prefixed `Metadata` message.
FLAG_METADATA = 0x01
#: Flags that change the body; the ones above are hints and are ignored.
FLAGS_BODY = 0x0F

#: The largest `length` there can be: the first byte of a frame is 0.
LENGTH_MAX = 2**24 - 1
#: The largest call id; behind it the connection is used up.
CALL_ID_MAX = 2**32 - 1


class FrameError(Exception):
    """The peer sent bytes that are no holdfast/1 frame."""


class Frame(NamedTuple):
    """One whole frame. `value` is the method or the code, `clock_ms` the timeout or the retry time."""

    kind: int
    flags: int
    value: int
    call_id: int
    clock_ms: int
    body: bytes


def encode(
    kind: int,
    *,
    value: int = 0,
    call_id: int = 0,
    clock_ms: int = 0,
    body: bytes = b"",
    metadata: Optional[bytes] = None,
) -> bytes:
    """One frame as bytes. `metadata` is an encoded `Metadata` message, which sets its flag."""
    flags = 0
    if metadata is not None:
        flags = FLAG_METADATA
        body = struct.pack(">H", len(metadata)) + metadata + body
    length = COUNTED_HEADER_BYTES + len(body)
    return HEADER.pack(length, kind, flags, value, call_id, clock_ms) + body


def split_metadata(frame: Frame) -> "tuple[Optional[bytes], bytes]":
    """The encoded `Metadata` in front of the body, if the frame has one, and the message behind it."""
    if not frame.flags & FLAG_METADATA:
        return None, frame.body
    if len(frame.body) < 2:
        raise FrameError("a frame with metadata is shorter than the length of its metadata")
    (count,) = struct.unpack_from(">H", frame.body)
    if len(frame.body) < 2 + count:
        raise FrameError("a frame ends within its metadata")
    return frame.body[2 : 2 + count], frame.body[2 + count :]


class FrameReader:
    """Cuts a byte stream into frames. What it keeps grows with bytes received, never with a length claimed."""

    def __init__(self, length_max: int = LENGTH_MAX) -> None:
        self._buffer = bytearray()
        self._length_max = length_max

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yields every frame that `data` completes. Raises `FrameError` at the first one that is malformed."""
        self._buffer += data
        buffer = self._buffer
        start = 0
        try:
            while len(buffer) - start >= LENGTH_BYTES:
                length = int.from_bytes(buffer[start : start + LENGTH_BYTES], "big")
                if length < COUNTED_HEADER_BYTES or length > self._length_max:
                    raise FrameError(
                        f"a frame claims {length} bytes; {COUNTED_HEADER_BYTES} to {self._length_max} are allowed"
                    )
                end = start + LENGTH_BYTES + length
                if len(buffer) < end:
                    return
                _, kind, flags, value, call_id, clock_ms = HEADER.unpack_from(buffer, start)
                if kind == 0 or kind >= 128:
                    raise FrameError(f"a frame has kind {kind}, which a server may not send")
                body = bytes(buffer[start + HEADER_BYTES : end])
                start = end
                yield Frame(kind, flags, value, call_id, clock_ms, body)
        finally:
            del buffer[:start]

    @property
    def pending_byte_count(self) -> int:
        """Bytes of a frame that has begun and is not whole yet."""
        return len(self._buffer)
