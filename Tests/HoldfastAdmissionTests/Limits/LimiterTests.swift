import HoldfastAdmission
import Testing

/// One decision over all dimensions.
@Suite struct LimiterTests {
    private static let once = LimitPolicy.tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 1)
    private static let caller = Kit.subject(
        "anna", address: "203.0.113.7", device: "phone", sale: "drop")

    private static func limited(_ dimension: LimitDimension, _ policy: LimitPolicy)
        -> LimiterSettings
    {
        Kit.settings {
            switch dimension {
            case .user: $0.user = policy
            case .address: $0.address = policy
            case .device: $0.device = policy
            case .sale: $0.sale = policy
            case .global: $0.global = policy
            case .capacity: break
            }
        }
    }

    @Test(
        "each dimension limits, alone and under its name",
        arguments: [LimitDimension.user, .address, .device, .sale, .global],
        [once, .slidingWindow(limit: 1, windowMilliseconds: 1_000)])
    func dimension(dimension: LimitDimension, policy: LimitPolicy) throws {
        let limiter = try TestLimiter(Self.limited(dimension, policy))
        #expect(limiter.allows(Self.caller))
        #expect(limiter.decide(Self.caller) == .refused(dimension, retryAfterMilliseconds: 1_000))
        // Another key of that dimension is free, but for "all".
        let others: [LimitDimension: AdmissionSubject] = [
            .user: Kit.subject("ben", address: "203.0.113.7", device: "phone", sale: "drop"),
            .address: Kit.subject("anna", address: "203.0.113.8", device: "phone", sale: "drop"),
            .device: Kit.subject("anna", address: "203.0.113.7", device: "tablet", sale: "drop"),
            .sale: Kit.subject("anna", address: "203.0.113.7", device: "phone", sale: "drip"),
        ]
        for (kind, other) in others where kind != dimension { #expect(!limiter.allows(other)) }
        if let other = others[dimension] { #expect(limiter.allows(other)) }
        #expect(limiter.counters[dimension] == limiter.counters.refused)
        #expect(limiter.allows(Self.caller, at: 1_000))
    }

    @Test(
        "when one refuses, no other spends",
        arguments: [LimitDimension.user, .address, .device, .sale, .global],
        [true, false])
    func nothingSpent(refusing: LimitDimension, isWindow: Bool) throws {
        // The refusing dimension allows one call an hour, the others five.
        func policy(_ count: Int) -> LimitPolicy {
            isWindow
                ? .slidingWindow(limit: count, windowMilliseconds: 3_600_000)
                : .tokenBucket(count: 1, periodMilliseconds: 3_600_000, burst: count)
        }
        var settings = Self.limited(refusing, policy(1))
        if refusing != .user { settings.user = policy(5) }
        if refusing != .address { settings.address = policy(5) }
        if refusing != .device { settings.device = policy(5) }
        if refusing != .sale { settings.sale = policy(5) }
        if refusing != .global { settings.global = policy(5) }
        let limiter = try TestLimiter(settings)
        #expect(limiter.allows(Self.caller))
        for _ in 0..<50 {
            #expect(
                limiter.decide(Self.caller) == .refused(refusing, retryAfterMilliseconds: 3_600_000)
            )
        }
        // With the refusing limit gone, four of five are left everywhere.
        var open = settings
        switch refusing {
        case .user: open.user = .unlimited
        case .address: open.address = .unlimited
        case .device: open.device = .unlimited
        case .sale: open.sale = .unlimited
        default: open.global = .unlimited
        }
        try limiter.apply(open)
        for _ in 0..<4 { #expect(limiter.allows(Self.caller)) }
        #expect(!limiter.allows(Self.caller))
        #expect(limiter.counters[refusing] >= 50)
    }

    @Test func theLongestWaitIsTold() throws {
        let limiter = try TestLimiter {
            $0.user = .tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 1)
            $0.device = .tokenBucket(count: 1, periodMilliseconds: 5_000, burst: 1)
            $0.sale = .slidingWindow(limit: 1, windowMilliseconds: 3_000)
        }
        #expect(limiter.allows(Self.caller, at: 0))
        #expect(
            limiter.decide(Self.caller, at: 500) == .refused(.device, retryAfterMilliseconds: 4_500)
        )
        // Who waits as told is let in.
        #expect(limiter.allows(Self.caller, at: 5_000))
    }

    @Test func equalWaitsAreNamedInOrder() throws {
        let limiter = try TestLimiter {
            $0.user = Self.once
            $0.address = Self.once
            $0.global = Self.once
        }
        #expect(limiter.allows(Self.caller))
        #expect(limiter.decide(Self.caller) == .refused(.user, retryAfterMilliseconds: 1_000))
        #expect(
            limiter.decide(Kit.subject("ben", address: "203.0.113.7"))
                == .refused(.address, retryAfterMilliseconds: 1_000))
        #expect(
            limiter.decide(Kit.subject("ben")) == .refused(.global, retryAfterMilliseconds: 1_000))
    }

    @Test func whatACallDoesNotHaveIsNotLimited() throws {
        let limiter = try TestLimiter {
            $0.address = Self.once
            $0.device = Self.once
        }
        // A service without buyers' addresses: all its buyers would else share one bucket.
        for index in 0..<100 { #expect(limiter.allows(Kit.subject("user-\(index)"))) }
    }

    @Test func aLookSpendsAndCountsNothing() throws {
        let limiter = try TestLimiter {
            $0.user = Self.once
            $0.device = .slidingWindow(limit: 1, windowMilliseconds: 1_000)
        }
        for _ in 0..<10 { #expect(limiter.peek(Self.caller) == .allowed) }
        #expect(limiter.counters == LimitCounters())
        #expect(limiter.allows(Self.caller))
        #expect(limiter.peek(Self.caller) == .refused(.user, retryAfterMilliseconds: 1_000))
        #expect(limiter.counters.refused == 0)
    }

    @Test func aBatchIsDecidedAsItsCallsOneByOne() throws {
        var random = SplitMix64(seed: 31)
        let settings = Kit.settings {
            $0.user = .tokenBucket(count: 2, periodMilliseconds: 1_000, burst: 3)
            $0.device = .slidingWindow(limit: 4, windowMilliseconds: 500)
            $0.global = .tokenBucket(count: 300, periodMilliseconds: 1_000, burst: 30)
        }
        let batched = try TestLimiter(settings)
        let single = try TestLimiter(settings)
        var time: Int64 = 0
        for size in [1, 2, 63, 64, 65, 128, 200, 0, 7, 100] {
            time += Int64(random.next() % 300)
            let subjects = (0..<size).map { _ in
                Kit.subject("user-\(random.next() % 20)", device: "device-\(random.next() % 15)")
            }
            let decisions = batched.decide(subjects, at: time)
            #expect(decisions == subjects.map { single.decide($0, at: time) })
        }
        #expect(batched.counters == single.counters)
        #expect(batched.counters.refused > 0)
    }

    @Test func countersAddUpToTheCalls() throws {
        let limiter = try TestLimiter(LimiterSettings())
        var allowed = 0
        for index in 0..<1_000 where limiter.allows(Kit.subject("user-\(index % 300)")) {
            allowed += 1
        }
        #expect(allowed == 300)
        #expect(limiter.counters.allowed == 300)
        #expect(limiter.counters[.user] == 700)
        #expect(limiter.counters.refused == 700)
    }
}
