"""What can go wrong with a call, and whether it may have happened all the same.

Expected business outcomes (sold out, limit exceeded, ...) are no errors: they are the `outcome` of an answer.
Every error here carries `outcome`, which says what is known of the call's effect:

* `NOT_SENT`  nothing of it has left this process: it had no effect;
* `REJECTED`  the server said that it did not do it: it had no effect;
* `UNKNOWN`   it was sent and no answer came: it may or may not have happened. Send the same request id again.
"""

from __future__ import annotations

import enum
from typing import Mapping, NamedTuple, Optional, Sequence


class Outcome(enum.Enum):
    """What is known of a failed call's effect."""

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Code(enum.IntEnum):
    """The numbers of google.rpc.Code."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class FieldViolation(NamedTuple):
    """One field of a request that was wrong."""

    field: str
    description: str


class HoldfastError(Exception):
    """A call that was not decided, or whose answer did not arrive. Read `outcome` first."""

    def __init__(
        self,
        message: str,
        *,
        outcome: Outcome,
        code: Optional[Code] = None,
        reason: str = "",
        metadata: Optional[Mapping[str, str]] = None,
        field_violations: Sequence[FieldViolation] = (),
        retry_after_ms: int = 0,
        request_id: Optional[bytes] = None,
        endpoint: str = "",
        method: str = "",
        attempts: int = 0,
    ) -> None:
        super().__init__(message)
        #: For a person; the text may change.
        self.message = message
        #: What is known of the call's effect.
        self.outcome = outcome
        #: The server's code, `None` when the error was found on this side.
        self.code = code
        #: For a program, UPPER_SNAKE; stable.
        self.reason = reason
        #: Every value that the message speaks of.
        self.metadata = dict(metadata or {})
        #: Which fields were wrong.
        self.field_violations = tuple(field_violations)
        #: Milliseconds after which another attempt makes sense, 0 when the server named none.
        self.retry_after_ms = retry_after_ms
        #: The request id of the call, to send again; `None` when the method has none.
        self.request_id = request_id
        #: `host:port` of the server.
        self.endpoint = endpoint
        #: Like `StockService/Reserve`.
        self.method = method
        #: How often the call was sent.
        self.attempts = attempts

    def __str__(self) -> str:
        parts = [self.method or "holdfast"]
        if self.endpoint:
            parts.append(f"at {self.endpoint}")
        head = " ".join(parts)
        what = ", ".join(
            part for part in (self.code.name if self.code is not None else "", self.reason) if part
        )
        text = f"{head}: {self.message}"
        if what:
            text += f" [{what}]"
        for violation in self.field_violations:
            text += f"; {violation.field}: {violation.description}"
        return f"{text} (outcome: {self.outcome.value})"


    def __reduce__(self) -> "tuple[object, ...]":
        # Errors cross process borders in task queues, and several callers may share one failed connection.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(kind: type, args: "tuple[object, ...]", state: "dict[str, object]") -> HoldfastError:
    made = kind.__new__(kind, *args)
    made.args = args
    made.__dict__.update(state)
    return made


class RejectedError(HoldfastError):
    """The server answered with a code: it says why it did not decide the call."""


class ConnectError(HoldfastError):
    """There is no connection. `phase` names the step that failed and `hint` what to do about it."""

    def __init__(self, message: str, *, phase: str, hint: str, endpoint: str) -> None:
        super().__init__(
            f"cannot connect ({phase}): {message}. {hint}",
            outcome=Outcome.NOT_SENT,
            reason=f"CONNECT_{phase.upper()}",
            endpoint=endpoint,
        )
        #: `dns`, `tcp`, `tls`, `alpn` or `hello`.
        self.phase = phase
        #: What to do about it.
        self.hint = hint


class DeadlineError(HoldfastError):
    """The call's deadline passed before its answer came."""


class ConnectionLostError(HoldfastError):
    """The connection was lost and could not be had again before the deadline."""


class AnswerError(HoldfastError):
    """The server answered with something that cannot be read."""


class RequestError(HoldfastError):
    """The request cannot be sent as it is."""


class ClosedError(HoldfastError):
    """The client was closed."""
