/// Token buckets, one 64-bit moment each: the generic cell rate algorithm (ITU-T I.371). The moment is when the bucket will
/// be full again, so a full one needs no memory, and it is the entry's deadline in the table.
struct BucketTable: ~Copyable {
    private(set) var entries: DeadlineTable

    init(byteCount: Int, populate: Bool) throws(MemoryReservationError) {
        self.entries = try DeadlineTable(byteCount: byteCount, populate: populate)
    }

    /// When a bucket will be full, or was, brought under `policy`: one that was filled under another is at most empty
    /// under this. That is written down, or it would stay empty for as long as the old policy had it.
    @inline(__always)
    private mutating func fullAt(
        _ entry: Int, _ policy: LimitStep.Policy, now: UInt64
    ) -> UInt64 {
        var full = self.entries[entry]
        let latest = now &+ policy.pointee.emptyAhead
        if full & LimitTime.partMask >= policy.pointee.divisor || full > latest {
            if full & LimitTime.partMask >= policy.pointee.divisor {
                full = (full | LimitTime.partMask) &+ 1
            }
            full = min(full, latest)
            self.entries[entry] = full
        }
        return full
    }

    /// Milliseconds until the bucket allows a call; 0: now. Spends nothing.
    @inline(__always)
    mutating func wait(_ entry: Int, _ policy: LimitStep.Policy, now: UInt64) -> Int64 {
        let full = self.fullAt(entry, policy, now: now)
        let allowed = now &+ policy.pointee.tolerance
        return full <= allowed ? 0 : LimitTime.millisecondsUp(from: allowed, to: full)
    }

    /// Takes a token out of a bucket that allows it. Cannot fail.
    ///
    /// A bucket that was full less than a millisecond ago, and less than one token ago, goes on from that very moment: the call
    /// could not have come at it, as time comes in whole milliseconds, and the rest would be missing from the rate (at 7 a
    /// second with a burst of 1 one call in a thousand).
    @inline(__always)
    mutating func spend(_ entry: Int, _ policy: LimitStep.Policy, now: UInt64) {
        let full = self.fullAt(entry, policy, now: now)
        let next = LimitTime.add(full, policy.pointee.interval, divisor: policy.pointee.divisor)
        let goesOn = full > now &- LimitTime.milliseconds(1) && next > now
        self.entries[entry] = goesOn ? next : now &+ policy.pointee.interval
    }

    /// A new bucket with its first token spent. -1: no room.
    @inline(__always)
    mutating func insertSpent(
        _ key: AdmissionKey, _ policy: LimitStep.Policy, now: UInt64
    ) -> Int {
        // Entries are kept for one millisecond more, for what `spend` says.
        self.entries.insert(
            key, deadline: now &+ policy.pointee.interval, now: now &- LimitTime.milliseconds(1))
    }
}
