import Histogram

/// The latencies of a run in nanoseconds, in an HdrHistogram of three significant digits.
struct LatencyHistogram: ~Copyable {
    /// Longer ones count as this: an hour.
    static let nanosecondsMax: UInt64 = 3_600_000_000_000

    private var counts = Histogram<UInt64>(
        highestTrackableValue: Self.nanosecondsMax, numberOfSignificantValueDigits: .three)
    private(set) var maximum: UInt64 = 0

    var count: UInt64 { self.counts.totalCount }

    mutating func record(_ nanoseconds: UInt64) {
        self.counts.record(min(nanoseconds, Self.nanosecondsMax))
        if nanoseconds > self.maximum { self.maximum = nanoseconds }
    }

    mutating func clear() {
        self.counts.reset()
        self.maximum = 0
    }

    /// The value that at least `fraction` of the values do not exceed: the upper end of its bucket, and never above
    /// the maximum. 0 without values.
    func value(atFraction fraction: Double) -> UInt64 {
        precondition(fraction > 0 && fraction <= 1)
        guard self.count > 0 else { return 0 }
        return min(self.counts.valueAtPercentile(fraction * 100), self.maximum)
    }
}
