"""One multiplexed TLS connection: any number of threads send, one thread reads.

OpenSSL's session is no object for two threads, so it works on two memory buffers under `_lock`, and the socket is
non-blocking: no caller ever waits for the network here. What the socket does not take at once is left to the I/O
thread. A call gives a queue, and gets there exactly one event for each attempt: its answer, or that it was lost.
"""

from __future__ import annotations

import queue
import selectors
import socket
import ssl
import threading
import time
from typing import Callable, Dict, List, NamedTuple, Optional, Union

from google.protobuf.message import DecodeError

from . import _frames as frames
from ._dial import Endpoint, Session, dial, remaining, tls_error
from ._proto.holdfast.v1 import common_pb2
from .errors import ConnectError

#: What one read of the socket takes at most.
READ_BYTES = 64 * 1024
#: Calls in flight when the server's HELLO names no limit.
CALLS_IN_FLIGHT_DEFAULT = 1024
#: A connection that takes no more calls waits so long for its last answers, unless GOAWAY says otherwise.
DRAIN_SECONDS = 10.0


class ConnectionUnusable(Exception):
    """The connection takes no more calls; this one has not been sent."""


class FrameTooLarge(Exception):
    """The request is larger than the server takes; it has not been sent."""

    def __init__(self, byte_count: int, byte_count_max: int) -> None:
        super().__init__(f"the request has {byte_count} bytes, {byte_count_max} are allowed")


class Answer(NamedTuple):
    """A RESPONSE frame for one attempt of a call."""

    attempt: int
    frame: frames.Frame


class Lost(NamedTuple):
    """The connection ended before the attempt's answer came."""

    attempt: int
    cause: str


Events = queue.SimpleQueue[Union[Answer, Lost]]


class _Waiting:
    """One attempt that the server owes an answer."""

    __slots__ = ("events", "attempt", "sent_at", "patience")

    def __init__(self, events: Optional[Events], attempt: int, sent_at: float, patience: float) -> None:
        self.events = events
        self.attempt = attempt
        self.sent_at = sent_at
        #: For so long the server may rightly say nothing to it. Seconds.
        self.patience = patience


class Connection:
    """A live connection. Every method may be called from any thread, and none of them blocks on the network."""

    def __init__(
        self, endpoint: Endpoint, session: Session, hello: common_pb2.Hello, reader: frames.FrameReader
    ) -> None:
        self.endpoint = endpoint
        #: The server's HELLO.
        self.hello = hello
        self._calls_max = hello.limits.calls_in_flight_max or CALLS_IN_FLIGHT_DEFAULT
        self._length_max = hello.limits.frame_bytes_max or frames.LENGTH_MAX
        self._reader = reader

        # Everything below is read and written under the lock.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._session = session
        self._unsent = bytearray()
        self._calls: Dict[int, _Waiting] = {}
        self._next_call_id = 1
        self._received_at = time.monotonic()
        self._closed = False
        self._drain_at: Optional[float] = None
        #: Why the connection takes no more calls, for messages.
        self._end = ""

        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._thread = threading.Thread(target=self._run, name=f"holdfast-{endpoint}", daemon=True)

    @classmethod
    def open(
        cls,
        endpoint: Endpoint,
        context: ssl.SSLContext,
        server_name: str,
        deadline: float,
        enter: Callable[[str], None],
    ) -> "Connection":
        """Dials, waits for the server's HELLO and starts the I/O thread. Raises `ConnectError`.

        `enter` is told the name of each phase as it begins.
        """
        session = dial(endpoint, context, server_name, deadline, enter)
        try:
            enter("hello")
            reader = frames.FrameReader()
            hello, early = _await_hello(endpoint, session, reader, deadline)
            made = cls(endpoint, session, hello, reader)
        except BaseException:
            session.socket.close()
            raise
        for frame in early:
            made._take(frame)
        made._thread.start()
        return made

    # Callers' side.

    def send(
        self,
        events: Events,
        attempt: int,
        *,
        method: int,
        timeout_ms: int,
        body: bytes,
        metadata: Optional[bytes],
        patience: float = 0.0,
    ) -> int:
        """Sends one REQUEST and returns its call id. Raises `ConnectionUnusable` when it was surely not sent."""
        with self._lock:
            if not self._takes_calls:
                raise ConnectionUnusable(self._end)
            frame = frames.encode(
                frames.REQUEST,
                value=method,
                call_id=self._next_call_id,
                clock_ms=timeout_ms,
                body=body,
                metadata=metadata,
            )
            if len(frame) - frames.LENGTH_BYTES > self._length_max:
                raise FrameTooLarge(len(frame) - frames.LENGTH_BYTES, self._length_max)
            call_id = self._next_call_id
            self._next_call_id += 1
            if call_id == frames.CALL_ID_MAX:
                self._drain("the connection's call ids are used up", DRAIN_SECONDS)
            self._calls[call_id] = _Waiting(events, attempt, time.monotonic(), patience)
            self._write(frame)
            return call_id

    def abandon(self, call_id: int) -> None:
        """Nobody waits for this answer any more. The server still owes it, so it goes on counting as in flight."""
        with self._lock:
            waiting = self._calls.get(call_id)
            if waiting is not None:
                waiting.events = None
            if self._drain_at is not None:
                self._wake()

    def wait_for_room(self, deadline: float) -> bool:
        """Waits until one more call may be in flight or the connection takes none; false at the deadline."""
        with self._lock:
            while self._takes_calls and len(self._calls) >= self._calls_max:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    @property
    def takes_calls(self) -> bool:
        """Whether `send` has a chance."""
        with self._lock:
            return self._takes_calls

    def silent_since(self) -> Optional[float]:
        """Since when the server has owed an answer and sent nothing at all; None when it owes none."""
        with self._lock:
            since: Optional[float] = None
            for waiting in self._calls.values():
                due = max(waiting.sent_at + waiting.patience, self._received_at)
                since = due if since is None else min(since, due)
                # Calls are in the order of sending: later ones are due later still.
                if not waiting.patience:
                    break
            return since

    def retire(self, why: str, grace_seconds: float = DRAIN_SECONDS) -> None:
        """Takes no more calls; closes once the last answer has come, or when the grace is over."""
        with self._lock:
            self._drain(why, grace_seconds)
            self._wake()

    def join(self, deadline: float) -> None:
        """Waits for the I/O thread to end."""
        if threading.current_thread() is not self._thread:
            self._thread.join(max(deadline - time.monotonic(), 0))

    # Under the lock.

    @property
    def _takes_calls(self) -> bool:
        return not self._closed and self._drain_at is None

    def _drain(self, why: str, grace_seconds: float) -> None:
        until = time.monotonic() + grace_seconds
        if self._drain_at is None:
            self._drain_at = until
            self._end = why
        else:
            self._drain_at = min(self._drain_at, until)
        self._changed.notify_all()

    def _write(self, frame: bytes) -> None:
        try:
            self._session.tls.write(frame)
            self._flush()
        except (OSError, ssl.SSLError) as error:
            # The frame may have left in part: its call learns from the I/O thread that it was lost.
            self._drain(f"writing failed ({error})", 0)
            self._wake()

    def _flush(self) -> None:
        self._unsent += self._session.outgoing.read()
        while self._unsent:
            try:
                count = self._session.socket.send(self._unsent)
            except (BlockingIOError, InterruptedError):
                self._wake()
                return
            del self._unsent[:count]

    def _wake(self) -> None:
        try:
            self._wake_writer.send(b"\0")
        except (BlockingIOError, OSError):
            pass  # Full: it will wake up anyway. Closed: there is nobody to wake.

    # The I/O thread's side.

    def _run(self) -> None:
        cause = "the client closed the connection"
        try:
            self._decrypt()  # What came with the HELLO but in records of its own.
            with selectors.DefaultSelector() as selector:
                selector.register(self._session.socket, selectors.EVENT_READ)
                selector.register(self._wake_reader, selectors.EVENT_READ)
                while self._turn(selector):
                    pass
        except frames.FrameError as error:
            cause = f"the server does not keep to the protocol: {error}"
        except ssl.SSLZeroReturnError:
            cause = "the server closed the connection"
        except ssl.SSLError as error:
            cause = f"TLS failed ({error.reason or error})"
        except OSError as error:
            cause = f"the connection broke ({error})"
        except Exception as error:  # A bug of ours must not leave callers waiting.
            cause = f"the client's reader failed ({error!r})"
        finally:
            self._finish(cause)

    def _turn(self, selector: selectors.BaseSelector) -> bool:
        """Waits for one round of events and handles it; false when the connection is done."""
        with self._lock:
            writing = bool(self._unsent)
            timeout: Optional[float] = None
            if self._drain_at is not None:
                timeout = self._drain_at - time.monotonic()
                answered = all(waiting.events is None for waiting in self._calls.values())
                if timeout <= 0 or (answered and not writing):
                    return False
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
        selector.modify(self._session.socket, wanted)
        for key, ready in selector.select(timeout):
            if key.fileobj is self._wake_reader:
                self._wake_reader.recv(4096)
                continue
            if ready & selectors.EVENT_WRITE:
                with self._lock:
                    self._flush()
            if ready & selectors.EVENT_READ:
                self._read()
        return True

    def _read(self) -> None:
        try:
            data = self._session.socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        if not data:
            raise ConnectionResetError("the server hung up")
        with self._lock:
            self._received_at = time.monotonic()
            self._session.incoming.write(data)
        self._decrypt()

    def _decrypt(self) -> None:
        """Takes every frame out of what has been received."""
        plaintext: List[bytes] = []
        ended: Optional[ssl.SSLError] = None
        with self._lock:
            try:
                while True:
                    part = self._session.tls.read(READ_BYTES)
                    if not part:
                        raise ssl.SSLZeroReturnError(0, "closed")
                    plaintext.append(part)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                ended = error
            if ended is None:
                self._flush()  # A KeyUpdate of the peer wants its answer.
        for frame in self._reader.feed(b"".join(plaintext)):
            self._take(frame)
        if ended is not None:
            raise ended

    def _take(self, frame: frames.Frame) -> None:
        if frame.kind == frames.RESPONSE:
            with self._lock:
                waiting = self._calls.pop(frame.call_id, None)
                self._changed.notify()
            if waiting is not None and waiting.events is not None:
                waiting.events.put(Answer(waiting.attempt, frame))
        elif frame.kind == frames.GOAWAY:
            goaway = common_pb2.Goaway()
            try:
                goaway.MergeFromString(frames.split_metadata(frame)[1])
            except DecodeError as error:
                raise frames.FrameError(f"its GOAWAY cannot be read ({error})") from error
            words = f"the server says goodbye: {goaway.reason or 'no reason'}"
            self.retire(
                f"{words} ({goaway.message})" if goaway.message else words,
                goaway.grace_ms / 1000 if goaway.grace_ms else DRAIN_SECONDS,
            )
        elif frame.kind == frames.PING:
            with self._lock:
                self._write(frames.encode(frames.PONG, body=frame.body))
        # Every other kind is none of ours: 10 to 127 must be skipped, and we ask for no stream.

    def _finish(self, cause: str) -> None:
        with self._lock:
            # GOAWAY's words say more than the close that follows it.
            self._end = self._end or cause
            self._closed = True
            owed = [waiting for waiting in self._calls.values() if waiting.events is not None]
            self._calls.clear()
            self._changed.notify_all()
            try:
                self._session.tls.unwrap()
            except (OSError, ssl.SSLError, ValueError):
                pass  # It only queues our close_notify; the peer's is not waited for.
            try:
                self._flush()
            except (OSError, ssl.SSLError):
                pass  # The connection is gone already.
            self._session.socket.close()
            self._wake_reader.close()
            self._wake_writer.close()
            end = self._end
        for waiting in owed:
            if waiting.events is not None:
                waiting.events.put(Lost(waiting.attempt, end))


def _await_hello(
    endpoint: Endpoint, session: Session, reader: frames.FrameReader, deadline: float
) -> "tuple[common_pb2.Hello, List[frames.Frame]]":
    """The server's HELLO, and the frames that came with it.

    With TLS 1.3 a server judges the client's certificate after our side of the handshake: its verdict arrives here.
    """

    def fail(what: str, hint: str) -> ConnectError:
        return ConnectError(what, phase="hello", hint=hint, endpoint=str(endpoint))

    early: List[frames.Frame] = []
    try:
        while not early:
            try:
                part = session.tls.read(READ_BYTES)
                if not part:
                    raise ssl.SSLZeroReturnError(0, "closed")
                early.extend(reader.feed(part))
                continue
            except ssl.SSLWantReadError:
                pass
            session.socket.settimeout(remaining(deadline))
            data = session.socket.recv(READ_BYTES)
            if not data:
                raise ConnectionResetError("the server hung up")
            session.incoming.write(data)
            if time.monotonic() > deadline:
                raise socket.timeout("no HELLO")
        hello = common_pb2.Hello()
        if early[0].kind == frames.GOAWAY:
            goaway = common_pb2.Goaway()
            goaway.MergeFromString(frames.split_metadata(early[0])[1])
            raise fail(f"the server turns us away: {goaway.reason}", goaway.message or "Its log says why")
        if early[0].kind != frames.HELLO:
            raise frames.FrameError(f"its first frame has kind {early[0].kind}, not HELLO")
        hello.MergeFromString(frames.split_metadata(early[0])[1])
    except (ssl.SSLZeroReturnError, ssl.SSLEOFError) as error:
        raise fail("the server closed the connection at once", "Its log says why") from error
    except ssl.SSLError as error:
        raise tls_error(error, endpoint) from error
    except (frames.FrameError, DecodeError) as error:
        raise fail(f"the peer does not speak holdfast/1: {error}", "Is this a Holdfast port?") from error
    except socket.timeout as error:
        raise fail("the server sent no HELLO in time", "Is it overloaded or stopped?") from error
    except OSError as error:
        raise fail(f"the server cut the connection ({error})", "Its log says why") from error
    if hello.protocol != "holdfast/1":
        raise fail(
            f"the server speaks {hello.protocol!r}, this client holdfast/1",
            "Upgrade the one of the two that is older",
        )
    session.socket.setblocking(False)
    return hello, early[1:]
