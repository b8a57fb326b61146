"""Leases against a real server: fencing, the line, break, and holdfastctl."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from holdfast_client import (
    AdjustStockOutcome,
    AdminClient,
    Code,
    LeaseLostError,
    LeaseOutcome,
    LeaseProof,
    LeaseRefusedError,
    PreloadOutcome,
    Product,
    RejectedError,
    Sale,
    SaleState,
    SetStateOutcome,
    StockClient,
    new_owner_token,
)
from server_process import ServerProcess, require_binary

#: Generous: these tests are about answers, not about time.
TIMEOUT_SECONDS = 10.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    made = ServerProcess(require_binary(), tmp_path_factory.mktemp("server") / "dev")
    yield made
    made.stop()


@pytest.fixture
def stock(server: ServerProcess) -> Iterator[StockClient]:
    with StockClient(server.stock, tls=server.tls("admin"), timeout=TIMEOUT_SECONDS) as client:
        yield client


@pytest.fixture
def admin(server: ServerProcess) -> Iterator[AdminClient]:
    with AdminClient(server.admin, tls=server.tls("admin"), timeout=TIMEOUT_SECONDS) as client:
        yield client


@pytest.fixture
def sale_id(admin: AdminClient) -> str:
    now_ms = int(time.time() * 1000)
    sale = Sale(
        sale_id=f"sale-{uuid.uuid4()}",
        name="Test",
        starts_at_ms=now_ms - 60_000,
        ends_at_ms=now_ms + 3_600_000,
        currency="CNY",
        products=(Product(product_id="sku-1", total=5),),
    )
    assert admin.preload(sale).outcome is PreloadOutcome.COMMITTED
    return sale.sale_id


def fenced(call: Any) -> None:
    with pytest.raises(RejectedError) as caught:
        call()
    assert (caught.value.reason, caught.value.code) == ("FENCED", Code.FAILED_PRECONDITION)


def test_write_of_a_holder_that_slept_past_its_deadline_is_refused(
    stock: StockClient, admin: AdminClient, sale_id: str
) -> None:
    slept = new_owner_token()
    first = stock.acquire_lease(sale_id=sale_id, owner_token=slept, ttl_ms=300)
    assert first.outcome is LeaseOutcome.HELD
    old = LeaseProof(slept, first.fencing_token)
    assert admin.adjust_stock(sale_id, "sku-1", 1, lease=old).outcome is AdjustStockOutcome.ADJUSTED
    # It does not renew; the next one stands in line until it lapses.
    with stock.lease(sale_id=sale_id, ttl_ms=5_000, wait_ms=5_000) as lease:
        assert lease.fencing_token > first.fencing_token
        fenced(lambda: admin.adjust_stock(sale_id, "sku-1", 100, lease=old))
        fenced(lambda: admin.set_sale_state(sale_id, SaleState.PAUSED))
        adjusted = admin.adjust_stock(sale_id, "sku-1", 1, lease=lease.proof())
        assert (adjusted.outcome, adjusted.total) == (AdjustStockOutcome.ADJUSTED, 7)
        assert stock.renew_lease(sale_id=sale_id, owner_token=slept).outcome is LeaseOutcome.LOST
    # Nobody holds it any more, and the old token is still old.
    fenced(lambda: admin.adjust_stock(sale_id, "sku-1", 100, lease=old))
    assert admin.set_sale_state(sale_id, SaleState.PAUSED).outcome is SetStateOutcome.SET


def test_lease_outlives_its_time_while_it_is_renewed_and_is_free_at_once_after(stock: StockClient) -> None:
    name = f"job-{uuid.uuid4()}"
    with stock.lease(name=name, ttl_ms=300, holder="first"):
        time.sleep(1)
        with pytest.raises(LeaseRefusedError) as refused:
            with stock.lease(name=name):
                raise AssertionError("two hold it")
        assert (refused.value.outcome, refused.value.holder) == (LeaseOutcome.HELD_BY_ANOTHER, "first")
    with stock.lease(name=name) as second:
        assert second.is_held


def test_line_is_served_in_order_one_holder_at_a_time(stock: StockClient) -> None:
    name = f"job-{uuid.uuid4()}"
    order: List[int] = []
    inside: List[int] = []

    def worker(number: int) -> None:
        with stock.lease(name=name, wait_ms=8_000) as lease:
            assert lease.is_held
            inside.append(number)
            assert inside == [number]
            order.append(number)
            time.sleep(0.05)
            inside.remove(number)

    with stock.lease(name=name):
        threads = []
        for number in range(5):
            threads.append(threading.Thread(target=worker, args=(number,), daemon=True))
            threads[-1].start()
            time.sleep(0.1)
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4]


def test_broken_lease_is_told_to_its_holder(stock: StockClient) -> None:
    name = f"job-{uuid.uuid4()}"
    told = threading.Event()
    losses: List[LeaseLostError] = []

    def on_lost(loss: LeaseLostError) -> None:
        losses.append(loss)
        told.set()

    with stock.lease(name=name, ttl_ms=900, holder="gone", on_lost=on_lost) as lease:
        broken = stock.release_lease(name=name, break_lease=True)
        assert (broken.outcome, broken.holder) == (LeaseOutcome.RELEASED, "gone")
        assert told.wait(10)
        assert not lease.is_held
    assert [loss.outcome for loss in losses] == [LeaseOutcome.LOST]


def test_holdfastctl_guards_a_sale(server: ServerProcess, sale_id: str) -> None:
    tool = require_binary().parent / "holdfastctl"

    def run(*words: str) -> "tuple[int, str]":
        ran = subprocess.run(
            [str(tool), *words],
            cwd=server.directory.parent,
            env={
                **os.environ,
                "HOLDFAST_STOCK_ENDPOINT": server.stock,
                "HOLDFAST_ADMIN_ENDPOINT": server.admin,
                **{
                    f"HOLDFAST_{name}": str(Path(server.directory) / "certs" / file)
                    for name, file in (("CA", "ca.pem"), ("CERTIFICATE", "admin.pem"), ("KEY", "admin.key"))
                },
                "HOLDFAST_TIMEOUT_MS": "10000",
            },
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        return ran.returncode, ran.stdout

    status, said = run("lease", "acquire", "--sale", sale_id, "--ttl-ms", "60000", "--holder", "desk", "-o", "json")
    assert status == 0
    held = json.loads(said)
    proof = ("--lease-owner", held["ownerToken"], "--lease-token", held["fencingToken"])
    assert run("lease", "acquire", "--sale", sale_id)[0] == 1
    assert run("sale", "pause", sale_id)[0] == 1
    assert run("sale", "pause", sale_id, *proof)[0] == 0
    assert run("stock", "adjust", sale_id, "sku-1", "-1", *proof)[0] == 0
    assert run("lease", "renew", "--sale", sale_id, "--owner", held["ownerToken"])[0] == 0
    status, said = run("lease", "break", "--sale", sale_id)
    assert status == 0 and "desk" in said
    assert run("lease", "renew", "--sale", sale_id, "--owner", held["ownerToken"])[0] == 1
    assert run("lease", "acquire", "--sale", sale_id, "--owner", "ab" * 16)[0] == 0
    assert run("stock", "adjust", sale_id, "sku-1", "-1", *proof)[0] == 1
    assert run("lease", "release", "--sale", sale_id, "--owner", "ab" * 16)[0] == 0
    assert run("stock", "adjust", sale_id, "sku-1", "-1", *proof)[0] == 1
