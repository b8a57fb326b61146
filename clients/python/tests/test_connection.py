"""One connection under every kind of server: slow, disorderly, dying, leaving, lying, mute."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, List

from holdfast_client import ClosedError, Outcome, RequestError
from holdfast_client import _frames as frames
from holdfast_client._proto.holdfast.v1 import common_pb2, stock_pb2
from holdfast_client.ids import new_request_id
from calls import SLACK_SECONDS, failure, reserve, reserved
from scripted_server import Closed, Peer, echo


def test_answers_out_of_order_reach_their_own_callers(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        asked = [peer.request() for _ in range(16)]
        for request in reversed(asked):
            peer.answer(request, echo(request))
        peer.wait_for_close()

    client = connect(serve(script), timeout=5)
    payloads = [b"%d" % number for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda payload: client.ping(payload).payload, payloads))
    assert answers == payloads


def test_many_threads_share_one_connection(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        peer.ping_server()

    server = serve(script)
    client = connect(server, timeout=10)

    def many(thread: int) -> bool:
        wanted = [b"%d/%d" % (thread, number) for number in range(40)]
        return [client.ping(payload).payload for payload in wanted] == wanted

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(many, range(24)))
    assert server.connection_count == 1


def test_call_ids_grow_and_the_deadline_travels(serve: Any, connect: Any) -> None:
    seen: List[frames.Frame] = []

    def script(peer: Peer) -> None:
        peer.hello()
        for _ in range(3):
            seen.append(peer.request())
            peer.answer(seen[-1], echo(seen[-1]))
        peer.wait_for_close()

    client = connect(serve(script))
    for timeout in (0.4, 1.0, 3.0):
        client.ping(timeout=timeout)
    assert [frame.call_id for frame in seen] == [1, 2, 3]
    assert 0 < seen[0].clock_ms <= 400 < seen[1].clock_ms <= 1000 < seen[2].clock_ms <= 3000
    assert all(frame.value == common_pb2.METHOD_PING and frame.flags == 0 for frame in seen)


def test_unknown_kinds_and_strange_call_ids_are_skipped_and_pings_answered(serve: Any, connect: Any) -> None:
    pongs: List[frames.Frame] = []

    def script(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        peer.raw(frames.encode(77, body=b"from the future"))
        peer.raw(frames.encode(frames.RESPONSE, call_id=4_000_000_000))
        peer.raw(frames.encode(frames.PING, body=b"are you there"))
        pongs.append(peer.frame())
        peer.answer(request, reserved())
        peer.wait_for_close()

    assert reserve(connect(serve(script))).reservation_id == 7
    assert pongs[0].kind == frames.PONG and pongs[0].body == b"are you there"


def test_answer_in_single_bytes_is_put_together(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        body = reserved(replayed=True).SerializeToString()
        for byte in frames.encode(frames.RESPONSE, call_id=request.call_id, body=body):
            peer.raw(bytes([byte]))
        peer.wait_for_close()

    assert reserve(connect(serve(script), timeout=5)).replayed


def test_calls_in_flight_stay_within_the_servers_limit(serve: Any, connect: Any) -> None:
    in_flight: List[int] = []

    def script(peer: Peer) -> None:
        peer.hello(calls_in_flight_max=2)
        first, second = peer.request(), peer.request()
        time.sleep(0.3)
        in_flight.append(2)
        peer.answer(second, echo(second))
        third = peer.request()
        peer.answer(first, echo(first))
        peer.answer(third, echo(third))
        peer.wait_for_close()

    client = connect(serve(script), timeout=5)
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(client.ping, b"%d" % number) for number in range(2)]
        time.sleep(0.1)
        futures.append(pool.submit(client.ping, b"2"))
        assert [future.result().payload for future in futures] == [b"0", b"1", b"2"]
    assert in_flight == [2]


def test_call_that_finds_no_room_was_not_sent(serve: Any, connect: Any) -> None:
    released = threading.Event()

    def script(peer: Peer) -> None:
        peer.hello(calls_in_flight_max=1)
        request = peer.request()
        assert released.wait(10)
        peer.answer(request, echo(request))
        peer.wait_for_close()

    client = connect(serve(script), silence_timeout=9)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.ping, b"1", timeout=9)
        time.sleep(0.2)
        error = failure(lambda: reserve(client, timeout=0.3))
        assert error.outcome is Outcome.NOT_SENT and error.reason == "CALLS_IN_FLIGHT_FULL"
        released.set()
        assert first.result().payload == b"1"


def test_request_over_the_servers_frame_limit_is_not_sent(serve: Any, connect: Any) -> None:
    server = serve(lambda peer: (peer.hello(frame_bytes_max=200), peer.ping_server()))
    client = connect(server)
    error = failure(lambda: reserve(client, order_ref="x" * 300))
    assert isinstance(error, RequestError) and error.outcome is Outcome.NOT_SENT
    assert client.ping(b"still fine").payload == b"still fine"


def test_server_that_never_reads_cannot_block_a_caller(serve: Any, connect: Any) -> None:
    stop = threading.Event()
    server = serve(lambda peer: (peer.hello(), stop.wait(20)))
    client = connect(server, silence_timeout=30)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        futures = [
            pool.submit(failure, lambda: reserve(client, order_ref="x" * 1_000_000, timeout=0.8))
            for _ in range(16)
        ]
        errors = [future.result() for future in futures]
    stop.set()
    assert time.monotonic() - began < 2 * 0.8 + 2 * SLACK_SECONDS
    assert all(error.outcome is Outcome.UNKNOWN for error in errors)


def test_close_ends_calls_in_flight_and_refuses_new_ones(serve: Any, connect: Any) -> None:
    server = serve(lambda peer: (peer.hello(), peer.wait_for_close()))
    client = connect(server, timeout=20, silence_timeout=20)
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(failure, lambda: reserve(client))
        while not server.connection_count:
            time.sleep(0.01)
        time.sleep(0.1)
        began = time.monotonic()
        client.close(0.2)
        error = pending.result(10)
        assert time.monotonic() - began < 0.2 + SLACK_SECONDS
    assert error.outcome is Outcome.UNKNOWN and "closed" in str(error)
    error = failure(lambda: reserve(client))
    assert isinstance(error, ClosedError) and error.outcome is Outcome.NOT_SENT


def test_close_lets_an_answer_that_is_on_its_way_arrive(serve: Any, connect: Any) -> None:
    closing = threading.Event()

    def script(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        assert closing.wait(10)
        time.sleep(0.1)
        peer.answer(request, reserved())
        peer.wait_for_close()

    server = serve(script)
    client = connect(server, timeout=8, silence_timeout=8)
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(reserve, client)
        while not server.connection_count:
            time.sleep(0.01)
        time.sleep(0.1)
        closing.set()
        client.close(5)
        assert pending.result(1).reservation_id == 7


def test_client_says_goodbye_when_it_closes(serve: Any, connect: Any) -> None:
    ends: List[bytes] = []

    def script(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        peer.answer(request, echo(request))
        # `recv` returns nothing only after a close_notify; a bare FIN raises an SSLEOFError.
        ends.append(peer._stream.recv(1))

    server = serve(script)
    client = connect(server)
    client.ping()
    client.close()
    for _ in range(100):
        if ends:
            break
        time.sleep(0.02)
    assert ends == [b""]


def test_no_threads_stay_behind(serve: Any, connect: Any) -> None:
    def ours() -> List[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("holdfast")]

    server = serve(lambda peer: (peer.hello(), peer.ping_server()))
    for _ in range(3):
        with connect(server) as client:
            client.ping()
            assert ours()
    for _ in range(100):
        if not ours():
            break
        time.sleep(0.02)
    assert ours() == []


def test_metadata_carries_traceparent_and_locale(serve: Any, connect: Any) -> None:
    seen: List[common_pb2.Metadata] = []

    def script(peer: Peer) -> None:
        peer.hello()
        request = peer.request()
        metadata, _ = frames.split_metadata(request)
        seen.append(common_pb2.Metadata.FromString(metadata or b""))
        peer.answer(request, echo(request))
        peer.wait_for_close()

    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    connect(serve(script), locale="zh-CN").ping(b"x", traceparent=trace)
    assert seen == [common_pb2.Metadata(traceparent=trace, locale="zh-CN")]


def test_request_ids_differ_when_none_is_given(serve: Any, connect: Any) -> None:
    keys: List[bytes] = []

    def script(peer: Peer) -> None:
        peer.hello()
        while True:
            try:
                request = peer.request()
            except Closed:
                return
            keys.append(stock_pb2.ReserveRequest.FromString(request.body).request_id)
            peer.answer(request, reserved())

    client = connect(serve(script))
    for _ in range(3):
        client.reserve("sale-1", "user-1", {"sku-1": 1})
    client.reserve("sale-1", "user-1", {"sku-1": 1}, request_id=new_request_id())
    assert len(set(keys)) == 4 and all(len(key) == 16 for key in keys)
