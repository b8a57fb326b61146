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
    /// Of one block's calls.
    private let steps: UnsafeMutablePointer<LimitStep>
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
        self.steps = .allocate(capacity: Self.blockCount * LimitDimension.limitingCount)
    }

    deinit { self.steps.deallocate() }

    /// Takes other limits; memory sizes stay as they were at the start. What has been spent stays spent: a bucket that goes
    /// from one rate to another is at most empty under the new one. A dimension that changes its algorithm starts anew.
    package mutating func apply(_ settings: LimiterSettings) throws(LimiterSettingsError) {
        try settings.validate()
        self.limits = CompiledLimits(settings, hasher: self.hasher)
    }

    /// How long a key is remembered at most: events older than this need not be told to `restore`.
    package var memoryMilliseconds: Int { self.limits.memoryMilliseconds }

    /// Decides calls in their order, all at `now`; their memory is prefetched in blocks of 64.
    package mutating func decide(_ batch: LimitBatch, nowMilliseconds: Int64) {
        let now = self.clock.advance(to: nowMilliseconds)
        var start = 0
        while start < batch.count {
            let count = min(Self.blockCount, batch.count &- start)
            for index in 0..<count {
                let plan = LimitPlan(self.steps, at: index)
                self.limits.plan(batch.subject(start &+ index).pointee, into: plan)
                self.prefetch(plan)
            }
            for index in 0..<count {
                let decision = self.spend(LimitPlan(self.steps, at: index), now: now)
                self.count(decision)
                batch.decide(start &+ index, decision)
            }
            start &+= count
        }
    }

    /// The same, for calls that have nothing else about them.
    package mutating func decide(
        _ calls: UnsafeMutableBufferPointer<LimitCall>, nowMilliseconds: Int64
    ) {
        self.decide(LimitBatch(calls), nowMilliseconds: nowMilliseconds)
    }

    /// Decides one call. In a batch the other `decide` is several times as fast.
    package mutating func decide(
        _ subject: AdmissionSubject, nowMilliseconds: Int64
    ) -> LimitDecision {
        let now = self.clock.advance(to: nowMilliseconds)
        let plan = LimitPlan(self.steps, at: 0)
        self.limits.plan(subject, into: plan)
        let decision = self.spend(plan, now: now)
        self.count(decision)
        return decision
    }

    /// What `decide` would say, but for missing memory: spends and counts nothing.
    package mutating func peek(
        _ subject: AdmissionSubject, nowMilliseconds: Int64
    ) -> LimitDecision {
        let now = self.clock.advance(to: nowMilliseconds)
        let plan = LimitPlan(self.steps, at: 0)
        self.limits.plan(subject, into: plan)
        return self.look(plan, now: now)
    }

    /// Spends for a call that was allowed in an earlier life of the server; to be called before the first `decide`, in the
    /// order of time. A dimension that would refuse it now, or has no room, is left as it is.
    package mutating func restore(_ subject: AdmissionSubject, atMilliseconds: Int64) {
        let now = self.clock.advance(to: atMilliseconds)
        let plan = LimitPlan(self.steps, at: 0)
        for index in 0..<LimitDimension.limitingCount {
            self.limits.plan(subject, into: plan)
            for other in 0..<LimitDimension.limitingCount where other != index {
                plan[other].pointee.key = .none
            }
            _ = self.spend(plan, now: now)
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
            let step = plan[index]
            switch step.pointee.policy.pointee.kind {
            case .tokenBucket: self.buckets.entries.lines.prefetch(step.pointee.key)
            case .slidingWindow: self.windows.entries.lines.prefetch(step.pointee.key)
            case .unlimited: break
            }
        }
    }

    /// Asks every dimension and spends nothing; finds the entries of the plan's keys.
    @inline(__always)
    private mutating func look(_ plan: LimitPlan, now: UInt64) -> LimitDecision {
        var longest: Int64 = 0
        var refusing = 0
        for index in 0..<LimitDimension.limitingCount {
            let step = plan[index]
            guard step.pointee.applies else { continue }
            let policy = step.pointee.policy
            let wait: Int64
            let entry: Int
            if policy.pointee.kind == .tokenBucket {
                entry = self.buckets.entries.find(step.pointee.key)
                wait = entry < 0 ? 0 : self.buckets.wait(entry, policy, now: now)
            } else {
                entry = self.windows.entries.find(step.pointee.key)
                wait = entry < 0 ? 0 : self.windows.wait(entry, policy.pointee, now: now)
            }
            step.pointee.entry = entry
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
        let decision = self.look(plan, now: now)
        guard decision.isAllowed else { return decision }

        // Known keys come first: their spending makes their entries live, so that a new key cannot be given one of them.
        var missing: UInt32 = 0
        var prepared: UInt32 = 0
        var hasWindows = false
        var room = true
        for index in 0..<LimitDimension.limitingCount {
            let step = plan[index]
            guard step.pointee.applies else { continue }
            let bit: UInt32 = 1 &<< UInt32(truncatingIfNeeded: index)
            let policy = step.pointee.policy
            let entry = step.pointee.entry
            if policy.pointee.kind == .tokenBucket {
                if entry < 0 {
                    missing |= bit
                    continue
                }
                step.pointee.earlier = self.buckets.entries[entry]
                self.buckets.spend(entry, policy, now: now)
                prepared |= bit
            } else {
                hasWindows = true
                if entry < 0 {
                    missing |= bit
                    continue
                }
                step.pointee.earlier = self.windows.entries[entry]
                if self.windows.prepare(entry, policy.pointee, now: now) {
                    prepared |= bit
                } else {
                    room = false
                    break
                }
            }
        }
        while missing != 0 && room {
            let index = missing.trailingZeroBitCount
            missing &= missing &- 1
            let step = plan[index]
            let policy = step.pointee.policy
            step.pointee.earlier = 0
            let entry =
                policy.pointee.kind == .tokenBucket
                ? self.buckets.insertSpent(step.pointee.key, policy, now: now)
                : self.windows.prepareNew(step.pointee.key, policy.pointee, now: now)
            step.pointee.entry = entry
            if entry < 0 {
                room = false
            } else {
                prepared |= 1 &<< UInt32(truncatingIfNeeded: index)
            }
        }
        if room {
            if hasWindows { self.commitWindows(plan, now: now) }
            return .allowed
        }
        self.undo(prepared, plan)
        return .refused(.capacity, retryAfterMilliseconds: Self.capacityRetryMilliseconds)
    }

    private mutating func commitWindows(_ plan: LimitPlan, now: UInt64) {
        for index in 0..<LimitDimension.limitingCount {
            let step = plan[index]
            if step.pointee.policy.pointee.kind == .slidingWindow && step.pointee.applies {
                self.windows.commit(step.pointee.entry, now: now)
            }
        }
    }

    /// Gives back what was spent before a dimension found no room. A new key's entry is free again with a deadline of 0.
    private mutating func undo(_ prepared: UInt32, _ plan: LimitPlan) {
        for index in 0..<LimitDimension.limitingCount where prepared &>> UInt32(index) & 1 == 1 {
            let step = plan[index]
            if step.pointee.policy.pointee.kind == .tokenBucket {
                self.buckets.entries[step.pointee.entry] = step.pointee.earlier
            } else {
                self.windows.abandon(step.pointee.entry, deadline: step.pointee.earlier)
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
