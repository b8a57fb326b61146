import HoldfastAdmission

/// The limiter said again as plainly as possible: buckets that hold tokens and are refilled, windows that are lists of
/// times. Unbounded memory.
struct ReferenceLimiter {
    struct Key: Hashable {
        var dimension: Int
        var id: Int
    }

    private struct Bucket {
        /// Tokens times the period.
        var level: Int64
        var time: Int64
    }

    /// User, address, device, sale, global.
    var policies: [LimitPolicy]
    private var now = Int64.min
    private var buckets: [Key: Bucket] = [:]
    private var windows: [Key: [Int64]] = [:]

    init(policies: [LimitPolicy]) { self.policies = policies }

    /// `ids`: one a dimension; nil: no such thing in this call.
    mutating func decide(_ ids: [Int?], now time: Int64) -> LimitDecision {
        let decision = self.look(ids, now: time)
        if decision == .allowed { self.spend(ids) }
        return decision
    }

    /// The decision, without spending.
    mutating func look(_ ids: [Int?], now time: Int64) -> LimitDecision {
        self.now = max(self.now, time)
        var longest: (index: Int, wait: Int64) = (0, 0)
        for index in 0..<5 {
            guard let id = ids[index] else { continue }
            let wait = self.wait(Key(dimension: index, id: id), self.policies[index])
            if wait > longest.wait { longest = (index, wait) }
        }
        if longest.wait > 0 {
            return .refused(
                LimitDimension(rawValue: UInt8(longest.index))!,
                retryAfterMilliseconds: longest.wait)
        }
        return .allowed
    }

    mutating func spend(_ ids: [Int?]) {
        for index in 0..<5 {
            guard let id = ids[index] else { continue }
            self.spend(Key(dimension: index, id: id), self.policies[index])
        }
    }

    private func level(_ key: Key, _ count: Int, _ period: Int, _ burst: Int) -> Int64 {
        let full = Int64(burst) * Int64(period)
        guard let bucket = self.buckets[key] else { return full }
        let level = bucket.level + (self.now - bucket.time) * Int64(count)
        // What came over the brim within the last millisecond, and is less than a token, was not lost.
        return level - full < min(Int64(count), Int64(period)) ? level : full
    }

    private func wait(_ key: Key, _ policy: LimitPolicy) -> Int64 {
        switch policy {
        case .unlimited: return 0
        case .tokenBucket(let count, let period, let burst):
            let lacking = Int64(period) - self.level(key, count, period, burst)
            return lacking <= 0 ? 0 : (lacking + Int64(count) - 1) / Int64(count)
        case .slidingWindow(let limit, let window):
            let inside = (self.windows[key] ?? []).filter { $0 + Int64(window) > self.now }
            return inside.count < limit
                ? 0 : inside[inside.count - limit] + Int64(window) - self.now
        }
    }

    private mutating func spend(_ key: Key, _ policy: LimitPolicy) {
        switch policy {
        case .unlimited: break
        case .tokenBucket(let count, let period, let burst):
            self.buckets[key] = Bucket(
                level: self.level(key, count, period, burst) - Int64(period), time: self.now)
        case .slidingWindow(_, let window):
            var times = self.windows[key] ?? []
            times.removeAll { $0 + Int64(window) <= self.now }
            times.append(self.now)
            self.windows[key] = times
        }
    }
}
