"""How a call gets its answer: connect, send, wait, and when the answer is lost send the same bytes again.

Sending again is safe since the server keeps the first answer to a request id. Two rules decide what an error may
claim: a code other than INTERNAL or UNKNOWN means that *this* attempt had no effect, and says nothing of an earlier
one. So a call is `rejected` only when every attempt that was sent is known to have had no effect.
"""

from __future__ import annotations

import copy
import queue
import random
import ssl
import threading
import time
from typing import Dict, Generic, Optional, Set, Tuple, Type, TypeVar, Union

from google.protobuf.message import DecodeError, Message

from . import _frames as frames
from ._connection import Answer, Connection, ConnectionUnusable, Events, FrameTooLarge, Lost
from ._dial import TLS, Endpoint
from ._proto.holdfast.v1 import common_pb2
from .errors import (
    AnswerError,
    ClosedError,
    Code,
    ConnectError,
    ConnectionLostError,
    DeadlineError,
    FieldViolation,
    HoldfastError,
    Outcome,
    RejectedError,
    RequestError,
)

M = TypeVar("M", bound=Message)

#: Largest timeout that a frame can carry.
TIMEOUT_SECONDS_MAX = 3600.0
BACKOFF_SECONDS_MIN = 0.01
BACKOFF_SECONDS_MAX = 0.5
#: Reasons which prove that no attempt with this payload has ever taken effect.
NEVER_TOOK_EFFECT = frozenset({"REQUEST_ID_REUSED", "IMPORT_ID_REUSED", "CONFIRM_MISMATCH"})


class Caller:
    """Owns the connection of one client and makes its calls. Any thread may call."""

    def __init__(
        self,
        endpoint: Endpoint,
        tls: Union[TLS, ssl.SSLContext],
        *,
        server_name: Optional[str],
        timeout: float,
        connect_timeout: float,
        silence_timeout: float,
        locale: str,
    ) -> None:
        _check_seconds("connect_timeout", connect_timeout)
        _check_seconds("silence_timeout", silence_timeout)
        _check_seconds("timeout", timeout)
        self.endpoint = endpoint
        self._context = tls.context() if isinstance(tls, TLS) else tls
        named = tls.server_name if isinstance(tls, TLS) else None
        self._server_name = server_name or named or endpoint.host
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        #: A connection that owes an answer and says nothing for so long is taken for lost. Seconds.
        self.silence_timeout = silence_timeout
        self.locale = locale

        self._lock = threading.Lock()
        # All below: under the lock.
        self._current: Optional[Connection] = None
        self._dialing: Optional[_Dialing] = None
        self._retired: Set[Connection] = set()
        self.was_connected = False
        self._closed = False

    # Connections.

    def connect(self, deadline: float) -> Connection:
        """The connection that takes calls; makes one if there is none. One thread dials, all callers wait for it."""
        with self._lock:
            if self._closed:
                raise self._closed_error()
            if self._current is not None:
                if self._current.takes_calls:
                    return self._current
                self._set_aside(self._current)
                self._current = None
            dialing = self._dialing
            if dialing is None:
                dialing = self._dialing = _Dialing()
                threading.Thread(
                    target=self._dial, args=(dialing,), name=f"holdfast-dial-{self.endpoint}", daemon=True
                ).start()
        if not dialing.done.wait(max(deadline - time.monotonic(), 0)):
            raise ConnectError(
                "the deadline passed while connecting",
                phase=dialing.phase,
                hint="Give the call more time, or see whether the server is overloaded",
                endpoint=str(self.endpoint),
            )
        if dialing.connection is not None:
            return dialing.connection
        # The failure is shared by all who waited; each gets one of its own to write on.
        assert dialing.failure is not None
        raise copy.copy(dialing.failure) from dialing.failure.__cause__

    def _dial(self, dialing: "_Dialing") -> None:
        made: Optional[Connection] = None
        try:
            made = Connection.open(
                self.endpoint,
                self._context,
                self._server_name,
                time.monotonic() + self._connect_timeout,
                dialing.enter,
            )
        except ConnectError as error:
            dialing.failure = error
        except Exception as error:  # Nothing that goes wrong here may leave callers waiting.
            dialing.failure = ConnectError(
                repr(error), phase=dialing.phase, hint="This is unexpected", endpoint=str(self.endpoint)
            )
        with self._lock:
            self._dialing = None
            if made is not None and self._closed:
                made.retire("the client was closed", 0)
                dialing.failure = self._closed_error()
            elif made is not None:
                self._current = dialing.connection = made
                self.was_connected = True
        dialing.done.set()

    def _set_aside(self, connection: Connection) -> None:
        """Under the lock: keeps a connection that still owes answers until `close`."""
        self._retired = {kept for kept in self._retired if kept.silent_since() is not None}
        self._retired.add(connection)

    def close(self, timeout: float) -> None:
        """Takes no new calls, gives those in flight so long to finish, then closes every connection."""
        deadline = time.monotonic() + timeout
        with self._lock:
            self._closed = True
            connections = list(self._retired)
            if self._current is not None:
                connections.append(self._current)
            self._current = None
            self._retired.clear()
        for connection in connections:
            connection.retire("the client was closed", timeout)
        for connection in connections:
            connection.join(deadline + 0.5)

    def _closed_error(self) -> ClosedError:
        return ClosedError(
            "the client is closed",
            outcome=Outcome.NOT_SENT,
            reason="CLIENT_CLOSED",
            endpoint=str(self.endpoint),
        )

    # Calls.

    def call(
        self,
        method: int,
        name: str,
        request: Message,
        response_type: Type[M],
        *,
        timeout: Optional[float],
        traceparent: str,
        request_id: Optional[bytes] = None,
        patience: float = 0.0,
    ) -> M:
        """Makes one call. Returns the answer or raises a `HoldfastError`; never later than its deadline.

        `patience` is for how long the server may rightly be silent, in seconds.
        """
        seconds = self._timeout if timeout is None else timeout
        _check_seconds("timeout", seconds)
        return _Call(
            self, method, name, request, response_type, seconds, traceparent, request_id, patience
        ).run()


class _Dialing:
    """One attempt to connect, which several threads may wait for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.phase = "dns"
        self.connection: Optional[Connection] = None
        self.failure: Optional[HoldfastError] = None

    def enter(self, phase: str) -> None:
        self.phase = phase


class _Call(Generic[M]):
    """One call with all its attempts. Lives on its caller's thread; connections only fill `_events`."""

    def __init__(
        self,
        caller: Caller,
        method: int,
        name: str,
        request: Message,
        response_type: Type[M],
        seconds: float,
        traceparent: str,
        request_id: Optional[bytes],
        patience: float,
    ) -> None:
        self._caller = caller
        self._method = method
        self._name = name
        self._body = request.SerializeToString()
        self._response_type = response_type
        self._deadline = time.monotonic() + seconds
        self._traceparent = traceparent
        self._request_id = request_id
        self._patience = patience

        self._events: Events = queue.SimpleQueue()
        self._attempts = 0
        #: Attempts that still await their answer, with their connection and call id.
        self._open: Dict[int, Tuple[Connection, int]] = {}
        #: An attempt was lost: whether it took effect is not known.
        self._lost_one = False
        self._lost_cause = ""
        #: The server's answer to an attempt that was refused for now.
        self._rejection_before: Optional[RejectedError] = None
        self._last_error: Optional[HoldfastError] = None
        #: When to send next; None while nothing is to be sent.
        self._send_at: Optional[float] = 0.0
        self._failures = 0

    def run(self) -> M:
        try:
            while True:
                now = time.monotonic()
                if self._send_at is not None and self._send_at <= now < self._deadline and self._events.empty():
                    self._send()
                    continue
                try:
                    event = self._events.get(timeout=max(self._wait_until(now) - now, 0))
                except queue.Empty:
                    if time.monotonic() >= self._deadline:
                        error = self._deadline_error()
                        raise error from (None if error is self._last_error else self._last_error)
                    continue
                answer = self._handle(event)
                if answer is not None:
                    return answer
        finally:
            for connection, call_id in self._open.values():
                connection.abandon(call_id)

    def _wait_until(self, now: float) -> float:
        """How long to sleep at most. Plans another attempt when the newest one's connection has fallen silent."""
        if self._send_at is None:
            newest = self._open.get(self._attempts - 1)
            since = newest[0].silent_since() if newest is not None else None
            if newest is None or since is None:
                return self._deadline
            silence = self._caller.silence_timeout
            if now - since < silence:
                return min(self._deadline, since + silence)
            # The peer may be gone without a word: ask again on a new connection. The old one may still answer.
            newest[0].retire(f"the server said nothing for {silence:g} s")
            self._send_at = now
        return min(self._deadline, self._send_at)

    def _send(self) -> None:
        caller = self._caller
        connection: Optional[Connection] = None
        try:
            connection = caller.connect(self._deadline)
            if not connection.wait_for_room(self._deadline):
                raise self._error(
                    DeadlineError,
                    "as many calls as the server allows are in flight",
                    reason="CALLS_IN_FLIGHT_FULL",
                )
            call_id = connection.send(
                self._events,
                self._attempts,
                method=self._method,
                timeout_ms=max(int((self._deadline - time.monotonic()) * 1000), 1),
                body=self._body,
                metadata=self._metadata(),
                patience=self._patience,
            )
        except ConnectionUnusable:
            self._again(self._error(ConnectionLostError, "the connection closed", reason="CONNECTION_LOST"))
            return
        except FrameTooLarge as error:
            raise self._error(RequestError, str(error), reason="REQUEST_TOO_LARGE") from None
        except ConnectError as error:
            # A wrong name, certificate or port does not mend itself. A server that was there may come back.
            mends = caller.was_connected and error.phase in ("tcp", "tls", "hello")
            self._give_up_or_again(self._fill(error), mends)
            return
        except HoldfastError as error:
            self._give_up_or_again(self._fill(error), False)
            return
        self._open[self._attempts] = (connection, call_id)
        self._attempts += 1
        self._send_at = None

    def _give_up_or_again(self, error: HoldfastError, retry: bool) -> None:
        if retry:
            self._again(error)
        elif self._open:
            self._last_error = error  # An earlier attempt may still be answered.
            self._send_at = None
        else:
            raise self._final(error)

    def _again(self, error: HoldfastError, after: Optional[float] = None) -> None:
        """Plans the next attempt, or raises when there is no time for one. `after`: seconds that the server named."""
        self._last_error = error
        if after is None:
            ceiling = min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_MIN * 2 ** min(self._failures, 10))
            after = ceiling * random.uniform(0.5, 1.0)
        self._failures += 1
        at = time.monotonic() + after
        if at < self._deadline:
            self._send_at = at
        elif self._open:
            self._send_at = None
        else:
            raise self._final(error)

    def _handle(self, event: Union[Answer, Lost]) -> Optional[M]:
        connection, _ = self._open.pop(event.attempt)
        if isinstance(event, Lost):
            self._lost_one = True
            self._lost_cause = event.cause
            self._retry(self._error(ConnectionLostError, event.cause, reason="CONNECTION_LOST"), 0)
            return None

        frame = event.frame
        if frame.flags & frames.FLAGS_BODY & ~frames.FLAG_METADATA:
            self._lost_one = True
            raise self._error(AnswerError, f"the answer has flags {frame.flags:#x}", reason="BAD_ANSWER")
        try:
            _, body = frames.split_metadata(frame)
            if frame.value == Code.OK:
                answer = self._response_type()
                answer.MergeFromString(body)
                return answer
            status = common_pb2.Status()
            status.MergeFromString(body)
        except (frames.FrameError, DecodeError) as error:
            self._lost_one = True
            raise self._error(AnswerError, f"the answer cannot be read: {error}", reason="BAD_ANSWER") from error

        error = self._rejection(frame, status)
        if frame.value == Code.UNAVAILABLE:
            after = frame.clock_ms / 1000 if frame.clock_ms else None
            if status.reason == "DRAINING":
                # This process goes; a new connection may reach the next one before the time that this one names.
                connection.retire("the server is draining")
                after = None
            self._rejection_before = error
            self._retry(error, after)
            return None
        if self._open and status.reason not in NEVER_TOOK_EFFECT:
            self._last_error = error
            return None
        raise error

    def _retry(self, error: HoldfastError, after: Optional[float]) -> None:
        """Plans another attempt unless one is under way. Only the first retry may come without a pause."""
        if self._open or self._send_at is not None:
            self._last_error = error
        else:
            self._again(error, None if after == 0 and self._failures else after)

    # Errors.

    def _rejection(self, frame: frames.Frame, status: common_pb2.Status) -> RejectedError:
        try:
            code = Code(frame.value)
        except ValueError:
            code = Code.UNKNOWN
        if code in (Code.INTERNAL, Code.UNKNOWN):
            self._lost_one = True
        made = self._error(RejectedError, status.message or code.name, reason=status.reason)
        made.code = code
        made.metadata = dict(status.metadata)
        made.field_violations = tuple(
            FieldViolation(violation.field, violation.description) for violation in status.field_violations
        )
        made.retry_after_ms = frame.clock_ms
        if status.localized:
            made.metadata.setdefault("localized", status.localized)
        if made.outcome is not Outcome.UNKNOWN or status.reason in NEVER_TOOK_EFFECT:
            made.outcome = Outcome.REJECTED
        return made

    def _deadline_error(self) -> HoldfastError:
        last = self._last_error
        if last is not None and not self._open and not isinstance(last, DeadlineError):
            return self._final(last)
        text = "the deadline passed before an answer came"
        if last is not None:
            text += f"; before that: {last.message}"
        return self._error(DeadlineError, text, reason="DEADLINE")

    def _final(self, error: HoldfastError) -> HoldfastError:
        """The error as the caller gets it. After an earlier attempt "cannot connect" is only half of the story."""
        if isinstance(error, ConnectError) and self._lost_one:
            story = f"{self._lost_cause}; after that: {error.message}"
            made = self._error(ConnectionLostError, story, reason="CONNECTION_LOST")
            made.__cause__ = error
            return made
        if isinstance(error, ConnectError) and self._rejection_before is not None:
            return self._fill(self._rejection_before)
        return self._fill(error)

    def _error(self, kind: Type[HoldfastError], message: str, *, reason: str) -> HoldfastError:
        return self._fill(kind(message, outcome=Outcome.NOT_SENT, reason=reason))

    def _fill(self, error: HoldfastError) -> HoldfastError:
        """Says on the error which call it belongs to, and what is known of that call by now."""
        error.endpoint = str(self._caller.endpoint)
        error.method = self._name
        error.request_id = self._request_id
        error.attempts = self._attempts
        if self._lost_one or self._open:
            error.outcome = Outcome.UNKNOWN
        return error

    def _metadata(self) -> Optional[bytes]:
        if not (self._attempts or self._traceparent or self._caller.locale):
            return None
        return common_pb2.Metadata(
            traceparent=self._traceparent, locale=self._caller.locale, attempt=self._attempts
        ).SerializeToString()


def _check_seconds(name: str, value: float) -> None:
    if not 0 < value <= TIMEOUT_SECONDS_MAX:
        raise ValueError(f"{name} must be more than 0 and at most {TIMEOUT_SECONDS_MAX:g} seconds, not {value}")
