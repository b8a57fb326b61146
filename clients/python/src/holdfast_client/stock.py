"""`StockClient`: what a shop's backend calls for its buyers. Port 7443."""

from __future__ import annotations

from typing import Iterable, Optional

from ._client import BaseClient
from ._convert import Lines, fill, proto_lines
from ._proto.holdfast.v1 import common_pb2, stock_pb2
from .enums import CancelReason
from .ids import as_request_id, new_request_id
from .types import (
    CancelResponse,
    ClientInfo,
    ConfirmResponse,
    ExtendResponse,
    GetReservationResponse,
    GetStockResponse,
    PingResponse,
    RefundResponse,
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
