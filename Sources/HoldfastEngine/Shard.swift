internal import CIntrinsics

/// What shapes a shard's decisions beside its sales; read by `execute`, never by `apply`.
package struct ShardSettings: Sendable {
    /// Key of the in-memory tables' hash: random per boot, fixed in tests and simulation. Shapes tables only.
    package var tableKey: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
    /// Lapsed holds a buyer may have in a sale before NOT_ELIGIBLE; 0: any number.
    package var lapsesMax: UInt16 = 5
    /// A sale is sealed so long after its end.
    package var retentionMilliseconds: Int64 = 24 * 3_600_000
    /// Bytes of this shard's tables past 90 % of which unseen ids are refused (RULES 5). A server with many shards
    /// sets `Shard.isMemoryLow` instead: one sale may take nearly all of its memory.
    package var memoryBudgetBytes: UInt64 = .max

    package init() {}
}

/// A deterministic state machine over the sales that hash to it: stock, limits, reservations, what is remembered.
///
/// `execute` decides commands and appends events; `apply` is the only place that changes tables, shared by the live
/// path and replay. No clock, randomness or I/O; time comes in with each batch. One thread at a time (the owner
/// keeps it behind a lock). Records live in slabs, never move, and are found through segmented indexes.
package struct Shard: ~Copyable {
    let index: Int
    let settings: ShardSettings
    let blocks: any BlockSource
    let tableHash: TableHash

    var sales = Slab<SaleRecord>()
    var products = Slab<ProductRecord>()
    var buyers = Slab<BuyerRecord>()
    var limitEntries = Slab<LimitEntry>()
    var holds = Slab<HoldRecord>()
    var lines = Slab<LineRecord>()
    var tombstones = Slab<TombstoneRecord>()
    var operations = Slab<OperationRecord>()
    var references = Slab<ReferenceRecord>()
    var leases = Slab<LeaseRecord>()
    var blobs = BlobStore()

    var saleIndex = SegmentedIndex()
    var productIndex = SegmentedIndex()
    let saleMemo = SlotMemo()
    let productMemo = SlotMemo()
    var buyerIndex = SegmentedIndex()
    var requestIndex = SegmentedIndex()
    var referenceIndex = SegmentedIndex()
    /// Leases of free names; a sale knows its own.
    var leaseIndex = SegmentedIndex()

    /// Products with live lines by earliest deadline; position 0 is unused.
    var productHeap: [UInt32] = [0]
    /// Held leases by deadline; position 0 is unused.
    var leaseHeap: [UInt32] = [0]
    /// First free slot of `leases`, 0: none.
    var freeLease: UInt32 = 0
    /// The newest fencing token of the shard: it only grows, and each grant's event carries it.
    var fencingCounter: UInt64 = 0
    var waiters = LeaseWaiters()
    var settledWaiters: [SettledWaiter] = []
    /// Imports by id: staged chunks, or what a committed one answered. Not on the path of a buyer.
    var imports: [RequestID: StagedImport] = [:]

    /// For `takeRecentReservations`.
    var replayedTimes = ReplayedTimes()
    /// The control shard's blacklist. Not on the path of a buyer.
    var blacklist = BlacklistStore()
    var blacklistIndex = SegmentedIndex()
    var blacklistDeadlines = BlacklistDeadlines()
    var blacklistMemory = BlacklistMemory()

    /// The newest time seen; time never runs backwards in a shard.
    var lastTime: Int64 = 0
    /// When a sale may next be sealed.
    var nextSeal: Int64 = .max
    var liveHolds: Int64 = 0
    /// Set by the owner before a batch: the server's memory budget is nearly used up, so unseen ids are refused.
    package var isMemoryLow = false
    /// Set by the owner before a batch: bytes that new events may take on disk. Below 0 there is room only for the ends of
    /// what is held (FORMATS 2), so what would need more is refused.
    package var storageRoomBytes = Int.max
    var isStorageLow: Bool { self.storageRoomBytes < 0 }
    /// Sequence of the newest event, 0 before the first.
    package internal(set) var sequence: UInt64 = 0

    // Scratch of one call, so that deciding allocates nothing.
    let prepared: UnsafeMutablePointer<PreparedCall>
    let productScratch: UnsafeMutablePointer<UInt32>
    let quantityScratch: UnsafeMutablePointer<UInt32>
    let grantScratch: UnsafeMutablePointer<GrantedLine>
    let refundScratch: UnsafeMutablePointer<RefundedLine>
    let orderScratch: UnsafeMutablePointer<Int>
    /// 64 bytes.
    let textScratch: UnsafeMutablePointer<UInt8>

    package init(index: Int, settings: ShardSettings, blocks: any BlockSource) {
        precondition(index >= 0 && index < EngineLimits.shardsMax)
        self.index = index
        self.settings = settings
        self.blocks = blocks
        self.tableHash = TableHash(key0: settings.tableKey.0, key1: settings.tableKey.1)
        self.prepared = .allocate(capacity: EngineLimits.blockCallsMax)
        self.productScratch = .allocate(capacity: EngineLimits.linesMax)
        self.quantityScratch = .allocate(capacity: EngineLimits.linesMax)
        self.grantScratch = .allocate(capacity: EngineLimits.linesMax)
        self.refundScratch = .allocate(capacity: EngineLimits.linesMax)
        self.orderScratch = .allocate(capacity: EngineLimits.linesMax)
        self.textScratch = .allocate(capacity: EngineLimits.idBytesMax)
    }

    deinit {
        self.prepared.deallocate()
        self.productScratch.deallocate()
        self.quantityScratch.deallocate()
        self.grantScratch.deallocate()
        self.refundScratch.deallocate()
        self.orderScratch.deallocate()
        self.textScratch.deallocate()
    }

    /// When `expireDue` has something to do next, Unix milliseconds; Int64.max: nothing.
    package var nextDeadlineMilliseconds: Int64 {
        min(
            min(self.earliestDeadline, self.nextSeal),
            min(
                self.nextBlacklistLapse, min(self.earliestLease, self.waiters.earliestDeadline)))
    }

    /// Which shard a sale lives in: the fixed hash, so that it never changes under a data directory.
    package static func index(ofSale saleID: ByteView, shardCount: Int) -> Int {
        Int(StableHash.hash128(saleID).0 % UInt64(shardCount))
    }

    /// Past 90 % of the memory budget, or of the slots that 30 bits can name: what is not known yet is refused.
    mutating func isMemoryFull() -> Bool {
        if self.isMemoryLow || self.lines.end > Self.slotsMax { return true }
        return self.settings.memoryBudgetBytes != .max
            && self.tableBytes > self.settings.memoryBudgetBytes / 10 * 9
    }

    /// Why nothing new can be taken in; nil: it can.
    @inline(__always)
    mutating func barToNew() -> Refusal? {
        if self.isStorageLow { return .storageFull }
        return self.isMemoryFull() ? .memoryFull : nil
    }

    /// A reservation has at least one line, so lines run out first.
    private static var slotsMax: UInt32 { 1_000_000_000 }

    /// Bytes of table memory taken so far.
    var tableBytes: UInt64 {
        let slabBlocks =
            self.sales.blockCount + self.products.blockCount + self.buyers.blockCount
            + self.limitEntries.blockCount + self.holds.blockCount + self.lines.blockCount
            + self.tombstones.blockCount + self.operations.blockCount + self.references.blockCount
            + self.leases.blockCount
        let indexBlocks =
            self.saleIndex.segmentCount + self.productIndex.segmentCount
            + self.buyerIndex.segmentCount + self.requestIndex.segmentCount
            + self.referenceIndex.segmentCount + self.leaseIndex.segmentCount
            + self.blacklistIndex.segmentCount
        return UInt64(slabBlocks + indexBlocks + self.blobs.blockCount)
            * UInt64(TableBlock.byteCount) + UInt64(self.blacklist.byteCount)
    }

    package var liveHoldCount: Int64 { self.liveHolds }

    package var counts: ShardCounts {
        var counts = ShardCounts()
        counts.sales = UInt64(self.sales.count)
        counts.liveHolds = UInt64(self.liveHolds)
        counts.reservations = UInt64(self.holds.count)
        counts.buyers = UInt64(self.buyers.count)
        counts.events = self.sequence
        counts.tableBytes = self.tableBytes
        return counts
    }
}

/// Keys of one call, hashed before the block is executed so that their cache lines are on the way.
struct PreparedCall {
    /// 0: not known when the block began.
    var sale: UInt32
    var requestHash: UInt64
    var buyerHash: UInt64
}
