"""`Lease`: a named lock that is held, renewed and given back.

A lease counts as held only as long as this side can prove it: from the moment at which the newest renewal was *sent*,
on a clock that nobody sets and that, where the system has one, runs while the machine sleeps. The server counts from
when it decided, which is later. So a holder that was paused learns of it from `is_held` at once. What stands between
that question and a write can still take time: send `proof()` with each change of a sale, and the server refuses the
change when the lease has gone on to another.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Callable, Dict, Optional, Type

from .enums import LeaseOutcome
from .errors import HoldfastError, Outcome
from .ids import new_owner_token
from .types import AcquireLeaseResponse, LeaseProof

if TYPE_CHECKING:
    from .stock import StockClient

#: By how much of its time a lease ends earlier here: two clocks may run at rates that differ by as much.
CLOCK_RATE_SHARE = 0.01
#: Bounds of the pause after a failed attempt to renew, a twentieth of the lease's time. Seconds.
PAUSE_SECONDS_MIN = 0.005
PAUSE_SECONDS_MAX = 0.25


def _now() -> float:
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class LeaseError(Exception):
    """A lease that is not held. Whether a *call* took effect is said by `HoldfastError`, which this is none of."""


class LeaseRefusedError(LeaseError):
    """The lease could not be had."""

    def __init__(self, response: AcquireLeaseResponse) -> None:
        if response.outcome is LeaseOutcome.HELD_BY_ANOTHER:
            text = f"the lease is held by {response.holder or 'another'}"
        else:
            text = f"the lease was not granted: {response.outcome}"
        super().__init__(text)
        #: HELD_BY_ANOTHER or SALE_NOT_FOUND.
        self.outcome = response.outcome
        #: Who holds it.
        self.holder = response.holder
        #: Until when, Unix milliseconds.
        self.deadline_ms = response.deadline_ms

    def __reduce__(self) -> "tuple[object, ...]":
        return type(self), (AcquireLeaseResponse(self.outcome, 0, self.deadline_ms, False, self.holder),)


class LeaseLostError(LeaseError):
    """The lease is held no more."""

    def __init__(self, outcome: Optional[LeaseOutcome] = None, error: Optional[HoldfastError] = None) -> None:
        if outcome is not None:
            text = f"the lease is lost: the server says {outcome}"
        elif error is not None:
            text = f"the lease is lost: it could not be renewed in time ({error})"
        else:
            text = "the lease is lost: it was not renewed in time"
        super().__init__(text)
        #: What the server said; `None` when it said nothing in time. RELEASED when it was given back.
        self.outcome = outcome
        #: The last failed attempt to renew, if it was one that lost it.
        self.error = error

    def __reduce__(self) -> "tuple[object, ...]":
        return type(self), (self.outcome, self.error)


class Lease:
    """A lease while a `with` block runs; made by `StockClient.lease`. Any thread may ask it. Enter it once."""

    def __init__(
        self,
        client: "StockClient",
        target: Dict[str, str],
        ttl_ms: int,
        wait_ms: int,
        holder: str,
        on_lost: Optional[Callable[[LeaseLostError], None]],
        timeout: float,
    ) -> None:
        if ttl_ms <= 0:
            raise ValueError(f"ttl_ms must be more than 0, not {ttl_ms}")
        self._client = client
        self._target = target
        self._ttl_ms = ttl_ms
        self._ttl = ttl_ms / 1000
        self._wait_ms = wait_ms
        self._holder = holder
        self._on_lost = on_lost
        self._timeout = timeout
        #: Who holds it: 16 random bytes.
        self.owner_token = new_owner_token()
        #: Grows with every grant; hand it to whatever else the lease guards. 0 before it is held.
        self.fencing_token = 0

        self._stop = threading.Event()
        self._lock = threading.Lock()
        # All below: under the lock.
        self._held_until = 0.0
        self._renew_at = 0.0
        self._loss: Optional[LeaseLostError] = None

    # What a holder asks.

    @property
    def is_held(self) -> bool:
        """Whether it is held now for certain. Once lost it stays lost."""
        return self.loss is None

    @property
    def loss(self) -> Optional[LeaseLostError]:
        """Why it is held no more; `None` while it is."""
        with self._lock:
            if self._loss is None and _now() >= self._held_until:
                return LeaseLostError()
            return self._loss

    @property
    def remaining(self) -> float:
        """Seconds for which it is held for certain if no further renewal succeeds; 0 when it is lost."""
        with self._lock:
            return 0.0 if self._loss is not None else max(self._held_until - _now(), 0.0)

    def proof(self) -> LeaseProof:
        """What to send with a change of the sale. Raises `LeaseLostError` if the lease is held no more."""
        loss = self.loss
        if loss is not None:
            raise loss
        return LeaseProof(self.owner_token, self.fencing_token)

    # Its life.

    def __enter__(self) -> "Lease":
        if self.fencing_token or self._loss is not None:
            raise RuntimeError("a Lease can be entered once")
        sent_at = _now()
        try:
            answer = self._client.acquire_lease(
                owner_token=self.owner_token,
                ttl_ms=self._ttl_ms,
                wait_ms=self._wait_ms,
                holder=self._holder,
                **self._target,
            )
        except HoldfastError as error:
            if error.outcome is Outcome.UNKNOWN:
                self._give_back()
            raise
        except BaseException:  # Ctrl-C in the line leaves it.
            self._give_back()
            raise
        if answer.outcome is not LeaseOutcome.HELD:
            if self._wait_ms > 0:
                self._give_back()  # An earlier attempt of this call may still stand in line.
            raise LeaseRefusedError(answer)
        self.fencing_token = answer.fencing_token
        self._renewed(sent_at)
        try:
            # Whoever stood in line does not know when its turn came. A renewal says from when on it is held.
            if _now() >= self._renew_at:
                outcome = self._renew()
                if outcome is not LeaseOutcome.HELD:
                    self._end(LeaseLostError(outcome))
                self.proof()
            threading.Thread(target=self._keep, name="holdfast-lease", daemon=True).start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._stop.set()
        self._end(LeaseLostError(LeaseOutcome.RELEASED))
        loss = self._loss
        # What the server gave to another is not ours to release.
        if loss is None or loss.outcome is None or loss.outcome is LeaseOutcome.RELEASED:
            self._give_back()

    def _give_back(self) -> None:
        """Releases it. When that fails, it lapses by itself."""
        try:
            self._client.release_lease(owner_token=self.owner_token, **self._target)
        except HoldfastError:
            pass

    def _keep(self) -> None:
        """Renews until the lease is lost or given back. On a thread of its own."""
        last: Optional[HoldfastError] = None
        pause = min(max(self._ttl / 20, PAUSE_SECONDS_MIN), PAUSE_SECONDS_MAX)
        while not self._stop.is_set():
            with self._lock:
                now, held_until, renew_at = _now(), self._held_until, self._renew_at
            if now >= held_until:
                self._lose(LeaseLostError(error=last))
                return
            if now < renew_at:
                self._stop.wait(renew_at - now)
                continue
            try:
                outcome = self._renew()
            except HoldfastError as error:
                last = error
                self._stop.wait(max(min(pause, held_until - _now()), 0))
                continue
            if outcome is not LeaseOutcome.HELD:
                self._lose(LeaseLostError(outcome))
                return
            last = None

    def _renew(self) -> LeaseOutcome:
        """Asks once, lost answers included, within the time that the lease leaves; there must be time for another."""
        sent_at = _now()
        with self._lock:
            left = self._held_until - sent_at
        # One that stood in line for longer than the lease's time has none left, and must ask all the same.
        timeout = min(self._timeout, self._ttl / 3, left if left > 0 else self._ttl)
        answer = self._client.renew_lease(
            owner_token=self.owner_token, ttl_ms=self._ttl_ms, timeout=max(timeout, 0.001), **self._target
        )
        if answer.outcome is LeaseOutcome.HELD and answer.fencing_token != self.fencing_token:
            return LeaseOutcome.LOST  # Lost and had again: what was guarded was open in between.
        if answer.outcome is LeaseOutcome.HELD:
            self._renewed(sent_at)
        return answer.outcome

    def _renewed(self, sent_at: float) -> None:
        with self._lock:
            self._held_until = max(self._held_until, sent_at + self._ttl * (1 - CLOCK_RATE_SHARE))
            self._renew_at = max(self._renew_at, sent_at + self._ttl / 3)

    def _end(self, loss: LeaseLostError) -> bool:
        """The first reason stays; false if there was one."""
        with self._lock:
            if self._loss is not None:
                return False
            self._loss = loss
            return True

    def _lose(self, loss: LeaseLostError) -> None:
        if self._end(loss) and self._on_lost is not None:
            self._on_lost(loss)
