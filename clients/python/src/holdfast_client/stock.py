"""`StockClient`: what a shop's backend calls for its buyers. Port 7443."""

from __future__ import annotations

from typing import Callable, Iterable, Optional

from ._client import BaseClient
from ._convert import Lines, fill, proto_lines
from ._proto.holdfast.v1 import common_pb2, stock_pb2
from .enums import CancelReason
from .ids import as_owner_token, as_request_id, new_request_id
from .leases import Lease, LeaseLostError
from .types import (
    AcquireLeaseResponse,
    CancelResponse,
    CheckRiskResponse,
    ClientInfo,
    ConfirmResponse,
    ExtendResponse,
    GetReservationResponse,
    GetStockResponse,
    PingResponse,
    RefundResponse,
    ReleaseLeaseResponse,
    RenewLeaseResponse,
    ReserveResponse,
)


class StockClient(BaseClient):
    """Calls StockService. Every method takes `timeout` (seconds, for all attempts together) and `traceparent`.

    A method returns the server's decision, whatever it is: look at its `outcome`. It raises a `HoldfastError` when
    there was none, and the error's own `outcome` says whether the call may have happened. A lost answer is asked for
    again with the same request id as long as the deadline allows.
    """

    _default_port = 7443

    def reserve(
        self,
        sale_id: str,
        user_id: str,
        lines: Lines,
        *,
        request_id: Optional[bytes] = None,
        hold_ms: int = 0,
        client: Optional[ClientInfo] = None,
        challenge_solution: str = "",
        allow_partial: bool = False,
        order_ref: str = "",
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> ReserveResponse:
        """Holds stock for a buyer.

        `lines` is `{"sku-1": 2}` or a list of `Line`. `request_id` is the idempotency key: make it with
        `new_request_id()` and store it before this call if the order has to survive a crash of your process.
        A gateway must give `client` with the buyer's `ip`. `hold_ms` 0 takes the sale's hold time.
        """
        key = new_request_id() if request_id is None else as_request_id(request_id)
        request = stock_pb2.ReserveRequest(
            request_id=key,
            sale_id=sale_id,
            user_id=user_id,
            lines=proto_lines(lines),
            hold_ms=hold_ms,
            challenge_solution=challenge_solution,
            allow_partial=allow_partial,
            order_ref=order_ref,
        )
        if client is not None:
            request.client.SetInParent()
            fill(request.client, client)
        return self._call(
            common_pb2.METHOD_RESERVE,
            "StockService/Reserve",
            request,
            stock_pb2.ReserveResponse,
            ReserveResponse,
            timeout,
            traceparent,
            key,
        )

    def confirm(
        self,
        sale_id: str,
        reservation_id: Optional[int] = None,
        *,
        request_id: Optional[bytes] = None,
        lines: Optional[Lines] = None,
        payment_ref: str = "",
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> ConfirmResponse:
        """Says that the buyer has paid. Without `lines` all that is held; smaller quantities give the rest back."""
        request = stock_pb2.ConfirmRequest(
            sale_id=sale_id,
            lines=proto_lines(lines) if lines is not None else (),
            payment_ref=payment_ref,
            **_target(reservation_id, request_id),
        )
        return self._call(
            common_pb2.METHOD_CONFIRM,
            "StockService/Confirm",
            request,
            stock_pb2.ConfirmResponse,
            ConfirmResponse,
            timeout,
            traceparent,
            request.request_id or None,
        )

    def cancel(
        self,
        sale_id: str,
        reservation_id: Optional[int] = None,
        *,
        request_id: Optional[bytes] = None,
        reason: CancelReason = CancelReason.UNSPECIFIED,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> CancelResponse:
        """Gives a hold back. By `request_id` it also bars a Reserve that has not arrived yet."""
        request = stock_pb2.CancelRequest(
            sale_id=sale_id, reason=int(reason), **_target(reservation_id, request_id)
        )
        return self._call(
            common_pb2.METHOD_CANCEL,
            "StockService/Cancel",
            request,
            stock_pb2.CancelResponse,
            CancelResponse,
            timeout,
            traceparent,
            request.request_id or None,
        )

    def extend(
        self,
        sale_id: str,
        reservation_id: Optional[int] = None,
        *,
        request_id: Optional[bytes] = None,
        extend_ms: int = 0,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> ExtendResponse:
        """Moves a hold's deadline, once a reservation. `extend_ms` 0 takes the sale's hold time."""
        request = stock_pb2.ExtendRequest(
            sale_id=sale_id, extend_ms=extend_ms, **_target(reservation_id, request_id)
        )
        return self._call(
            common_pb2.METHOD_EXTEND,
            "StockService/Extend",
            request,
            stock_pb2.ExtendResponse,
            ExtendResponse,
            timeout,
            traceparent,
            request.request_id or None,
        )

    def refund(
        self,
        sale_id: str,
        reservation_id: int,
        *,
        request_id: Optional[bytes] = None,
        lines: Optional[Lines] = None,
        restock: bool = False,
        refund_ref: str = "",
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> RefundResponse:
        """Gives a sale back, whole or in part, once a request id. With `restock` the units go on sale again."""
        key = new_request_id() if request_id is None else as_request_id(request_id)
        request = stock_pb2.RefundRequest(
            request_id=key,
            sale_id=sale_id,
            reservation_id=reservation_id,
            lines=proto_lines(lines) if lines is not None else (),
            restock=restock,
            refund_ref=refund_ref,
        )
        return self._call(
            common_pb2.METHOD_REFUND,
            "StockService/Refund",
            request,
            stock_pb2.RefundResponse,
            RefundResponse,
            timeout,
            traceparent,
            key,
        )

    def get_reservation(
        self,
        sale_id: str,
        reservation_id: Optional[int] = None,
        *,
        request_id: Optional[bytes] = None,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> GetReservationResponse:
        """Reads one reservation: the way to learn later what became of a call whose outcome is unknown."""
        request = stock_pb2.GetReservationRequest(sale_id=sale_id, **_target(reservation_id, request_id))
        return self._call(
            common_pb2.METHOD_GET_RESERVATION,
            "StockService/GetReservation",
            request,
            stock_pb2.GetReservationResponse,
            GetReservationResponse,
            timeout,
            traceparent,
            request.request_id or None,
        )

    def get_stock(
        self,
        sale_id: str,
        product_ids: Iterable[str] = (),
        *,
        user_id: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> GetStockResponse:
        """Reads the stock of a sale: up to 16 products, or all of them in pages. `user_id` adds what a buyer has."""
        request = stock_pb2.GetStockRequest(
            sale_id=sale_id,
            product_ids=list(product_ids),
            user_id=user_id,
            page_size=page_size,
            page_token=page_token,
        )
        return self._call(
            common_pb2.METHOD_GET_STOCK,
            "StockService/GetStock",
            request,
            stock_pb2.GetStockResponse,
            GetStockResponse,
            timeout,
            traceparent,
        )

    def check_risk(
        self,
        sale_id: str,
        user_id: str,
        lines: Lines = (),
        *,
        client: Optional[ClientInfo] = None,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> CheckRiskResponse:
        """Asks what limiter and risk rules would say of a buyer's Reserve. Counts and spends nothing.

        A gateway must give `client` with the buyer's `ip`. Without `lines`: one unit without a price.
        """
        request = stock_pb2.CheckRiskRequest(sale_id=sale_id, user_id=user_id, lines=proto_lines(lines))
        if client is not None:
            request.client.SetInParent()
            fill(request.client, client)
        return self._call(
            common_pb2.METHOD_CHECK_RISK,
            "StockService/CheckRisk",
            request,
            stock_pb2.CheckRiskResponse,
            CheckRiskResponse,
            timeout,
            traceparent,
        )

    def acquire_lease(
        self,
        *,
        sale_id: Optional[str] = None,
        name: Optional[str] = None,
        owner_token: bytes,
        ttl_ms: int = 0,
        wait_ms: int = 0,
        holder: str = "",
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> AcquireLeaseResponse:
        """Takes a lease of a sale or a name, or stands in line for it; `lease` does this and renews it.

        The same `owner_token` (see `new_owner_token()`) again gets the same answer. `timeout` counts from the end of
        `wait_ms` when it is not given.
        """
        wait = max(wait_ms, 0) / 1000
        request = stock_pb2.AcquireLeaseRequest(
            owner_token=as_owner_token(owner_token),
            ttl_ms=ttl_ms,
            wait_ms=wait_ms,
            holder=holder,
            **_lease_target(sale_id, name),
        )
        return self._call(
            common_pb2.METHOD_ACQUIRE_LEASE,
            "StockService/AcquireLease",
            request,
            stock_pb2.AcquireLeaseResponse,
            AcquireLeaseResponse,
            self._timeout + wait if timeout is None else timeout,
            traceparent,
            patience=wait,
        )

    def renew_lease(
        self,
        *,
        sale_id: Optional[str] = None,
        name: Optional[str] = None,
        owner_token: bytes,
        ttl_ms: int = 0,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> RenewLeaseResponse:
        """Prolongs a lease that is still held, from now on. `LOST`: stop writing. `ttl_ms` 0 takes Acquire's."""
        request = stock_pb2.RenewLeaseRequest(
            owner_token=as_owner_token(owner_token), ttl_ms=ttl_ms, **_lease_target(sale_id, name)
        )
        return self._call(
            common_pb2.METHOD_RENEW_LEASE,
            "StockService/RenewLease",
            request,
            stock_pb2.RenewLeaseResponse,
            RenewLeaseResponse,
            timeout,
            traceparent,
        )

    def release_lease(
        self,
        *,
        sale_id: Optional[str] = None,
        name: Optional[str] = None,
        owner_token: Optional[bytes] = None,
        break_lease: bool = False,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> ReleaseLeaseResponse:
        """Gives a lease back; with `break_lease` (role admin) takes it from whoever holds it."""
        if owner_token is None and not break_lease:
            raise TypeError("give the owner_token, or break_lease")
        request = stock_pb2.ReleaseLeaseRequest(break_lease=break_lease, **_lease_target(sale_id, name))
        if owner_token is not None:
            request.owner_token = as_owner_token(owner_token)
        return self._call(
            common_pb2.METHOD_RELEASE_LEASE,
            "StockService/ReleaseLease",
            request,
            stock_pb2.ReleaseLeaseResponse,
            ReleaseLeaseResponse,
            timeout,
            traceparent,
        )

    def lease(
        self,
        *,
        sale_id: Optional[str] = None,
        name: Optional[str] = None,
        ttl_ms: int = 5_000,
        wait_ms: int = 0,
        holder: str = "",
        on_lost: Optional[Callable[[LeaseLostError], None]] = None,
    ) -> Lease:
        """A lease to hold while something is done: `with stock.lease(sale_id="sale-1") as lease: ...`

        Entering takes it and raises `LeaseRefusedError` if it cannot be had within `wait_ms`, or a `HoldfastError` if
        the call was not decided. A thread then renews it at a third of `ttl_ms`; leaving gives it back. `on_lost` is
        called once, on that thread, when the lease is lost before. See `Lease`.
        """
        return Lease(self, _lease_target(sale_id, name), ttl_ms, wait_ms, holder, on_lost, self._timeout)

    def ping(
        self, payload: bytes = b"", *, timeout: Optional[float] = None, traceparent: str = ""
    ) -> PingResponse:
        """Asks whether the server is there; `payload` (64 bytes at most) comes back as it went."""
        return self._call(
            common_pb2.METHOD_PING,
            "StockService/Ping",
            stock_pb2.PingRequest(payload=payload),
            stock_pb2.PingResponse,
            PingResponse,
            timeout,
            traceparent,
        )


def _target(reservation_id: Optional[int], request_id: Optional[bytes]) -> "dict[str, object]":
    """The `oneof target` of a request: exactly one of the two ids."""
    if (reservation_id is None) == (request_id is None):
        raise TypeError("name the reservation by exactly one of reservation_id and request_id")
    if request_id is not None:
        return {"request_id": as_request_id(request_id)}
    return {"reservation_id": reservation_id}


def _lease_target(sale_id: Optional[str], name: Optional[str]) -> "dict[str, str]":
    """The `oneof target` of a lease call: exactly one of the two."""
    if (sale_id is None) == (name is None):
        raise TypeError("name what is locked by exactly one of sale_id and name")
    return {"sale_id": sale_id} if sale_id is not None else {"name": str(name)}
