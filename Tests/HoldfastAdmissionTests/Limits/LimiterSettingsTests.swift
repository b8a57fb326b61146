import HoldfastAdmission
import Testing

@Suite struct LimiterSettingsTests {
    private static func once(_ milliseconds: Int) -> LimitPolicy {
        .tokenBucket(count: 1, periodMilliseconds: milliseconds, burst: 1)
    }

    @Test func aSaleHasItsOwnRateCountedForItAlone() throws {
        let limiter = try TestLimiter {
            $0.user = Self.once(1_000)
            $0.sales = [
                SaleLimits(
                    saleID: "strict", user: Self.once(10_000),
                    sale: .slidingWindow(limit: 2, windowMilliseconds: 100)),
                SaleLimits(saleID: "free", user: .unlimited),
            ]
        }
        let strict = Kit.subject("anna", sale: "strict")
        let usual = Kit.subject("anna", sale: "usual")
        #expect(limiter.allows(strict))
        #expect(limiter.decide(strict) == .refused(.user, retryAfterMilliseconds: 10_000))
        // Other sales share the buyer's general bucket, which the strict one left alone.
        #expect(limiter.allows(usual))
        #expect(!limiter.allows(Kit.subject("anna", sale: "third")))
        for _ in 0..<20 { #expect(limiter.allows(Kit.subject("anna", sale: "free"))) }
        #expect(limiter.allows(Kit.subject("ben", sale: "strict")))
        #expect(
            limiter.decide(Kit.subject("cleo", sale: "strict"))
                == .refused(.sale, retryAfterMilliseconds: 100))
    }

    @Test func manySalesAreEachFound() throws {
        let limiter = try TestLimiter { settings in
            settings.sales = (0..<4_096).map {
                SaleLimits(
                    saleID: "sale-\($0)",
                    sale: .slidingWindow(limit: 1 + $0 % 3, windowMilliseconds: 1_000))
            }
        }
        for index in 0..<4_096 {
            let subject = Kit.subject(sale: "sale-\(index)")
            for _ in 0...(index % 3) { #expect(limiter.allows(subject)) }
            #expect(!limiter.allows(subject))
        }
        #expect(limiter.allows(Kit.subject(sale: "sale-4096")))
    }

    @Test func theMostSpecificNetworkSaysTheLimit() throws {
        let limiter = try TestLimiter {
            $0.address = Self.once(1_000)
            $0.networks = [
                NetworkLimits(
                    range: try! NetworkRange(parsing: "198.51.100.0/24"),
                    policy: .slidingWindow(limit: 50, windowMilliseconds: 1_000)),
                NetworkLimits(
                    range: try! NetworkRange(parsing: "198.51.100.128/25"),
                    policy: .slidingWindow(limit: 3, windowMilliseconds: 1_000),
                    counting: .wholeRange),
                NetworkLimits(
                    range: try! NetworkRange(parsing: "2001:db8:1::/48"),
                    policy: .slidingWindow(limit: 2, windowMilliseconds: 1_000),
                    counting: .wholeRange),
            ]
        }
        func allowed(_ address: String, _ count: Int) -> Int {
            (0..<count).count { _ in limiter.allows(Kit.subject(address: address)) }
        }
        // An office: each address has fifty.
        #expect(allowed("198.51.100.1", 100) == 50)
        #expect(allowed("198.51.100.2", 100) == 50)
        // A block that counts as one.
        #expect(allowed("198.51.100.129", 2) == 2)
        #expect(allowed("198.51.100.200", 100) == 1)
        #expect(allowed("198.51.100.255", 100) == 0)
        // A customer with 65,536 networks of 64 bits.
        #expect(
            (0..<100).count { limiter.allows(Kit.subject(address: "2001:db8:1:\($0)::1")) } == 2)
        // Elsewhere each address, and each /64, has one.
        #expect(allowed("203.0.113.1", 10) == 1)
        #expect(allowed("::ffff:203.0.113.1", 10) == 0)
        #expect(allowed("2001:db8:2::1", 10) == 1)
        #expect(allowed("2001:db8:2::2", 10) == 0)
        #expect(allowed("2001:db8:2:1::2", 10) == 1)
    }

    @Test func aKnownNetworkCountsBeforeASale() throws {
        let limiter = try TestLimiter {
            $0.sales = [SaleLimits(saleID: "drop", address: Self.once(1_000))]
            $0.networks = [
                NetworkLimits(
                    range: try! NetworkRange(parsing: "198.51.100.0/24"), policy: .unlimited)
            ]
        }
        for _ in 0..<10 {
            #expect(limiter.allows(Kit.subject(address: "198.51.100.7", sale: "drop")))
        }
        #expect(limiter.allows(Kit.subject(address: "203.0.113.7", sale: "drop")))
        #expect(!limiter.allows(Kit.subject(address: "203.0.113.7", sale: "drop")))
    }

    @Test func changedLimitsHoldFromTheNextCallAndForgiveNothing() throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: 7, periodMilliseconds: 1_000, burst: 100)
            $0.device = .slidingWindow(limit: 100, windowMilliseconds: 1_000)
        }
        let subject = Kit.subject("user", device: "device")
        for _ in 0..<100 { #expect(limiter.allows(subject, at: 0)) }
        // Slower and smaller: empty is empty, and the first call comes after one interval of the new rate at the latest.
        try limiter.apply(
            Kit.settings { $0.user = .tokenBucket(count: 3, periodMilliseconds: 1_000, burst: 2) })
        #expect(limiter.decide(subject, at: 0) == .refused(.user, retryAfterMilliseconds: 334))
        #expect(limiter.saturate(subject, from: 0, to: 10_001) == 30)
        // A window that may hold less than it does waits for all that is too much.
        try limiter.apply(
            Kit.settings { $0.device = .slidingWindow(limit: 5, windowMilliseconds: 60_000) })
        #expect(limiter.saturate(subject, from: 20_000, to: 20_010) == 5)
        try limiter.apply(
            Kit.settings { $0.device = .slidingWindow(limit: 2, windowMilliseconds: 60_000) })
        #expect(
            limiter.decide(subject, at: 20_010) == .refused(.device, retryAfterMilliseconds: 59_990)
        )
        #expect(limiter.saturate(subject, from: 80_000, to: 80_001) == 2)
    }

    @Test func badSettingsChangeNothing() throws {
        let limiter = try TestLimiter { $0.user = Self.once(1_000) }
        #expect(limiter.allows(Kit.subject()))
        var bad = Kit.settings()
        bad.user = .tokenBucket(count: 0, periodMilliseconds: 1, burst: 1)
        #expect(throws: LimiterSettingsError.self) { try limiter.apply(bad) }
        #expect(!limiter.allows(Kit.subject()))
    }

    @Test(
        "settings that cannot be used say which and why",
        arguments: [
            Bad("user: the count") {
                $0.user = .tokenBucket(count: 0, periodMilliseconds: 1_000, burst: 1)
            },
            Bad("user: the count") {
                $0.user = .tokenBucket(count: -1, periodMilliseconds: 1_000, burst: 1)
            },
            Bad("ip: the count") {
                $0.address = .tokenBucket(count: 10_000_001, periodMilliseconds: 1_000, burst: 1)
            },
            Bad("device: the period") {
                $0.device = .tokenBucket(count: 1, periodMilliseconds: 0, burst: 1)
            },
            Bad("sale: the period") {
                $0.sale = .tokenBucket(count: 1, periodMilliseconds: 86_400_001, burst: 1)
            },
            Bad("global: the burst") {
                $0.global = .tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 0)
            },
            Bad("raise it to 6") {
                $0.user = .tokenBucket(count: 5_001, periodMilliseconds: 1_000, burst: 5)
            },
            Bad("7 days") {
                $0.user = .tokenBucket(count: 1, periodMilliseconds: 86_400_000, burst: 8)
            },
            Bad("user: the limit") { $0.user = .slidingWindow(limit: 0, windowMilliseconds: 1) },
            Bad("user: the window") {
                $0.user = .slidingWindow(limit: 1, windowMilliseconds: .max)
            },
            Bad("user: the count") {
                $0.user = .tokenBucket(count: .max, periodMilliseconds: .max, burst: .max)
            },
            Bad("device in sale \"a\"") {
                $0.sales = [
                    SaleLimits(saleID: "a", device: .slidingWindow(limit: 0, windowMilliseconds: 1))
                ]
            },
            Bad("twice") { $0.sales = [SaleLimits(saleID: "a"), SaleLimits(saleID: "a")] },
            Bad("1 to 64 bytes") { $0.sales = [SaleLimits(saleID: "")] },
            Bad("at most 4096 sales") {
                $0.sales = (0...4_096).map { SaleLimits(saleID: "\($0)") }
            },
            Bad("0.0.0.1/32 has its limit twice") { settings in
                let range = NetworkRange(NetworkAddress(ipv4: 1))
                settings.networks = [
                    NetworkLimits(range: range, policy: .unlimited),
                    NetworkLimits(range: range, policy: .unlimited),
                ]
            },
            Bad("at most 1024 networks") {
                $0.networks = (0...1_024).map {
                    NetworkLimits(range: NetworkRange(NetworkAddress(ipv4: $0)), policy: .unlimited)
                }
            },
            Bad("token buckets: at least 65536") { $0.bucketMemoryByteCount = 1_000 },
            Bad("sliding windows: at least 65536") { $0.windowMemoryByteCount = -1 },
        ])
    fileprivate func badSettings(bad: Bad) {
        let error = #expect(throws: LimiterSettingsError.self) { try bad.settings.validate() }
        #expect(error?.description.contains(bad.words) == true, "\(String(describing: error))")
    }

    @Test func theDefaultsAreValid() throws {
        try LimiterSettings().validate()
        #expect(
            LimitDimension.allCases.map(\.name) == [
                "user", "ip", "device", "sale", "global", "capacity",
            ])
    }
}

private struct Bad: Sendable, CustomTestStringConvertible {
    let words: String
    let settings: LimiterSettings

    init(_ words: String, _ change: (inout LimiterSettings) -> Void) {
        self.words = words
        self.settings = Kit.settings(change)
    }

    var testDescription: String { self.words }
}
