/// Counts of durations in nanoseconds, in buckets that are at most 1/128 of their value wide.
///
/// Values below 256 have a bucket each; above, every power of two is cut into 128 buckets. Recording is one
/// increment, clearing and percentiles take microseconds: the tool does both in the middle of a run.
struct RecentLatencies: ~Copyable {
    private static let bucketsPerDoubling = 128
    private static let bucketCount = (64 - 8 + 2) * Self.bucketsPerDoubling

    private let counts: UnsafeMutablePointer<UInt64>
    private(set) var count: UInt64 = 0
    private(set) var maximum: UInt64 = 0

    init() {
        self.counts = .allocate(capacity: Self.bucketCount)
        self.counts.initialize(repeating: 0, count: Self.bucketCount)
    }

    deinit {
        self.counts.deallocate()
    }

    mutating func record(_ nanoseconds: UInt64) {
        self.counts[Self.bucket(of: nanoseconds)] &+= 1
        self.count &+= 1
        if nanoseconds > self.maximum { self.maximum = nanoseconds }
    }

    mutating func clear() {
        self.counts.update(repeating: 0, count: Self.bucketCount)
        self.count = 0
        self.maximum = 0
    }

    /// The value that at least `fraction` of the values do not exceed: the upper end of its bucket, so never
    /// too small, and never above the maximum. 0 without values.
    func value(atFraction fraction: Double) -> UInt64 {
        precondition(fraction > 0 && fraction <= 1)
        let rank = max(1, UInt64((Double(self.count) * fraction).rounded(.up)))
        var seen: UInt64 = 0
        for index in 0..<Self.bucketCount {
            seen += self.counts[index]
            if seen >= rank { return min(Self.upperEnd(ofBucket: index), self.maximum) }
        }
        return self.maximum
    }

    private static func bucket(of value: UInt64) -> Int {
        let shift = max(0, (64 - value.leadingZeroBitCount) - 8)
        return shift &* Self.bucketsPerDoubling &+ Int(value >> UInt64(shift))
    }

    private static func upperEnd(ofBucket index: Int) -> UInt64 {
        guard index >= 2 * Self.bucketsPerDoubling else { return UInt64(index) }
        let shift = index / Self.bucketsPerDoubling - 1
        let mantissa = UInt64(index - shift * Self.bucketsPerDoubling)
        return ((mantissa + 1) << UInt64(shift)) &- 1
    }
}
