import HoldfastAdmission
import Testing

/// The limiter against `ReferenceLimiter` over random histories: the same decision, dimension and retry time at each step.
@Suite struct LimiterModelTests {
    private static let stepCount = 130_000

    /// Eight seeds, so more than a million steps in all.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func everyDecisionIsTheReferences(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let policies = (0..<5).map { Self.policy($0, &random) }
        let settings = Kit.settings {
            $0.user = policies[0]
            $0.address = policies[1]
            $0.device = policies[2]
            $0.sale = policies[3]
            $0.global = policies[4]
        }
        let limiter = try TestLimiter(settings)
        var reference = ReferenceLimiter(policies: policies)
        let users = (0..<60).map { Kit.hasher.key(.user, "\($0)") }
        let networks = (0..<15).map { Kit.hasher.key(.network, "\($0)") }
        let devices = (0..<30).map { Kit.hasher.key(.device, "\($0)") }
        let sales = (0..<3).map { Kit.hasher.key(.sale, "\($0)") }

        var time: Int64 = 0
        var allowedCount = 0
        for step in 0..<Self.stepCount {
            time += Self.pause(&random)
            // A clock that is read earlier by another thread, or stepped back.
            let told = random.next() % 16 == 0 ? time - Int64(random.next() % 5_000) : time
            let user = Int(random.next() % 60)
            let network = random.next() % 8 == 0 ? nil : Int(random.next() % 15)
            let device = random.next() % 4 == 0 ? nil : Int(random.next() % 30)
            let sale = Int(random.next() % 3)
            let subject = AdmissionSubject(
                user: users[user], device: device.map { devices[$0] } ?? .none, sale: sales[sale],
                network: network.map { networks[$0] } ?? .none)
            let expected = reference.decide([user, network, device, sale, 0], now: told)
            if random.next() % 4 == 0 {
                // A look changes nothing, neither for itself nor for the decision after it.
                let peeked = limiter.peek(subject, at: told)
                guard peeked == expected else {
                    Issue.record(
                        "seed \(seed), step \(step): peek \(peeked), reference \(expected), \(policies)"
                    )
                    return
                }
            }
            let decision = limiter.decide(subject, at: told)
            guard decision == expected else {
                Issue.record(
                    "seed \(seed), step \(step): \(decision), reference \(expected), \(policies)")
                return
            }
            if decision == .allowed { allowedCount += 1 }
        }
        // A history in which nearly all calls go one way would show nothing.
        #expect(allowedCount > Self.stepCount / 50, "seed \(seed): \(policies)")
        #expect(allowedCount < Self.stepCount * 49 / 50, "seed \(seed): \(policies)")
        #expect(Int(limiter.counters.allowed) == allowedCount)
        #expect(Int(limiter.counters.refused) == Self.stepCount - allowedCount)
    }

    /// Mostly the same millisecond or the next few, now and then long enough for everything to refill.
    private static func pause(_ random: inout SplitMix64) -> Int64 {
        switch random.next() % 1_000 {
        case 0: Int64(random.next() % 200_000)
        case 1...20: Int64(random.next() % 1_000)
        case 21...500: Int64(random.next() % 6)
        default: 0
        }
    }

    private static func policy(_ dimension: Int, _ random: inout SplitMix64) -> LimitPolicy {
        // So many keys share the calls of a dimension, one every 1.3 ms or so. Rates are about half to twice what comes.
        let scale = [60, 15, 30, 3, 1][dimension]
        let count = Int(random.next() % 20) + 1
        let usual = count * scale * 13 / 10
        let period = usual / 2 + Int(random.next() % UInt64(usual * 3 / 2)) + 1
        if random.next() % 2 == 0 {
            return .tokenBucket(
                count: count, periodMilliseconds: period,
                burst: Int(random.next() % 20) + 1 + count / period)
        }
        return .slidingWindow(limit: count, windowMilliseconds: period)
    }
}
