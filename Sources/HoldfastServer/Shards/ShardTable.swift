package import HoldfastEngine
package import HoldfastJournal
internal import Synchronization

/// All shards, each behind its own lock and on its own cache lines. Any thread may call anything.
///
/// Lock order: one shard, then the event log. No method holds two shards.
package final class ShardTable: ReplayTarget {
    /// A shard and the buffer for the events of its running batch. Unchecked Sendable because whoever holds the lock
    /// is the only one there.
    private struct Cell: ~Copyable, @unchecked Sendable {
        var shard: Shard
        var events: EventBuffer
        var positions = ShardPositions()
        /// What of the table's sum of live holds is this shard's.
        var countedHolds: Int64 = 0
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
    private let log: LogSlot
    private let liveHolds = Atomic<Int>(0)
    private let pressure: MemoryPressure
    private let mailboxes: LeaseMailboxes
    /// Sees the control shard's events; nil: nobody does.
    private let controlEvents: (any ControlEvents)?

    private struct Storage: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let stride: Int

        @inline(__always)
        func slot(_ index: Int) -> UnsafeMutablePointer<Slot> {
            (self.base + index &* self.stride).assumingMemoryBound(to: Slot.self)
        }
    }

    /// The log is there once what it holds has been replayed into the shards: written once, before a second thread
    /// can see the table.
    private final class LogSlot: @unchecked Sendable {
        var log: (any EventLog)?
    }

    /// - Parameter log: Nil: `attach` brings it later.
    package init(
        count: Int, settings: ShardSettings, blocks: any BlockSource, log: (any EventLog)? = nil,
        pressure: MemoryPressure = MemoryPressure(),
        mailboxes: LeaseMailboxes = LeaseMailboxes(reactorCount: 0),
        controlEvents: (any ControlEvents)? = nil
    ) {
        precondition(count > 0 && count < EngineLimits.shardsMax)
        let stride =
            (MemoryLayout<Slot>.size + Self.paddingBytes - 1) & ~(Self.paddingBytes - 1)
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: stride * (count + 1), alignment: Self.paddingBytes)
        self.count = count
        self.storage = Storage(base: base, stride: stride)
        self.log = LogSlot()
        self.log.log = log
        self.pressure = pressure
        self.mailboxes = mailboxes
        self.controlEvents = controlEvents
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

    /// Gives the table its log, once and before anything is executed. Replayed shards are up to date with it: what they
    /// know is on disk.
    package func attach(_ log: any EventLog) {
        precondition(self.log.log == nil, "a table of shards has one log")
        self.log.log = log
        let position = log.syncedPosition
        for index in 0..<self.totalCount {
            let slot = self.storage.slot(index)
            slot.pointee.cell.withLock { cell in
                cell.positions.restart(sequence: cell.shard.sequence, at: position)
                self.noteState(slot, &cell)
            }
        }
    }

    // MARK: Replay, before `attach`

    package var shardCount: Int { self.totalCount }

    package func sequence(ofShard shard: Int) -> UInt64 {
        self.storage.slot(shard).pointee.cell.withLock { $0.shard.sequence }
    }

    package func replay(
        shard: Int, events: UnsafeBufferPointer<UnsafeRawPointer>
    ) throws(ReplayProblem) {
        precondition(self.log.log == nil, "replay comes before the log")
        try self.storage.slot(shard).pointee.cell.withLock { cell throws(ReplayProblem) in
            try cell.shard.replay(events)
        }
    }

    /// Fills an empty shard from its image.
    package func load(shard: Int, from source: any ImageSource) throws(ImageError) {
        precondition(self.log.log == nil, "a snapshot is loaded before the log is there")
        try self.storage.slot(shard).pointee.cell.withLock { cell throws(ImageError) in
            try cell.shard.loadImage(from: source)
        }
    }

    /// Decides the calls of one shard in order, and hands their events to the log before anyone else can take the
    /// shard. `now`: Unix milliseconds.
    package func execute(shard index: Int, batch: CallBatch, now: Int64) {
        precondition(index >= 0 && index < self.totalCount)
        let log = self.attachedLog
        self.storage.slot(index).pointee.cell.withLock { cell in
            cell.shard.isMemoryLow = self.pressure.isLow
            cell.shard.storageRoomBytes = log.roomByteCount
            cell.shard.execute(batch, now: now, events: &cell.events)
            self.publish(index, &cell, log)
            let synced = log.syncedPosition
            for call in 0..<batch.count {
                let pointer = batch.calls[call]
                pointer.pointee.logPosition =
                    cell.positions.position(of: pointer.pointee.visibleAfter, synced: synced)
            }
        }
    }

    /// Expires at most `limit` holds that are due. Returns the number of events; `limit`: call again.
    package func expireDue(shard index: Int, now: Int64, limit: Int) -> Int {
        precondition(index >= 0 && index < self.totalCount)
        return self.storage.slot(index).pointee.cell.withLock { cell in
            let count = cell.shard.expireDue(now: now, limit: limit, events: &cell.events)
            self.publish(index, &cell, self.attachedLog)
            return count
        }
    }

    /// Takes a waiting acquire out of its line. False: its end is on the way.
    package func withdrawWaiter(shard index: Int, ticket: UInt64) -> Bool {
        precondition(index >= 0 && index < self.totalCount)
        return self.storage.slot(index).pointee.cell.withLock { cell in
            let isWithdrawn = cell.shard.withdrawWaiter(ticket)
            self.publish(index, &cell, self.attachedLog)
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

    /// Every blacklist entry of the control shard, by id. The views are good during the call.
    package func forEachBlacklisted(_ body: (UInt64, BlacklistRow) -> Void) {
        self.storage.slot(self.controlIndex).pointee.cell.withLock { cell in
            cell.shard.forEachBlacklisted(body)
        }
    }

    /// What an order asks for, by the terms of its sale as they are now: for admission, before the order is executed.
    package func orderTerms(
        shard index: Int, saleID: ByteView, lines: LineRequests
    ) -> OrderTerms {
        precondition(index >= 0 && index < self.count)
        let order = Order(saleID: saleID, lines: lines)
        return self.storage.slot(index).pointee.cell.withLock { cell in
            cell.shard.orderTerms(saleID: order.saleID, lines: order.lines)
        }
    }

    /// An order whose memory is the caller's: the closure runs on its thread, before the call returns.
    private struct Order: @unchecked Sendable {
        let saleID: ByteView
        let lines: LineRequests
    }

    /// What `Shard.takeRecentReservations` says of one shard.
    package func takeRecentReservations(
        shard index: Int, since: Int64, now: Int64, countMax: Int
    ) -> [RecentSlot] {
        self.storage.slot(index).pointee.cell.withLock {
            $0.shard.takeRecentReservations(since: since, now: now, countMax: countMax)
        }
    }

    /// Gives back what replay noted for `takeRecentReservations`, when nobody is going to ask.
    package func forgetReplayedTimes() {
        for index in 0..<self.count {
            self.storage.slot(index).pointee.cell.withLock { $0.shard.forgetReplayedTimes() }
        }
    }

    /// One that `takeRecentReservations` named.
    package func recentReservation(shard index: Int, slot: UInt32) -> RecentReservation {
        self.storage.slot(index).pointee.cell.withLock { $0.shard.recentReservation(slot) }
    }

    /// Live holds of all shards. Takes no lock.
    package var liveHoldCount: Int { self.liveHolds.load(ordering: .relaxed) }

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

    /// Writes a shard as a snapshot would hold it, under its lock: for tests and drills. False: the sink stopped it.
    package func encodeImage(shard index: Int, into sink: any ImageSink) -> Bool {
        precondition(index >= 0 && index < self.totalCount)
        return self.storage.slot(index).pointee.cell.withLock {
            $0.shard.encodeImage(into: sink)
        }
    }

    @inline(__always)
    private var attachedLog: any EventLog {
        guard let log = self.log.log else { preconditionFailure("a table of shards without a log") }
        return log
    }

    /// Under the shard's lock: events to the log, copies for those who look without the lock.
    @inline(__always)
    private func publish(_ index: Int, _ cell: inout Cell, _ log: any EventLog) {
        let slot = self.storage.slot(index)
        let eventCount = cell.events.eventCount
        if eventCount > 0 {
            let sequence = cell.shard.sequence
            let position = log.append(
                shard: index, events: cell.events.bytes, count: eventCount,
                lastSequence: sequence)
            if index == self.controlIndex, let controlEvents = self.controlEvents {
                controlEvents.take(
                    controlEvents: cell.events.bytes, position: position.rawValue)
            }
            cell.events.removeAll()
            cell.positions.add(sequence: sequence, at: position, synced: log.syncedPosition)
        }
        if cell.shard.hasSettledWaiters {
            let synced = log.syncedPosition
            let shard = index
            var positions = cell.positions
            cell.shard.takeSettledWaiters { waiter in
                var waiter = waiter
                precondition(waiter.shard == shard)
                waiter.logPosition = positions.position(of: waiter.visibleAfter, synced: synced)
                self.mailboxes.deliver(waiter)
            }
        }
        self.noteState(slot, &cell)
    }

    @inline(__always)
    private func noteState(_ slot: UnsafeMutablePointer<Slot>, _ cell: inout Cell) {
        slot.pointee.sequence.store(cell.shard.sequence, ordering: .relaxed)
        let live = cell.shard.liveHoldCount
        if live != cell.countedHolds {
            self.liveHolds.wrappingAdd(Int(live - cell.countedHolds), ordering: .relaxed)
            cell.countedHolds = live
        }
        slot.pointee.nextDeadline.store(
            cell.shard.nextDeadlineMilliseconds, ordering: .relaxed)
    }
}

/// Who sees the control shard's events in their order, as they go to the log: under the shard's lock, so that it may take
/// no other shard's and none of the log's.
package protocol ControlEvents: AnyObject, Sendable {
    /// - Parameters:
    ///   - events: whole events, good during the call.
    ///   - position: of the last of them in the log.
    func take(controlEvents events: UnsafeRawBufferPointer, position: UInt64)
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
