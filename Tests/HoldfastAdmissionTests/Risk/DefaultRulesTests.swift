import HoldfastAdmission
import Testing

/// The default rules, each just below, at and just above its threshold, and how scores combine.
@Suite struct DefaultRulesTests {
    /// What the calls before the judged one were, the judged call, and what must come out.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        /// Distinct purchases of the buyer before, spread evenly over this long, the last one just before the judged one.
        var purchases = 0
        var spreadMilliseconds: Int64 = 1
        /// Repetitions of one purchase, all in the judged millisecond.
        var repetitions = 0
        var devices = 0
        var accountsOnAddress = 0
        var accountsSpreadMilliseconds: Int64 = 1
        var ageMilliseconds: Int64? = 400 * RiskKit.day
        var quantity: Int64 = 1
        var limit: Int64 = 1
        var amount: Int64 = 0
        var score: Int32
        var decision: RiskDecision
        var fired: [String] = []

        var testDescription: String { self.name }
    }

    static let rows: [Row] = [
        Row(name: "nothing", score: 0, decision: .allow),
        // Over 100 purchases in 1 h: +500. The judged one counts. Ten minutes apart would fall under no other rule.
        Row(
            name: "99 purchases in an hour", purchases: 98,
            spreadMilliseconds: 59 * RiskKit.minute, score: 0, decision: .allow),
        Row(
            name: "100 purchases in an hour", purchases: 99,
            spreadMilliseconds: 59 * RiskKit.minute, score: 0, decision: .allow),
        Row(
            name: "101 purchases in an hour", purchases: 100,
            spreadMilliseconds: 59 * RiskKit.minute, score: 500, decision: .challenge,
            fired: ["purchases_1h"]),
        Row(
            name: "101 purchases in more than an hour", purchases: 100,
            spreadMilliseconds: 61 * RiskKit.minute, score: 0, decision: .allow),
        // Younger than 1 day, or unknown: +300.
        Row(
            name: "a day old", ageMilliseconds: RiskKit.day, score: 0, decision: .allow),
        Row(
            name: "a millisecond short of a day", ageMilliseconds: RiskKit.day - 1, score: 300,
            decision: .allow, fired: ["young_account"]),
        Row(
            name: "just made", ageMilliseconds: 0, score: 300, decision: .allow,
            fired: ["young_account"]),
        Row(
            name: "made in the future", ageMilliseconds: -RiskKit.day, score: 300,
            decision: .allow, fired: ["young_account"]),
        Row(
            name: "age unknown", ageMilliseconds: nil, score: 300, decision: .allow,
            fired: ["young_account"]),
        // More than 5 devices: +400.
        Row(name: "4 devices", devices: 4, score: 0, decision: .allow),
        Row(name: "5 devices", devices: 5, score: 0, decision: .allow),
        Row(
            name: "6 devices", devices: 6, score: 400, decision: .allow, fired: ["many_devices"]),
        Row(
            name: "6 devices and a young account", devices: 6, ageMilliseconds: 1, score: 700,
            decision: .challenge, fired: ["young_account", "many_devices"]),
        // More than 10 accounts on the address in 1 h: +300; the judged one counts.
        Row(
            name: "10 accounts in an hour", accountsOnAddress: 9,
            accountsSpreadMilliseconds: 50 * RiskKit.minute, score: 0, decision: .allow),
        Row(
            name: "11 accounts in an hour", accountsOnAddress: 10,
            accountsSpreadMilliseconds: 50 * RiskKit.minute, score: 300, decision: .allow,
            fired: ["accounts_on_ip_1h"]),
        Row(
            name: "11 accounts in more than an hour", accountsOnAddress: 10,
            accountsSpreadMilliseconds: 61 * RiskKit.minute, score: 0, decision: .allow),
        // Over 10 purchases in 1 min: 800.
        Row(
            name: "9 purchases in a minute", purchases: 8, spreadMilliseconds: 59 * RiskKit.second,
            score: 0, decision: .allow),
        Row(
            name: "10 purchases in a minute", purchases: 9,
            spreadMilliseconds: 59 * RiskKit.second, score: 0, decision: .allow),
        Row(
            name: "11 purchases in a minute", purchases: 10,
            spreadMilliseconds: 59 * RiskKit.second, score: 800, decision: .reject,
            fired: ["purchases_1m"]),
        Row(
            name: "11 purchases in more than a minute", purchases: 10,
            spreadMilliseconds: 61 * RiskKit.second, score: 0, decision: .allow),
        // More than 5 accounts on the address in 1 min: 800.
        Row(
            name: "5 accounts in a minute", accountsOnAddress: 4,
            accountsSpreadMilliseconds: 50 * RiskKit.second, score: 0, decision: .allow),
        Row(
            name: "6 accounts in a minute", accountsOnAddress: 5,
            accountsSpreadMilliseconds: 50 * RiskKit.second, score: 800, decision: .reject,
            fired: ["accounts_on_ip_1m"]),
        Row(
            name: "6 accounts in more than a minute", accountsOnAddress: 5,
            accountsSpreadMilliseconds: 61 * RiskKit.second, score: 0, decision: .allow),
        // Young and much: 450, a floor and not a sum, so that a new customer is asked and not refused.
        Row(
            name: "young, 2 of a limit of 3", ageMilliseconds: 1, quantity: 2, limit: 3,
            score: 300, decision: .allow, fired: ["young_account"]),
        Row(
            name: "young, 3 of a limit of 3", ageMilliseconds: 1, quantity: 3, limit: 3,
            score: 450, decision: .challenge,
            fired: ["young_account", "young_account_large_order"]),
        Row(
            name: "young, 4 of a limit of 3", ageMilliseconds: 1, quantity: 4, limit: 3,
            score: 450, decision: .challenge,
            fired: ["young_account", "young_account_large_order"]),
        Row(
            name: "young, 1 of a limit of 1", ageMilliseconds: 1, quantity: 1, limit: 1,
            score: 300, decision: .allow, fired: ["young_account"]),
        Row(
            name: "young, 2 without a limit", ageMilliseconds: 1, quantity: 2, limit: 0,
            score: 450, decision: .challenge,
            fired: ["young_account", "young_account_large_order"]),
        Row(
            name: "young, just below a large amount", ageMilliseconds: 1, amount: 999_999,
            score: 300, decision: .allow, fired: ["young_account"]),
        Row(
            name: "young, a large amount", ageMilliseconds: 1, amount: 1_000_000, score: 450,
            decision: .challenge, fired: ["young_account", "young_account_large_order"]),
        Row(
            name: "a day old, a large amount", ageMilliseconds: RiskKit.day, amount: 1_000_000,
            score: 0, decision: .allow),
        Row(
            name: "age unknown, a large amount", ageMilliseconds: nil, quantity: 9,
            amount: 1_000_000, score: 300, decision: .allow, fired: ["young_account"]),
        // 100 raw calls in 1 s; repetitions of one purchase are calls and no purchases.
        Row(name: "99 calls in a second", repetitions: 98, score: 0, decision: .allow),
        Row(
            name: "100 calls in a second", repetitions: 99, score: 1_000, decision: .reject,
            fired: ["scalper_calls_1s"]),
        // Sums and floors.
        Row(
            name: "101 purchases in an hour and a young account", purchases: 100,
            spreadMilliseconds: 59 * RiskKit.minute, ageMilliseconds: 1, score: 800,
            decision: .reject, fired: ["purchases_1h", "young_account"]),
        Row(
            name: "everything at once stays at 1000", purchases: 100, spreadMilliseconds: 1,
            devices: 6, accountsOnAddress: 10, ageMilliseconds: 1, quantity: 2, score: 1_000,
            decision: .reject,
            fired: [
                "purchases_1h", "young_account", "many_devices", "accounts_on_ip_1h",
                "purchases_1m", "accounts_on_ip_1m", "young_account_large_order",
                "scalper_calls_1s",
            ]),
    ]

    @Test(arguments: rows)
    func eachDefaultRuleAtItsThreshold(_ row: Row) throws {
        var tables = try RiskKit.tables()
        let now = RiskKit.start + 3 * RiskKit.hour
        // All that went before, by time: (milliseconds, input).
        var before: [(Int64, RiskInput)] = []
        for index in 0..<row.purchases {
            let ago = row.spreadMilliseconds * Int64(index + 1) / Int64(row.purchases)
            before.append((now - ago, RiskKit.input(request: UInt64(index + 1))))
        }
        for _ in 0..<row.repetitions { before.append((now, RiskKit.input(request: 0))) }
        for index in 0..<max(row.devices - 1, 0) {
            // An hour and more ago: only the device still counts.
            let old = RiskKit.input(
                request: UInt64(1_000 + index), device: "device \(index)", ip: "198.51.100.1")
            before.append((now - 2 * RiskKit.hour + Int64(index), old))
        }
        for index in 0..<row.accountsOnAddress {
            let ago =
                row.accountsSpreadMilliseconds * Int64(index + 1) / Int64(row.accountsOnAddress)
            before.append((now - ago, RiskKit.input("neighbour \(index)", request: 1)))
        }
        for (time, input) in before.sorted(by: { $0.0 < $1.0 }) {
            _ = tables.evaluate(input, now: time)
        }
        let input = RiskKit.input(
            request: 0, created: row.ageMilliseconds.map { now - $0 } ?? 0,
            quantity: row.quantity, limit: row.limit, amount: row.amount)
        let peeked = tables.peek(input, now: now)
        let verdict = tables.evaluate(input, now: now)
        let evidence = tables.evidence(of: verdict, input)
        #expect(peeked == verdict, "CheckRisk and Reserve differ")
        #expect(verdict.score == row.score)
        #expect(verdict.decision == row.decision)
        #expect(evidence.map(\.rule.id) == row.fired)
        #expect(verdict.isScalper == row.fired.contains("scalper_calls_1s"))
    }

    @Test func theFileThatInitWritesSaysTheSame() throws {
        let rules = try RiskRules(document: PlainYAML.parse(RiskRules.defaultYAML))
        #expect(rules == RiskRules.defaults)
    }

    @Test func evidenceNamesRuleValueAndThreshold() throws {
        var tables = try RiskKit.tables()
        for index in 0..<5 {
            _ = tables.evaluate(
                RiskKit.input("neighbour \(index)", request: 1), now: RiskKit.start)
        }
        let input = RiskKit.input(request: 1, created: 0)
        let verdict = tables.evaluate(input, now: RiskKit.start)
        let evidence = tables.evidence(of: verdict, input)
        #expect(
            evidence.map(\.description) == [
                "young_account: account_age is missing, below 86400000: adds 300",
                "accounts_on_ip_1m: accounts_per_ip in 60000 ms is 6, over 5: raises to 800",
            ])
    }
}
