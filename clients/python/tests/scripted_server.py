"""A real TLS server on loopback whose connections do what a test's script says, good manners or bad."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Callable, Dict, List, Optional, Sequence

from google.protobuf.message import Message

from holdfast_client import _frames as frames
from holdfast_client._proto.holdfast.v1 import common_pb2, stock_pb2


class Closed(Exception):
    """The client closed the connection."""


class Peer:
    """The server's end of one connection."""

    def __init__(self, number: int, stream: ssl.SSLSocket) -> None:
        #: 0 for the first connection that the server took.
        self.number = number
        self._stream = stream
        self._reader = frames.FrameReader()
        self._ready: List[frames.Frame] = []

    def hello(self, protocol: str = "holdfast/1", **limits: int) -> None:
        hello = common_pb2.Hello(protocol=protocol, software="scripted", limits=common_pb2.Limits(**limits))
        self.send(frames.HELLO, hello)

    def send(self, kind: int, message: Message, **header: int) -> None:
        self.raw(frames.encode(kind, body=message.SerializeToString(), **header))  # type: ignore[arg-type]

    def raw(self, data: bytes) -> None:
        self._stream.sendall(data)

    def frame(self) -> frames.Frame:
        """The next frame of any kind; raises `Closed` at the end of the stream."""
        while not self._ready:
            try:
                data = self._stream.recv(65536)
            except (ssl.SSLError, OSError) as error:
                raise Closed from error
            if not data:
                raise Closed
            self._ready.extend(self._reader.feed(data))
        return self._ready.pop(0)

    def request(self) -> frames.Frame:
        """The next REQUEST; anything else is a fault of the client."""
        frame = self.frame()
        assert frame.kind == frames.REQUEST, frame
        return frame

    def answer(self, request: frames.Frame, message: Message) -> None:
        self.send(frames.RESPONSE, message, call_id=request.call_id)

    def refuse(self, request: frames.Frame, code: int, retry_ms: int = 0, **status: object) -> None:
        self.send(
            frames.RESPONSE,
            common_pb2.Status(**status),  # type: ignore[arg-type]
            call_id=request.call_id,
            value=code,
            clock_ms=retry_ms,
        )

    def goaway(self, reason: str = "DRAINING", grace_ms: int = 0) -> None:
        self.send(frames.GOAWAY, common_pb2.Goaway(reason=reason, grace_ms=grace_ms))

    def close(self) -> None:
        """Ends the connection as a process that dies does: no goodbye."""
        self._stream.close()

    def wait_for_close(self) -> List[frames.Frame]:
        """Whatever else the client sends until it closes."""
        rest = []
        while True:
            try:
                rest.append(self.frame())
            except Closed:
                return rest

    def ping_server(self) -> None:
        """Answers pings until the client closes."""
        while True:
            try:
                request = self.request()
            except Closed:
                return
            self.answer(request, echo(request))


Script = Callable[[Peer], None]


def echo(request: frames.Frame) -> stock_pb2.PingResponse:
    """The right answer to a Ping."""
    _, body = frames.split_metadata(request)
    return stock_pb2.PingResponse(payload=stock_pb2.PingRequest.FromString(body).payload, server_time_ms=1)


def attempt_of(request: frames.Frame) -> int:
    """Which attempt of its call a request says it is."""
    metadata, _ = frames.split_metadata(request)
    return common_pb2.Metadata.FromString(metadata).attempt if metadata is not None else 0


class ScriptedServer:
    """Listens on a free port of 127.0.0.1."""

    def __init__(
        self,
        scripts: Sequence[Script],
        certificate: str,
        key: str,
        ca: str,
        *,
        alpn: Optional[Sequence[str]] = ("holdfast/1",),
        version: Optional[ssl.TLSVersion] = None,
        port: int = 0,
    ) -> None:
        self._scripts = scripts
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._context.load_verify_locations(ca)
        self._context.verify_mode = ssl.CERT_REQUIRED
        if alpn:
            self._context.set_alpn_protocols(list(alpn))
        if version is not None:
            self._context.maximum_version = version
        self._listener = socket.create_server(("127.0.0.1", port))
        self._threads: List[threading.Thread] = []
        self._streams: Dict[int, socket.socket] = {}
        self._problems: List[BaseException] = []
        self._stopping = False
        #: Connections whose handshake was done.
        self.connection_count = 0
        self.endpoint = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop_listening(self) -> None:
        """From now on connections are refused."""
        self._stopping = True
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join(5)

    def stop(self) -> List[BaseException]:
        """Ends everything. Returns what went wrong in the scripts."""
        self.stop_listening()
        for stream in list(self._streams.values()):
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(5)
            if thread.is_alive():
                self._problems.append(RuntimeError("a script did not end"))
        for stream in list(self._streams.values()):
            stream.close()
        return self._problems

    def _accept(self) -> None:
        while not self._stopping:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(stream,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            stream = self._context.wrap_socket(raw, server_side=True)
        except (ssl.SSLError, OSError):
            raw.close()
            return
        number = self.connection_count
        self.connection_count += 1
        self._streams[number] = stream
        try:
            self._scripts[min(number, len(self._scripts) - 1)](Peer(number, stream))
        except (Closed, BrokenPipeError, ConnectionResetError):
            pass
        except BaseException as problem:
            if not self._stopping:
                self._problems.append(problem)
        finally:
            stream.close()
