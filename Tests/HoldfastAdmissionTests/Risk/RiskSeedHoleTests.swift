import HoldfastAdmission
import Synchronization
import Testing

/// The holes of the usual design, each by name: counters nobody writes, unknown taken for good, a middle that leads
/// nowhere, a blacklist with one end for all.
@Suite struct RiskSeedHoleTests {
    @Test func everyFeatureIsWrittenByTheCallsThemselves() throws {
        // Nobody but Reserve has to count anything: each feature moves by calls alone.
        for feature in RiskFeature.allCases where feature.isCounted {
            let rules = RiskRules(
                version: 1,
                rules: [
                    RiskRule(
                        id: "r", feature: feature, condition: .atLeast(3),
                        windowMilliseconds: RiskKit.minute, effect: .raiseTo(800))
                ])
            var tables = try RiskKit.tables(rules)
            var decisions: [RiskDecision] = []
            for index in 0..<3 {
                let user = feature == .accountsPerAddress ? "user \(index)" : "ann"
                let input = RiskKit.input(
                    user, request: UInt64(index), device: "device \(index)")
                decisions.append(tables.evaluate(input, now: RiskKit.start).decision)
            }
            #expect(decisions == [.allow, .allow, .reject], "\(feature)")
        }
    }

    @Test func anAccountWithoutABirthdayIsNotAnOldAccount() throws {
        var tables = try RiskKit.tables()
        let verdict = tables.evaluate(
            RiskKit.input(request: 1, created: 0), now: RiskKit.start)
        #expect(verdict.score == 300)
    }

    @Test func theNumbersAreThoseOfTheTextAndNotOnlyOfTheCode() throws {
        // "More than 10 in a minute" and "more than 5 accounts on an address" stand only in the text.
        var scene = try AbuseScene()
        let script = scene.run(Flood(count: 11))
        #expect(script == Outcome(allowed: 10, rejected: 1))
        let farm = scene.run(Flood(count: 6, users: 6, address: .one("198.51.100.7")))
        #expect(farm == Outcome(allowed: 5, rejected: 1))
    }

    @Test func mediumRiskIsAQuestionAndNotADeadEnd() throws {
        var tables = try RiskKit.tables()
        let input = RiskKit.input(
            request: 1, created: RiskKit.start - 1, quantity: 2, limit: 2)
        let verdict = tables.evaluate(input, now: RiskKit.start)
        #expect(verdict.decision == .challenge)
        // The same purchase again, with its solution: still a challenge and no refusal, however often it is tried.
        for attempt in 1..<90 {
            let again = tables.evaluate(input, now: RiskKit.start + Int64(attempt) * 100)
            #expect(again.decision == .challenge)
        }
    }

    @Test func aScoreSaysWhatItIsMadeOf() throws {
        var tables = try RiskKit.tables()
        for index in 0..<6 {
            _ = tables.evaluate(
                RiskKit.input(request: UInt64(index), device: "device \(index)"),
                now: RiskKit.start + Int64(index) * RiskKit.minute)
        }
        let input = RiskKit.input(request: 9, device: "device 0", created: 0)
        let verdict = tables.evaluate(input, now: RiskKit.start + RiskKit.hour)
        let evidence = tables.evidence(of: verdict, input)
        let sum = evidence.reduce(0) { $0 + $1.rule.effect.points }
        #expect(sum == Int(verdict.score) && verdict.score == 700)
        #expect(evidence.map(\.value) == [0, 6])
    }

    @Test func aBanOf24HoursIsEachBuyersOwn() throws {
        var list = try BlacklistKit.make()
        for hour in 0..<24 {
            _ = try list.add(
                BlacklistKit.entry(
                    .user("user \(hour)"),
                    expires: RiskKit.start + Int64(hour) * RiskKit.hour + RiskKit.day),
                now: RiskKit.start + Int64(hour) * RiskKit.hour)
        }
        for hour in 0..<24 {
            let subject = BlacklistKit.subject(user: "user \(hour)")
            let end = RiskKit.start + Int64(hour) * RiskKit.hour + RiskKit.day
            #expect(list.match(subject, now: end - 1) != nil)
            #expect(list.match(subject, now: end) == nil)
        }
    }

    private final class Shared: Sendable {
        let tables: Mutex<RiskTables>
        let allowed = Atomic<Int>(0)

        init(_ tables: consuming sending RiskTables) { self.tables = Mutex(tables) }
    }

    @Test func sixtyFourThreadsAtOnceCountEveryPurchaseOnce() async throws {
        // 64 × 30 purchases of one buyer within a second: exactly 10 pass, whatever the order.
        let rules = RiskRules(
            version: 1,
            rules: RiskRules.defaults.rules.filter { $0.id == "purchases_1m" })
        let shared = Shared(try RiskKit.tables(rules))
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<64 {
                group.addTask {
                    for index in 0..<30 {
                        let input = RiskKit.input(request: UInt64(worker * 30 + index))
                        let verdict = shared.tables.withLock {
                            $0.evaluate(input, now: RiskKit.start + Int64(index))
                        }
                        if verdict.decision == .allow {
                            shared.allowed.wrappingAdd(1, ordering: .relaxed)
                        }
                    }
                }
            }
        }
        #expect(shared.allowed.load(ordering: .relaxed) == 10)
    }
}
