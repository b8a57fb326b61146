#!/usr/bin/env python3
"""Writes the wire vectors: frames of holdfast/1 with what they mean. See README.md in this folder.

Needs google.protobuf and the generated code of clients/python; no other part of Holdfast, so that the vectors
are a second opinion on the server's own encoders. With --check it writes nothing and fails if a file would change.
"""

import json
import pathlib
import struct
import sys

from google.protobuf import json_format

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "python" / "src"))

import blacklist  # noqa: E402
from holdfast_client._proto.holdfast.v1 import admin_pb2 as admin  # noqa: E402
from holdfast_client._proto.holdfast.v1 import common_pb2 as common  # noqa: E402
from holdfast_client._proto.holdfast.v1 import stock_pb2 as stock  # noqa: E402

import admission_samples  # noqa: E402

KINDS = {
    "HELLO": 1, "REQUEST": 2, "RESPONSE": 3, "ITEM": 4, "CANCEL_CALL": 5,
    "PING": 6, "PONG": 7, "GOAWAY": 8, "CREDIT": 9,
}
CODES = {
    "OK": 0, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9, "UNIMPLEMENTED": 12, "UNAVAILABLE": 14,
}
REQUEST_ID = bytes(range(1, 17))
RESERVATION_ID = 0x0010000100000007


def frame(name, kind, message=None, *, raw=None, metadata=None, flags=0, number=0, call_id=0, millis=0):
    """One vector. `message` is what the body holds; `raw` replaces the body's bytes."""
    body = raw if raw is not None else b""
    if message is not None and raw is None:
        body = message.SerializeToString(deterministic=True)
    if metadata is not None:
        head = metadata.SerializeToString(deterministic=True)
        body = struct.pack(">H", len(head)) + head + body
        flags |= 1
    header = struct.pack(">IBBHII", 12 + len(body), KINDS[kind], flags, number, call_id, millis)
    vector = {
        "name": name,
        "frame": (header + body).hex(),
        "header": {
            "length": 12 + len(body), "kind": kind, "flags": flags, "method_or_code": number,
            "call_id": call_id, "timeout_or_retry_ms": millis,
        },
    }
    if metadata is not None:
        vector["metadata"] = as_json(metadata)
    if message is not None:
        vector["message"] = message.DESCRIPTOR.name
        vector["body"] = as_json(message)
    return vector


def as_json(message):
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def request(name, method, message, **more):
    number = common.Method.Value("METHOD_" + method)
    return frame(name, "REQUEST", message, number=number, call_id=more.pop("call_id", 1), **more)


def response(name, message, **more):
    return frame(name, "RESPONSE", message, call_id=more.pop("call_id", 1), **more)


def line(product_id, quantity):
    return common.Line(product_id=product_id, quantity=quantity)


def requests():
    minimal = stock.ReserveRequest(
        request_id=REQUEST_ID, sale_id="sale-1", user_id="user-1", lines=[line("sku-1", 1)])
    full = stock.ReserveRequest(
        request_id=REQUEST_ID, sale_id="秒杀-1", user_id="usér-1",
        lines=[line("sku-1", 2), line("sku-2", 1_000_000)], hold_ms=600_000,
        client=stock.Client(
            ip="2001:db8::1", device_id="device-1", account_created_ms=1_700_000_000_000,
            identity="identity-1"),
        challenge_solution="solution", allow_partial=True, order_ref="order-1")
    by_id = {"sale_id": "sale-1", "reservation_id": RESERVATION_ID}
    by_request = {"sale_id": "sale-1", "request_id": REQUEST_ID}
    sale = admin.Sale(
        sale_id="sale-1", name="Sale", state="SALE_STATE_OPEN", starts_at_ms=1_700_000_000_000,
        ends_at_ms=1_700_003_600_000, currency="EUR", hold_ms=600_000, limit_per_user=4,
        products=[
            admin.Product(
                product_id="sku-1", name="Thing", total=100, price_minor=9_900,
                limit_per_user=2, state="PRODUCT_STATE_OPEN"),
            admin.Product(product_id="sku-2", total=5),
        ],
        purchases=[
            admin.Purchase(user_id="user-1", product_id="sku-1", quantity=1, order_ref="old-1")])
    return [
        request("reserve_minimal", "RESERVE", minimal),
        request("reserve_full", "RESERVE", full, call_id=0xFFFFFFFF, millis=1_500),
        request(
            "reserve_with_metadata", "RESERVE", minimal, call_id=2,
            metadata=common.Metadata(
                traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                locale="de", attempt=1)),
        request("confirm_by_reservation", "CONFIRM", stock.ConfirmRequest(payment_ref="pay-1", **by_id)),
        request(
            "confirm_part_by_request", "CONFIRM",
            stock.ConfirmRequest(lines=[line("sku-1", 1), line("sku-2", 0)], **by_request)),
        request("cancel_by_reservation", "CANCEL", stock.CancelRequest(reason="CANCEL_REASON_BUYER", **by_id)),
        request("cancel_by_request", "CANCEL", stock.CancelRequest(reason="CANCEL_REASON_TIMEOUT", **by_request)),
        request("extend", "EXTEND", stock.ExtendRequest(extend_ms=60_000, **by_id)),
        request(
            "refund", "REFUND",
            stock.RefundRequest(
                request_id=REQUEST_ID, sale_id="sale-1", reservation_id=RESERVATION_ID,
                lines=[line("sku-1", 1)], restock=True, refund_ref="refund-1")),
        request("get_reservation", "GET_RESERVATION", stock.GetReservationRequest(**by_request)),
        request("get_stock", "GET_STOCK", stock.GetStockRequest(sale_id="sale-1")),
        request(
            "get_stock_of_products", "GET_STOCK",
            stock.GetStockRequest(sale_id="sale-1", product_ids=["sku-1", "sku-2"], user_id="user-1")),
        request(
            "get_stock_next_page", "GET_STOCK",
            stock.GetStockRequest(sale_id="sale-1", page_size=50, page_token="sku-1")),
        request("check_risk", "CHECK_RISK", stock.CheckRiskRequest(sale_id="sale-1", user_id="user-1")),
        request(
            "check_risk_full", "CHECK_RISK",
            stock.CheckRiskRequest(
                sale_id="sale-1", user_id="user-1", lines=[line("sku-1", 2)],
                client=stock.Client(ip="203.0.113.7", device_id="device-1", account_created_ms=1_700_000_000_000))),
        request(
            "acquire_lease_of_sale", "ACQUIRE_LEASE",
            stock.AcquireLeaseRequest(
                sale_id="sale-1", owner_token=REQUEST_ID, ttl_ms=5_000, wait_ms=1_000, holder="stock desk"),
            millis=2_000),
        request(
            "acquire_lease_of_name", "ACQUIRE_LEASE",
            stock.AcquireLeaseRequest(name="nightly-import", owner_token=REQUEST_ID)),
        request(
            "renew_lease", "RENEW_LEASE",
            stock.RenewLeaseRequest(sale_id="sale-1", owner_token=REQUEST_ID, ttl_ms=10_000)),
        request(
            "release_lease", "RELEASE_LEASE",
            stock.ReleaseLeaseRequest(name="nightly-import", owner_token=REQUEST_ID)),
        request(
            "release_lease_break", "RELEASE_LEASE",
            stock.ReleaseLeaseRequest(sale_id="sale-1", break_lease=True)),
        request("ping", "PING", stock.PingRequest(payload=b"\x00\xff")),
        request(
            "preload_only_chunk", "PRELOAD",
            admin.PreloadRequest(
                import_id=REQUEST_ID, sale=sale,
                commit=admin.PreloadCommit(
                    chunk_count=1, product_count=2, purchase_count=1,
                    checksum=import_checksum([sale])))),
        request(
            "preload_later_chunk", "PRELOAD",
            admin.PreloadRequest(
                import_id=REQUEST_ID, chunk=1,
                sale=admin.Sale(sale_id="sale-1", products=[admin.Product(product_id="sku-3", total=1)]))),
        request(
            "adjust_stock", "ADJUST_STOCK",
            admin.AdjustStockRequest(
                request_id=REQUEST_ID, sale_id="sale-1", product_id="sku-1", delta=-5, validate_only=True)),
        request(
            "adjust_stock_with_lease", "ADJUST_STOCK",
            admin.AdjustStockRequest(
                request_id=REQUEST_ID, sale_id="sale-1", product_id="sku-1", delta=5,
                lease=common.LeaseProof(owner_token=REQUEST_ID, fencing_token=7))),
        request(
            "set_sale_state", "SET_SALE_STATE",
            admin.SetSaleStateRequest(request_id=REQUEST_ID, sale_id="sale-1", state="SALE_STATE_PAUSED")),
        request(
            "set_product_state", "SET_PRODUCT_STATE",
            admin.SetProductStateRequest(
                request_id=REQUEST_ID, sale_id="sale-1", product_id="sku-1", state="PRODUCT_STATE_OPEN")),
        request("list_sales", "LIST_SALES", admin.ListSalesRequest(page_size=10, page_token="sale-1")),
        request("get_server_info", "GET_SERVER_INFO", admin.GetServerInfoRequest()),
        request("snapshot", "SNAPSHOT", admin.SnapshotRequest()),
        request("read_risk_log", "READ_RISK_LOG", admin.ReadRiskLogRequest()),
        request(
            "read_risk_log_full", "READ_RISK_LOG",
            admin.ReadRiskLogRequest(user_id="user-1", page_size=50, page_token="1-4095")),
    ] + blacklist.requests(request, REQUEST_ID)


def import_checksum(sales):
    """CRC-32 over the rows' canonical text, as docs/PROTOCOL.md describes it."""
    import zlib

    checksum = 0
    for sale in sales:
        for row in sale.products:
            text = (f"P\t{row.product_id}\t{row.total}\t{row.price_minor}"
                    f"\t{row.limit_per_user}\t{row.state}\n")
            checksum = zlib.crc32(text.encode(), checksum)
        for row in sale.purchases:
            text = f"B\t{row.user_id}\t{row.product_id}\t{row.quantity}\t{row.order_ref}\n"
            checksum = zlib.crc32(text.encode(), checksum)
    return checksum


def outcomes(prefix, make, enum):
    """One answer for each outcome that there is, nothing else set."""
    return [
        response(f"{prefix}_{name.split('_OUTCOME_')[1].lower()}", make(outcome=number))
        for name, number in enum.items() if number != 0
    ]


def hello():
    """What one server says of itself."""
    return common.Hello(
        protocol="holdfast/1", software="holdfast 0.1.0", instance_id=REQUEST_ID, boot_epoch=3,
        role="gateway",
        limits=common.Limits(
            frame_bytes_max=65_536, calls_in_flight_max=1_024, control_frames_per_second_max=10,
            idle_ms=60_000, default_timeout_ms=1_000, lines_max=16, hold_ms_min=1_000,
            hold_ms_max=14_400_000, connections_max=10_000, connections_per_ip_max=64),
        methods=[
            common.MethodInfo(number=1, name="StockService/Reserve"),
            common.MethodInfo(number=13, name="StockService/Ping"),
        ],
        server_time_ms=1_700_000_000_000, unsafe_settings=["stock.client_certificate"], caller="shop")


def responses():
    deadline = 1_700_000_600_000
    sold = [stock.SoldLine(product_id="sku-1", quantity=2, price_minor=9_900)]
    reserved_line = stock.ReservedLine(
        product_id="sku-1", granted=2, left=98, used=2, limit=4, price_minor=9_900,
        outcome="RESERVE_OUTCOME_RESERVED")
    snapshot = admin.SnapshotInfo(
        lsn=9_007_199_254_730_000, made_ms=1_700_000_000_000, byte_count=1_048_576, duration_ms=250,
        last_error="the disk gave an I/O error", kept=2)
    full = [
        response(
            "reserve_reserved_full",
            stock.ReserveResponse(
                outcome="RESERVE_OUTCOME_RESERVED", reservation_id=RESERVATION_ID, deadline_ms=deadline,
                lines=[reserved_line], state="RESERVATION_STATE_HELD", sale_used=2, sale_limit=10),
            call_id=7),
        response(
            "reserve_replayed",
            stock.ReserveResponse(
                outcome="RESERVE_OUTCOME_RESERVED", reservation_id=RESERVATION_ID, deadline_ms=deadline,
                lines=[reserved_line], replayed=True, state="RESERVATION_STATE_CONFIRMED")),
        response(
            "reserve_not_started_full",
            stock.ReserveResponse(outcome="RESERVE_OUTCOME_NOT_STARTED", starts_in_ms=1_500)),
        response(
            "reserve_sold_out_full",
            stock.ReserveResponse(
                outcome="RESERVE_OUTCOME_SOLD_OUT",
                lines=[
                    stock.ReservedLine(product_id="sku-1", outcome="RESERVE_OUTCOME_SOLD_OUT"),
                    stock.ReservedLine(product_id="sku-2", left=5),
                ])),
        response(
            "confirm_confirmed_full",
            stock.ConfirmResponse(
                outcome="CONFIRM_OUTCOME_CONFIRMED", reservation_id=RESERVATION_ID, late=True,
                replayed=True, state="RESERVATION_STATE_CONFIRMED", lines=sold)),
        response(
            "confirm_refund_due_full",
            stock.ConfirmResponse(
                outcome="CONFIRM_OUTCOME_REFUND_DUE", reservation_id=RESERVATION_ID,
                cause="REFUND_CAUSE_EXPIRED_SOLD_OUT", state="RESERVATION_STATE_REFUND_DUE")),
        response(
            "cancel_cancelled_full",
            stock.CancelResponse(
                outcome="CANCEL_OUTCOME_CANCELLED", reservation_id=RESERVATION_ID,
                state="RESERVATION_STATE_CANCELLED", replayed=True)),
        response(
            "extend_extended_full",
            stock.ExtendResponse(
                outcome="EXTEND_OUTCOME_EXTENDED", reservation_id=RESERVATION_ID, deadline_ms=deadline,
                state="RESERVATION_STATE_HELD")),
        response(
            "refund_refunded_full",
            stock.RefundResponse(
                outcome="REFUND_OUTCOME_REFUNDED", reservation_id=RESERVATION_ID, lines=sold,
                state="RESERVATION_STATE_REFUNDED")),
        response(
            "get_reservation_found_full",
            stock.GetReservationResponse(
                outcome="GET_RESERVATION_OUTCOME_FOUND",
                reservation=stock.Reservation(
                    reservation_id=RESERVATION_ID, request_id=REQUEST_ID, user_id="user-1",
                    state="RESERVATION_STATE_CONFIRMED", deadline_ms=deadline,
                    lines=[
                        stock.ReservationLine(
                            product_id="sku-1", granted=3, quantity=2, refunded=1, price_minor=9_900)],
                    order_ref="order-1", payment_ref="pay-1", late=True, extended=True, frozen=True))),
        response(
            "get_stock_found_full",
            stock.GetStockResponse(
                outcome="GET_STOCK_OUTCOME_FOUND", sale_state="SALE_STATE_OPEN",
                starts_at_ms=1_700_000_000_000, ends_at_ms=1_700_003_600_000,
                server_time_ms=1_700_000_000_001,
                products=[
                    stock.ProductStock(
                        product_id="sku-1", name="Thing", total=100, available=95, held=3, sold=2,
                        price_minor=9_900, limit_per_user=2, state="PRODUCT_STATE_OPEN", used=1)],
                next_page_token="sku-1", sale_used=1, sale_limit=10, currency="EUR")),
        response(
            "acquire_lease_held_full",
            stock.AcquireLeaseResponse(
                outcome="LEASE_OUTCOME_HELD", fencing_token=7, deadline_ms=deadline, replayed=True)),
        response(
            "acquire_lease_held_by_another_full",
            stock.AcquireLeaseResponse(
                outcome="LEASE_OUTCOME_HELD_BY_ANOTHER", deadline_ms=deadline, holder="stock desk")),
        response(
            "renew_lease_held_full",
            stock.RenewLeaseResponse(outcome="LEASE_OUTCOME_HELD", fencing_token=7, deadline_ms=deadline)),
        response(
            "release_lease_broken_full",
            stock.ReleaseLeaseResponse(outcome="LEASE_OUTCOME_RELEASED", holder="stock desk")),
        response("ping", stock.PingResponse(payload=b"\x00\xff", server_time_ms=1_700_000_000_000)),
        response(
            "preload_committed_full",
            admin.PreloadResponse(
                outcome="PRELOAD_OUTCOME_COMMITTED", products_added=2, products_updated=1,
                purchases_set=1)),
        response(
            "adjust_stock_adjusted_full",
            admin.AdjustStockResponse(
                outcome="ADJUST_STOCK_OUTCOME_ADJUSTED", total=95, available=90, held=3, sold=2)),
        response(
            "get_server_info_full",
            admin.GetServerInfoResponse(
                hello=hello(), uptime_ms=86_400_000, shard_count=64, reactor_count=8, connections=12,
                sales=3, live_holds=1_000, reservations=5_000, buyers=4_000, events=9_000,
                engine_bytes=16_777_216, calls=20_000, durability="disk",
                journal=admin.JournalInfo(
                    sync="group", appended_lsn=9_007_199_254_740_993, synced_lsn=9_007_199_254_740_990,
                    groups=700, bytes=2_867_200, syncs=699, sync_microseconds_total=350_000,
                    sync_microseconds_max=4_200, segments=4, ready_bytes=134_217_728, has_room=True,
                    backlog_bytes=288, generation=5),
                snapshot=snapshot, admission=admission_samples.info(),
                expiry=admin.ExpiryInfo(
                    lapsed=1_000_000, bites=1_954, bite_microseconds_total=190_000,
                    bite_microseconds_max=310, turn_microseconds_max=1_900, bytes_ahead_max=131_072))),
        response(
            "get_server_info_of_a_full_disk",
            admin.GetServerInfoResponse(
                hello=hello(), durability="written",
                journal=admin.JournalInfo(sync="none", appended_lsn=9, synced_lsn=9, generation=1),
                snapshot=admin.SnapshotInfo(last_error="No space left on device"))),
        response(
            "snapshot_started_full",
            admin.SnapshotResponse(
                outcome="SNAPSHOT_OUTCOME_STARTED", target_lsn=9_007_199_254_740_990,
                newest=admin.SnapshotInfo(
                    lsn=9_007_199_254_730_000, made_ms=1_700_000_000_000, byte_count=1_048_576,
                    duration_ms=250, running=True, kept=2))),
    ]
    full += blacklist.responses(response)
    return (
        full
        + [response(name, message) for name, message in admission_samples.answers()]
        + outcomes("reserve", stock.ReserveResponse, stock.ReserveOutcome)
        + outcomes("confirm", stock.ConfirmResponse, stock.ConfirmOutcome)
        + outcomes("cancel", stock.CancelResponse, stock.CancelOutcome)
        + outcomes("extend", stock.ExtendResponse, stock.ExtendOutcome)
        + outcomes("refund", stock.RefundResponse, stock.RefundOutcome)
        + [
            vector
            for vector in outcomes(
                "get_reservation", stock.GetReservationResponse, stock.GetReservationOutcome)
            # Found without a reservation is no answer.
            if vector["name"] != "get_reservation_found"
        ]
        + outcomes("get_stock", stock.GetStockResponse, stock.GetStockOutcome)
        + outcomes("acquire_lease", stock.AcquireLeaseResponse, stock.LeaseOutcome)
        + outcomes("renew_lease", stock.RenewLeaseResponse, stock.LeaseOutcome)
        + outcomes("release_lease", stock.ReleaseLeaseResponse, stock.LeaseOutcome)
        + outcomes("preload", admin.PreloadResponse, admin.PreloadOutcome)
        + outcomes("adjust_stock", admin.AdjustStockResponse, admin.AdjustStockOutcome)
        + outcomes("set_sale_state", admin.SetSaleStateResponse, admin.SetStateOutcome)
        + outcomes("set_product_state", admin.SetProductStateResponse, admin.SetStateOutcome)
        + outcomes(
            "check_risk",
            lambda outcome: stock.CheckRiskResponse(outcome=outcome, outcome_with_observed=outcome),
            stock.CheckRiskOutcome)
        + outcomes("snapshot", admin.SnapshotResponse, admin.SnapshotOutcome)
    )


def error(name, code, reason, *, retry=0, metadata=None, violations=()):
    status = common.Status(
        message=f"what to do about {name}", reason=reason, metadata=metadata or {},
        field_violations=[common.FieldViolation(field=f, description=d) for f, d in violations])
    return response(name, status, number=CODES[code], millis=retry)


def errors():
    return [
        error(
            "field_invalid", "INVALID_ARGUMENT", "FIELD_INVALID", metadata={"violations": "2"},
            violations=[
                ("lines[2].quantity", "must be 1 to 1000000, not 0"),
                ("user_id", "must be given: 1 to 64 bytes of UTF-8"),
            ]),
        error("body_malformed", "INVALID_ARGUMENT", "BODY_MALFORMED"),
        error("flags_unknown", "INVALID_ARGUMENT", "FLAGS_UNKNOWN"),
        error("client_ip_missing", "INVALID_ARGUMENT", "CLIENT_IP_MISSING"),
        error("confirm_lines_invalid", "INVALID_ARGUMENT", "CONFIRM_LINES_INVALID"),
        error("request_id_reused", "FAILED_PRECONDITION", "REQUEST_ID_REUSED"),
        error("confirm_mismatch", "FAILED_PRECONDITION", "CONFIRM_MISMATCH"),
        error("sale_sealed", "FAILED_PRECONDITION", "SALE_SEALED"),
        error("fenced", "FAILED_PRECONDITION", "FENCED"),
        error("import_mismatch", "FAILED_PRECONDITION", "IMPORT_MISMATCH"),
        error("expiry_backlog", "RESOURCE_EXHAUSTED", "EXPIRY_BACKLOG", retry=5),
        error(
            "rate_limited", "RESOURCE_EXHAUSTED", "RATE_LIMITED", retry=750,
            metadata={"dimension": "user"}),
        error("too_many_calls", "RESOURCE_EXHAUSTED", "TOO_MANY_CALLS", retry=5),
        error("memory_full", "UNAVAILABLE", "MEMORY_FULL", retry=1_000),
        error("storage_full", "UNAVAILABLE", "STORAGE_FULL", retry=1_000),
        error("overloaded", "UNAVAILABLE", "OVERLOADED", retry=100),
        error("journal_backlog", "UNAVAILABLE", "JOURNAL_BACKLOG", retry=50),
        error("draining", "UNAVAILABLE", "DRAINING", retry=1_000),
        error("deadline_exceeded", "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
        error("permission_denied", "PERMISSION_DENIED", "PERMISSION_DENIED"),
        error("method_unknown", "UNIMPLEMENTED", "METHOD_UNKNOWN", metadata={"method": "60000"}),
        error("method_not_available", "UNIMPLEMENTED", "METHOD_NOT_AVAILABLE"),
    ]


def control():
    ping = common.PingFrame(payload=b"are you there")
    return [
        frame("hello", "HELLO", hello()),
        frame(
            "goaway", "GOAWAY",
            common.Goaway(reason="DRAINING", grace_ms=5_000, message="the server is leaving")),
        frame(
            "goaway_protocol_error", "GOAWAY",
            common.Goaway(reason="PROTOCOL_ERROR", message="CALL_ID_ZERO: a call id is never 0")),
        frame("ping", "PING", ping),
        frame("ping_empty", "PING", common.PingFrame()),
        frame("pong", "PONG", ping),
        frame("pong_empty", "PONG", common.PingFrame()),
        frame("cancel_call", "CANCEL_CALL", call_id=9),
        frame("skipped_kind_is_only_a_header", "CREDIT"),
    ]


FILES = {
    "requests.json": ("Frames that a client sends, one or more a method.", requests),
    "responses.json": ("RESPONSE frames with code 0: every outcome of every method.", responses),
    "errors.json": ("RESPONSE frames with another code: the call was not decided.", errors),
    "control.json": ("Frames beside calls.", control),
}


def main():
    check = sys.argv[1:] == ["--check"]
    stale = []
    for name, (description, make) in FILES.items():
        content = {"description": description, "vectors": make()}
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        path = FOLDER / name
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; run clients/vectors/generate.py")


if __name__ == "__main__":
    main()
