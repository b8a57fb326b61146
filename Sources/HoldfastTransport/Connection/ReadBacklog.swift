/// How long a connection's bytes have waited in its socket before they are read: the queue of a server that has more to do than
/// it can. A value fed with byte counts and times; does no I/O.
///
/// When bytes are left unread, the time and their number are noted. Whatever is read until so many bytes have come has
/// waited since then or longer: a bound from below that no pause of ours or of the peer can make too large, for one system
/// call now and then.
///
/// A burst may wait; a queue that stands may not. As in CoDel (Nichols and Jacobson, 2012), waiting longer than a target
/// becomes lateness only once it has gone on for an interval, and one interval without it ends that.
struct ReadBacklog {
    private var markedByteCount = 0
    private var markedAt: UInt64 = 0
    /// The first and the newest time that something had waited longer than the target; 0: never.
    private var overSince: UInt64 = 0
    private var overAt: UInt64 = 0

    /// Intervals are so many targets long.
    static let targetsPerInterval: UInt64 = 10

    /// Bytes wait that nobody has counted yet.
    var isUnmarked: Bool { self.markedByteCount <= 0 }

    /// Nanoseconds that the next byte to be read has waited, at least; 0: not known.
    func waited(now: UInt64) -> UInt64 { self.isUnmarked ? 0 : now &- self.markedAt }

    /// To be asked before a read, with the same time as `didRead`.
    /// - Parameter target: nanoseconds that may be waited; 0: for ever.
    /// - Returns: whether what is read next has waited too long, in a queue that stands.
    mutating func isLate(now: UInt64, target: UInt64) -> Bool {
        guard target > 0, self.waited(now: now) > target else { return false }
        let interval = target &* Self.targetsPerInterval
        if self.overAt == 0 || now &- self.overAt > interval { self.overSince = now }
        self.overAt = now
        return now &- self.overSince >= interval
    }

    /// So many bytes were read.
    mutating func didRead(_ byteCount: Int) { self.markedByteCount &-= byteCount }

    /// So many bytes are in the socket now, of which none were counted before.
    mutating func mark(_ byteCount: Int, now: UInt64) {
        self.markedByteCount = byteCount
        self.markedAt = now
    }

    /// Nothing waits.
    mutating func drained() { self.markedByteCount = 0 }
}
