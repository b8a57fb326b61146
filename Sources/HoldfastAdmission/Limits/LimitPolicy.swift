/// How often one key may call. All numbers are exact: over any stretch of time neither one call too many nor, to a
/// caller who keeps trying, one too few. Calls are dated by their millisecond, so the stretch is good to one of them.
package enum LimitPolicy: Hashable, Sendable {
    /// Not limited, not counted, no memory.
    case unlimited
    /// `count` calls in each `periodMilliseconds`, evenly refilled, and up to `burst` at once after a pause.
    case tokenBucket(count: Int, periodMilliseconds: Int, burst: Int)
    /// At most `limit` calls in any `windowMilliseconds`: a call counts at its own millisecond and the
    /// `windowMilliseconds` - 1 that follow.
    case slidingWindow(limit: Int, windowMilliseconds: Int)

    package static let countMax = 10_000_000
    package static let burstMax = 10_000_000
    package static let periodMillisecondsMax = 86_400_000
    /// From empty to full; beyond it a bucket would be a quota, which wants a durable count.
    package static let refillMillisecondsMax = 7 * 86_400_000

    /// What is wrong with the numbers, for a message that names the setting; nil: nothing.
    package var problem: String? {
        switch self {
        case .unlimited: return nil
        case .tokenBucket(let count, let period, let burst):
            guard (1...Self.countMax).contains(count) else {
                return "the count must be 1 to \(Self.countMax), not \(count)"
            }
            guard (1...Self.periodMillisecondsMax).contains(period) else {
                return "the period must be 1 ms to 24 h, not \(period) ms"
            }
            guard (1...Self.burstMax).contains(burst) else {
                return "the burst must be 1 to \(Self.burstMax), not \(burst)"
            }
            guard burst >= (count + period - 1) / period else {
                return "a burst of \(burst) holds less than comes back in a millisecond: "
                    + "raise it to \((count + period - 1) / period) at least"
            }
            guard period * burst / count <= Self.refillMillisecondsMax else {
                return
                    "a burst of \(burst) takes \(period * burst / count) ms to come back, more than 7 days: "
                    + "raise the count or lower the burst"
            }
            return nil
        case .slidingWindow(let limit, let window):
            guard (1...Self.countMax).contains(limit) else {
                return "the limit must be 1 to \(Self.countMax), not \(limit)"
            }
            guard (1...Self.periodMillisecondsMax).contains(window) else {
                return "the window must be 1 ms to 24 h, not \(window) ms"
            }
            return nil
        }
    }

    /// How long, after a key's last call, it is remembered at most.
    package var memoryMilliseconds: Int {
        switch self {
        case .unlimited: 0
        case .tokenBucket(let count, let period, let burst): (period * burst + count - 1) / count
        case .slidingWindow(_, let window): window
        }
    }
}

/// A policy ready to be applied: trivial, no division left to do.
struct CompiledPolicy: BitwiseCopyable {
    enum Kind: UInt8 { case unlimited, tokenBucket, slidingWindow }

    let kind: Kind
    /// Token bucket: parts of a millisecond (`LimitTime`).
    let divisor: UInt64
    /// Token bucket: from one call to the next at the steady rate.
    let interval: UInt64
    /// Token bucket: how far ahead of now a bucket that still allows may lie, (burst - 1) intervals …
    let tolerance: UInt64
    /// … and an empty one, burst intervals.
    let emptyAhead: UInt64
    /// Sliding window.
    let limit: UInt32
    let windowMilliseconds: UInt64

    init(_ policy: LimitPolicy) {
        precondition(policy.problem == nil, "a policy that was not checked")
        switch policy {
        case .unlimited:
            self.init(kind: .unlimited)
        case .tokenBucket(let count, let period, let burst):
            let common = Self.greatestCommonDivisor(UInt64(count), UInt64(period))
            let divisor = UInt64(count) / common
            let parts = UInt64(period) / common
            func calls(_ number: UInt64) -> UInt64 {
                LimitTime.make(parts * number / divisor, parts: parts * number % divisor)
            }
            self.init(
                kind: .tokenBucket, divisor: divisor, interval: calls(1),
                tolerance: calls(UInt64(burst) - 1), emptyAhead: calls(UInt64(burst)))
        case .slidingWindow(let limit, let window):
            self.init(
                kind: .slidingWindow, limit: UInt32(limit), windowMilliseconds: UInt64(window))
        }
    }

    private init(
        kind: Kind, divisor: UInt64 = 1, interval: UInt64 = 0, tolerance: UInt64 = 0,
        emptyAhead: UInt64 = 0, limit: UInt32 = 0, windowMilliseconds: UInt64 = 0
    ) {
        precondition(divisor < 1 << LimitTime.partBits, "more parts than a moment has room for")
        self.kind = kind
        self.divisor = divisor
        self.interval = interval
        self.tolerance = tolerance
        self.emptyAhead = emptyAhead
        self.limit = limit
        self.windowMilliseconds = windowMilliseconds
    }

    private static func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
        right == 0 ? left : Self.greatestCommonDivisor(right, left % right)
    }
}
