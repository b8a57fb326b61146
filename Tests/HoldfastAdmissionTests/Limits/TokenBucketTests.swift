import HoldfastAdmission
import Testing

@Suite struct TokenBucketTests {
    @Test func theDefaultForUsersIsOneASecond() throws {
        let limiter = try TestLimiter { $0.user = LimiterSettings().user }
        let user = Kit.subject()
        #expect(limiter.allows(user, at: 0))
        #expect(limiter.decide(user, at: 0) == .refused(.user, retryAfterMilliseconds: 1_000))
        #expect(limiter.decide(user, at: 1) == .refused(.user, retryAfterMilliseconds: 999))
        #expect(limiter.decide(user, at: 999) == .refused(.user, retryAfterMilliseconds: 1))
        #expect(limiter.allows(user, at: 1_000))
        #expect(limiter.decide(user, at: 1_000) == .refused(.user, retryAfterMilliseconds: 1_000))
        // A pause saves up no more than the burst.
        #expect(limiter.allows(user, at: 60_000))
        #expect(!limiter.allows(user, at: 60_000))
    }

    @Test(
        "over a minute exactly the burst and the rate, whatever the fraction of a millisecond between two calls",
        arguments: [
            (1, 1_000, 1), (7, 1_000, 1), (7, 1_000, 3), (3, 60_000, 1), (999, 1_000, 10),
            (1_000, 1_000, 1), (1, 7_000, 2), (3_571, 1_000, 40), (13, 17, 5), (1, 60_000, 1),
        ])
    func minute(count: Int, period: Int, burst: Int) throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: count, periodMilliseconds: period, burst: burst)
        }
        // From somewhere inside a period, and up to and with the minute's last instant.
        let granted = limiter.saturate(Kit.subject(), from: 12_345, to: 72_346)
        #expect(granted == burst + 60_000 * count / period)
    }

    @Test func aRateThatNoMillisecondDividesIsExactOverADay() throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: 9_999_991, periodMilliseconds: 86_400_000, burst: 1)
        }
        // Calls exactly when they are due: the k-th at the first millisecond at which k intervals have passed.
        let user = Kit.subject()
        var granted = 0
        var time: Int64 = 0
        while time < 600_000 {
            if case .refused(_, let wait) = limiter.decide(user, at: time) {
                #expect(!limiter.allows(user, at: time + wait - 1))
                time += wait
            } else {
                granted += 1
            }
        }
        #expect(granted == 1 + (600_000 - 1) * 9_999_991 / 86_400_000)
    }

    @Test func theRetryTimeIsTheFirstMillisecondThatAllows() throws {
        var random = SplitMix64(seed: 99)
        for _ in 0..<200 {
            let count = Int(random.next() % 50) + 1
            let period = Int(random.next() % 2_000) + 1
            let burst = Int(random.next() % 20) + 1 + count / period
            let limiter = try TestLimiter {
                $0.user = .tokenBucket(count: count, periodMilliseconds: period, burst: burst)
            }
            let user = Kit.subject()
            var time = Int64(random.next() % 1_000)
            for _ in 0..<burst { #expect(limiter.allows(user, at: time)) }
            var refusedCount = 0
            for _ in 0..<10 {
                guard case .refused(let dimension, let wait) = limiter.decide(user, at: time) else {
                    // The retry was the time of a token that came over the brim before.
                    continue
                }
                refusedCount += 1
                #expect(dimension == .user && wait >= 1)
                #expect(!limiter.allows(user, at: time + wait - 1))
                time += wait
                #expect(limiter.allows(user, at: time))
            }
            #expect(refusedCount > 0 || count > period)
        }
    }

    @Test func aBurstComesBackOneByOne() throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: 10, periodMilliseconds: 1_000, burst: 5)
        }
        let user = Kit.subject()
        for _ in 0..<5 { #expect(limiter.allows(user, at: 0)) }
        #expect(limiter.decide(user, at: 0) == .refused(.user, retryAfterMilliseconds: 100))
        #expect(limiter.saturate(user, from: 0, to: 250) == 2)
        #expect(limiter.saturate(user, from: 500, to: 501) == 3)
        #expect(limiter.saturate(user, from: 60_000, to: 60_001) == 5)
    }

    @Test(
        "the largest and smallest numbers that are allowed work",
        arguments: [
            LimitPolicy.tokenBucket(count: 1, periodMilliseconds: 86_400_000, burst: 7),
            .tokenBucket(count: 10_000_000, periodMilliseconds: 1, burst: 10_000_000),
            .tokenBucket(count: 9_999_991, periodMilliseconds: 10, burst: 1_000_000),
            .tokenBucket(count: 9_999_991, periodMilliseconds: 86_399_999, burst: 10_000_000),
            .slidingWindow(limit: 10_000_000, windowMilliseconds: 86_400_000),
            .slidingWindow(limit: 1, windowMilliseconds: 1),
        ])
    func extremes(policy: LimitPolicy) throws {
        #expect(policy.problem == nil)
        let limiter = try TestLimiter { $0.user = policy }
        let user = Kit.subject()
        for time in [0, 1, 1_000, 86_400_000, 86_400_000 * 30] as [Int64] {
            #expect(limiter.allows(user, at: time))
        }
    }

    @Test func aSlowBucketWithABurstTakesTheDaysItSays() throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: 1, periodMilliseconds: 86_400_000, burst: 7)
        }
        let user = Kit.subject()
        for _ in 0..<7 { #expect(limiter.allows(user, at: 5)) }
        #expect(limiter.decide(user, at: 5) == .refused(.user, retryAfterMilliseconds: 86_400_000))
        #expect(!limiter.allows(user, at: 86_400_004))
        #expect(limiter.allows(user, at: 86_400_005))
    }
}
