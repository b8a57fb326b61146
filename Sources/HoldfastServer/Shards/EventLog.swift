/// Where the events that a shard decides go. The journal implements this; until it is there, memory does.
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

    /// Everything up to here is safe. Only grows.
    var syncedPosition: LogPosition { get }
}

/// A place in the log; grows with every append.
package struct LogPosition: Sendable, Comparable, Hashable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
