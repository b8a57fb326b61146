"""Leases against a server that does what a script says: cadence, losses, lines, lost answers, proof with changes."""

from __future__ import annotations

import pickle
import threading
import time
from typing import Any, Callable, List, NamedTuple, Optional

import pytest

from holdfast_client import (
    AdminClient,
    HoldfastError,
    LeaseError,
    LeaseLostError,
    LeaseOutcome,
    LeaseProof,
    LeaseRefusedError,
    Outcome,
    Product,
    ProductState,
    RejectedError,
    Sale,
    SaleState,
    new_owner_token,
)
from holdfast_client import _frames as frames
from holdfast_client._proto.holdfast.v1 import admin_pb2, common_pb2, stock_pb2
from calls import SLACK_SECONDS
from scripted_server import Peer, echo

ACQUIRE = common_pb2.METHOD_ACQUIRE_LEASE
RENEW = common_pb2.METHOD_RENEW_LEASE
RELEASE = common_pb2.METHOD_RELEASE_LEASE
KINDS: Any = {
    ACQUIRE: (stock_pb2.AcquireLeaseRequest, stock_pb2.AcquireLeaseResponse),
    RENEW: (stock_pb2.RenewLeaseRequest, stock_pb2.RenewLeaseResponse),
    RELEASE: (stock_pb2.ReleaseLeaseRequest, stock_pb2.ReleaseLeaseResponse),
}
TOKEN = 17


class Seen(NamedTuple):
    method: int
    body: Any
    at: float


class LeaseScript:
    """Says yes to every lease call and notes it; `exception` may do something else first, and says true if it has."""

    def __init__(self, exception: Callable[[Peer, frames.Frame, int], Any] = lambda peer, request, index: False) -> None:
        self._exception = exception
        self.seen: List[Seen] = []

    def __call__(self, peer: Peer) -> None:
        peer.hello()
        while True:
            request = peer.request()
            if request.value == common_pb2.METHOD_PING:
                peer.answer(request, echo(request))
                continue
            kind, answer = KINDS[request.value]
            index = len(self.of(request.value))
            self.seen.append(Seen(request.value, kind.FromString(frames.split_metadata(request)[1]), time.monotonic()))
            if self._exception(peer, request, index):
                continue
            outcome = stock_pb2.LEASE_OUTCOME_RELEASED if request.value == RELEASE else stock_pb2.LEASE_OUTCOME_HELD
            fields = {} if request.value == RELEASE else {"fencing_token": TOKEN}
            peer.answer(request, answer(outcome=outcome, **fields))

    def of(self, method: int) -> List[Seen]:
        return [call for call in self.seen if call.method == method]

    @property
    def methods(self) -> List[int]:
        return [call.method for call in self.seen]


def wait_until(condition: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)


def test_lease_is_renewed_at_a_third_of_its_time_and_given_back(serve: Any, connect: Any) -> None:
    script = LeaseScript()
    losses: List[LeaseLostError] = []
    with connect(serve(script)).lease(sale_id="sale-1", ttl_ms=900, holder="me", on_lost=losses.append) as lease:
        assert lease.is_held and lease.fencing_token == TOKEN
        assert lease.proof() == LeaseProof(lease.owner_token, TOKEN)
        time.sleep(2)
        assert lease.is_held and lease.remaining > 0.1
    assert not lease.is_held and lease.remaining == 0
    with pytest.raises(LeaseLostError) as after:
        lease.proof()
    assert after.value.outcome is LeaseOutcome.RELEASED
    assert script.methods[0] == ACQUIRE and script.methods[-1] == RELEASE
    assert {call.body.owner_token for call in script.seen} == {lease.owner_token}
    assert {call.body.sale_id for call in script.seen} == {"sale-1"}
    assert (script.seen[0].body.ttl_ms, script.seen[0].body.holder) == (900, "me")
    renewals = script.of(RENEW)
    # Never before a third of the time has passed, however long the machine lets the block sleep.
    assert 3 <= len(renewals) <= max(3, int((renewals[-1].at - script.seen[0].at) / 0.3 + 0.9))
    assert all(later.at - earlier.at > 0.1 for earlier, later in zip(renewals, renewals[1:]))
    time.sleep(0.4)
    assert script.methods[-1] == RELEASE and losses == []


def test_servers_word_that_it_is_lost_ends_it_at_once(serve: Any, connect: Any) -> None:
    def lost(peer: Peer, request: frames.Frame, index: int) -> bool:
        if request.value == RENEW:
            peer.answer(request, stock_pb2.RenewLeaseResponse(outcome=stock_pb2.LEASE_OUTCOME_LOST))
        return request.value == RENEW

    script = LeaseScript(lost)
    losses: List[LeaseLostError] = []
    with connect(serve(script)).lease(name="job", ttl_ms=600, on_lost=losses.append) as lease:
        wait_until(lambda: losses)
        assert not lease.is_held and lease.remaining == 0
        with pytest.raises(LeaseLostError):
            lease.proof()
        time.sleep(0.4)
    assert [loss.outcome for loss in losses] == [LeaseOutcome.LOST]
    # What is another's is not released, and not renewed again.
    assert script.methods == [ACQUIRE, RENEW]


def test_renewal_under_another_fencing_token_is_a_loss(serve: Any, connect: Any) -> None:
    def other(peer: Peer, request: frames.Frame, index: int) -> bool:
        if request.value == RENEW:
            held = stock_pb2.RenewLeaseResponse(outcome=stock_pb2.LEASE_OUTCOME_HELD, fencing_token=TOKEN + 1)
            peer.answer(request, held)
        return request.value == RENEW

    with connect(serve(LeaseScript(other))).lease(name="job", ttl_ms=600) as lease:
        wait_until(lambda: not lease.is_held)
        assert lease.loss is not None and lease.loss.outcome is LeaseOutcome.LOST


def test_silence_past_the_deadline_is_a_loss(serve: Any, connect: Any) -> None:
    script = LeaseScript(lambda peer, request, index: request.value == RENEW)
    told: List[float] = []
    losses: List[LeaseLostError] = []

    def on_lost(loss: LeaseLostError) -> None:
        told.append(time.monotonic())
        losses.append(loss)

    began = time.monotonic()
    with connect(serve(script)).lease(sale_id="sale-1", ttl_ms=600, on_lost=on_lost) as lease:
        inside = time.monotonic()
        wait_until(lambda: losses)
        assert not lease.is_held
    assert len(losses) == 1 and losses[0].outcome is None
    assert losses[0].error is not None and losses[0].error.outcome is Outcome.UNKNOWN
    # Not before its time, and not after what the server can have granted at the latest.
    assert told[0] - began >= 0.594 and told[0] - inside < 0.594 + SLACK_SECONDS
    # It asked more than once, and gave back what a late renewal may have prolonged.
    assert len(script.of(RENEW)) >= 2 and script.methods[-1] == RELEASE


def test_lost_connections_and_answers_do_not_lose_the_lease(serve: Any, connect: Any) -> None:
    def first_is_lost(peer: Peer, request: frames.Frame, index: int) -> bool:
        if index == 0:
            peer.close()
        return index == 0

    script = LeaseScript(first_is_lost)
    losses: List[LeaseLostError] = []
    with connect(serve(script)).lease(sale_id="sale-1", ttl_ms=1_500, on_lost=losses.append) as lease:
        wait_until(lambda: len(script.of(RENEW)) >= 3)
        assert lease.is_held
    assert losses == []
    assert len(script.of(ACQUIRE)) == 2 and len(script.of(RELEASE)) == 2
    assert {call.body.owner_token for call in script.seen} == {lease.owner_token}


def test_error_in_the_block_gives_it_back(serve: Any, connect: Any) -> None:
    script = LeaseScript()
    with pytest.raises(KeyError):
        with connect(serve(script)).lease(name="job"):
            raise KeyError("x")
    assert script.methods == [ACQUIRE, RELEASE]


def test_refusal_says_who_holds_it(serve: Any, connect: Any) -> None:
    def refused(peer: Peer, request: frames.Frame, index: int) -> bool:
        if request.value == ACQUIRE:
            outcome = stock_pb2.LEASE_OUTCOME_HELD_BY_ANOTHER if index == 0 else stock_pb2.LEASE_OUTCOME_SALE_NOT_FOUND
            peer.answer(request, stock_pb2.AcquireLeaseResponse(outcome=outcome, holder="alice", deadline_ms=5))
        return request.value == ACQUIRE

    script = LeaseScript(refused)
    stock = connect(serve(script))
    for expected in (LeaseOutcome.HELD_BY_ANOTHER, LeaseOutcome.SALE_NOT_FOUND):
        with pytest.raises(LeaseRefusedError) as caught:
            with stock.lease(sale_id="sale-1"):
                raise AssertionError("the block ran")
        assert caught.value.outcome is expected and caught.value.deadline_ms == 5
        assert (expected is LeaseOutcome.HELD_BY_ANOTHER) == ("alice" in str(caught.value))
        copied = pickle.loads(pickle.dumps(caught.value))
        assert (str(copied), copied.outcome) == (str(caught.value), expected)
    assert script.methods == [ACQUIRE, ACQUIRE]


def test_line_is_waited_in_on_one_connection_and_held_for_its_whole_time(serve: Any, connect: Any) -> None:
    def slow(peer: Peer, request: frames.Frame, index: int) -> bool:
        if request.value == ACQUIRE:
            # Longer than the client's silence, and than the lease lives: counted from the sending it would be over.
            time.sleep(1)
        return False

    script = LeaseScript(slow)
    server = serve(script)
    stock = connect(server, silence_timeout=0.2, timeout=0.5)
    with stock.lease(name="job", ttl_ms=700, wait_ms=5_000) as lease:
        assert lease.remaining > 0.2
    assert script.methods == [ACQUIRE, RENEW, RELEASE]
    assert script.seen[0].body.wait_ms == 5_000
    assert server.connection_count == 1


def test_line_that_never_moves_is_left_at_the_deadline(serve: Any, connect: Any) -> None:
    script = LeaseScript(lambda peer, request, index: request.value == ACQUIRE)
    stock = connect(serve(script), timeout=0.3, silence_timeout=5)
    began = time.monotonic()
    with pytest.raises(HoldfastError) as caught:
        with stock.lease(name="job", wait_ms=400):
            raise AssertionError("the block ran")
    assert 0.7 <= time.monotonic() - began < 0.7 + SLACK_SECONDS
    assert caught.value.outcome is Outcome.UNKNOWN
    assert script.methods == [ACQUIRE, RELEASE]
    assert script.seen[0].body.owner_token == script.seen[1].body.owner_token


def test_waiting_in_line_does_not_hide_that_another_call_gets_no_answer(serve: Any, connect: Any) -> None:
    def half_dead(peer: Peer) -> None:
        peer.hello()
        peer.wait_for_close()

    script = LeaseScript()
    server = serve(half_dead, script)
    stock = connect(server, silence_timeout=0.3, timeout=5)
    waiting = threading.Thread(
        target=lambda: stock.acquire_lease(name="job", owner_token=new_owner_token(), wait_ms=2_000), daemon=True
    )
    waiting.start()
    wait_until(lambda: server.connection_count == 1)
    time.sleep(0.1)
    assert stock.ping(b"x", timeout=2).payload == b"x"
    assert server.connection_count == 2
    waiting.join(10)
    assert not waiting.is_alive()


def test_proof_travels_with_every_change_and_fenced_is_a_rejection(serve: Any, tls: Any) -> None:
    bodies: List[bytes] = []

    def fence(peer: Peer) -> None:
        peer.hello()
        while True:
            request = peer.request()
            bodies.append(frames.split_metadata(request)[1])
            peer.refuse(request, 9, reason="FENCED", message="another holds the lease")

    proof = LeaseProof(bytes(range(16)), 300)
    sale = Sale(sale_id="sale-1", products=(Product(product_id="sku-1", total=1),))
    calls: Any = [
        (admin_pb2.AdjustStockRequest, lambda admin, lease: admin.adjust_stock("s", "p", 1, lease=lease)),
        (admin_pb2.SetSaleStateRequest, lambda admin, lease: admin.set_sale_state("s", SaleState.OPEN, lease=lease)),
        (
            admin_pb2.SetProductStateRequest,
            lambda admin, lease: admin.set_product_state("s", "p", ProductState.OPEN, lease=lease),
        ),
        (admin_pb2.PreloadRequest, lambda admin, lease: admin.preload(sale, lease=lease)),
    ]
    with AdminClient(serve(fence).endpoint, tls=tls) as admin:
        for kind, call in calls:
            for lease in (None, proof):
                with pytest.raises(RejectedError) as caught:
                    call(admin, lease)
                assert caught.value.reason == "FENCED"
            without, with_proof = (kind.FromString(body) for body in bodies[-2:])
            assert not without.HasField("lease")
            assert (with_proof.lease.owner_token, with_proof.lease.fencing_token) == (proof.owner_token, 300)
        with pytest.raises(ValueError):
            admin.set_sale_state("s", SaleState.OPEN, lease=LeaseProof(b"short", 1))


def test_wrong_arguments_are_refused_before_anything_is_sent(serve: Any, connect: Any) -> None:
    script = LeaseScript()
    stock = connect(serve(script))
    token: Optional[bytes] = new_owner_token()
    for wrong in (
        lambda: stock.lease(),
        lambda: stock.lease(sale_id="s", name="n"),
        lambda: stock.release_lease(name="n"),
        lambda: stock.renew_lease(owner_token=token),
    ):
        with pytest.raises(TypeError):
            wrong()
    for bad in (lambda: stock.lease(name="n", ttl_ms=0), lambda: stock.renew_lease(name="n", owner_token=b"x")):
        with pytest.raises(ValueError):
            bad()
    lease = stock.lease(name="n")
    with lease:
        pass
    with pytest.raises(RuntimeError):
        lease.__enter__()
    assert script.methods == [ACQUIRE, RELEASE]
    assert issubclass(LeaseLostError, LeaseError) and not issubclass(LeaseError, HoldfastError)
