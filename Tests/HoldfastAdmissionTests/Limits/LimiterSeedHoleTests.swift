import HoldfastAdmission
import Testing

/// The known holes of the usual limiter over a sorted set (C8), and of its arithmetic (C18).
@Suite struct LimiterSeedHoleTests {
    private static let window = LimitPolicy.slidingWindow(limit: 10, windowMilliseconds: 1_000)

    @Test("C8: calls of one user count each, not once all together")
    func callsCountEach() throws {
        let limiter = try TestLimiter { $0.user = Self.window }
        let allowed = (0..<50).count { _ in limiter.allows(Kit.subject()) }
        #expect(allowed == 10)
    }

    @Test("C8: calls at the same instant count each")
    func sameInstant() throws {
        let limiter = try TestLimiter { $0.user = Self.window }
        #expect(limiter.saturate(Kit.subject(), from: 5, to: 6) == 10)
    }

    @Test("C8: a refused call does not push the next allowed one away")
    func refusedDoNotCount() throws {
        let limiter = try TestLimiter { $0.user = Self.window }
        #expect(limiter.saturate(Kit.subject(), from: 0, to: 1) == 10)
        for time in 1..<1_000 as Range<Int64> { #expect(!limiter.allows(Kit.subject(), at: time)) }
        #expect(limiter.allows(Kit.subject(), at: 1_000))
    }

    @Test("C8: look and spend are one step")
    func oneStep() throws {
        let limiter = try SharedLimiter(
            settings: Kit.settings { $0.user = Self.window }, hasher: Kit.hasher)
        Threads.run(8) { _ in
            for _ in 0..<100 { _ = limiter.decide(Kit.subject(), nowMilliseconds: Kit.epoch) }
        }
        #expect(limiter.counters.allowed == 10)
    }

    @Test("C18: 100,000 users with one call each meet the limit of the sale and of all")
    func manyUsersOnce() throws {
        let limiter = try TestLimiter {
            $0.user = LimiterSettings().user
            $0.bucketMemoryByteCount = 8 << 20
            $0.sale = .tokenBucket(count: 5_000, periodMilliseconds: 1_000, burst: 1_000)
        }
        let sale = Kit.subject().sale
        var random = SplitMix64(seed: 3)
        var allowed = 0
        for index in 0..<100_000 as Range<Int64> {
            let user = AdmissionKey(high: random.next(), low: random.next())
            if limiter.allows(AdmissionSubject(user: user, sale: sale), at: index / 100) {
                allowed += 1
            }
        }
        // One second: the burst and 999 ms of the rate; what each of them refused names the sale.
        #expect(allowed == 1_000 + 5_000 * 999 / 1_000)
        #expect(limiter.counters[.sale] == UInt64(100_000 - allowed))
    }

    @Test(
        "an adopter's ordinary day: an office behind one address and a flash crowd are not refused")
    func ordinaryDay() throws {
        let limiter = try TestLimiter(LimiterSettings())
        // 800 people behind one address press within the same second, and again every ten seconds.
        for round in 0..<6 as Range<Int64> {
            for person in 0..<800 as Range<Int64> {
                let subject = Kit.subject(
                    "person-\(person)", address: "198.51.100.7", device: "d-\(person)", sale: "drop"
                )
                #expect(limiter.allows(subject, at: round * 10_000 + person))
            }
        }
        // A family of four on one tablet.
        for person in 0..<4 {
            #expect(
                limiter.allows(
                    Kit.subject(
                        "child-\(person)", address: "203.0.113.9", device: "tablet", sale: "drop"),
                    at: 70_000))
        }
        // A service that knows no addresses and no devices: 20,000 buyers in 100 ms.
        for buyer in 0..<20_000 as Range<Int64> {
            #expect(
                limiter.allows(
                    Kit.subject("buyer-\(buyer)", sale: "drop"), at: 80_000 + buyer / 200))
        }
        #expect(limiter.counters.refused == 0)
    }
}
