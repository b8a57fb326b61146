import HoldfastAdmission
import Testing

/// The tables against a reference that keeps every call for ever and counts by hand, over random histories.
@Suite struct RiskModelTests {
    /// Small thresholds, so that random buyers cross them all the time; lists that grow, shrink and move.
    private static let rules = RiskRules(
        version: 1,
        rules: [
            RiskRule(
                id: "calls", feature: .callsPerUser, condition: .atLeast(40),
                windowMilliseconds: 300, effect: .add(1)),
            RiskRule(
                id: "buys_short", feature: .purchasesPerUser, condition: .over(7),
                windowMilliseconds: 150, effect: .add(2)),
            RiskRule(
                id: "buys_long", feature: .purchasesPerUser, condition: .over(19),
                windowMilliseconds: 900, effect: .add(4)),
            RiskRule(
                id: "devices", feature: .devicesPerUser, condition: .over(5),
                windowMilliseconds: 1_200, effect: .add(8)),
            RiskRule(
                id: "accounts_short", feature: .accountsPerAddress, condition: .over(6),
                windowMilliseconds: 60, effect: .add(16)),
            RiskRule(
                id: "accounts_long", feature: .accountsPerAddress, condition: .atLeast(14),
                windowMilliseconds: 500, effect: .add(32), mode: .observe),
        ])

    private struct Call {
        var time: Int64
        var user: Int
        var request: UInt64
        var device: Int
        var address: Int
        var isPurchase: Bool
    }

    private struct Reference {
        var byUser: [Int: [Call]] = [:]
        var byAddress: [Int: [Call]] = [:]

        /// Adds a call and gives the score it must get.
        mutating func score(_ call: Call) -> (score: Int32, observed: Bool) {
            var call = call
            var mine = self.byUser[call.user, default: []].filter { call.time - $0.time < 1_200 }
            // An id is known again among the latest 20: as many as the largest threshold needs.
            let kept = mine.filter { $0.isPurchase && call.time - $0.time < 900 }.suffix(20)
            call.isPurchase = !kept.contains { $0.request == call.request }
            mine.append(call)
            self.byUser[call.user] = mine
            var there = self.byAddress[call.address, default: []].filter {
                call.time - $0.time < 500
            }
            there.append(call)
            self.byAddress[call.address] = there

            func within(_ list: [Call], _ window: Int64) -> [Call] {
                list.filter { call.time - $0.time < window }
            }
            var score: Int32 = 0
            if within(mine, 300).count >= 40 { score += 1 }
            if within(mine, 150).filter(\.isPurchase).count > 7 { score += 2 }
            if within(mine, 900).filter(\.isPurchase).count > 19 { score += 4 }
            if Set(within(mine, 1_200).map(\.device)).count > 5 { score += 8 }
            if Set(within(there, 60).map(\.user)).count > 6 { score += 16 }
            return (score, Set(within(there, 500).map(\.user)).count >= 14)
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func scoresAreThoseOfAReferenceThatForgetsNothing(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var tables = try RiskKit.tables(Self.rules)
        var reference = Reference()
        var time = RiskKit.start
        var seen: Set<Int32> = []
        for step in 0..<25_000 {
            // Bursts and pauses.
            if random.next() % 4 == 0 { time += Int64(random.next() % 20) }
            if random.next() % 2_000 == 0 { time += 1_500 }
            // Two buyers are far busier than the others.
            let user = random.next() % 2 == 0 ? Int(random.next() % 2) : Int(random.next() % 24)
            let call = Call(
                time: time, user: user, request: random.next() % 60,
                device: Int(random.next() % 8), address: Int(random.next() % 6), isPurchase: false)
            let input = RiskKit.input(
                "user \(call.user)", request: call.request, device: "device \(call.device)",
                ip: "10.0.0.\(call.address)")
            let peeked = tables.peek(input, now: time)
            let verdict = tables.evaluate(input, now: time)
            let expected = reference.score(call)
            guard verdict.score == expected.score, (verdict.observed != 0) == expected.observed,
                peeked == verdict
            else {
                Issue.record(
                    "seed \(seed), step \(step): \(verdict), peeked \(peeked), expected \(expected)"
                )
                return
            }
            seen.insert(verdict.score)
            if step % 97 == 0 { tables.sweep(now: time, recordCount: 8) }
        }
        // The histories did reach every rule, and not always together.
        #expect(seen.reduce(0, |) == 31, "\(seen.sorted())")
        #expect(seen.contains(0) && seen.count >= 12, "\(seen.sorted())")
        tables.sweep(now: time + 2_000, recordCount: 1_000)
        #expect(tables.userCount == 0 && tables.addressCount == 0)
    }
}
