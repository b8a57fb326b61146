"""The client against a real server: every method, the roles, a restart under load, and the quickstart."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from holdfast_client import (
    TLS,
    AdjustStockOutcome,
    AdminClient,
    BlacklistAddOutcome,
    BlacklistEntry,
    BlacklistItemOutcome,
    BlacklistRemoveOutcome,
    BlacklistTarget,
    CancelOutcome,
    ClientInfo,
    Code,
    ConfirmOutcome,
    ConnectError,
    ExtendOutcome,
    GetReservationOutcome,
    GetStockOutcome,
    Line,
    Outcome,
    PreloadOutcome,
    Product,
    ProductState,
    Purchase,
    RefundOutcome,
    RejectedError,
    ReservationState,
    ReserveOutcome,
    Sale,
    SaleState,
    SetStateOutcome,
    StockClient,
    new_request_id,
)
from holdfast_client._proto.holdfast.v1 import common_pb2, stock_pb2
from server_process import ROOT, ServerProcess, require_binary

BUYER = ClientInfo(ip="203.0.113.7", device_id="device-1")
#: Generous: these tests are about answers, not about time.
TIMEOUT_SECONDS = 10.0


@pytest.fixture(scope="module")
def binary() -> Path:
    return require_binary()


@pytest.fixture(scope="module")
def server(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    made = ServerProcess(binary, tmp_path_factory.mktemp("server") / "dev")
    yield made
    made.stop()


@pytest.fixture
def stock(server: ServerProcess) -> Iterator[StockClient]:
    with StockClient(server.stock, tls=server.tls("gateway"), timeout=TIMEOUT_SECONDS) as client:
        yield client


@pytest.fixture
def admin(server: ServerProcess) -> Iterator[AdminClient]:
    with AdminClient(server.admin, tls=server.tls("admin"), timeout=TIMEOUT_SECONDS) as client:
        yield client


def sale_of(*products: Product, purchases: "tuple[Purchase, ...]" = (), **fields: Any) -> Sale:
    """An open sale of its own."""
    now_ms = int(time.time() * 1000)
    fields = {"starts_at_ms": now_ms - 60_000, "ends_at_ms": now_ms + 3_600_000, "currency": "CNY", **fields}
    return Sale(sale_id=f"sale-{uuid.uuid4()}", name="Test", products=products, purchases=purchases, **fields)


def load(admin: AdminClient, *products: Product, **fields: Any) -> str:
    sale = sale_of(*products, **fields)
    assert admin.preload(sale).outcome is PreloadOutcome.COMMITTED
    return sale.sale_id


def numbers(stock: StockClient, sale_id: str, product_id: str = "sku-1") -> "tuple[int, int, int, int]":
    (row,) = stock.get_stock(sale_id, [product_id]).products
    return row.total, row.available, row.held, row.sold


def test_hello_names_protocol_role_and_limits(server: ServerProcess, stock: StockClient) -> None:
    hello = stock.connect()
    assert hello.protocol == "holdfast/1" and hello.role == "gateway" and len(hello.instance_id) == 16
    assert hello.limits.calls_in_flight_max > 0 and hello.limits.frame_bytes_max == 65536
    assert {"StockService/Reserve", "StockService/Ping"} <= {method.name for method in hello.methods}
    assert abs(hello.server_time_ms - time.time() * 1000) < 60_000


def test_ping_brings_its_payload_back(stock: StockClient) -> None:
    assert stock.ping(b"\x00\xffpayload").payload == b"\x00\xffpayload"


def test_reserve_and_confirm_sell_a_unit(stock: StockClient, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", "One", 10, 12_900, 2))
    held = stock.reserve(sale_id, "user-1", {"sku-1": 2}, client=BUYER, order_ref="order-1", hold_ms=60_000)
    assert held.outcome is ReserveOutcome.RESERVED and not held.replayed
    assert held.state is ReservationState.HELD and held.reservation_id != 0
    (line,) = held.lines
    assert (line.product_id, line.granted, line.left, line.used, line.limit) == ("sku-1", 2, 8, 2, 2)
    assert line.price_minor == 12_900 and line.outcome is ReserveOutcome.RESERVED
    assert 0 < held.deadline_ms - time.time() * 1000 <= 65_000
    assert numbers(stock, sale_id) == (10, 8, 2, 0)

    sold = stock.confirm(sale_id, held.reservation_id, payment_ref="payment-1")
    assert sold.outcome is ConfirmOutcome.CONFIRMED and sold.state is ReservationState.CONFIRMED
    assert [(row.product_id, row.quantity, row.price_minor) for row in sold.lines] == [("sku-1", 2, 12_900)]
    assert stock.confirm(sale_id, held.reservation_id, payment_ref="payment-1").replayed
    assert numbers(stock, sale_id) == (10, 8, 0, 2)

    read = stock.get_reservation(sale_id, held.reservation_id)
    assert read.outcome is GetReservationOutcome.FOUND
    assert (read.reservation.user_id, read.reservation.order_ref) == ("user-1", "order-1")
    assert read.reservation.payment_ref == "payment-1"


def test_same_request_id_is_one_reservation_and_another_payload_is_refused(
    stock: StockClient, admin: AdminClient
) -> None:
    sale_id = load(admin, Product("sku-1", total=10))
    key = new_request_id()
    first = stock.reserve(sale_id, "user-1", {"sku-1": 1}, request_id=key, client=BUYER)
    again = stock.reserve(sale_id, "user-1", [Line("sku-1", 1)], request_id=key, client=ClientInfo(ip="203.0.113.8"))
    assert again.replayed and again.reservation_id == first.reservation_id
    assert again.deadline_ms == first.deadline_ms
    assert numbers(stock, sale_id) == (10, 9, 1, 0)
    with pytest.raises(RejectedError) as caught:
        stock.reserve(sale_id, "user-1", {"sku-1": 2}, request_id=key, client=BUYER)
    error = caught.value
    assert error.code is Code.FAILED_PRECONDITION and error.reason == "REQUEST_ID_REUSED"
    assert error.outcome is Outcome.REJECTED and error.request_id == key


def test_refusals_carry_the_numbers(stock: StockClient, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=3, limit_per_user=2))
    over = stock.reserve(sale_id, "user-1", {"sku-1": 3}, client=BUYER)
    assert over.outcome is ReserveOutcome.LIMIT_EXCEEDED and (over.lines[0].used, over.lines[0].limit) == (0, 2)
    assert stock.reserve(sale_id, "user-1", {"sku-1": 2}, client=BUYER).outcome is ReserveOutcome.RESERVED
    short = stock.reserve(sale_id, "user-2", {"sku-1": 2}, client=BUYER)
    assert short.outcome is ReserveOutcome.SOLD_OUT and short.lines[0].left == 1
    part = stock.reserve(sale_id, "user-2", {"sku-1": 2}, client=BUYER, allow_partial=True)
    assert part.outcome is ReserveOutcome.RESERVED and part.lines[0].granted == 1
    assert stock.reserve("no-sale", "user-1", {"sku-1": 1}, client=BUYER).outcome is ReserveOutcome.SALE_NOT_FOUND
    gone = stock.reserve(sale_id, "user-3", {"sku-9": 1}, client=BUYER)
    assert gone.outcome is ReserveOutcome.PRODUCT_NOT_FOUND


def test_invalid_arguments_name_their_fields(stock: StockClient) -> None:
    with pytest.raises(RejectedError) as caught:
        stock.reserve("sale-1", "", {"sku-1": -5}, client=BUYER)
    error = caught.value
    assert error.code is Code.INVALID_ARGUMENT and error.outcome is Outcome.REJECTED
    assert {"user_id", "lines[0].quantity"} <= {violation.field for violation in error.field_violations}


def test_gateway_must_say_whose_address_it_is(stock: StockClient) -> None:
    with pytest.raises(RejectedError) as caught:
        stock.reserve("sale-1", "user-1", {"sku-1": 1})
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert any("ip" in violation.field for violation in caught.value.field_violations)


def test_cancel_gives_back_and_bars_what_has_not_arrived(stock: StockClient, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=5))
    held = stock.reserve(sale_id, "user-1", {"sku-1": 2}, client=BUYER)
    assert stock.cancel(sale_id, held.reservation_id).outcome is CancelOutcome.CANCELLED
    assert stock.cancel(sale_id, held.reservation_id).replayed
    assert numbers(stock, sale_id) == (5, 5, 0, 0)

    key = new_request_id()
    assert stock.cancel(sale_id, request_id=key).outcome is CancelOutcome.REMEMBERED
    late = stock.reserve(sale_id, "user-1", {"sku-1": 1}, request_id=key, client=BUYER)
    assert late.outcome is ReserveOutcome.CANCELLED_BEFORE
    assert stock.get_reservation(sale_id, request_id=key).outcome is GetReservationOutcome.REMEMBERED
    assert numbers(stock, sale_id) == (5, 5, 0, 0)


def test_extend_moves_the_deadline_once(stock: StockClient, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=5))
    held = stock.reserve(sale_id, "user-1", {"sku-1": 1}, client=BUYER, hold_ms=60_000)
    first = stock.extend(sale_id, held.reservation_id, extend_ms=30_000)
    assert first.outcome is ExtendOutcome.EXTENDED and first.deadline_ms == held.deadline_ms + 30_000
    again = stock.extend(sale_id, held.reservation_id, extend_ms=30_000)
    assert again.replayed and again.deadline_ms == first.deadline_ms


def test_refund_gives_back_once_a_request_id(stock: StockClient, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=5, price_minor=700))
    held = stock.reserve(sale_id, "user-1", {"sku-1": 3}, client=BUYER)
    stock.confirm(sale_id, held.reservation_id)
    key = new_request_id()
    for replayed in (False, True):
        back = stock.refund(sale_id, held.reservation_id, request_id=key, lines={"sku-1": 1}, restock=True)
        assert back.outcome is RefundOutcome.REFUNDED and back.replayed is replayed
        assert [(row.product_id, row.quantity) for row in back.lines] == [("sku-1", 1)]
    assert numbers(stock, sale_id) == (5, 3, 0, 2)


def test_partial_confirm_gives_the_rest_back(stock: StockClient, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=5))
    held = stock.reserve(sale_id, "user-1", {"sku-1": 3}, client=BUYER)
    sold = stock.confirm(sale_id, held.reservation_id, lines={"sku-1": 1})
    assert sold.outcome is ConfirmOutcome.CONFIRMED and sold.lines[0].quantity == 1
    assert numbers(stock, sale_id) == (5, 4, 0, 1)


def test_unknown_reservations_are_answers_not_errors(stock: StockClient) -> None:
    assert stock.confirm("sale-1", 12345).outcome is ConfirmOutcome.NOT_FOUND
    assert stock.get_reservation("sale-1", 12345).outcome is GetReservationOutcome.NOT_FOUND
    assert stock.get_stock("no-sale").outcome is GetStockOutcome.SALE_NOT_FOUND


def test_preload_in_several_chunks_counts_everything(stock: StockClient, admin: AdminClient) -> None:
    products = tuple(Product(f"sku-{number}", "n" * 200, 2, 100) for number in range(2500))
    sale = sale_of(*products, purchases=(Purchase("user-1", "sku-7", 1, "old-order"),), limit_per_user=2)
    checked = admin.preload(sale, validate_only=True)
    assert checked.outcome is PreloadOutcome.VALID
    assert stock.get_stock(sale.sale_id).outcome is GetStockOutcome.SALE_NOT_FOUND

    key = new_request_id()
    done = admin.preload(sale, import_id=key)
    assert done.outcome is PreloadOutcome.COMMITTED and done.products_added == 2500 and done.purchases_set == 1
    assert admin.preload(sale, import_id=key).replayed

    seen: List[str] = []
    page = stock.get_stock(sale.sale_id, user_id="user-1")
    while True:
        seen += [row.product_id for row in page.products]
        if not page.next_page_token:
            break
        page = stock.get_stock(sale.sale_id, page_token=page.next_page_token, user_id="user-1")
    assert seen == [product.product_id for product in products]
    assert page.sale_used == 1 and page.sale_limit == 2 and page.currency == "CNY"


def test_preload_refuses_bad_rows_and_loads_nothing(stock: StockClient, admin: AdminClient) -> None:
    sale = sale_of(Product("sku-1", total=1), purchases=(Purchase("user-1", "sku-unknown", 1),))
    answer = admin.preload(sale)
    assert answer.outcome is PreloadOutcome.REJECTED
    assert [reject.field for reject in answer.rejects] == ["sale.purchases[0].product_id"]
    assert stock.get_stock(sale.sale_id).outcome is GetStockOutcome.SALE_NOT_FOUND


def test_adjust_stock_adds_once_and_never_below_what_is_taken(stock: StockClient, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=5))
    stock.reserve(sale_id, "user-1", {"sku-1": 4}, client=BUYER)
    key = new_request_id()
    for replayed in (False, True):
        added = admin.adjust_stock(sale_id, "sku-1", 10, request_id=key)
        assert added.outcome is AdjustStockOutcome.ADJUSTED and added.replayed is replayed
        assert (added.total, added.available, added.held, added.sold) == (15, 11, 4, 0)
    refused = admin.adjust_stock(sale_id, "sku-1", -12)
    assert refused.outcome is AdjustStockOutcome.BELOW_COMMITTED and refused.total == 15
    assert admin.adjust_stock(sale_id, "sku-1", -11, validate_only=True).outcome is AdjustStockOutcome.ADJUSTED
    assert numbers(stock, sale_id) == (15, 11, 4, 0)


def test_states_of_sale_and_product_stop_new_holds(stock: StockClient, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=5), Product("sku-2", total=5))

    def outcome(product_id: str) -> ReserveOutcome:
        return stock.reserve(sale_id, f"user-{uuid.uuid4()}", {product_id: 1}, client=BUYER).outcome

    assert admin.set_product_state(sale_id, "sku-1", ProductState.PAUSED).state is ProductState.PAUSED
    assert (outcome("sku-1"), outcome("sku-2")) == (ReserveOutcome.PAUSED, ReserveOutcome.RESERVED)
    paused = admin.set_sale_state(sale_id, SaleState.PAUSED)
    assert paused.outcome is SetStateOutcome.SET and paused.state is SaleState.PAUSED
    assert outcome("sku-2") is ReserveOutcome.PAUSED
    admin.set_sale_state(sale_id, SaleState.CLOSED)
    assert outcome("sku-2") is ReserveOutcome.ENDED


def test_sales_are_listed_with_their_sums(admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=5), Product("sku-2", total=6))
    found, token = {}, ""
    while True:
        page = admin.list_sales(page_size=2, page_token=token)
        found.update({row.sale_id: row for row in page.sales})
        token = page.next_page_token
        if not token:
            break
    row = found[sale_id]
    assert (row.product_count, row.total, row.available) == (2, 11, 11) and row.state is SaleState.OPEN
    assert "sale-1" in found


def test_server_info_counts(admin: AdminClient) -> None:
    info = admin.get_server_info()
    assert info.hello.role == "admin" and info.sales >= 1 and info.connections >= 1
    journal = info.journal
    assert (info.durability, journal.sync, journal.has_room) == ("disk", "group", True)
    assert journal.appended_lsn >= journal.synced_lsn > 0 and journal.bytes > 0 and journal.segments > 0
    assert (83, "AdminService/Snapshot") in [(method.number, method.name) for method in info.hello.methods]


def test_operator_may_not_have_a_snapshot(server: ServerProcess) -> None:
    with AdminClient(server.admin, tls=server.tls("operator"), timeout=TIMEOUT_SECONDS) as client:
        with pytest.raises(RejectedError) as caught:
            client.snapshot()
        assert caught.value.code is Code.PERMISSION_DENIED
        assert client.get_server_info().hello.role == "operator"


@pytest.mark.parametrize(
    "role, method", [("service", "reserve"), ("operator", "reserve"), ("operator", "confirm"), ("operator", "cancel")]
)
def test_role_that_may_not_is_told_so(server: ServerProcess, role: str, method: str) -> None:
    with StockClient(server.stock, tls=server.tls(role), timeout=TIMEOUT_SECONDS) as client:
        calls = {
            "reserve": lambda: client.reserve("sale-1", "user-1", {"sku-1": 1}, client=BUYER),
            "confirm": lambda: client.confirm("sale-1", 1),
            "cancel": lambda: client.cancel("sale-1", 1),
        }
        assert client.get_stock("sale-1").outcome is GetStockOutcome.FOUND
        with pytest.raises(RejectedError) as caught:
            calls[method]()
    assert caught.value.code is Code.PERMISSION_DENIED and caught.value.outcome is Outcome.REJECTED


def test_gateway_cannot_administrate(server: ServerProcess) -> None:
    with AdminClient(server.admin, tls=server.tls("gateway"), timeout=TIMEOUT_SECONDS) as client:
        with pytest.raises((RejectedError, ConnectError)) as caught:
            client.adjust_stock("sale-1", "sku-1", 1)
    assert caught.value.outcome in (Outcome.REJECTED, Outcome.NOT_SENT)


def test_caller_without_a_certificate_is_told_so(server: ServerProcess) -> None:
    with StockClient(server.stock, tls=TLS(ca_file=server.tls("gateway").ca_file)) as client:
        with pytest.raises(ConnectError) as caught:
            client.connect()
    assert caught.value.phase == "tls" and "cert_file" in caught.value.hint


def test_last_unit_is_sold_once_to_many_threads(server: ServerProcess, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=1))
    with StockClient(server.stock, tls=server.tls("gateway"), timeout=TIMEOUT_SECONDS) as client:

        def buy(number: int) -> ReserveOutcome:
            return client.reserve(sale_id, f"user-{number}", {"sku-1": 1}, client=BUYER).outcome

        with ThreadPoolExecutor(32) as pool:
            outcomes = list(pool.map(buy, range(400)))
    assert outcomes.count(ReserveOutcome.RESERVED) == 1
    assert outcomes.count(ReserveOutcome.SOLD_OUT) == 399


def test_one_request_id_over_five_connections_is_one_reservation(server: ServerProcess, admin: AdminClient) -> None:
    sale_id = load(admin, Product("sku-1", total=100))
    key = new_request_id()
    clients = [StockClient(server.stock, tls=server.tls("gateway"), timeout=TIMEOUT_SECONDS) for _ in range(5)]
    start = threading.Barrier(5)

    def reserve(client: StockClient) -> Any:
        client.connect()
        start.wait(30)
        return client.reserve(sale_id, "user-1", {"sku-1": 3}, request_id=key, client=BUYER)

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(reserve, clients))
    assert len({answer.reservation_id for answer in answers}) == 1
    assert sorted(answer.replayed for answer in answers) == [False, True, True, True, True]
    assert numbers(clients[0], sale_id) == (100, 97, 3, 0)
    for client in clients:
        client.close()


def test_drain_and_restart_under_load_lose_no_answer(binary: Path, tmp_path: Path) -> None:
    """Threads ping through a SIGTERM and a start on the same port: every call ends well."""
    first = ServerProcess(binary, tmp_path / "dev")
    port = int(first.stock.rpartition(":")[2])
    done = threading.Event()
    with StockClient(first.stock, tls=first.tls("gateway"), timeout=30) as client:

        def work(thread: int) -> int:
            count = 0
            while not done.is_set():
                payload = b"%d/%d" % (thread, count)
                assert client.ping(payload).payload == payload
                count += 1
            return count

        with ThreadPoolExecutor(4) as pool:
            workers = [pool.submit(work, thread) for thread in range(4)]
            try:
                time.sleep(0.3)
                first.terminate()
                assert first.wait(10) == 0
                second = ServerProcess(binary, tmp_path / "dev", stock_port=port)
                try:
                    time.sleep(0.5)
                finally:
                    done.set()
                assert all(worker.result(40) > 0 for worker in workers)
            finally:
                done.set()
                first.stop()
        second.stop()


def test_quickstart_ends_in_a_confirmed_reservation(server: ServerProcess) -> None:
    example = ROOT / "clients" / "python" / "examples" / "reserve.py"
    ran = subprocess.run(
        [sys.executable, str(example), "--endpoint", server.stock, "--certs", str(server.directory / "certs")],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert "reserved   1 x sku-1" in ran.stdout and "confirmed  1 x sku-1 at 12900" in ran.stdout


def test_methods_that_are_still_to_come_say_so(stock: StockClient) -> None:
    for method in (common_pb2.METHOD_ISSUE_CHALLENGE, common_pb2.METHOD_ACQUIRE_LEASE, common_pb2.METHOD_WATCH_EVENTS):
        with pytest.raises(RejectedError) as caught:
            stock._caller.call(
                method, "?", stock_pb2.PingRequest(), stock_pb2.PingResponse, timeout=None, traceparent=""
            )
        # A gateway may not take leases at all, so there the role speaks first.
        allowed = method != common_pb2.METHOD_ACQUIRE_LEASE
        assert caught.value.code is (Code.UNIMPLEMENTED if allowed else Code.PERMISSION_DENIED)


def test_blacklist_adds_once_asks_about_wide_ranges_and_removes(admin: AdminClient) -> None:
    name = f"user-{uuid.uuid4()}"
    key = new_request_id()
    for replayed in (False, True):
        added = admin.blacklist_add([BlacklistEntry(user_id=name, reason="resale")], request_id=key)
        assert added.outcome is BlacklistAddOutcome.ADDED and added.replayed is replayed
    wide = admin.blacklist_add([BlacklistEntry(network="10.0.0.0/8")])
    assert wide.outcome is BlacklistAddOutcome.CONFIRMATION_NEEDED
    assert wide.results[0].outcome is BlacklistItemOutcome.WIDE
    (entry,) = admin.blacklist_list(user_id=name).entries
    assert (entry.user_id, entry.reason, entry.expires_at_ms) == (name, "resale", 0)
    assert entry.operator_name.startswith("spiffe://") and entry.created_at_ms > 0
    removed = admin.blacklist_remove([BlacklistTarget(id=entry.id), BlacklistTarget(user_id="nobody")])
    assert removed.outcome is BlacklistRemoveOutcome.REMOVED
    assert [result.outcome for result in removed.results] == [
        BlacklistItemOutcome.REMOVED,
        BlacklistItemOutcome.NOT_FOUND,
    ]
    assert removed.results[0].entry == entry
    assert admin.blacklist_list(user_id=name).entries == ()
