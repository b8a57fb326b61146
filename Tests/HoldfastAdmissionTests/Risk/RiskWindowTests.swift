import HoldfastAdmission
import Testing

/// Windows to the millisecond, clocks that step, inputs that are missing, rules that change.
@Suite struct RiskWindowTests {
    private static func rules(_ list: [RiskRule], shared: [SharedNetwork] = []) -> RiskRules {
        RiskRules(version: 7, rules: list, sharedNetworks: shared)
    }

    private static func twoPurchases(_ window: Int64) -> RiskRules {
        self.rules([
            RiskRule(
                id: "two", feature: .purchasesPerUser, condition: .atLeast(2),
                windowMilliseconds: window, effect: .raiseTo(800))
        ])
    }

    @Test(arguments: [1, 2, 1_000, RiskKit.minute, RiskKit.hour, 7 * RiskKit.day] as [Int64])
    func aMomentLeavesTheWindowExactlyWhenItIsAsOld(_ window: Int64) throws {
        for (age, decision) in [(window - 1, RiskDecision.reject), (window, .allow)] {
            var tables = try RiskKit.tables(Self.twoPurchases(window))
            _ = tables.evaluate(RiskKit.input(request: 1), now: RiskKit.start)
            let verdict = tables.evaluate(RiskKit.input(request: 2), now: RiskKit.start + age)
            #expect(verdict.decision == decision, "window \(window), age \(age)")
        }
    }

    @Test func aClockThatStepsBackForgetsAndRepeatsNothing() throws {
        var tables = try RiskKit.tables(Self.twoPurchases(RiskKit.minute))
        _ = tables.evaluate(RiskKit.input(request: 1), now: RiskKit.start)
        // An hour back: the tables stay where they were, so both are at one moment.
        let back = tables.evaluate(
            RiskKit.input(request: 2), now: RiskKit.start - RiskKit.hour)
        #expect(back.decision == .reject)
        let later = tables.evaluate(
            RiskKit.input(request: 3), now: RiskKit.start + RiskKit.minute)
        #expect(later.decision == .allow)
        // Ten years ahead, and back again.
        _ = tables.evaluate(
            RiskKit.input(request: 4), now: RiskKit.start + 3_650 * RiskKit.day)
        let after = tables.evaluate(
            RiskKit.input(request: 5), now: RiskKit.start + RiskKit.minute)
        #expect(after.decision == .reject)
    }

    @Test func aRepeatedRequestIdIsOnePurchase() throws {
        var tables = try RiskKit.tables()
        for index in 0..<50 {
            let verdict = tables.evaluate(
                RiskKit.input(request: 1), now: RiskKit.start + Int64(index) * 100)
            #expect(verdict.decision == .allow)
        }
        // The same id of another buyer is another purchase.
        let other = tables.evaluate(RiskKit.input("bob", request: 1), now: RiskKit.start + 6_000)
        #expect(other.decision == .allow)
        #expect(tables.userCount == 2)
    }

    @Test func aRefusedAttemptCountsLikeAnyOther() throws {
        var tables = try RiskKit.tables()
        var decisions: [RiskDecision] = []
        for index in 0..<14 {
            decisions.append(
                tables.evaluate(
                    RiskKit.input(request: UInt64(index)), now: RiskKit.start + Int64(index) * 5_000
                ).decision)
        }
        // From the 11th on each is the 11th or later of the last minute, refused or not.
        #expect(
            decisions == Array(repeating: .allow, count: 10) + Array(repeating: .reject, count: 4))
    }

    @Test func checkRiskCountsNothing() throws {
        var tables = try RiskKit.tables()
        for index in 0..<1_000 {
            let input = RiskKit.input(request: UInt64(index), device: "device \(index)")
            #expect(tables.peek(input, now: RiskKit.start).score == 0)
        }
        #expect(tables.userCount == 0)
        #expect(tables.addressCount == 0)
        #expect(tables.counters == RiskCounters())
    }

    @Test func whatAServiceCannotKnowDoesNotCountAgainstTheBuyer() throws {
        var tables = try RiskKit.tables()
        for index in 0..<200 {
            let input = RiskKit.input(
                "buyer \(index)", request: 1, device: nil, ip: nil, caller: .service)
            #expect(tables.evaluate(input, now: RiskKit.start).score == 0)
        }
        #expect(tables.addressCount == 0)
        #expect(tables.counters.missingNetwork == 0 && tables.counters.missingDevice == 0)
    }

    @Test func whatAGatewayLeavesOutCountsAgainstTheBuyer() throws {
        var tables = try RiskKit.tables()
        let input = RiskKit.input(request: 1, device: nil, ip: nil, created: 0)
        let verdict = tables.evaluate(input, now: RiskKit.start)
        #expect(verdict.missing == [.age, .device, .network])
        #expect(
            tables.evidence(of: verdict, input).map(\.rule.id) == [
                "young_account", "accounts_on_ip_1h", "accounts_on_ip_1m",
            ])
        #expect(verdict.decision == .reject)
        #expect(tables.counters.missingAge == 1)
        #expect(tables.counters.missingDevice == 1)
        #expect(tables.counters.missingNetwork == 1)
    }

    @Test func leavingOutTheDeviceGainsNothing() throws {
        var tables = try RiskKit.tables()
        for index in 0..<5 {
            _ = tables.evaluate(
                RiskKit.input(request: UInt64(index), device: "device \(index)"),
                now: RiskKit.start + Int64(index) * RiskKit.minute)
        }
        // A sixth device by leaving it out is a sixth device.
        let verdict = tables.evaluate(
            RiskKit.input(request: 9, device: nil), now: RiskKit.start + RiskKit.hour)
        #expect(verdict.score == 400)
    }

    @Test(arguments: [0, 1, -1, 1_799_999_999, 946_684_799_999, Int64.min])
    func anImplausibleBirthdayIsAnUnknownAge(_ created: Int64) throws {
        var tables = try RiskKit.tables()
        let verdict = tables.evaluate(
            RiskKit.input(request: 1, created: created), now: RiskKit.start)
        #expect(verdict.missing == .age)
        #expect(verdict.score == 300)
    }

    @Test func anAgeAtTheEndOfTimeIsYoung() throws {
        var tables = try RiskKit.tables()
        let verdict = tables.evaluate(
            RiskKit.input(request: 1, created: .max), now: RiskKit.start)
        #expect(verdict.score == 300)
        #expect(verdict.missing == [])
    }

    @Test func aSharedNetworkHasItsOwnThresholds() throws {
        var rules = RiskRules.defaults
        rules.sharedNetworks = [
            SharedNetwork(
                range: try NetworkRange(parsing: "203.0.113.0/24"), name: "office",
                thresholds: ["accounts_on_ip_1m": 50, "accounts_on_ip_1h": 60]),
            SharedNetwork(
                range: try NetworkRange(parsing: "203.0.113.128/25"), name: "guests",
                thresholds: ["accounts_on_ip_1m": 2]),
        ]
        let cases: [(ip: String, allowed: Int)] = [
            ("203.0.113.7", 50), ("203.0.113.200", 2), ("198.51.100.7", 5),
            ("::ffff:203.0.113.8", 50), ("2001:db8::1", 5),
        ]
        for (ip, allowed) in cases {
            var tables = try RiskKit.tables(rules)
            for index in 1...allowed {
                let input = RiskKit.input("buyer \(index)", request: 1, ip: ip)
                #expect(tables.evaluate(input, now: RiskKit.start).score == 0, "\(ip), \(index)")
            }
            let next = RiskKit.input("one more", request: 1, ip: ip)
            #expect(tables.evaluate(next, now: RiskKit.start).decision == .reject, "\(ip)")
        }
    }

    @Test func anObservedRuleIsCountedAndDecidesNothing() throws {
        var rules = Self.twoPurchases(RiskKit.minute)
        rules.rules[0].mode = .observe
        var tables = try RiskKit.tables(rules)
        _ = tables.evaluate(RiskKit.input(request: 1), now: RiskKit.start)
        let input = RiskKit.input(request: 2)
        let verdict = tables.evaluate(input, now: RiskKit.start)
        #expect(verdict.decision == .allow && verdict.score == 0)
        #expect(verdict.decisionWithObserved == .reject && verdict.scoreWithObserved == 800)
        #expect(verdict.fired == 0 && verdict.observed == 1)
        #expect(tables.firedCount(0) == 1)
        #expect(
            tables.evidence(of: verdict, input).first?.description.hasSuffix("(observed only)")
                == true)
    }

    @Test func aDisabledRuleIsNotThere() throws {
        var rules = Self.twoPurchases(RiskKit.minute)
        rules.rules[0].isEnabled = false
        var tables = try RiskKit.tables(rules)
        for request in 0..<5 {
            let verdict = tables.evaluate(
                RiskKit.input(request: UInt64(request)), now: RiskKit.start)
            #expect(verdict.score == 0 && verdict.fired == 0)
        }
        #expect(tables.userCount == 0)
    }

    @Test func newRulesKeepWhatWasCounted() throws {
        var tables = try RiskKit.tables()
        for request in 0..<6 {
            _ = tables.evaluate(RiskKit.input(request: UInt64(request)), now: RiskKit.start)
        }
        var stricter = RiskRules.defaults
        stricter.version = 2
        stricter.rules[4].condition = .over(6)
        tables.take(stricter)
        #expect(tables.rules.version == 2)
        #expect(tables.rulesGeneration == 1)
        let verdict = tables.evaluate(RiskKit.input(request: 100), now: RiskKit.start)
        #expect(verdict.decision == .reject)
    }

    @Test func windowsComeBackFromTheJournal() throws {
        var tables = try RiskKit.tables()
        for index in 0..<10 {
            tables.restore(
                RiskKit.input(request: UInt64(index)), at: RiskKit.start - 50_000 + Int64(index))
        }
        #expect(tables.counters.evaluations == 0)
        let verdict = tables.evaluate(RiskKit.input(request: 99), now: RiskKit.start)
        #expect(verdict.decision == .reject)
        let after = tables.evaluate(
            RiskKit.input(request: 100), now: RiskKit.start + RiskKit.minute)
        #expect(after.decision == .allow)
    }
}
