"""The enums of holdfast/1. They are ints that print as their names."""

from __future__ import annotations

import enum
from typing import Any


class ProtoEnum(enum.IntEnum):
    """An enum of the protocol. A value that a newer server invented comes as `UNKNOWN_<number>`, not as an error."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, int):
            return None
        made = int.__new__(cls, value)
        made._name_ = f"UNKNOWN_{value}"
        made._value_ = value
        return made

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        return format(self.name, spec)


class ReservationState(ProtoEnum):
    """The life of a reservation."""

    #: Not a reservation.
    UNSPECIFIED = 0
    #: Stock and limit are taken until the deadline.
    HELD = 1
    #: Sold.
    CONFIRMED = 2
    #: Given back by the caller.
    CANCELLED = 3
    #: Given back because the deadline passed.
    EXPIRED = 4
    #: Given back by an operator or a ban.
    RELEASED = 5
    #: Money arrived too late: it must be refunded, no stock is bound.
    REFUND_DUE = 6
    #: Refunded in full.
    REFUNDED = 7


class SaleState(ProtoEnum):
    """The state of a sale, as an operator sets it. Whether it sells also depends on its window."""

    #: In a request: keep what is there; a new sale starts open.
    UNSPECIFIED = 0
    #: Sells inside its window.
    OPEN = 1
    #: Takes no new holds for now.
    PAUSED = 2
    #: Takes no new holds any more.
    CLOSED = 3
    #: Over for good: only the record store still knows its reservations. Set by the server alone.
    SEALED = 4


class ProductState(ProtoEnum):
    """The state of one product in a sale."""

    #: In a request: keep what is there; a new product starts open.
    UNSPECIFIED = 0
    #: Sells while its sale does.
    OPEN = 1
    #: Takes no new holds for now.
    PAUSED = 2


class ReserveOutcome(ProtoEnum):
    """What became of a Reserve."""

    #: Not decided.
    UNSPECIFIED = 0
    #: Held until the deadline.
    RESERVED = 1
    #: A Cancel with this request id came first.
    CANCELLED_BEFORE = 2
    #: No such sale.
    SALE_NOT_FOUND = 3
    #: A line names a product that the sale does not have.
    PRODUCT_NOT_FOUND = 4
    #: The window has not begun; see `starts_in_ms`.
    NOT_STARTED = 5
    #: The window is over, or the sale is closed.
    ENDED = 6
    #: The sale or a product is paused.
    PAUSED = 7
    #: Buyer, device or address is blacklisted.
    BLACKLISTED = 8
    #: The risk rules refused.
    RISK_REJECTED = 9
    #: The sale's own entry rule refused: too many lapsed holds, no appointment, identity.
    NOT_ELIGIBLE = 10
    #: The buyer's limit does not allow it.
    LIMIT_EXCEEDED = 11
    #: Not enough stock.
    SOLD_OUT = 12
    #: Solve a challenge first.
    CHALLENGE_REQUIRED = 13


class ConfirmOutcome(ProtoEnum):
    """What became of a Confirm."""

    #: Not decided.
    UNSPECIFIED = 0
    #: Sold.
    CONFIRMED = 1
    #: The money must go back; see `cause`.
    REFUND_DUE = 2
    #: No such reservation.
    NOT_FOUND = 3


class RefundCause(ProtoEnum):
    """Why a Confirm ended in REFUND_DUE."""

    #: Not REFUND_DUE.
    UNSPECIFIED = 0
    #: Lapsed, and the stock is gone.
    EXPIRED_SOLD_OUT = 1
    #: Lapsed, and the buyer's limit is used up.
    EXPIRED_LIMIT = 2
    #: Cancelled before.
    CANCELLED = 3
    #: Released by an operator or a ban.
    RELEASED = 4
    #: Lapsed, and the sale is paused or closed.
    SALE_CLOSED = 5
    #: Lapsed, and the buyer is blacklisted.
    BUYER_BLACKLISTED = 6


class CancelOutcome(ProtoEnum):
    """What became of a Cancel."""

    #: Not decided.
    UNSPECIFIED = 0
    #: Stock and limit are back, or the reservation was over already.
    CANCELLED = 1
    #: The request id was unknown: a Reserve that arrives later is refused.
    REMEMBERED = 2
    #: Sold already: use Refund.
    ALREADY_CONFIRMED = 3
    #: No such sale or reservation id.
    NOT_FOUND = 4


class CancelReason(ProtoEnum):
    """Why a caller cancels."""

    #: Not said.
    UNSPECIFIED = 0
    #: The buyer gave up.
    BUYER = 1
    #: The payment failed.
    PAYMENT_FAILED = 2
    #: The caller never got an answer and makes sure.
    TIMEOUT = 3
    #: Suspected fraud.
    FRAUD = 4
    #: Something else.
    OTHER = 5


class ExtendOutcome(ProtoEnum):
    """What became of an Extend."""

    #: Not decided.
    UNSPECIFIED = 0
    #: The deadline has moved.
    EXTENDED = 1
    #: The reservation is not held any more; see `state`.
    NOT_HELD = 2
    #: No such sale or reservation.
    NOT_FOUND = 3


class RefundOutcome(ProtoEnum):
    """What became of a Refund."""

    #: Not decided.
    UNSPECIFIED = 0
    #: Given back.
    REFUNDED = 1
    #: No such sale or reservation.
    NOT_FOUND = 2
    #: Neither confirmed nor due for a refund; see `state`.
    NOT_REFUNDABLE = 3


class GetReservationOutcome(ProtoEnum):
    """What became of a GetReservation."""

    #: Not decided.
    UNSPECIFIED = 0
    #: Here it is.
    FOUND = 1
    #: No such sale or reservation.
    NOT_FOUND = 2
    #: Only a Cancel of this request id is known.
    REMEMBERED = 3


class GetStockOutcome(ProtoEnum):
    """What became of a GetStock."""

    #: Not decided.
    UNSPECIFIED = 0
    #: Here it is.
    FOUND = 1
    #: No such sale.
    SALE_NOT_FOUND = 2
    #: A product that was asked for is not in the sale.
    PRODUCT_NOT_FOUND = 3


class PreloadOutcome(ProtoEnum):
    """What became of a Preload chunk."""

    #: Not decided.
    UNSPECIFIED = 0
    #: The chunk is staged; nothing is visible yet.
    STAGED = 1
    #: The import is complete and visible.
    COMMITTED = 2
    #: A full check passed; nothing changed.
    VALID = 3
    #: Rows were refused; see `rejects`. Nothing changed.
    REJECTED = 4


class AdjustStockOutcome(ProtoEnum):
    """What became of an AdjustStock."""

    #: Not decided.
    UNSPECIFIED = 0
    #: The delta was applied.
    ADJUSTED = 1
    #: No such sale.
    SALE_NOT_FOUND = 2
    #: No such product.
    PRODUCT_NOT_FOUND = 3
    #: It would take what is held or sold.
    BELOW_COMMITTED = 4


class SetStateOutcome(ProtoEnum):
    """What became of a change of state."""

    #: Not decided.
    UNSPECIFIED = 0
    #: It is in that state now.
    SET = 1
    #: No such sale.
    SALE_NOT_FOUND = 2
    #: No such product.
    PRODUCT_NOT_FOUND = 3


class SnapshotOutcome(ProtoEnum):
    """What became of a Snapshot."""

    #: Not decided.
    UNSPECIFIED = 0
    #: It was begun, or the newest one holds everything already.
    STARTED = 1
    #: One is being made, begun earlier: what was acknowledged behind `target_lsn` is not in it. Ask again when it is
    #: done.
    RUNNING = 2
    #: The server keeps nothing on disk.
    UNAVAILABLE_IN_MEMORY = 3


class RiskInputPresence(ProtoEnum):
    """Whether an input of a call was there."""

    #: Not said.
    UNSPECIFIED = 0
    #: It was.
    PRESENT = 1
    #: The caller should have sent it.
    MISSING = 2
    #: The caller cannot know it.
    NOT_APPLICABLE = 3


class CheckRiskOutcome(ProtoEnum):
    """What admission would say of a Reserve now."""

    #: Not decided.
    UNSPECIFIED = 0
    #: Nothing stands in its way.
    ALLOW = 1
    #: The buyer would have to solve a challenge.
    CHALLENGE = 2
    #: The risk rules would refuse.
    REJECT = 3
    #: Buyer, device or address is blacklisted.
    BLACKLISTED = 4


class LeaseOutcome(ProtoEnum):
    """What became of a lease call."""

    #: Not decided.
    UNSPECIFIED = 0
    #: The caller holds the lease until the deadline.
    HELD = 1
    #: Another holds it, and the caller did not wait or waited in vain.
    HELD_BY_ANOTHER = 2
    #: The caller does not hold it, or no more: stop writing.
    LOST = 3
    #: Given back, or it was not held any more.
    RELEASED = 4
    #: No such sale.
    SALE_NOT_FOUND = 5


class BlacklistKind(ProtoEnum):
    """What a blacklist entry names."""

    #: Any.
    UNSPECIFIED = 0
    #: A buyer.
    USER = 1
    #: A device.
    DEVICE = 2
    #: An address or a range.
    NETWORK = 3


class BlacklistItemOutcome(ProtoEnum):
    """What became of one entry or target."""

    #: See the answer's outcome.
    UNSPECIFIED = 0
    #: It is on the list.
    ADDED = 1
    #: It is on the list in place of an older entry of the same value.
    REPLACED = 2
    #: Its end has passed: nothing was added.
    LAPSED = 3
    #: It is off the list.
    REMOVED = 4
    #: It was not on the list.
    NOT_FOUND = 5
    #: The range is so wide that it must be confirmed.
    WIDE = 6


class BlacklistAddOutcome(ProtoEnum):
    """What became of a BlacklistAdd."""

    #: Not decided.
    UNSPECIFIED = 0
    #: All entries are on the list, but for those that had lapsed.
    ADDED = 1
    #: A full check passed; nothing changed.
    VALID = 2
    #: A range is so wide that it must be confirmed: see the results marked WIDE. Nothing changed.
    CONFIRMATION_NEEDED = 3


class BlacklistRemoveOutcome(ProtoEnum):
    """What became of a BlacklistRemove."""

    #: Not decided.
    UNSPECIFIED = 0
    #: What was there is off the list.
    REMOVED = 1
    #: Nothing of it was there.
    NOT_FOUND = 2
    #: A full check passed; nothing changed.
    VALID = 3
