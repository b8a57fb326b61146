"""What StockService takes and gives: plain frozen dataclasses with the field names of `proto/holdfast/v1`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from .enums import (
    CancelOutcome,
    CheckRiskOutcome,
    ConfirmOutcome,
    ExtendOutcome,
    GetReservationOutcome,
    GetStockOutcome,
    LeaseOutcome,
    ProductState,
    RefundCause,
    RefundOutcome,
    ReservationState,
    ReserveOutcome,
    SaleState,
)


@dataclass(frozen=True)
class ClientInfo:
    """What a gateway knows of the buyer behind a call."""

    #: The buyer's address, IPv4 or IPv6 in text.
    ip: str = ""
    #: The buyer's device.
    device_id: str = ""
    #: When the buyer's account was made, Unix milliseconds; 0 unknown.
    account_created_ms: int = 0
    #: Identity document or its hash, for sales that need one.
    identity: str = ""


@dataclass(frozen=True)
class Line:
    """A quantity of a product that a caller asks for."""

    #: Product of the sale.
    product_id: str = ""
    #: 1 to 1,000,000 after lines of one product are summed.
    quantity: int = 0


@dataclass(frozen=True)
class ReservedLine:
    """One line of a ReserveResponse."""

    #: The product.
    product_id: str = ""
    #: Units held.
    granted: int = 0
    #: Units still available to others.
    left: int = 0
    #: Units the buyer has: imported + held + sold.
    used: int = 0
    #: The buyer's limit on this product, 0 none.
    limit: int = 0
    #: Price of one unit, frozen in the reservation, in minor units.
    price_minor: int = 0
    #: RESERVED, or what stood in this line's way; UNSPECIFIED when only another line was refused.
    outcome: ReserveOutcome = ReserveOutcome.UNSPECIFIED


@dataclass(frozen=True)
class ReserveResponse:
    """The answer to a Reserve."""

    #: What became of it.
    outcome: ReserveOutcome = ReserveOutcome.UNSPECIFIED
    #: The reservation, 0 unless RESERVED. A decimal string in JSON.
    reservation_id: int = 0
    #: The hold lapses then, Unix milliseconds.
    deadline_ms: int = 0
    #: One entry a product, in the order in which the request names them first.
    lines: Tuple[ReservedLine, ...] = ()
    #: The request id was known: this is the first answer again.
    replayed: bool = False
    #: The reservation's state now.
    state: ReservationState = ReservationState.UNSPECIFIED
    #: With NOT_STARTED: how long until the window begins.
    starts_in_ms: int = 0
    #: What the buyer has of the whole sale: imported + held + sold.
    sale_used: int = 0
    #: The buyer's limit over the whole sale, 0 none.
    sale_limit: int = 0


@dataclass(frozen=True)
class SoldLine:
    """A quantity at its frozen price."""

    #: The product.
    product_id: str = ""
    #: Units.
    quantity: int = 0
    #: Price of one unit in minor units.
    price_minor: int = 0


@dataclass(frozen=True)
class ConfirmResponse:
    """The answer to a Confirm."""

    #: What became of it.
    outcome: ConfirmOutcome = ConfirmOutcome.UNSPECIFIED
    #: The reservation; 0 for a request id that was cancelled before it arrived.
    reservation_id: int = 0
    #: With REFUND_DUE: why.
    cause: RefundCause = RefundCause.UNSPECIFIED
    #: Confirmed after the deadline, since stock and limit still allowed it.
    late: bool = False
    #: Decided before: this is that answer again.
    replayed: bool = False
    #: The reservation's state now.
    state: ReservationState = ReservationState.UNSPECIFIED
    #: What was confirmed, at the frozen price.
    lines: Tuple[SoldLine, ...] = ()


@dataclass(frozen=True)
class CancelResponse:
    """The answer to a Cancel."""

    #: What became of it.
    outcome: CancelOutcome = CancelOutcome.UNSPECIFIED
    #: The reservation, 0 if none.
    reservation_id: int = 0
    #: The reservation's state now.
    state: ReservationState = ReservationState.UNSPECIFIED
    #: It was over or remembered before.
    replayed: bool = False


@dataclass(frozen=True)
class ExtendResponse:
    """The answer to an Extend."""

    #: What became of it.
    outcome: ExtendOutcome = ExtendOutcome.UNSPECIFIED
    #: The reservation.
    reservation_id: int = 0
    #: The deadline now, Unix milliseconds.
    deadline_ms: int = 0
    #: Extended before: the first answer again.
    replayed: bool = False
    #: The reservation's state now.
    state: ReservationState = ReservationState.UNSPECIFIED


@dataclass(frozen=True)
class RefundResponse:
    """The answer to a Refund."""

    #: What became of it.
    outcome: RefundOutcome = RefundOutcome.UNSPECIFIED
    #: The reservation.
    reservation_id: int = 0
    #: What this refund gave back.
    lines: Tuple[SoldLine, ...] = ()
    #: The request id was known: the first answer again.
    replayed: bool = False
    #: The reservation's state now.
    state: ReservationState = ReservationState.UNSPECIFIED


@dataclass(frozen=True)
class ReservationLine:
    """One line of a reservation."""

    #: The product.
    product_id: str = ""
    #: Units that Reserve granted.
    granted: int = 0
    #: Units held or sold now.
    quantity: int = 0
    #: Units refunded.
    refunded: int = 0
    #: Price of one unit in minor units.
    price_minor: int = 0


@dataclass(frozen=True)
class Reservation:
    """The record of one Reserve."""

    #: Made by the server. A decimal string in JSON.
    reservation_id: int = 0
    #: Made by the caller.
    request_id: bytes = b""
    #: The buyer.
    user_id: str = ""
    #: Its state now.
    state: ReservationState = ReservationState.UNSPECIFIED
    #: The hold lapses then, Unix milliseconds.
    deadline_ms: int = 0
    #: Its lines.
    lines: Tuple[ReservationLine, ...] = ()
    #: The shop's reference.
    order_ref: str = ""
    #: The payment's reference.
    payment_ref: str = ""
    #: Confirmed after the deadline.
    late: bool = False
    #: Its deadline was moved.
    extended: bool = False
    #: Under review.
    frozen: bool = False
    #: With REFUND_DUE: why.
    cause: RefundCause = RefundCause.UNSPECIFIED


@dataclass(frozen=True)
class GetReservationResponse:
    """The answer to a GetReservation."""

    #: Whether there is one.
    outcome: GetReservationOutcome = GetReservationOutcome.UNSPECIFIED
    #: The reservation.
    reservation: Reservation = Reservation()


@dataclass(frozen=True)
class ProductStock:
    """The stock of one product: total = available + held + sold."""

    #: The product.
    product_id: str = ""
    #: Its name.
    name: str = ""
    #: All units.
    total: int = 0
    #: Units that can be held now.
    available: int = 0
    #: Units in live holds.
    held: int = 0
    #: Units sold.
    sold: int = 0
    #: Price of one unit in minor units.
    price_minor: int = 0
    #: Limit a buyer, 0 none.
    limit_per_user: int = 0
    #: Its state.
    state: ProductState = ProductState.UNSPECIFIED
    #: What the buyer asked about has: imported + held + sold.
    used: int = 0


@dataclass(frozen=True)
class GetStockResponse:
    """The answer to a GetStock."""

    #: Whether there is such a sale.
    outcome: GetStockOutcome = GetStockOutcome.UNSPECIFIED
    #: The sale's state as set.
    sale_state: SaleState = SaleState.UNSPECIFIED
    #: The window begins, Unix milliseconds.
    starts_at_ms: int = 0
    #: The window ends, Unix milliseconds.
    ends_at_ms: int = 0
    #: Server time of this answer, Unix milliseconds.
    server_time_ms: int = 0
    #: The products.
    products: Tuple[ProductStock, ...] = ()
    #: There is more: ask again with this.
    next_page_token: str = ""
    #: What the buyer has of the whole sale.
    sale_used: int = 0
    #: The buyer's limit over the whole sale, 0 none.
    sale_limit: int = 0
    #: ISO 4217 code of the sale's prices.
    currency: str = ""


@dataclass(frozen=True)
class RiskEvidence:
    """A risk rule that fired, and on what."""

    #: The rule's id.
    rule: str = ""
    #: What it looks at, as in the rules file.
    feature: str = ""
    #: What was measured: a count, or an age in milliseconds.
    value: int = 0
    #: What it was compared with.
    threshold: int = 0
    #: What was counted in, milliseconds; 0 for ages.
    window_ms: int = 0
    #: What the rule adds to the score; 0 when it raises.
    adds: int = 0
    #: What the rule raises the score to; 0 when it adds.
    raises_to: int = 0
    #: It fired because its input was missing: `value` says nothing.
    missing: bool = False
    #: The rule only observes.
    observed: bool = False


@dataclass(frozen=True)
class CheckRiskResponse:
    """The answer to a CheckRisk."""

    #: What a Reserve would meet.
    outcome: CheckRiskOutcome = CheckRiskOutcome.UNSPECIFIED
    #: 0 to 1,000.
    score: int = 0
    #: The rules that fired.
    evidence: Tuple[RiskEvidence, ...] = ()
    #: The version of the rules.
    rules_version: int = 0
    #: The outcome if rules that only observe decided, too.
    outcome_with_observed: CheckRiskOutcome = CheckRiskOutcome.UNSPECIFIED
    #: The score with them.
    score_with_observed: int = 0
    #: What the limiter would refuse it by: user, ip, device, sale or global; empty: it would let it in.
    limited_by: str = ""
    #: Then: how long.
    retry_after_ms: int = 0
    #: The server acts on its checks; False: it only observes, or has them off.
    enforced: bool = False


@dataclass(frozen=True)
class PingResponse:
    """The answer to a Ping."""

    #: What was sent.
    payload: bytes = b""
    #: Server time, Unix milliseconds.
    server_time_ms: int = 0


@dataclass(frozen=True)
class LeaseProof:
    """Proof that the caller holds a sale's lease, sent with a change of the sale.

    The server refuses the change with `FENCED` if the token is older than the newest that it granted, or if another
    holds the lease.
    """

    #: The owner token of the lease.
    owner_token: bytes = b""
    #: The fencing token that AcquireLease gave.
    fencing_token: int = 0


@dataclass(frozen=True)
class AcquireLeaseResponse:
    """The answer to an AcquireLease."""

    #: HELD, HELD_BY_ANOTHER or SALE_NOT_FOUND.
    outcome: LeaseOutcome = LeaseOutcome.UNSPECIFIED
    #: Grows with every grant, also across restarts of the server; send it with each write.
    fencing_token: int = 0
    #: The lease lapses then, Unix milliseconds; with HELD_BY_ANOTHER the other's.
    deadline_ms: int = 0
    #: This owner token held it already.
    replayed: bool = False
    #: With HELD_BY_ANOTHER: who.
    holder: str = ""


@dataclass(frozen=True)
class RenewLeaseResponse:
    """The answer to a RenewLease."""

    #: HELD, LOST or SALE_NOT_FOUND.
    outcome: LeaseOutcome = LeaseOutcome.UNSPECIFIED
    #: The lease's fencing token, as Acquire gave it.
    fencing_token: int = 0
    #: The new deadline, Unix milliseconds.
    deadline_ms: int = 0


@dataclass(frozen=True)
class ReleaseLeaseResponse:
    """The answer to a ReleaseLease."""

    #: RELEASED or SALE_NOT_FOUND.
    outcome: LeaseOutcome = LeaseOutcome.UNSPECIFIED
    #: With `break_lease`: who held it.
    holder: str = ""
