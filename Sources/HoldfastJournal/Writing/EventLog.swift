/// Where the events that a shard decides go: the journal, or memory alone in tests and tools.
///
/// One call for each batch of a shard, never one an event.
package protocol EventLog: AnyObject, Sendable {
    /// Appends whole encoded events. Called while the shard's lock is held, so that positions follow the shard's
    /// order; must not block on a disk, and must not take a shard's lock (lock order: shard, then log).
    ///
    /// - Parameters:
    ///   - events: Encoded events, each with its length in front; valid during the call.
    ///   - count: Number of events, at least 1.
    ///   - lastSequence: The shard's sequence of the last of them.
    /// - Returns: The position that must be synced before an answer that reports the last event may leave.
    func append(
        shard: Int, events: UnsafeRawBufferPointer, count: Int, lastSequence: UInt64
    ) -> LogPosition

    /// The appends of a turn are complete: whoever writes them may begin. Cheap when nothing was appended.
    func kick()

    /// Events appended since the last kick, by whomever.
    var unkickedCount: Int { get }

    /// Where the newest append ended. Only grows.
    var appendedPosition: LogPosition { get }

    /// Everything up to here is safe. Only grows.
    var syncedPosition: LogPosition { get }

    /// Holds that are live: each needs room for its end, whatever becomes of the disk. Told now and then.
    func noteLiveHolds(_ count: Int)

    /// Bytes that new events may still take; below 0 there is room only for the ends of what is held (FORMATS 2,
    /// `STORAGE_FULL`).
    var roomByteCount: Int { get }

    /// Bytes that were appended and are not on disk yet. Whoever appends takes no new work above a bound.
    var backlogByteCount: Int { get }
}

extension EventLog {
    package var hasRoom: Bool { self.roomByteCount >= 0 }
}

/// A place in the log: the LSN of an event. Grows with every append; 0 is before the first.
package struct LogPosition: Sendable, Comparable, Hashable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
