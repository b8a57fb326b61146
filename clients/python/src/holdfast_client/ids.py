"""Request ids and owner tokens: 16 bytes that the caller makes, and keeps, before it sends."""

from __future__ import annotations

import os
import time
from typing import Union

REQUEST_ID_BYTES = 16
OWNER_TOKEN_BYTES = 16


def new_request_id() -> bytes:
    """A new request id in the form of a UUIDv7: 48 bits of Unix milliseconds, then random bits.

    Store it with your order before you send it: the same id sent again, after a crash too, gets the first answer.
    """
    milliseconds = time.time_ns() // 1_000_000
    made = bytearray((milliseconds & (2**48 - 1)).to_bytes(6, "big") + os.urandom(10))
    made[6] = 0x70 | (made[6] & 0x0F)
    made[8] = 0x80 | (made[8] & 0x3F)
    return bytes(made)


def new_owner_token() -> bytes:
    """A new owner token of a lease: 16 random bytes. Whoever knows them can renew and release the lease."""
    return os.urandom(OWNER_TOKEN_BYTES)


def as_owner_token(value: bytes) -> bytes:
    """`value` as an owner token: 16 bytes."""
    made = bytes(value)
    if len(made) != OWNER_TOKEN_BYTES:
        raise ValueError(f"an owner token has {OWNER_TOKEN_BYTES} bytes, not {len(made)}")
    return made


def as_request_id(value: Union[bytes, bytearray, memoryview, object]) -> bytes:
    """`value` as a request id: 16 bytes, or anything with 16 `bytes`, like a `uuid.UUID`."""
    raw = value if isinstance(value, (bytes, bytearray, memoryview)) else getattr(value, "bytes", None)
    if not isinstance(raw, (bytes, bytearray, memoryview)):
        raise TypeError(f"a request id is {REQUEST_ID_BYTES} bytes or a uuid.UUID, not {type(value).__name__}")
    made = bytes(raw)
    if len(made) != REQUEST_ID_BYTES:
        raise ValueError(f"a request id has {REQUEST_ID_BYTES} bytes, not {len(made)}")
    if not any(made):
        raise ValueError("a request id may not be all zero")
    return made
