"""Frames: one by one, cut anywhere, malformed in every way the length and kind allow."""

from __future__ import annotations

import pytest

from holdfast_client import _frames as frames

PIECES = (
    frames.encode(frames.RESPONSE, call_id=1, value=14, clock_ms=250, body=b"status")
    + frames.encode(frames.PING)
    + frames.encode(frames.RESPONSE, call_id=2, metadata=b"meta", body=b"answer")
)


def test_header_is_laid_out_as_the_protocol_says() -> None:
    made = frames.encode(frames.REQUEST, value=0x0102, call_id=0x03040506, clock_ms=0x0708090A, body=b"!")
    assert made.hex() == "0000000d" "02" "00" "0102" "03040506" "0708090a" "21"


def test_metadata_stands_in_front_of_the_body_with_its_length() -> None:
    made = frames.encode(frames.REQUEST, metadata=b"abc", body=b"xyz")
    assert made[5] == frames.FLAG_METADATA and made[16:] == b"\x00\x03abcxyz"
    (frame,) = frames.FrameReader().feed(made)
    assert frames.split_metadata(frame) == (b"abc", b"xyz")


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00\x04abc"])
def test_metadata_that_ends_early_is_an_error(body: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.split_metadata(frames.Frame(frames.RESPONSE, frames.FLAG_METADATA, 0, 1, 0, body))


def test_every_cut_gives_the_same_frames() -> None:
    whole = list(frames.FrameReader().feed(PIECES))
    assert [frame.body for frame in whole] == [b"status", b"", b"\x00\x04metaanswer"]
    for cut in range(len(PIECES) + 1):
        reader = frames.FrameReader()
        assert [*reader.feed(PIECES[:cut]), *reader.feed(PIECES[cut:])] == whole
        assert reader.pending_byte_count == 0
    reader = frames.FrameReader()
    assert [frame for byte in PIECES for frame in reader.feed(bytes([byte]))] == whole


@pytest.mark.parametrize("length", [0, 1, 11, 101, 2**24 - 1, 2**24, 2**31, 2**32 - 1])
def test_length_outside_the_limits_is_an_error_before_its_bytes_arrive(length: int) -> None:
    reader = frames.FrameReader(length_max=100)
    with pytest.raises(frames.FrameError, match=str(length)):
        list(reader.feed(length.to_bytes(4, "big")))


def test_frames_before_a_malformed_one_are_delivered() -> None:
    got = []
    with pytest.raises(frames.FrameError):
        for frame in frames.FrameReader().feed(PIECES + b"\x00\x00\x00\x01"):
            got.append(frame)
    assert len(got) == 3


@pytest.mark.parametrize("kind", [0, 128, 255])
def test_kind_that_no_server_may_send_is_an_error(kind: int) -> None:
    with pytest.raises(frames.FrameError, match=str(kind)):
        list(frames.FrameReader().feed(frames.encode(kind)))
