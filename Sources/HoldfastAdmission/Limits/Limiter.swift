/// Limits calls by user, address, device, sale and in all: one decision over all dimensions, in which each spends one or
/// none does. Token buckets and sliding windows side by side, in memory of a fixed size that is reserved at the start.
///
/// Time comes in, in milliseconds of any fixed origin, and never runs backwards: `now = max(last, now)`. Nothing here
/// but `apply` allocates after `init`. Single-threaded: the owner holds one lock around each batch (`SharedLimiter` is
/// such an owner).
package struct Limiter: ~Copyable {
    /// The largest block that is prefetched together.
    package static let blockCount = 64
    /// What a call that found no room is told to wait; which of the keys in the way goes first is not known.
    package static let capacityRetryMilliseconds: Int64 = 1_000

    package private(set) var counters = LimitCounters()

    private let hasher: AdmissionHasher
    private var limits: CompiledLimits
    private var buckets: BucketTable
    private var windows: WindowTable
    private let plans: UnsafeMutablePointer<LimitPlan>
    private var clock = LimiterClock()

    /// `hasher` must be the one that makes the subjects' keys, so that a sale's own limits are found.
    package init(settings: LimiterSettings, hasher: AdmissionHasher) throws {
        try settings.validate()
        let limits = CompiledLimits(settings, hasher: hasher)
        let buckets = try BucketTable(
            byteCount: settings.bucketMemoryByteCount, populate: settings.populate)
        let windows = try WindowTable(
            byteCount: settings.windowMemoryByteCount,
            populate: settings.populate && limits.usesWindows)
        self.hasher = hasher
        self.limits = limits
        self.buckets = buckets
        self.windows = windows
        self.plans = .allocate(capacity: Self.blockCount)
    }

    deinit { self.plans.deallocate() }

    /// Takes other limits; memory sizes stay as they were at the start. What has been spent stays spent: a bucket that goes
    /// from one rate to another is at most empty under the new one. A dimension that changes its algorithm starts anew.
    package mutating func apply(_ settings: LimiterSettings) throws(LimiterSettingsError) {
        try settings.validate()
        self.limits = CompiledLimits(settings, hasher: self.hasher)
    }

    /// How long a key is remembered at most: events older than this need not be told to `restore`.
    package var memoryMilliseconds: Int { self.limits.memoryMilliseconds }

    /// Decides calls in their order, all at `now`; their memory is prefetched in blocks of 64.
    package mutating func decide(
        _ calls: UnsafeMutableBufferPointer<LimitCall>, nowMilliseconds: Int64
    ) {
        let now = self.clock.advance(to: nowMilliseconds)
        var start = 0
        while start < calls.count {
            let count = min(Self.blockCount, calls.count &- start)
            for index in 0..<count {
                let plan = self.limits.plan(calls[start &+ index].subject)
                self.plans[index] = plan
                self.prefetch(plan)
            }
            for index in 0..<count {
                let decision = self.spend(self.plans[index], now: now)
                self.count(decision)
                calls[start &+ index].decision = decision
            }
            start &+= count
        }
    }

    /// Decides one call. In a batch the other `decide` is several times as fast.
    package mutating func decide(
        _ subject: AdmissionSubject, nowMilliseconds: Int64
    ) -> LimitDecision {
        let now = self.clock.advance(to: nowMilliseconds)
        let decision = self.spend(self.limits.plan(subject), now: now)
        self.count(decision)
        return decision
    }

    /// What `decide` would say, but for missing memory: spends and counts nothing.
    package mutating func peek(
        _ subject: AdmissionSubject, nowMilliseconds: Int64
    ) -> LimitDecision {
        let now = self.clock.advance(to: nowMilliseconds)
        var found = Found()
        return self.look(self.limits.plan(subject), &found, now: now)
    }

    /// Spends for a call that was allowed in an earlier life of the server; to be called before the first `decide`, in the
    /// order of time. A dimension that would refuse it now, or has no room, is left as it is.
    package mutating func restore(_ subject: AdmissionSubject, atMilliseconds: Int64) {
        let now = self.clock.advance(to: atMilliseconds)
        let plan = self.limits.plan(subject)
        for index in 0..<LimitDimension.limitingCount {
            var single = plan
            for other in 0..<LimitDimension.limitingCount where other != index {
                single[other].key = .none
            }
            _ = self.spend(single, now: now)
        }
    }

    /// What share of the entries of both tables is in use, per thousand, estimated from 4,096 entries: past about 850 some new
    /// keys are refused.
    package func usedPerThousand() -> (buckets: Int, windows: Int) {
        let now = self.clock.now
        func perThousand(_ sample: (used: Int, of: Int)) -> Int {
            sample.used * 1_000 / sample.of
        }
        return (
            perThousand(self.buckets.entries.sample(lines: 1_366, now: now)),
            perThousand(self.windows.entries.sample(lines: 1_366, now: now))
        )
    }

    /// Where the buckets are, for whoever knows keys before the limiter is asked.
    var bucketLines: DeadlineTable.Lines { self.buckets.entries.lines }

    /// How many keys the tables have entries for.
    package var entryCounts: (buckets: Int, windows: Int) {
        (self.buckets.entries.entryCount, self.windows.entries.entryCount)
    }

    @inline(__always)
    private mutating func count(_ decision: LimitDecision) {
        switch decision {
        case .allowed: self.counters.allowed &+= 1
        case .refused(let dimension, _): self.counters[dimension] &+= 1
        }
    }

    @inline(__always)
    private func prefetch(_ plan: LimitPlan) {
        for index in 0..<LimitDimension.limitingCount {
            let entry = plan[index]
            switch entry.policy.pointee.kind {
            case .tokenBucket: self.buckets.entries.lines.prefetch(entry.key)
            case .slidingWindow: self.windows.entries.lines.prefetch(entry.key)
            case .unlimited: break
            }
        }
    }

    /// Where the plan's keys are; -1: nowhere yet.
    private struct Found {
        var entries = InlineArray<5, Int>(repeating: -1)
    }

    /// Asks every dimension and spends nothing.
    @inline(__always)
    private mutating func look(
        _ plan: LimitPlan, _ found: inout Found, now: UInt64
    ) -> LimitDecision {
        var longest: Int64 = 0
        var refusing = 0
        for index in 0..<LimitDimension.limitingCount {
            let entry = plan[index]
            guard entry.applies else { continue }
            let wait: Int64
            let place: Int
            if entry.policy.pointee.kind == .tokenBucket {
                place = self.buckets.entries.find(entry.key)
                wait = place < 0 ? 0 : self.buckets.wait(place, entry.policy.pointee, now: now)
            } else {
                place = self.windows.entries.find(entry.key)
                wait = place < 0 ? 0 : self.windows.wait(place, entry.policy.pointee, now: now)
            }
            found.entries[index] = place
            if wait > longest {
                longest = wait
                refusing = index
            }
        }
        guard longest > 0 else { return .allowed }
        return .refused(
            LimitDimension(rawValue: UInt8(truncatingIfNeeded: refusing))!,
            retryAfterMilliseconds: longest)
    }

    /// Asks every dimension; when all allow it, spends one in each.
    @inline(__always)
    private mutating func spend(_ plan: LimitPlan, now: UInt64) -> LimitDecision {
        var found = Found()
        let decision = self.look(plan, &found, now: now)
        guard decision == .allowed else { return decision }

        // Known keys come first: their spending makes their entries live, so that a new key cannot be given one of them.
        var earlier = InlineArray<5, UInt64>(repeating: 0)
        var missing: UInt32 = 0
        var prepared: UInt32 = 0
        var room = true
        for index in 0..<LimitDimension.limitingCount {
            let entry = plan[index]
            guard entry.applies else { continue }
            let place = found.entries[index]
            if place < 0 {
                missing |= 1 &<< UInt32(truncatingIfNeeded: index)
            } else if entry.policy.pointee.kind == .tokenBucket {
                earlier[index] = self.buckets.entries[place]
                self.buckets.spend(place, entry.policy.pointee, now: now)
                prepared |= 1 &<< UInt32(truncatingIfNeeded: index)
            } else {
                earlier[index] = self.windows.entries[place]
                if self.windows.prepare(place, entry.policy.pointee, now: now) {
                    prepared |= 1 &<< UInt32(truncatingIfNeeded: index)
                } else {
                    room = false
                    break
                }
            }
        }
        while missing != 0 && room {
            let index = missing.trailingZeroBitCount
            missing &= missing &- 1
            let entry = plan[index]
            let place =
                entry.policy.pointee.kind == .tokenBucket
                ? self.buckets.insertSpent(entry.key, entry.policy.pointee, now: now)
                : self.windows.prepareNew(entry.key, entry.policy.pointee, now: now)
            found.entries[index] = place
            if place < 0 {
                room = false
            } else {
                prepared |= 1 &<< UInt32(truncatingIfNeeded: index)
            }
        }
        if room {
            self.commitWindows(plan, found, now: now)
            return .allowed
        }
        self.undo(prepared, plan, found, earlier)
        return .refused(.capacity, retryAfterMilliseconds: Self.capacityRetryMilliseconds)
    }

    @inline(__always)
    private mutating func commitWindows(_ plan: LimitPlan, _ found: Found, now: UInt64) {
        for index in 0..<LimitDimension.limitingCount
        where plan[index].policy.pointee.kind == .slidingWindow && plan[index].applies {
            self.windows.commit(found.entries[index], now: now)
        }
    }

    /// Gives back what was spent before a dimension found no room. A new key's entry is free again with a deadline of 0.
    private mutating func undo(
        _ prepared: UInt32, _ plan: LimitPlan, _ found: Found, _ earlier: InlineArray<5, UInt64>
    ) {
        for index in 0..<LimitDimension.limitingCount where prepared &>> UInt32(index) & 1 == 1 {
            if plan[index].policy.pointee.kind == .tokenBucket {
                self.buckets.entries[found.entries[index]] = earlier[index]
            } else {
                self.windows.abandon(found.entries[index], deadline: earlier[index])
            }
        }
    }
}

/// The limiter's time: what it is told, never backwards, counted from long enough before the first so that earlier
/// events can still be told.
struct LimiterClock {
    /// 40 bits of milliseconds are 34 years.
    private static let headroomMilliseconds: Int64 = 1 << 38
    private static let spanMillisecondsMax: Int64 = 1 << 39

    private var origin: Int64?
    /// As `LimitTime`.
    private(set) var now: UInt64 = 0

    @inline(__always)
    mutating func advance(to milliseconds: Int64) -> UInt64 {
        if self.origin == nil {
            self.origin =
                milliseconds.subtractingReportingOverflow(Self.headroomMilliseconds).partialValue
        }
        let (elapsed, overflow) = milliseconds.subtractingReportingOverflow(self.origin!)
        let bounded = overflow ? (milliseconds < 0 ? 0 : Self.spanMillisecondsMax) : elapsed
        self.now = max(
            self.now,
            LimitTime.milliseconds(UInt64(max(0, min(bounded, Self.spanMillisecondsMax)))))
        return self.now
    }
}
