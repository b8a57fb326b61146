internal import Synchronization

/// Counts events and bytes and keeps none: the state lives in memory alone, and every position is synced at once.
package final class MemoryEventLog: EventLog {
    private let eventCount = Atomic<UInt64>(0)
    private let byteCount = Atomic<UInt64>(0)

    package init() {}

    package func append(
        shard: Int, events: UnsafeRawBufferPointer, count: Int, lastSequence: UInt64
    ) -> LogPosition {
        let added = self.eventCount.wrappingAdd(UInt64(count), ordering: .relaxed)
        self.byteCount.wrappingAdd(UInt64(events.count), ordering: .relaxed)
        return LogPosition(rawValue: added.newValue)
    }

    package func kick() {}

    package var unkickedCount: Int { 0 }

    package func noteLiveHolds(_ count: Int) {}

    package var roomByteCount: Int { .max }

    package var backlogByteCount: Int { 0 }

    package var appendedPosition: LogPosition { self.syncedPosition }

    package var syncedPosition: LogPosition {
        LogPosition(rawValue: self.eventCount.load(ordering: .relaxed))
    }

    /// Events since the start.
    package var count: UInt64 { self.eventCount.load(ordering: .relaxed) }

    /// Bytes of all events since the start.
    package var bytes: UInt64 { self.byteCount.load(ordering: .relaxed) }
}
