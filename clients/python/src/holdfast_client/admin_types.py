"""What AdminService takes and gives, and what a server says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from .enums import (
    AdjustStockOutcome,
    PreloadOutcome,
    ProductState,
    SaleState,
    SetStateOutcome,
    SnapshotOutcome,
)


@dataclass(frozen=True)
class Limits:
    """What one connection may do."""

    #: Largest value of a frame's length field.
    frame_bytes_max: int = 0
    #: Calls that may be in flight.
    calls_in_flight_max: int = 0
    #: Control frames a second.
    control_frames_per_second_max: int = 0
    #: A connection without a frame for so long is closed.
    idle_ms: int = 0
    #: Timeout of a call that names none.
    default_timeout_ms: int = 0
    #: Lines of one Reserve.
    lines_max: int = 0
    #: Shortest hold.
    hold_ms_min: int = 0
    #: Longest hold.
    hold_ms_max: int = 0
    #: Connections of the whole server.
    connections_max: int = 0
    #: Connections of one IP address without a client certificate.
    connections_per_ip_max: int = 0


@dataclass(frozen=True)
class MethodInfo:
    """One entry of the method table."""

    #: Number as in the frame's header.
    number: int = 0
    #: Name like `StockService/Reserve`.
    name: str = ""


@dataclass(frozen=True)
class Hello:
    """The server's first frame on a connection."""

    #: The protocol, `holdfast/1`.
    protocol: str = ""
    #: Name and version of the software.
    software: str = ""
    #: 16 random bytes made when the data directory was made.
    instance_id: bytes = b""
    #: Counts the starts of this instance.
    boot_epoch: int = 0
    #: The role that this connection was given.
    role: str = ""
    #: The limits of this connection.
    limits: Limits = Limits()
    #: The methods that this port answers.
    methods: Tuple[MethodInfo, ...] = ()
    #: Server time, Unix milliseconds.
    server_time_ms: int = 0
    #: Names of settings that are unsafe in production.
    unsafe_settings: Tuple[str, ...] = ()
    #: The caller's name out of its certificate, empty without one.
    caller: str = ""


@dataclass(frozen=True)
class Product:
    """A SKU in a sale."""

    #: The product.
    product_id: str = ""
    #: For people.
    name: str = ""
    #: Units; used once, when the product is new.
    total: int = 0
    #: Price of one unit in minor units.
    price_minor: int = 0
    #: Limit a buyer, 0 none.
    limit_per_user: int = 0
    #: Its state.
    state: ProductState = ProductState.UNSPECIFIED


@dataclass(frozen=True)
class Purchase:
    """An earlier purchase that counts against a buyer's limit. Importing sets the count, it does not add."""

    #: The buyer.
    user_id: str = ""
    #: The product.
    product_id: str = ""
    #: Units.
    quantity: int = 0
    #: The shop's reference.
    order_ref: str = ""


@dataclass(frozen=True)
class Sale:
    """One campaign: window, products, limits. A JSON file for `holdfastctl preload` has these names."""

    #: The sale.
    sale_id: str = ""
    #: For people.
    name: str = ""
    #: Its state.
    state: SaleState = SaleState.UNSPECIFIED
    #: The window begins, Unix milliseconds.
    starts_at_ms: int = 0
    #: The window ends, Unix milliseconds; a sale must have an end.
    ends_at_ms: int = 0
    #: ISO 4217 code of all prices.
    currency: str = ""
    #: Default hold time, 1 s to 4 h; 0 takes 10 min.
    hold_ms: int = 0
    #: Limit a buyer over the whole sale, 0 none.
    limit_per_user: int = 0
    #: Products.
    products: Tuple[Product, ...] = ()
    #: What buyers bought before, which counts against their limit.
    purchases: Tuple[Purchase, ...] = ()


@dataclass(frozen=True)
class PreloadCommit:
    """What a whole import must add up to."""

    #: Chunks, the last one included.
    chunk_count: int = 0
    #: Products in all chunks.
    product_count: int = 0
    #: Purchases in all chunks.
    purchase_count: int = 0
    #: CRC-32 (IEEE, as in zlib) of the rows' canonical text; see docs/PROTOCOL.md.
    checksum: int = 0


@dataclass(frozen=True)
class PreloadReject:
    """One refused row."""

    #: Path of the field, like `sale.products[3].total`.
    field: str = ""
    #: What it must be.
    description: str = ""


@dataclass(frozen=True)
class PreloadResponse:
    """The answer to a Preload chunk."""

    #: What became of it.
    outcome: PreloadOutcome = PreloadOutcome.UNSPECIFIED
    #: The chunk was known.
    replayed: bool = False
    #: Products that the import added.
    products_added: int = 0
    #: Products that the import found there; their stock was left alone.
    products_updated: int = 0
    #: Purchases set.
    purchases_set: int = 0
    #: Refused rows, 100 at most.
    rejects: Tuple[PreloadReject, ...] = ()


@dataclass(frozen=True)
class AdjustStockResponse:
    """The answer to an AdjustStock, with the numbers as they are now."""

    #: What became of it.
    outcome: AdjustStockOutcome = AdjustStockOutcome.UNSPECIFIED
    #: All units.
    total: int = 0
    #: Units that can be held.
    available: int = 0
    #: Units in live holds.
    held: int = 0
    #: Units sold.
    sold: int = 0
    #: The request id was known.
    replayed: bool = False


@dataclass(frozen=True)
class SetSaleStateResponse:
    """The answer to a SetSaleState."""

    #: What became of it.
    outcome: SetStateOutcome = SetStateOutcome.UNSPECIFIED
    #: The state now.
    state: SaleState = SaleState.UNSPECIFIED
    #: The request id was known.
    replayed: bool = False


@dataclass(frozen=True)
class SetProductStateResponse:
    """The answer to a SetProductState."""

    #: What became of it.
    outcome: SetStateOutcome = SetStateOutcome.UNSPECIFIED
    #: The state now.
    state: ProductState = ProductState.UNSPECIFIED
    #: The request id was known.
    replayed: bool = False


@dataclass(frozen=True)
class SaleSummary:
    """A sale and the sums over its products."""

    #: The sale.
    sale_id: str = ""
    #: For people.
    name: str = ""
    #: Its state.
    state: SaleState = SaleState.UNSPECIFIED
    #: The window begins, Unix milliseconds.
    starts_at_ms: int = 0
    #: The window ends, Unix milliseconds.
    ends_at_ms: int = 0
    #: ISO 4217 code.
    currency: str = ""
    #: Default hold time.
    hold_ms: int = 0
    #: Limit a buyer over the whole sale, 0 none.
    limit_per_user: int = 0
    #: Products.
    product_count: int = 0
    #: Sum of all totals.
    total: int = 0
    #: Sum of what is available.
    available: int = 0
    #: Sum of what is held.
    held: int = 0
    #: Sum of what is sold.
    sold: int = 0
    #: Live holds.
    live_holds: int = 0


@dataclass(frozen=True)
class ListSalesResponse:
    """The answer to a ListSales."""

    #: The sales.
    sales: Tuple[SaleSummary, ...] = ()
    #: There is more: ask again with this.
    next_page_token: str = ""


@dataclass(frozen=True)
class JournalInfo:
    """The journal of a server. Counts and times are since the start of the process, unless they say otherwise."""

    #: `group` (an answer waits for the disk), `none` (written and not synced) or `memory` (there is no journal).
    sync: str = ""
    #: LSN of the newest event, over the whole life of the instance.
    appended_lsn: int = 0
    #: LSN up to which everything is as safe as `sync` promises.
    synced_lsn: int = 0
    #: Groups of events written.
    groups: int = 0
    #: Bytes written.
    bytes: int = 0
    #: Writes of groups that the disk has confirmed, those of empty groups between them included.
    syncs: int = 0
    #: Time of all syncs together, writing included, in microseconds.
    sync_microseconds_total: int = 0
    #: Time of the slowest one.
    sync_microseconds_max: int = 0
    #: Segment files that are there now.
    segments: int = 0
    #: Space that is reserved and not yet written, in bytes.
    ready_bytes: int = 0
    #: What takes room on disk is let in; false: it is refused STORAGE_FULL, and live holds can still end.
    has_room: bool = False
    #: Bytes that wait to be written now.
    backlog_bytes: int = 0
    #: Grows at each start.
    generation: int = 0


@dataclass(frozen=True)
class ExpiryInfo:
    """How a server ends what is over: in bites, between which calls are served. Since the start of the process."""

    #: Holds, leases and blacklist entries that were ended in bites.
    lapsed: int = 0
    #: Bites that ended any.
    bites: int = 0
    #: Processor time of all bites, in microseconds.
    bite_microseconds_total: int = 0
    #: Of the longest one.
    bite_microseconds_max: int = 0
    #: Processor time of the longest turn of a thread between two bites with holds left.
    turn_microseconds_max: int = 0
    #: Most bytes of events that were on their way to the disk right behind a bite.
    bytes_ahead_max: int = 0


@dataclass(frozen=True)
class SnapshotInfo:
    """The snapshots of a server."""

    #: The newest one holds every event up to this LSN; 0 there is none.
    lsn: int = 0
    #: When it was finished, Unix milliseconds.
    made_ms: int = 0
    #: Its size.
    byte_count: int = 0
    #: How long it took to make.
    duration_ms: int = 0
    #: One is being made, or was asked for and begins soon.
    running: bool = False
    #: Why the last attempt failed, for a person; empty: it did not, or one is running.
    last_error: str = ""
    #: Snapshots that are kept.
    kept: int = 0


@dataclass(frozen=True)
class NamedCount:
    """How often something happened."""

    #: What.
    name: str = ""
    #: How often.
    count: int = 0


@dataclass(frozen=True)
class AdmissionInfo:
    """What limiter and risk rules have done since the start of the server's process."""

    #: `enforce`, `observe` or `off`; empty: the server does not say.
    mode: str = ""
    #: The version of the rules in force.
    rules_version: int = 0
    #: When they were taken, Unix milliseconds.
    rules_taken_ms: int = 0
    #: Why the rules file as it is now was not taken, for a person; empty: it was, or there is none.
    rules_error: str = ""
    #: Calls that the limiter let in.
    limiter_allowed: int = 0
    #: Calls that it refused, each under the dimension that was named.
    limiter_refused: Tuple[NamedCount, ...] = ()
    #: Buckets in use, per thousand of all that there are: an estimate.
    buckets_used_per_thousand: int = 0
    #: The same of sliding windows.
    windows_used_per_thousand: int = 0
    #: Calls that the risk rules judged.
    risk_evaluated: int = 0
    #: Of these, those whose buyer is to solve a challenge.
    risk_challenged: int = 0
    #: Of these, those that were refused.
    risk_rejected: int = 0
    #: How often each rule fired, also those that only observe, since the rules were taken.
    rules_fired: Tuple[NamedCount, ...] = ()
    #: Calls that lacked the account's age.
    missing_age: int = 0
    #: Calls that lacked the device.
    missing_device: int = 0
    #: Calls that lacked the address.
    missing_address: int = 0
    #: Calls whose history could not be kept: memory ran out.
    untracked: int = 0
    #: Buyers with nothing but one device on record who were forgotten to make room.
    forgotten: int = 0
    #: Buyers with something on record.
    buyers_tracked: int = 0
    #: Addresses with something on record.
    addresses_tracked: int = 0
    #: Reservations of before the start that the windows were filled from.
    restored: int = 0


@dataclass(frozen=True)
class GetServerInfoResponse:
    """What this server is."""

    #: The same as the connection's HELLO.
    hello: Hello = Hello()
    #: Milliseconds since the start.
    uptime_ms: int = 0
    #: Shards.
    shard_count: int = 0
    #: Reactor threads.
    reactor_count: int = 0
    #: Open connections.
    connections: int = 0
    #: Sales.
    sales: int = 0
    #: Live holds.
    live_holds: int = 0
    #: Reservations in memory, live or not.
    reservations: int = 0
    #: Buyers in memory.
    buyers: int = 0
    #: Events decided since the start.
    events: int = 0
    #: Bytes that the engine's tables take.
    engine_bytes: int = 0
    #: Calls answered since the start.
    calls: int = 0
    #: What an acknowledged change rests on: `disk` (synced), `written` (not synced) or `memory` (gone with the
    #: process).
    durability: str = ""
    #: The journal.
    journal: JournalInfo = JournalInfo()
    #: Snapshots.
    snapshot: SnapshotInfo = SnapshotInfo()
    #: Limiter and risk rules.
    admission: AdmissionInfo = AdmissionInfo()
    #: Holds whose time is over, and what they cost the others.
    expiry: ExpiryInfo = ExpiryInfo()


@dataclass(frozen=True)
class SnapshotResponse:
    """The answer to a Snapshot, at once."""

    #: What became of it.
    outcome: SnapshotOutcome = SnapshotOutcome.UNSPECIFIED
    #: The snapshot will hold everything up to here.
    target_lsn: int = 0
    #: As in GetServerInfo, with this request counted.
    newest: SnapshotInfo = SnapshotInfo()
