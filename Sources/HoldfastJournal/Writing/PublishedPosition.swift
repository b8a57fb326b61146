internal import Synchronization

/// What the writer lets others see. In an object of its own with padding at both ends: reactors read it in each turn,
/// the writer changes it once a group.
final class PublishedPosition: Sendable {
    private struct State {
        var end: LogEnd
        var statistics = JournalStatistics()
    }

    private let frontPadding = InlineArray<16, UInt64>(repeating: 0)
    private let synced: Atomic<UInt64>
    private let written = Atomic<Int>(0)
    private let state: Mutex<State>
    private let backPadding = InlineArray<16, UInt64>(repeating: 0)

    init(_ end: LogEnd) {
        self.synced = Atomic(end.lsn)
        self.state = Mutex(State(end: end))
    }

    // Any thread.

    var syncedLSN: UInt64 { self.synced.load(ordering: .acquiring) }
    /// Of events, without headers and padding.
    var writtenEventBytes: Int { self.written.load(ordering: .acquiring) }
    var end: LogEnd { self.state.withLock { $0.end } }
    var statistics: JournalStatistics { self.state.withLock { $0.statistics } }

    // The writer.

    /// A group of events is safe.
    func publish(
        _ end: LogEnd, eventCount: UInt64, eventBytes: Int, groupBytes: Int, nanoseconds: UInt64
    ) {
        self.state.withLock { state in
            state.end = end
            state.statistics.groups += 1
            state.statistics.events += eventCount
            Self.count(&state.statistics, groupBytes, nanoseconds)
        }
        self.written.add(eventBytes, ordering: .releasing)
        self.synced.store(end.lsn, ordering: .releasing)
    }

    /// So is a seal.
    func publishSeal(_ end: LogEnd, groupBytes: Int, nanoseconds: UInt64) {
        self.state.withLock { state in
            state.end = end
            state.statistics.seals += 1
            Self.count(&state.statistics, groupBytes, nanoseconds)
        }
    }

    func countSegment() { self.state.withLock { $0.statistics.segments += 1 } }

    private static func count(
        _ statistics: inout JournalStatistics, _ groupBytes: Int, _ nanoseconds: UInt64
    ) {
        statistics.bytes += UInt64(groupBytes)
        statistics.syncs += 1
        statistics.syncNanosecondsSum += nanoseconds
        statistics.syncNanosecondsMax = max(statistics.syncNanosecondsMax, nanoseconds)
    }
}
