"""Answers that do not come: what is sent again, where, and what an error may then claim."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, List

import pytest

from holdfast_client import (
    Code,
    ConnectionLostError,
    DeadlineError,
    Outcome,
    RejectedError,
    ReserveOutcome,
)
from holdfast_client import _frames as frames
from holdfast_client._proto.holdfast.v1 import common_pb2, stock_pb2
from calls import KEY, SLACK_SECONDS, failure, reserve, reserved
from scripted_server import Peer, attempt_of, echo


def test_lost_answer_is_asked_for_again_with_the_same_bytes(serve: Any, connect: Any) -> None:
    bodies: List[bytes] = []
    attempts: List[int] = []

    def take(peer: Peer) -> frames.Frame:
        peer.hello()
        request = peer.request()
        bodies.append(frames.split_metadata(request)[1])
        attempts.append(attempt_of(request))
        return request

    def dies(peer: Peer) -> None:
        take(peer)
        peer.close()

    def answers(peer: Peer) -> None:
        peer.answer(take(peer), reserved(replayed=True))
        peer.wait_for_close()

    answer = reserve(connect(serve(dies, answers)))
    assert answer.outcome is ReserveOutcome.RESERVED and answer.replayed
    assert attempts == [0, 1]
    assert bodies[0] == bodies[1]
    assert stock_pb2.ReserveRequest.FromString(bodies[0]).request_id == KEY


@pytest.mark.parametrize("seconds", [0.3, 0.8])
def test_answer_that_stays_lost_is_unknown_and_comes_by_the_deadline(
    serve: Any, connect: Any, seconds: float
) -> None:
    server = serve(lambda peer: (peer.hello(), peer.request(), server.stop_listening(), peer.close()))
    client = connect(server)
    began = time.monotonic()
    error = failure(lambda: reserve(client, timeout=seconds))
    assert time.monotonic() - began < seconds + SLACK_SECONDS
    assert error.outcome is Outcome.UNKNOWN
    assert error.request_id == KEY
    assert error.method == "StockService/Reserve" and error.endpoint == server.endpoint
    assert error.attempts == 1


def test_mute_server_is_unknown_at_the_deadline(serve: Any, connect: Any) -> None:
    server = serve(lambda peer: (peer.hello(), peer.wait_for_close()))
    began = time.monotonic()
    error = failure(lambda: reserve(connect(server), timeout=0.4))
    assert 0.4 <= time.monotonic() - began < 0.4 + SLACK_SECONDS
    assert isinstance(error, DeadlineError) and error.outcome is Outcome.UNKNOWN
    assert error.reason == "DEADLINE"


def test_silent_connection_is_given_up_and_another_one_answers(serve: Any, connect: Any) -> None:
    def mute(peer: Peer) -> None:
        peer.hello()
        peer.wait_for_close()

    def answers(peer: Peer) -> None:
        peer.hello()
        peer.answer(peer.request(), reserved(replayed=True))
        peer.wait_for_close()

    server = serve(mute, answers)
    answer = reserve(connect(server, timeout=8, silence_timeout=0.2))
    assert answer.replayed and server.connection_count == 2


def test_late_answer_on_the_silent_connection_still_counts(serve: Any, connect: Any) -> None:
    asked_again = threading.Event()

    def slow(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        assert asked_again.wait(10)
        peer.answer(request, reserved())
        peer.wait_for_close()

    def mute(peer: Peer) -> None:
        peer.hello()
        peer.request()
        asked_again.set()
        peer.wait_for_close()

    answer = reserve(connect(serve(slow, mute), timeout=8, silence_timeout=0.2))
    assert answer.outcome is ReserveOutcome.RESERVED and not answer.replayed


def test_slow_answer_on_a_lively_connection_is_waited_for(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        first = peer.request()
        for _ in range(8):
            time.sleep(0.1)
            peer.raw(frames.encode(frames.PING, body=b""))
        peer.answer(first, reserved())
        peer.wait_for_close()

    server = serve(script)
    assert reserve(connect(server, timeout=8, silence_timeout=0.4)).reservation_id == 7
    assert server.connection_count == 1


def test_goaway_moves_new_calls_and_keeps_old_answers(serve: Any, connect: Any) -> None:
    told, moved = threading.Event(), threading.Event()

    def leaving(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        peer.goaway()
        peer.raw(frames.encode(frames.PING))
        assert peer.frame().kind == frames.PONG  # So the client has read what came before.
        told.set()
        assert moved.wait(10)
        peer.answer(request, reserved())
        assert peer.wait_for_close() == []

    def staying(peer: Peer) -> None:
        peer.hello()
        peer.ping_server()

    server = serve(leaving, staying)
    client = connect(server, timeout=8, silence_timeout=8)
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(reserve, client)
        assert told.wait(10)
        assert client.ping(b"new").payload == b"new"
        assert server.connection_count == 2
        moved.set()
        assert old.result(10).reservation_id == 7


def test_draining_answer_is_sent_again_elsewhere(serve: Any, connect: Any) -> None:
    def draining(peer: Peer) -> None:
        peer.hello()
        peer.refuse(peer.request(), Code.UNAVAILABLE, reason="DRAINING", message="leaving")
        peer.wait_for_close()

    def staying(peer: Peer) -> None:
        peer.hello()
        peer.answer(peer.request(), reserved())
        peer.wait_for_close()

    server = serve(draining, staying)
    assert reserve(connect(server)).reservation_id == 7
    assert server.connection_count == 2


def test_idle_close_by_the_server_costs_no_call(serve: Any, connect: Any) -> None:
    def idle(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        peer.answer(request, echo(request))
        peer.goaway("IDLE")
        peer.close()

    server = serve(idle)
    client = connect(server)
    for number in range(5):
        assert client.ping(b"%d" % number).payload == b"%d" % number


def test_rejection_carries_everything_the_server_said(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        peer.refuse(
            peer.request(),
            Code.RESOURCE_EXHAUSTED,
            retry_ms=250,
            message="too fast",
            reason="RATE_LIMITED",
            metadata={"dimension": "user"},
            field_violations=[common_pb2.FieldViolation(field="user_id", description="slow down")],
        )
        peer.wait_for_close()

    error = failure(lambda: reserve(connect(serve(script))))
    assert isinstance(error, RejectedError) and error.outcome is Outcome.REJECTED
    assert error.code is Code.RESOURCE_EXHAUSTED and error.reason == "RATE_LIMITED"
    assert error.retry_after_ms == 250 and error.metadata == {"dimension": "user"}
    assert error.field_violations == (("user_id", "slow down"),)
    for part in ("RATE_LIMITED", "too fast", "user_id", "StockService/Reserve", "rejected"):
        assert part in str(error)


@pytest.mark.parametrize(
    "code, reason, outcome",
    [
        (Code.RESOURCE_EXHAUSTED, "RATE_LIMITED", Outcome.UNKNOWN),
        (Code.PERMISSION_DENIED, "ROLE_NOT_ALLOWED", Outcome.UNKNOWN),
        (Code.FAILED_PRECONDITION, "REQUEST_ID_REUSED", Outcome.REJECTED),
    ],
)
def test_rejection_after_a_lost_attempt_claims_no_more_than_it_can(
    serve: Any, connect: Any, code: Code, reason: str, outcome: Outcome
) -> None:
    def refuses(peer: Peer) -> None:
        peer.hello()
        peer.refuse(peer.request(), code, reason=reason)
        peer.wait_for_close()

    error = failure(
        lambda: reserve(connect(serve(lambda peer: (peer.hello(), peer.request(), peer.close()), refuses)))
    )
    assert error.code is code and error.outcome is outcome and error.attempts == 2


@pytest.mark.parametrize("code", [Code.INTERNAL, Code.UNKNOWN])
def test_internal_error_leaves_the_outcome_unknown(serve: Any, connect: Any, code: Code) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        peer.refuse(peer.request(), code, message="oops")
        peer.wait_for_close()

    error = failure(lambda: reserve(connect(serve(script))))
    assert isinstance(error, RejectedError) and error.outcome is Outcome.UNKNOWN


def test_unavailable_is_tried_again_after_the_time_the_server_names(serve: Any, connect: Any) -> None:
    times: List[float] = []

    def script(peer: Peer) -> None:
        peer.hello()
        for _ in range(2):
            request = peer.request()
            times.append(time.monotonic())
            peer.refuse(request, Code.UNAVAILABLE, retry_ms=120, reason="MEMORY_FULL")
        peer.answer(peer.request(), reserved())
        peer.wait_for_close()

    assert reserve(connect(serve(script), timeout=5)).reservation_id == 7
    assert times[1] - times[0] >= 0.11


def test_unavailable_past_the_deadline_is_a_rejection(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        peer.refuse(peer.request(), Code.UNAVAILABLE, retry_ms=60_000, reason="MEMORY_FULL")
        peer.wait_for_close()

    error = failure(lambda: reserve(connect(serve(script))))
    assert error.outcome is Outcome.REJECTED and error.reason == "MEMORY_FULL" and error.retry_after_ms == 60_000


def test_garbage_after_hello_ends_the_connection_and_is_unknown(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        peer.request()
        peer.raw(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.wait_for_close()

    error = failure(lambda: reserve(connect(serve(script)), timeout=0.5))
    assert isinstance(error, (ConnectionLostError, DeadlineError)) and error.outcome is Outcome.UNKNOWN
    assert "protocol" in str(error)


def test_answer_that_cannot_be_read_is_unknown(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        peer.raw(frames.encode(frames.RESPONSE, call_id=peer.request().call_id, body=b"\xff\xff\xff"))
        peer.wait_for_close()

    error = failure(lambda: reserve(connect(serve(script))))
    assert error.reason == "BAD_ANSWER" and error.outcome is Outcome.UNKNOWN


def test_restart_of_the_server_fails_no_call(serve: Any, connect: Any) -> None:
    """The port is free for a while, as it is when a server restarts: calls wait for it within their deadline."""

    def once(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        peer.answer(request, echo(request))
        server.stop_listening()
        peer.close()

    server = serve(once)
    client = connect(server, timeout=8)
    assert client.ping(b"before").payload == b"before"
    port = int(server.endpoint.rpartition(":")[2])
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                break
        time.sleep(0.02)
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(client.ping, b"after")
        time.sleep(0.3)
        serve(lambda peer: (peer.hello(), peer.ping_server()), port=port)
        assert pending.result(10).payload == b"after"
