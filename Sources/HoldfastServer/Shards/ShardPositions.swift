internal import HoldfastJournal

/// From a shard's sequence to the log position that an answer must wait for. Under the shard's lock.
///
/// Two points are enough. Between two events of a shard lie at least as many positions as sequences, so
/// `newest position - (newest sequence - sequence)` is never before the event's own position: an answer may wait a
/// little longer than it must, never less. What is known to be on disk waits for nothing.
struct ShardPositions {
    /// Everything up to this sequence is on disk.
    private var syncedSequence: UInt64 = 0
    private var newestSequence: UInt64 = 0
    private var newestPosition: UInt64 = 0

    /// All of the shard is on disk.
    mutating func restart(sequence: UInt64, at position: LogPosition) {
        self.syncedSequence = sequence
        self.newestSequence = sequence
        self.newestPosition = position.rawValue
    }

    @inline(__always)
    mutating func add(sequence: UInt64, at position: LogPosition, synced: LogPosition) {
        self.learn(synced)
        self.newestSequence = sequence
        self.newestPosition = position.rawValue
    }

    /// 0: on disk already, or no event at all.
    @inline(__always)
    mutating func position(of sequence: UInt64, synced: LogPosition) -> UInt64 {
        if sequence == 0 { return 0 }
        self.learn(synced)
        if sequence <= self.syncedSequence { return 0 }
        let position = self.newestPosition &- (self.newestSequence &- sequence)
        return position <= synced.rawValue ? 0 : position
    }

    @inline(__always)
    private mutating func learn(_ synced: LogPosition) {
        if self.newestPosition <= synced.rawValue { self.syncedSequence = self.newestSequence }
    }
}
