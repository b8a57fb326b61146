import HoldfastAdmission
import Testing

@Suite struct LimiterTimeTests {
    private static let user = Kit.subject()

    @Test(
        "a clock that steps back neither gives nor takes",
        arguments: [
            LimitPolicy.tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 1),
            .slidingWindow(limit: 1, windowMilliseconds: 1_000),
        ])
    func stepBack(policy: LimitPolicy) throws {
        let limiter = try TestLimiter { $0.user = policy }
        #expect(limiter.allows(Self.user, at: 10_000))
        #expect(
            limiter.decide(Self.user, at: 5_000) == .refused(.user, retryAfterMilliseconds: 1_000))
        #expect(!limiter.allows(Self.user, at: -86_400_000))
        #expect(!limiter.allows(Self.user, at: 10_999))
        #expect(limiter.allows(Self.user, at: 11_000))
    }

    @Test(
        "a step forward refills no more than a pause does",
        arguments: [1_000, 60_000, 86_400_000, 365 * 86_400_000, 1 << 33] as [Int64])
    func stepForward(step: Int64) throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: 3, periodMilliseconds: 1_000, burst: 3)
            $0.device = .slidingWindow(limit: 3, windowMilliseconds: 1_000)
        }
        let subject = Kit.subject("user", device: "device")
        #expect(limiter.saturate(subject, from: 0, to: 1) == 3)
        #expect(limiter.saturate(subject, from: step, to: step + 1) == 3)
        #expect(!limiter.allows(subject, at: step + 333))
        #expect(limiter.saturate(subject, from: step + 1_000, to: step + 1_001) == 3)
    }

    @Test(
        "any time at all may come",
        arguments: [Int64.min, -1, 0, 1, Int64.max])
    func anyOrigin(origin: Int64) throws {
        let settings = Kit.settings {
            $0.user = .tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 1)
        }
        let limiter = try SharedLimiter(settings: settings, hasher: Kit.hasher)
        #expect(limiter.decide(Self.user, nowMilliseconds: origin) == .allowed)
        #expect(limiter.decide(Self.user, nowMilliseconds: origin) != .allowed)
        _ = limiter.decide(Self.user, nowMilliseconds: .min)
        #expect(limiter.decide(Self.user, nowMilliseconds: origin) != .allowed)
        // Beyond 17 years it stands still rather than run over.
        _ = limiter.decide(Self.user, nowMilliseconds: .max)
        _ = limiter.decide(Self.user, nowMilliseconds: .max)
    }

    @Test func windowsThatWrapTheir32BitsStayExact() throws {
        let limiter = try TestLimiter {
            $0.user = .slidingWindow(limit: 2, windowMilliseconds: 10_000)
        }
        // 2³² ms are 49.7 days; start shortly before several multiples of it.
        for round in 1...4 as ClosedRange<Int64> {
            let base = (round << 32) - 5_000
            #expect(limiter.allows(Self.user, at: base))
            #expect(limiter.allows(Self.user, at: base + 4_000))
            #expect(!limiter.allows(Self.user, at: base + 9_999))
            #expect(limiter.allows(Self.user, at: base + 10_000))
            #expect(!limiter.allows(Self.user, at: base + 13_999))
            #expect(limiter.allows(Self.user, at: base + 14_000))
        }
    }

    @Test func afterARestartABucketHasRefilledForTheTimeThatPassed() throws {
        let settings = Kit.settings {
            $0.user = .tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 10)
            $0.device = .slidingWindow(limit: 10, windowMilliseconds: 20_000)
        }
        let before = try TestLimiter(settings)
        let after = try TestLimiter(settings)
        let subject = Kit.subject("user", device: "device")
        // Told what was allowed, another limiter goes on as this one would have.
        for time in [0, 0, 0, 100, 2_000, 2_000, 5_500] as [Int64] {
            #expect(before.allows(subject, at: time))
            after.restore(subject, at: time)
        }
        #expect(after.counters == LimitCounters())
        for time in stride(from: 6_000, to: 40_000, by: 130) as StrideTo<Int64> {
            #expect(after.decide(subject, at: time) == before.decide(subject, at: time))
        }
    }

    @Test func restoringMoreThanTheLimitAllowsOnlyEmptiesIt() throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 2)
        }
        for _ in 0..<1_000 { limiter.restore(Self.user, at: 0) }
        #expect(limiter.decide(Self.user, at: 0) == .refused(.user, retryAfterMilliseconds: 1_000))
        #expect(limiter.saturate(Self.user, from: 2_000, to: 2_001) == 2)
    }

    @Test func theLimiterSaysHowFarBackItNeedsToBeTold() throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 3)
            $0.device = .slidingWindow(limit: 10, windowMilliseconds: 20_000)
            $0.sales = [
                SaleLimits(saleID: "s", user: .slidingWindow(limit: 1, windowMilliseconds: 60_000))
            ]
        }
        #expect(limiter.memoryMilliseconds == 60_000)
        try limiter.apply(
            Kit.settings { $0.user = .tokenBucket(count: 2, periodMilliseconds: 1_001, burst: 3) })
        #expect(limiter.memoryMilliseconds == 1_502)
    }
}
