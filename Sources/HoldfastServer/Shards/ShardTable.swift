package import HoldfastEngine
package import HoldfastJournal
internal import Synchronization

/// All shards, each behind its own lock and on its own cache lines. Any thread may call anything.
///
/// Lock order: one shard, then the event log. No method holds two shards.
package final class ShardTable: Sendable {
    /// A shard and the buffer for the events of its running batch. Unchecked Sendable because whoever holds the lock
    /// is the only one there.
    private struct Cell: ~Copyable, @unchecked Sendable {
        var shard: Shard
        var events: EventBuffer
    }

    private struct Slot: ~Copyable {
        let cell: Mutex<Cell>
        /// Copy of the shard's next deadline, for whoever decides when to wake; written under the lock.
        let nextDeadline: Atomic<Int64>
        /// Copy of the shard's newest sequence; written under the lock.
        let sequence: Atomic<UInt64>

        init(cell: consuming Cell) {
            self.cell = Mutex(cell)
            self.nextDeadline = Atomic(Int64.max)
            self.sequence = Atomic(0)
        }
    }

    /// Two neighbouring lines: processors fetch lines in pairs.
    private static let paddingBytes = 128

    /// Shards that hold sales.
    package let count: Int
    /// All shards: behind those that hold sales comes the control shard.
    package var totalCount: Int { self.count + 1 }
    /// Holds no sales, but the leases of free names.
    package var controlIndex: Int { self.count }
    private let storage: Storage
    private let log: any EventLog
    private let pressure: MemoryPressure
    private let mailboxes: LeaseMailboxes

    private struct Storage: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let stride: Int

        @inline(__always)
        func slot(_ index: Int) -> UnsafeMutablePointer<Slot> {
            (self.base + index &* self.stride).assumingMemoryBound(to: Slot.self)
        }
    }

    package init(
        count: Int, settings: ShardSettings, blocks: any BlockSource, log: any EventLog,
        pressure: MemoryPressure = MemoryPressure(),
        mailboxes: LeaseMailboxes = LeaseMailboxes(reactorCount: 0)
    ) {
        precondition(count > 0 && count < EngineLimits.shardsMax)
        let stride =
            (MemoryLayout<Slot>.size + Self.paddingBytes - 1) & ~(Self.paddingBytes - 1)
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: stride * (count + 1), alignment: Self.paddingBytes)
        self.count = count
        self.storage = Storage(base: base, stride: stride)
        self.log = log
        self.pressure = pressure
        self.mailboxes = mailboxes
        for index in 0...count {
            let cell = Cell(
                shard: Shard(index: index, settings: settings, blocks: blocks),
                events: EventBuffer())
            (base + index * stride).bindMemory(to: Slot.self, capacity: 1)
                .initialize(to: Slot(cell: cell))
        }
    }

    deinit {
        for index in 0..<self.totalCount { self.storage.slot(index).deinitialize(count: 1) }
        self.storage.base.deallocate()
    }

    /// Decides the calls of one shard in order, and hands their events to the log before anyone else can take the
    /// shard. `now`: Unix milliseconds.
    package func execute(shard index: Int, batch: CallBatch, now: Int64) {
        precondition(index >= 0 && index < self.totalCount)
        self.storage.slot(index).pointee.cell.withLock { cell in
            cell.shard.isMemoryLow = self.pressure.isLow
            cell.shard.execute(batch, now: now, events: &cell.events)
            self.publish(index, &cell)
        }
    }

    /// Expires at most `limit` holds that are due. Returns the number of events; `limit`: call again.
    package func expireDue(shard index: Int, now: Int64, limit: Int) -> Int {
        precondition(index >= 0 && index < self.totalCount)
        return self.storage.slot(index).pointee.cell.withLock { cell in
            let count = cell.shard.expireDue(now: now, limit: limit, events: &cell.events)
            self.publish(index, &cell)
            return count
        }
    }

    /// Takes a waiting acquire out of its line. False: its end is on the way.
    package func withdrawWaiter(shard index: Int, ticket: UInt64) -> Bool {
        precondition(index >= 0 && index < self.totalCount)
        return self.storage.slot(index).pointee.cell.withLock { cell in
            let isWithdrawn = cell.shard.withdrawWaiter(ticket)
            self.publish(index, &cell)
            return isWithdrawn
        }
    }

    /// When `expireDue` has something to do: Unix milliseconds; Int64.max: never. Takes no lock.
    @inline(__always)
    package func nextDeadlineMilliseconds(shard index: Int) -> Int64 {
        self.storage.slot(index).pointee.nextDeadline.load(ordering: .relaxed)
    }

    /// Sequence of the shard's newest event. Takes no lock.
    package func sequence(shard index: Int) -> UInt64 {
        precondition(index >= 0 && index < self.totalCount)
        return self.storage.slot(index).pointee.sequence.load(ordering: .relaxed)
    }

    /// Up to `limit` sales of one shard with ids after `after`, in byte order.
    package func saleSummaries(
        shard index: Int, after: ByteView, into room: SummaryRoom
    ) -> Int {
        precondition(index >= 0 && index < self.count)
        return self.storage.slot(index).pointee.cell.withLock { cell in
            cell.shard.saleSummaries(after: after, limit: room.capacity, into: room.base)
        }
    }

    /// Sums over all shards, one after the other: not one moment's picture.
    package var counts: ShardCounts {
        var sum = ShardCounts()
        for index in 0..<self.totalCount {
            let counts = self.storage.slot(index).pointee.cell.withLock { $0.shard.counts }
            sum.sales += counts.sales
            sum.liveHolds += counts.liveHolds
            sum.reservations += counts.reservations
            sum.buyers += counts.buyers
            sum.events += counts.events
            sum.tableBytes += counts.tableBytes
        }
        return sum
    }

    /// A sentence for each invariant that does not hold. Slow: for tests and drills.
    package func checkInvariants() -> [String] {
        var broken: [String] = []
        for index in 0..<self.totalCount {
            let sentences = self.storage.slot(index).pointee.cell.withLock {
                $0.shard.checkInvariants()
            }
            broken.append(contentsOf: sentences.map { "shard \(index): \($0)" })
        }
        return broken
    }

    /// Under the shard's lock: events to the log, copies for those who look without the lock.
    @inline(__always)
    private func publish(_ index: Int, _ cell: inout Cell) {
        let slot = self.storage.slot(index)
        let eventCount = cell.events.eventCount
        if eventCount > 0 {
            let sequence = cell.shard.sequence
            _ = self.log.append(
                shard: index, events: cell.events.bytes, count: eventCount,
                lastSequence: sequence)
            cell.events.removeAll()
            slot.pointee.sequence.store(sequence, ordering: .relaxed)
        }
        if cell.shard.hasSettledWaiters {
            cell.shard.takeSettledWaiters { self.mailboxes.deliver($0) }
        }
        slot.pointee.nextDeadline.store(
            cell.shard.nextDeadlineMilliseconds, ordering: .relaxed)
    }
}

/// Room for the sales of one shard.
package struct SummaryRoom: @unchecked Sendable {
    package let base: UnsafeMutablePointer<SaleSummary>
    package let capacity: Int

    package init(base: UnsafeMutablePointer<SaleSummary>, capacity: Int) {
        self.base = base
        self.capacity = capacity
    }
}
