"""A connection that cannot be had says which phase failed and what to do, within a second."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import Any, Callable, Iterator

import pytest

from holdfast_client import TLS, ConnectError, Outcome, StockClient
from calls import SLACK_SECONDS
from scripted_server import Peer


def refusal(client: StockClient) -> ConnectError:
    """What `connect` and a call say; both must agree, and be quick about it."""
    errors = []
    for attempt in (client.connect, client.ping):
        began = time.monotonic()
        with pytest.raises(ConnectError) as caught:
            attempt()
        assert time.monotonic() - began < 1.0 + SLACK_SECONDS
        errors.append(caught.value)
    first, second = errors
    assert first.outcome is second.outcome is Outcome.NOT_SENT
    assert (first.phase, first.hint) == (second.phase, second.hint)
    assert first.endpoint == client.endpoint and first.reason == f"CONNECT_{first.phase.upper()}"
    assert first.phase in str(first) and first.hint in str(first)
    return first


@pytest.fixture
def listen() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """A plain TCP listener that treats its connections as told."""
    listeners = []

    def start(treat: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            while True:
                try:
                    stream, _ = listener.accept()
                except OSError:
                    return
                with stream:
                    try:
                        treat(stream)
                    except OSError:
                        pass

        threading.Thread(target=run, daemon=True).start()
        return "127.0.0.1:%d" % listener.getsockname()[1]

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_name_that_does_not_exist(tls: TLS) -> None:
    with StockClient("no-such-host.invalid:7443", tls=tls) as client:
        assert refusal(client).phase == "dns"


def test_port_where_nobody_listens(tls: TLS) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with StockClient(f"127.0.0.1:{port}", tls=tls) as client:
        error = refusal(client)
    assert error.phase == "tcp" and "running" in error.hint and str(port) in error.hint


def test_peer_that_takes_the_connection_and_says_nothing(tls: TLS, listen: Any) -> None:
    with StockClient(listen(lambda stream: stream.recv(1 << 20) and time.sleep(2)), tls=tls) as client:
        error = refusal(client)
    assert error.phase == "tls" and "in time" in error.message


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_peer_that_speaks_no_tls(tls: TLS, listen: Any, greeting: bytes) -> None:
    with StockClient(listen(lambda stream: stream.sendall(greeting) or stream.recv(1)), tls=tls) as client:
        error = refusal(client)
    assert error.phase == "tls" and "does not speak TLS" in error.hint


def test_peer_that_hangs_up_during_the_handshake(tls: TLS, listen: Any) -> None:
    with StockClient(listen(lambda stream: stream.recv(1)), tls=tls) as client:
        assert refusal(client).phase == "tls"


def test_peer_without_our_protocol(serve: Any, connect: Any) -> None:
    error = refusal(connect(serve(lambda peer: peer.wait_for_close(), alpn=["http/1.1"])))
    assert error.phase == "alpn" and "7443" in error.hint


def test_peer_with_an_old_tls(serve: Any, connect: Any) -> None:
    server = serve(lambda peer: peer.wait_for_close(), version=ssl.TLSVersion.TLSv1_2)
    error = refusal(connect(server))
    assert error.phase == "tls" and "TLS 1.3" in error.hint


def test_server_of_another_authority(serve: Any, connect: Any, tls: TLS, other_authority: Any) -> None:
    stranger = TLS(ca_file=other_authority.ca, cert_file=tls.cert_file, key_file=tls.key_file)
    error = refusal(connect(serve(lambda peer: peer.hello()), tls=stranger))
    assert error.phase == "tls" and "ca_file" in error.hint


def test_server_under_another_name(serve: Any, connect: Any) -> None:
    error = refusal(connect(serve(lambda peer: peer.hello()), server_name="stock.example"))
    assert error.phase == "tls" and "server_name" in error.hint


def test_server_name_of_the_certificate_is_taken(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello()
        peer.ping_server()

    assert connect(serve(script), server_name="localhost").ping(b"x").payload == b"x"


def test_server_whose_certificate_has_expired(serve: Any, connect: Any, authority: Any) -> None:
    identity = authority.issue("expired", "IP:127.0.0.1", "serverAuth", days="-1")
    error = refusal(connect(serve(lambda peer: peer.hello(), identity=identity)))
    assert error.phase == "tls" and "expired" in error.message


def test_caller_without_a_certificate(serve: Any, connect: Any, tls: TLS) -> None:
    error = refusal(connect(serve(lambda peer: peer.hello()), tls=TLS(ca_file=tls.ca_file)))
    assert error.phase == "tls" and "cert_file" in error.hint


def test_caller_of_another_authority(serve: Any, connect: Any, tls: TLS, other_authority: Any) -> None:
    certificate, key = other_authority.issue("stranger", "URI:spiffe://test/gateway/one", "clientAuth")
    stranger = TLS(ca_file=tls.ca_file, cert_file=certificate, key_file=key)
    error = refusal(connect(serve(lambda peer: peer.hello()), tls=stranger))
    assert error.phase == "tls" and "cert_file" in error.hint


def test_server_that_sends_no_hello(serve: Any, connect: Any) -> None:
    error = refusal(connect(serve(lambda peer: peer.wait_for_close())))
    assert error.phase == "hello" and "in time" in error.message


def test_server_that_sends_garbage_for_hello(serve: Any, connect: Any) -> None:
    error = refusal(connect(serve(lambda peer: peer.raw(b"\xff" * 64))))
    assert error.phase == "hello" and "does not speak holdfast/1" in error.message


def test_server_of_another_version(serve: Any, connect: Any) -> None:
    error = refusal(connect(serve(lambda peer: peer.hello(protocol="holdfast/9"))))
    assert error.phase == "hello" and "holdfast/9" in error.message and "Upgrade" in error.hint


def test_server_that_turns_callers_away(serve: Any, connect: Any) -> None:
    error = refusal(connect(serve(lambda peer: (peer.goaway("TOO_MANY_CONNECTIONS"), peer.wait_for_close()))))
    assert error.phase == "hello" and "TOO_MANY_CONNECTIONS" in error.message


def test_hello_is_handed_to_the_caller(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        peer.hello(calls_in_flight_max=9)
        peer.ping_server()

    hello = connect(serve(script)).connect()
    assert hello.protocol == "holdfast/1" and hello.limits.calls_in_flight_max == 9


def test_short_deadline_does_not_spoil_the_connection_for_others(serve: Any, connect: Any) -> None:
    def script(peer: Peer) -> None:
        time.sleep(0.3)
        peer.hello()
        peer.ping_server()

    server = serve(script)
    client = connect(server, connect_timeout=5, timeout=5)
    with pytest.raises(ConnectError) as caught:
        client.ping(timeout=0.1)
    assert caught.value.phase in ("tcp", "tls", "hello") and caught.value.outcome is Outcome.NOT_SENT
    assert client.ping(b"x").payload == b"x"
    assert server.connection_count == 1


@pytest.mark.parametrize(
    "change, words",
    [
        ({"cert_file": None}, "belong together"),
        ({"key_file": None}, "belong together"),
        ({"ca_file": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
        ({"key_file": __file__}, "cannot be used together"),
        ({"ca_file": __file__}, "no PEM certificate"),
    ],
)
def test_files_that_cannot_be_used_are_named(tls: TLS, change: dict, words: str) -> None:
    files = {"ca_file": tls.ca_file, "cert_file": tls.cert_file, "key_file": tls.key_file, **change}
    with pytest.raises((ValueError, OSError), match=words):
        StockClient("127.0.0.1:1", tls=TLS(**files))
