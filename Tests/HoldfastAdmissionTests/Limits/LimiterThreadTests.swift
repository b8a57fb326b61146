import HoldfastAdmission
import Synchronization
import Testing

/// 64 threads on the same buckets.
@Suite struct LimiterThreadTests {
    private static let threadCount = 64

    /// Minutes of server time that all threads share and push on together.
    private final class SharedClock: Sendable {
        let milliseconds = Atomic<Int64>(0)
        let allowed = Atomic<Int>(0)
    }

    @Test(
        "over a minute 64 threads get exactly what one caller would get",
        arguments: [
            (LimitPolicy.tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 1), 61),
            (.tokenBucket(count: 7, periodMilliseconds: 1_000, burst: 5), 425),
            (.tokenBucket(count: 15, periodMilliseconds: 1_000, burst: 50), 950),
            (.slidingWindow(limit: 10, windowMilliseconds: 1_000), 610),
            (.slidingWindow(limit: 1, windowMilliseconds: 60_000), 2),
        ])
    func minute(policy: LimitPolicy, granted: Int) throws {
        let limiter = try SharedLimiter(
            settings: Kit.settings { $0.user = policy }, hasher: Kit.hasher)
        let clock = SharedClock()
        let user = Kit.subject()
        Threads.run(Self.threadCount) { _ in
            while true {
                // Some threads read a time and are then overtaken by others, as happens with clocks.
                let time = clock.milliseconds.load(ordering: .relaxed)
                if time > 60_000 { return }
                switch limiter.decide(user, nowMilliseconds: Kit.epoch + time) {
                case .allowed: clock.allowed.add(1, ordering: .relaxed)
                case .refused(_, let wait):
                    // Nothing is left in this millisecond. Whether the wait is right, others test; here it must not be
                    // too long, or calls would be missing in the end.
                    _ = clock.milliseconds.compareExchange(
                        expected: time, desired: time + wait, ordering: .relaxed)
                }
            }
        }
        #expect(clock.allowed.load(ordering: .relaxed) == granted)
        #expect(limiter.counters.allowed == UInt64(granted))
    }

    @Test func sixtyFourThreadsTakeNoTokenTwiceAtOneInstant() throws {
        let limiter = try SharedLimiter(
            settings: Kit.settings {
                $0.user = .tokenBucket(count: 1, periodMilliseconds: 60_000, burst: 1_000)
                $0.device = .slidingWindow(limit: 900, windowMilliseconds: 60_000)
            }, hasher: Kit.hasher)
        let clock = SharedClock()
        let subject = Kit.subject("user", device: "device")
        Threads.run(Self.threadCount) { index in
            var calls = [LimitCall](repeating: LimitCall(subject), count: 20)
            for _ in 0..<10 {
                calls.withUnsafeMutableBufferPointer {
                    limiter.decide($0, nowMilliseconds: Kit.epoch + Int64(index))
                }
                let count = calls.count { $0.decision == .allowed }
                clock.allowed.add(count, ordering: .relaxed)
            }
        }
        #expect(clock.allowed.load(ordering: .relaxed) == 900)
        #expect(limiter.counters[.device] == UInt64(64 * 200 - 900))
        // The refused ones left the user's tokens alone: 100 are left for other devices.
        let other = Kit.subject("user", device: "other")
        var left = 0
        while limiter.decide(other, nowMilliseconds: Kit.epoch + 63) == .allowed { left += 1 }
        #expect(left == 100)
    }
}
