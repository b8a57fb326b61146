"""`AdminClient`: what operators call. Port 7444, always with a client certificate."""

from __future__ import annotations

from typing import Any, Iterable, Optional

from ._client import BaseClient
from ._convert import fill
from ._preload import chunks
from ._proto.holdfast.v1 import admin_pb2, common_pb2
from .admin_types import (
    AdjustStockResponse,
    GetServerInfoResponse,
    ListSalesResponse,
    PreloadCommit,
    PreloadResponse,
    Sale,
    SetProductStateResponse,
    SetSaleStateResponse,
    SnapshotResponse,
)
from .enums import BlacklistKind, PreloadOutcome, ProductState, SaleState
from .guard_types import (
    BlacklistAddResponse,
    BlacklistEntry,
    BlacklistListResponse,
    BlacklistRemoveResponse,
    BlacklistTarget,
    ReadRiskLogResponse,
)
from .ids import as_owner_token, as_request_id, new_request_id
from .types import LeaseProof


class AdminClient(BaseClient):
    """Calls AdminService. Every method takes `timeout` (seconds, for all attempts together) and `traceparent`.

    Every change has a request id: made here when none is given, kept by the server, so that a change whose answer
    was lost is made once. `validate_only` checks in full and changes nothing. `lease` is the proof of a lease of the
    sale; while another holds one, a change is refused with the reason `FENCED`.
    """

    _default_port = 7444

    def preload(
        self,
        sale: Sale,
        *,
        import_id: Optional[bytes] = None,
        validate_only: bool = False,
        lease: Optional[LeaseProof] = None,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> PreloadResponse:
        """Loads a sale, in as many chunks as it takes; `timeout` counts for each chunk. All of it or nothing.

        Into a sale that exists: the configuration changes, new products get their stock once, the stock of products
        that are there is left alone, and imported purchases set the buyer's count. After an error call it again with
        the same `import_id`: what has arrived is not taken twice. Stops at the first chunk with `rejects`.
        """
        key = new_request_id() if import_id is None else as_request_id(import_id)
        answer = PreloadResponse()
        for number, (part, commit) in enumerate(chunks(sale)):
            answer = self.preload_chunk(
                key,
                number,
                part,
                commit=commit,
                validate_only=validate_only,
                lease=lease,
                timeout=timeout,
                traceparent=traceparent,
            )
            if answer.outcome is PreloadOutcome.REJECTED:
                break
        return answer

    def preload_chunk(
        self,
        import_id: bytes,
        chunk: int,
        sale: Sale,
        *,
        commit: Optional[PreloadCommit] = None,
        validate_only: bool = False,
        lease: Optional[LeaseProof] = None,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> PreloadResponse:
        """Sends one numbered chunk of an import; `preload` does it for you. Nothing is visible before the chunk that carries `commit`.

        Chunk 0 carries the sale's configuration; every chunk carries `sale_id` and its own products and purchases.
        """
        key = as_request_id(import_id)
        request = admin_pb2.PreloadRequest(import_id=key, chunk=chunk, validate_only=validate_only)
        request.sale.SetInParent()
        fill(request.sale, sale)
        if commit is not None:
            request.commit.SetInParent()
            fill(request.commit, commit)
        _prove(request.lease, lease)
        return self._call(
            common_pb2.METHOD_PRELOAD,
            "AdminService/Preload",
            request,
            admin_pb2.PreloadResponse,
            PreloadResponse,
            timeout,
            traceparent,
            key,
        )

    def adjust_stock(
        self,
        sale_id: str,
        product_id: str,
        delta: int,
        *,
        request_id: Optional[bytes] = None,
        validate_only: bool = False,
        lease: Optional[LeaseProof] = None,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> AdjustStockResponse:
        """Adds units, or withdraws them with a negative `delta`; never below what is held and sold."""
        key = new_request_id() if request_id is None else as_request_id(request_id)
        request = admin_pb2.AdjustStockRequest(
            request_id=key, sale_id=sale_id, product_id=product_id, delta=delta, validate_only=validate_only
        )
        _prove(request.lease, lease)
        return self._call(
            common_pb2.METHOD_ADJUST_STOCK,
            "AdminService/AdjustStock",
            request,
            admin_pb2.AdjustStockResponse,
            AdjustStockResponse,
            timeout,
            traceparent,
            key,
        )

    def set_sale_state(
        self,
        sale_id: str,
        state: SaleState,
        *,
        request_id: Optional[bytes] = None,
        validate_only: bool = False,
        lease: Optional[LeaseProof] = None,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> SetSaleStateResponse:
        """Opens, pauses or closes a sale. Live holds run on."""
        key = new_request_id() if request_id is None else as_request_id(request_id)
        request = admin_pb2.SetSaleStateRequest(
            request_id=key, sale_id=sale_id, state=int(state), validate_only=validate_only
        )
        _prove(request.lease, lease)
        return self._call(
            common_pb2.METHOD_SET_SALE_STATE,
            "AdminService/SetSaleState",
            request,
            admin_pb2.SetSaleStateResponse,
            SetSaleStateResponse,
            timeout,
            traceparent,
            key,
        )

    def set_product_state(
        self,
        sale_id: str,
        product_id: str,
        state: ProductState,
        *,
        request_id: Optional[bytes] = None,
        validate_only: bool = False,
        lease: Optional[LeaseProof] = None,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> SetProductStateResponse:
        """Opens or pauses one product. Live holds run on."""
        key = new_request_id() if request_id is None else as_request_id(request_id)
        request = admin_pb2.SetProductStateRequest(
            request_id=key,
            sale_id=sale_id,
            product_id=product_id,
            state=int(state),
            validate_only=validate_only,
        )
        _prove(request.lease, lease)
        return self._call(
            common_pb2.METHOD_SET_PRODUCT_STATE,
            "AdminService/SetProductState",
            request,
            admin_pb2.SetProductStateResponse,
            SetProductStateResponse,
            timeout,
            traceparent,
            key,
        )

    def list_sales(
        self,
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> ListSalesResponse:
        """Lists sales by id, a page at a time: ask again with `next_page_token` until it is empty."""
        return self._call(
            common_pb2.METHOD_LIST_SALES,
            "AdminService/ListSales",
            admin_pb2.ListSalesRequest(page_size=page_size, page_token=page_token),
            admin_pb2.ListSalesResponse,
            ListSalesResponse,
            timeout,
            traceparent,
        )

    def get_server_info(
        self, *, timeout: Optional[float] = None, traceparent: str = ""
    ) -> GetServerInfoResponse:
        """Versions, limits and counts of the server."""
        return self._call(
            common_pb2.METHOD_GET_SERVER_INFO,
            "AdminService/GetServerInfo",
            admin_pb2.GetServerInfoRequest(),
            admin_pb2.GetServerInfoResponse,
            GetServerInfoResponse,
            timeout,
            traceparent,
        )

    def read_risk_log(
        self,
        *,
        user_id: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> ReadRiskLogResponse:
        """A page of the log of admission: what risk rules and limiter refused, and a sample of what they let in.

        `user_id`: only this buyer's entries. A page may hold fewer entries than `page_size`, or none, although
        `next_page_token` says that there may be more.
        """
        return self._call(
            common_pb2.METHOD_READ_RISK_LOG,
            "AdminService/ReadRiskLog",
            admin_pb2.ReadRiskLogRequest(user_id=user_id, page_size=page_size, page_token=page_token),
            admin_pb2.ReadRiskLogResponse,
            ReadRiskLogResponse,
            timeout,
            traceparent,
        )

    def snapshot(self, *, timeout: Optional[float] = None, traceparent: str = "") -> SnapshotResponse:
        """Asks for a snapshot, which is made in the background.

        `get_server_info().snapshot` says when it holds everything up to `target_lsn`. Asking again does no harm.
        """
        return self._call(
            common_pb2.METHOD_SNAPSHOT,
            "AdminService/Snapshot",
            admin_pb2.SnapshotRequest(),
            admin_pb2.SnapshotResponse,
            SnapshotResponse,
            timeout,
            traceparent,
        )

    def blacklist_add(
        self,
        entries: Iterable[BlacklistEntry],
        *,
        request_id: Optional[bytes] = None,
        confirm_wide: bool = False,
        validate_only: bool = False,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> BlacklistAddResponse:
        """Bars buyers, devices, addresses or ranges: up to 100 entries, all or none.

        A value that is listed already is replaced. A range of IPv4 /0 to /8 or IPv6 /0 to /32 needs `confirm_wide`:
        without it the answer is CONFIRMATION_NEEDED and nothing changes.
        """
        key = new_request_id() if request_id is None else as_request_id(request_id)
        request = admin_pb2.BlacklistAddRequest(
            request_id=key, confirm_wide=confirm_wide, validate_only=validate_only
        )
        for entry in entries:
            _set(request.entries.add(), entry, "user_id", "device_id", "network", "expires_at_ms", "reason", "source")
        return self._call(
            common_pb2.METHOD_BLACKLIST_ADD,
            "AdminService/BlacklistAdd",
            request,
            admin_pb2.BlacklistAddResponse,
            BlacklistAddResponse,
            timeout,
            traceparent,
            key,
        )

    def blacklist_remove(
        self,
        targets: Iterable[BlacklistTarget],
        *,
        request_id: Optional[bytes] = None,
        validate_only: bool = False,
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> BlacklistRemoveResponse:
        """Takes up to 100 entries off the blacklist; what is not there is said so."""
        key = new_request_id() if request_id is None else as_request_id(request_id)
        request = admin_pb2.BlacklistRemoveRequest(request_id=key, validate_only=validate_only)
        for target in targets:
            _set(request.targets.add(), target, "id", "user_id", "device_id", "network")
        return self._call(
            common_pb2.METHOD_BLACKLIST_REMOVE,
            "AdminService/BlacklistRemove",
            request,
            admin_pb2.BlacklistRemoveResponse,
            BlacklistRemoveResponse,
            timeout,
            traceparent,
            key,
        )

    def blacklist_list(
        self,
        *,
        page_size: int = 0,
        page_token: str = "",
        kind: BlacklistKind = BlacklistKind.UNSPECIFIED,
        user_id: str = "",
        device_id: str = "",
        address: str = "",
        network: str = "",
        timeout: Optional[float] = None,
        traceparent: str = "",
    ) -> BlacklistListResponse:
        """Lists entries that have not lapsed, by id, a page at a time.

        With `user_id`, `device_id`, `address` (all ranges that cover it) or `network`: only the entries of these.
        """
        return self._call(
            common_pb2.METHOD_BLACKLIST_LIST,
            "AdminService/BlacklistList",
            admin_pb2.BlacklistListRequest(
                page_size=page_size,
                page_token=page_token,
                kind=int(kind),
                user_id=user_id,
                device_id=device_id,
                address=address,
                network=network,
            ),
            admin_pb2.BlacklistListResponse,
            BlacklistListResponse,
            timeout,
            traceparent,
        )


def _set(message: Any, value: Any, *names: str) -> None:
    """Sets the named fields that are given: of a oneof only one may be touched."""
    for name in names:
        given = getattr(value, name)
        if given:
            setattr(message, name, given)


def _prove(message: common_pb2.LeaseProof, lease: Optional[LeaseProof]) -> None:
    """Sets the `lease` of a request, if the caller has one."""
    if lease is not None:
        message.owner_token = as_owner_token(lease.owner_token)
        message.fencing_token = lease.fencing_token
