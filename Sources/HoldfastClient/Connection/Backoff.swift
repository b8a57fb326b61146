import Glibc

/// Exponential back-off with full jitter: after the n-th failure in a row a wait is drawn from 0 … min(max, initial·2ⁿ⁻¹).
package struct Backoff: Sendable {
    private let initialNanoseconds: UInt64
    private let maxNanoseconds: UInt64
    package private(set) var failureCount = 0

    package init(initial: Duration, max: Duration) {
        self.initialNanoseconds = initial.nanosecondsClamped
        self.maxNanoseconds = max.nanosecondsClamped
    }

    /// The bound of the wait after the next failure.
    package var boundNanoseconds: UInt64 {
        let doublings = min(self.failureCount, 40)
        let (grown, overflow) = self.initialNanoseconds.multipliedReportingOverflow(
            by: 1 << doublings)
        return min(self.maxNanoseconds, overflow ? .max : grown)
    }

    /// Notes a failure; how long to wait now. `random` draws from its range.
    package mutating func nextWaitNanoseconds(
        random: (ClosedRange<UInt64>) -> UInt64 = { UInt64.random(in: $0) }
    ) -> UInt64 {
        let wait = random(0...self.boundNanoseconds)
        self.failureCount += 1
        return wait
    }

    /// Starts over after a success.
    package mutating func reset() {
        self.failureCount = 0
    }
}

extension Duration {
    /// Whole nanoseconds, never negative, at most about 292 years.
    package var nanosecondsClamped: UInt64 {
        let (seconds, attoseconds) = self.components
        guard seconds >= 0 && attoseconds >= 0 else { return 0 }
        guard seconds < 9_000_000_000 else { return 9_000_000_000_000_000_000 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
    }
}

/// The monotonic clock that also counts while the machine sleeps.
package enum MonotonicClock {
    package static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
