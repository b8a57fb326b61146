internal import Synchronization

/// Where shards append and from where the writer takes: two buffers that change places. Any thread; nothing in here
/// waits for a disk.
///
/// In an object of its own with padding at both ends: appending reactors share its cache lines with each other, but not
/// with what the writer publishes.
final class EventIntake: Sendable {
    /// What the writer is asked to do.
    struct Work: OptionSet {
        let rawValue: UInt8
        static let groups = Work(rawValue: 1)
        static let roll = Work(rawValue: 2)
        static let stop = Work(rawValue: 4)
    }

    private struct State: ~Copyable {
        var pending: PendingGroups
        var lastLSN: UInt64
        var byteCount = 0
        /// The newest kick that the writer has not taken.
        var mark: PendingGroups.Mark?
        var requests: Work = []
        var isWriterAsleep = false
        var takenCapacity: Int
    }

    private let frontPadding = InlineArray<16, UInt64>(repeating: 0)
    private let state: Mutex<State>
    private let appended: Atomic<UInt64>
    private let kicked: Atomic<UInt64>
    /// Bytes of all events appended.
    private let bytes = Atomic<Int>(0)
    private let backPadding = InlineArray<16, UInt64>(repeating: 0)
    private let signal = ThreadSignal()
    private let groupBytesSoftMax: Int
    private let keptBytesMax: Int

    init(lastLSN: UInt64, groupBytesSoftMax: Int) {
        let pending = PendingGroups(softMax: groupBytesSoftMax)
        let capacity = pending.buffer.capacity
        self.state = Mutex(
            State(pending: pending, lastLSN: lastLSN, takenCapacity: capacity))
        self.appended = Atomic(lastLSN)
        self.kicked = Atomic(lastLSN)
        self.groupBytesSoftMax = groupBytesSoftMax
        self.keptBytesMax = 4 * groupBytesSoftMax
    }

    var appendedLSN: UInt64 { self.appended.load(ordering: .acquiring) }
    /// Memory of both buffers, the writer's as of when it took it.
    var bufferBytes: Int { self.state.withLock { $0.pending.buffer.capacity + $0.takenCapacity } }
    var appendedBytes: Int { self.bytes.load(ordering: .relaxed) }

    // MARK: Shards

    /// - Returns: The last event's LSN.
    @inline(__always)
    func append(_ events: UnsafeRawBufferPointer, count: Int) -> UInt64 {
        precondition(count > 0 && events.count > 0, "an append without events")
        precondition(events.count < Self.batchBytesMax, "a batch that no group's header can count")
        return self.state.withLock { state in
            state.pending.append(events, count: count, softMax: self.groupBytesSoftMax)
            state.lastLSN &+= UInt64(count)
            state.byteCount &+= events.count
            self.bytes.store(state.byteCount, ordering: .relaxed)
            self.appended.store(state.lastLSN, ordering: .releasing)
            return state.lastLSN
        }
    }

    /// Events that came since the last kick; for a moment too many or too few while others append and kick.
    @inline(__always)
    var unkickedCount: Int {
        let kicked = self.kicked.load(ordering: .relaxed)
        let appended = self.appended.load(ordering: .relaxed)
        return appended > kicked ? Int(truncatingIfNeeded: appended &- kicked) : 0
    }

    /// No lock if nothing came since the last kick; no system call unless the writer sleeps.
    @inline(__always)
    func kick() {
        if self.unkickedCount == 0 { return }
        let mustWake = self.state.withLock { state in
            self.kicked.store(state.lastLSN, ordering: .relaxed)
            if state.pending.isEmpty { return false }
            state.mark = state.pending.mark
            return Self.clearAsleep(&state)
        }
        if mustWake { self.signal.wake() }
    }

    /// Everything appended so far is to be written, and then the request done.
    func request(_ work: Work) {
        let mustWake = self.state.withLock { state in
            state.requests.formUnion(work)
            if !state.pending.isEmpty { state.mark = state.pending.mark }
            return Self.clearAsleep(&state)
        }
        if mustWake { self.signal.wake() }
    }

    private static func clearAsleep(_ state: inout State) -> Bool {
        defer { state.isWriterAsleep = false }
        return state.isWriterAsleep
    }

    // MARK: The writer

    /// What was kicked goes to `taken`, whose memory goes to the appenders. If there is nothing to do at all, the
    /// writer counts as asleep from now on and must call `wait`.
    func take(into taken: inout PendingGroups) -> Work {
        taken.removeAll(keepingBytesMax: self.keptBytesMax)
        return self.state.withLock { state in
            var work = state.requests
            state.requests = []
            if let mark = state.mark {
                swap(&state.pending, &taken)
                taken.move(behind: mark, to: &state.pending)
                state.mark = nil
                work.insert(.groups)
            }
            state.takenCapacity = taken.buffer.capacity
            if work.isEmpty {
                self.signal.forget()
                state.isWriterAsleep = true
            } else {
                state.isWriterAsleep = false
            }
            return work
        }
    }

    /// - Parameter microseconds: 0: until there is work.
    func wait(microseconds: Int) { self.signal.wait(microseconds: microseconds) }

    /// A group's header counts in 32 bits, its pages included.
    private static let batchBytesMax = Int(UInt32.max) - 2 * JournalLayout.pageBytes
}
