import HoldfastAdmission
import Testing

/// Ways to get more than one's share, and ordinary days that look like one, in one table: what blacklist and risk make of
/// each call. The limiter and the challenge stand beside them and are not in here.
@Suite struct AbuseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var barred: [(BlacklistValue, Int64?)] = []
        var floods: [Flood]
        /// Of the last flood.
        var outcome: Outcome

        var testDescription: String { self.name }
    }

    private static func row(
        _ name: String, _ outcome: Outcome, barred: [(BlacklistValue, Int64?)] = [],
        _ floods: Flood...
    ) -> Case {
        Case(name: name, barred: barred, floods: floods, outcome: outcome)
    }

    /// One buyer, `count` purchases, one every so often: so many are allowed, challenged, rejected.
    private static let scripts: [(every: Int64, count: Int, Outcome)] = [
        (1, 10, Outcome(allowed: 10)), (1, 11, Outcome(allowed: 10, rejected: 1)),
        (1, 100, Outcome(allowed: 10, rejected: 90)),
        (1, 1_000, Outcome(allowed: 10, rejected: 990)),
        (10, 100, Outcome(allowed: 10, rejected: 90)),
        (100, 100, Outcome(allowed: 10, rejected: 90)),
        (1_000, 100, Outcome(allowed: 10, rejected: 90)),
        (5_000, 100, Outcome(allowed: 10, rejected: 90)),
        (5_999, 100, Outcome(allowed: 10, rejected: 90)),
        // Every 6 s there are never more than 10 in a minute; the hour's rule asks from the 101st on.
        (6_000, 100, Outcome(allowed: 100)), (6_000, 101, Outcome(allowed: 100, challenged: 1)),
        (6_000, 600, Outcome(allowed: 100, challenged: 500)),
        (10_000, 360, Outcome(allowed: 100, challenged: 260)),
        (30_000, 130, Outcome(allowed: 100, challenged: 30)),
        (35_999, 101, Outcome(allowed: 100, challenged: 1)),
        (36_000, 300, Outcome(allowed: 300)), (60_000, 600, Outcome(allowed: 600)),
    ]

    /// One address, so many accounts in turn, a call each, one every so often.
    private static let farms: [(every: Int64, accounts: Int, Outcome)] = [
        (1, 5, Outcome(allowed: 5)), (1, 6, Outcome(allowed: 5, rejected: 1)),
        (1, 50, Outcome(allowed: 5, rejected: 45)), (100, 50, Outcome(allowed: 5, rejected: 45)),
        (1_000, 50, Outcome(allowed: 5, rejected: 45)),
        (11_000, 50, Outcome(allowed: 5, rejected: 45)),
        (11_999, 50, Outcome(allowed: 5, rejected: 45)),
        (12_000, 50, Outcome(allowed: 50)), (60_000, 100, Outcome(allowed: 100)),
        (400_000, 100, Outcome(allowed: 100)),
    ]

    /// Accounts of one address that are young or of unknown age: the hour's rule and the age make 600.
    private static let youngFarms: [(every: Int64, age: Int64?, Outcome)] = [
        (12_000, nil, Outcome(allowed: 10, challenged: 40)),
        (12_000, 0, Outcome(allowed: 10, challenged: 40)),
        (12_000, RiskKit.day - 1, Outcome(allowed: 10, challenged: 40)),
        (12_000, RiskKit.day, Outcome(allowed: 50)),
        (60_000, nil, Outcome(allowed: 10, challenged: 40)),
        (359_999, nil, Outcome(allowed: 10, challenged: 40)),
        (360_000, nil, Outcome(allowed: 50)), (1_000, nil, Outcome(allowed: 5, rejected: 45)),
    ]

    /// One buyer with devices in turn, a call every ten minutes.
    private static let deviceFarms: [(devices: Int, age: Int64?, Outcome)] = [
        (5, 400 * RiskKit.day, Outcome(allowed: 20)),
        // 400 alone is not above 400.
        (6, 400 * RiskKit.day, Outcome(allowed: 20)), (20, 400 * RiskKit.day, Outcome(allowed: 20)),
        (5, nil, Outcome(allowed: 20)), (6, nil, Outcome(allowed: 5, challenged: 15)),
        (20, 0, Outcome(allowed: 5, challenged: 15)), (0, nil, Outcome(allowed: 20)),
        (0, 400 * RiskKit.day, Outcome(allowed: 20)),
    ]

    /// A young account that asks for much: quantity, limit, amount, age.
    private static let grabs: [(quantity: Int64, limit: Int64, amount: Int64, Int64?, Outcome)] = [
        (1, 1, 0, 0, Outcome(allowed: 1)), (2, 1, 0, 0, Outcome(challenged: 1)),
        (2, 2, 0, 0, Outcome(challenged: 1)), (2, 3, 0, 0, Outcome(allowed: 1)),
        (3, 3, 0, 0, Outcome(challenged: 1)), (5, 5, 0, RiskKit.hour, Outcome(challenged: 1)),
        (4, 5, 0, RiskKit.hour, Outcome(allowed: 1)), (1_000_000, 0, 0, 0, Outcome(challenged: 1)),
        (1, 0, 0, 0, Outcome(allowed: 1)), (2, 0, 0, 0, Outcome(challenged: 1)),
        (1, 1, 999_999, 0, Outcome(allowed: 1)), (1, 1, 1_000_000, 0, Outcome(challenged: 1)),
        (1, 1, .max, 0, Outcome(challenged: 1)), (9, 1, .max, nil, Outcome(allowed: 1)),
        (9, 1, .max, RiskKit.day, Outcome(allowed: 1)),
        (9, 1, .max, RiskKit.day - 1, Outcome(challenged: 1)),
        (9, 1, .max, -RiskKit.day, Outcome(challenged: 1)),
    ]

    /// One purchase repeated: calls count, purchases do not.
    private static let repeats: [(every: Int64, count: Int, Outcome)] = [
        (10, 1_000, Outcome(allowed: 99, rejected: 901)), (11, 1_000, Outcome(allowed: 1_000)),
        (5, 99, Outcome(allowed: 99)), (5, 100, Outcome(allowed: 99, rejected: 1)),
        (1, 1_000, Outcome(allowed: 99, rejected: 901)), (100, 500, Outcome(allowed: 500)),
        (6_000, 500, Outcome(allowed: 500)),
    ]

    /// Entry, when it ends, the address that calls, how long after the start, whether it is barred.
    private static let ranges: [(String, Int64?, String, Int64, Bool)] = [
        ("203.0.113.7", nil, "203.0.113.7", 0, true),
        ("203.0.113.7", nil, "203.0.113.8", 0, false),
        ("203.0.113.7", nil, "::ffff:203.0.113.7", 0, true),
        ("203.0.113.0/24", nil, "203.0.113.255", 0, true),
        ("203.0.113.0/24", nil, "203.0.114.0", 0, false),
        ("203.0.113.0/25", nil, "203.0.113.128", 0, false),
        ("0.0.0.0/0", nil, "8.8.8.8", 0, true), ("0.0.0.0/0", nil, "2001:db8::1", 0, false),
        ("::/0", nil, "2001:db8::1", 0, true), ("::/0", nil, "8.8.8.8", 0, false),
        ("2001:db8:1:1::/64", nil, "2001:db8:1:1:ffff::9", 0, true),
        ("2001:db8:1:1::/64", nil, "2001:db8:1:2::9", 0, false),
        ("2001:db8::1", nil, "2001:DB8:0:0:0:0:0:1", 0, true),
        ("2001:db8::1", nil, "2001:db8::2", 0, false),
        ("10.0.0.0/8", 100, "10.9.9.9", 99, true), ("10.0.0.0/8", 100, "10.9.9.9", 100, false),
        ("10.0.0.0/8", 86_400_000, "10.9.9.9", 86_399_999, true),
        ("10.0.0.0/8", 86_400_000, "10.9.9.9", 86_400_000, false),
    ]

    static let cases: [Case] =
        scripts.map { row in
            Self.row(
                "script: \(row.count) purchases, one every \(row.every) ms", row.2,
                Flood(count: row.count, everyMilliseconds: row.every))
        }
        + farms.map { row in
            Self.row(
                "farm: \(row.accounts) accounts on an address, one every \(row.every) ms", row.2,
                Flood(count: row.accounts, everyMilliseconds: row.every, users: row.accounts))
        }
        + farms.map { row in
            Self.row(
                "farm behind one /64: \(row.accounts) accounts, one every \(row.every) ms", row.2,
                Flood(
                    count: row.accounts, everyMilliseconds: row.every, users: row.accounts,
                    address: .hostsOfOne64(50)))
        }
        + youngFarms.map { row in
            Self.row(
                "young farm: age \(row.age.map { "\($0)" } ?? "unknown"), one every \(row.every) ms",
                row.2,
                Flood(
                    count: 50, everyMilliseconds: row.every, users: 50, ageMilliseconds: row.age))
        }
        + deviceFarms.map { row in
            Self.row(
                "devices: \(row.devices), age \(row.age.map { "\($0)" } ?? "unknown")", row.2,
                Flood(
                    count: 20, everyMilliseconds: 600_000, devices: row.devices,
                    ageMilliseconds: row.age))
        }
        + grabs.map { row in
            Self.row(
                "grab: \(row.quantity) of \(row.limit), amount \(row.amount), age \(row.3.map { "\($0)" } ?? "unknown")",
                row.4,
                Flood(
                    ageMilliseconds: row.3, quantity: row.quantity, limit: row.limit,
                    amount: row.amount))
        }
        + repeats.map { row in
            Self.row(
                "repeats: \(row.count) times one purchase, every \(row.every) ms", row.2,
                Flood(count: row.count, everyMilliseconds: row.every, isOnePurchase: true))
        }
        + ranges.map { row in
            Self.row(
                "barred \(row.0) for \(row.1.map { "\($0) ms" } ?? "good"), \(row.2) after \(row.3) ms",
                row.4 ? Outcome(barred: 1) : Outcome(allowed: 1),
                barred: [(BlacklistKit.range(row.0), row.1)],
                Flood(address: .one(row.2), pauseMilliseconds: row.3))
        } + mixed

    private static let mixed: [Case] = [
        row(
            "a barred buyer changes address and device", Outcome(barred: 30),
            barred: [(.user("eve"), nil)],
            Flood(count: 30, userPrefix: "eve", devices: 30, address: .each(30))),
        row(
            "a barred device changes buyers", Outcome(barred: 30),
            barred: [(.device("device 0"), nil)],
            Flood(count: 30, users: 30, address: .each(30))),
        row(
            "a barred buyer writes in capitals: another buyer", Outcome(allowed: 1),
            barred: [(.user("eve"), nil)], Flood(userPrefix: "EVE")),
        row(
            "a barred buyer through a service", Outcome(barred: 3), barred: [(.user("eve"), nil)],
            Flood(count: 3, userPrefix: "eve", devices: 0, address: .none)),
        row(
            "a ban of a day ends", Outcome(allowed: 1), barred: [(.user("eve"), RiskKit.day)],
            Flood(count: 5, userPrefix: "eve"),
            Flood(userPrefix: "eve", pauseMilliseconds: RiskKit.day)),
        row(
            "a buyer hops over addresses: purchases are the buyer's",
            Outcome(allowed: 10, rejected: 90), Flood(count: 100, address: .each(100))),
        row(
            "a buyer hops over devices", Outcome(allowed: 10, rejected: 90),
            Flood(count: 100, devices: 100)),
        row(
            "a hundred buyers on a hundred addresses: nothing in common", Outcome(allowed: 100),
            Flood(count: 100, users: 100, devices: 100, address: .each(100))),
        row(
            "a hundred buyers on a hundred /64 networks", Outcome(allowed: 100),
            Flood(count: 100, users: 100, address: .each64(100))),
        row(
            "refused calls keep the window full", Outcome(rejected: 60),
            Flood(count: 11), Flood(count: 60, everyMilliseconds: 5_000)),
        row(
            "a minute of rest is enough", Outcome(allowed: 5), Flood(count: 20),
            Flood(count: 5, everyMilliseconds: 10_000, pauseMilliseconds: RiskKit.minute)),
        row(
            "a millisecond less is not", Outcome(rejected: 1),
            Flood(count: 20, everyMilliseconds: 0),
            Flood(pauseMilliseconds: RiskKit.minute - 1)),
        row(
            "two bursts across the turn of a minute", Outcome(rejected: 10), Flood(count: 10),
            Flood(count: 10, pauseMilliseconds: 500)),
        row(
            "probing with CheckRisk costs nothing and teaches nothing", Outcome(allowed: 10),
            Flood(count: 5_000, isCheck: true), Flood(count: 10)),
        row(
            "CheckRisk sees what Reserve would", Outcome(rejected: 100), Flood(count: 10),
            Flood(count: 100, isCheck: true)),
        row(
            "addresses left out by a gateway", Outcome(rejected: 5),
            Flood(count: 5, address: .missing)),
        row(
            "nothing known through a gateway but the address", Outcome(allowed: 5),
            Flood(count: 5, devices: 0, ageMilliseconds: nil)),
        row(
            "seconds instead of milliseconds as a birthday are no old account",
            Outcome(allowed: 5, challenged: 5),
            Flood(
                count: 10, everyMilliseconds: 600_000, devices: 10,
                ageMilliseconds: RiskKit.start - 1_700_000_000)),
        row(
            "the devices of a household stay known", Outcome(allowed: 48),
            Flood(count: 48, everyMilliseconds: 1_800_000, devices: 5)),
        row(
            "an old farm and a script at once", Outcome(rejected: 20), Flood(count: 6, users: 6),
            Flood(count: 20)),
        // Ordinary days.
        row(
            "a service orders for a thousand buyers", Outcome(allowed: 1_000),
            Flood(
                count: 1_000, users: 1_000, devices: 0, address: .none,
                ageMilliseconds: 2 * RiskKit.day)),
        row(
            "a service that knows no ages", Outcome(allowed: 1_000),
            Flood(count: 1_000, users: 1_000, devices: 0, address: .none, ageMilliseconds: nil)),
        row(
            "an office: 5 people a minute behind an address", Outcome(allowed: 40),
            Flood(count: 40, everyMilliseconds: 12_000, users: 40)),
        row(
            "buyers with a limit of 1 and unknown age", Outcome(allowed: 500),
            Flood(count: 500, users: 500, address: .each(500), ageMilliseconds: nil)),
        row(
            "a buyer who taps ten times", Outcome(allowed: 10),
            Flood(count: 10, everyMilliseconds: 150)),
        row(
            "an app that retries one purchase for a minute", Outcome(allowed: 60),
            Flood(count: 60, everyMilliseconds: 1_000, isOnePurchase: true)),
        row(
            "a new customer buys one", Outcome(allowed: 1), Flood(ageMilliseconds: 60_000)),
        row(
            "a couple on one address, a purchase a minute all evening", Outcome(allowed: 240),
            Flood(count: 240, everyMilliseconds: RiskKit.minute, users: 2)),
    ]

    @Test func theTableIsLongEnoughAndNamesEachCaseOnce() {
        #expect(Self.cases.count >= 120)
        #expect(Set(Self.cases.map(\.name)).count == Self.cases.count)
    }

    @Test(arguments: cases)
    func eachCaseComesOutAsWritten(_ row: Case) throws {
        var scene = try AbuseScene(barred: row.barred)
        var outcome = Outcome()
        for flood in row.floods { outcome = scene.run(flood) }
        #expect(outcome == row.outcome)
    }

    @Test func anOfficeThatIsKnownToBeSharedIsNotRefused() throws {
        var rules = RiskRules.defaults
        rules.sharedNetworks = [
            SharedNetwork(
                range: try NetworkRange(parsing: "203.0.113.7"), name: "office",
                thresholds: ["accounts_on_ip_1m": 300, "accounts_on_ip_1h": 600])
        ]
        var scene = try AbuseScene(rules: rules)
        let office = scene.run(Flood(count: 300, users: 300))
        #expect(office == Outcome(allowed: 300))
        let neighbour = scene.run(Flood(count: 300, users: 300, address: .one("203.0.113.8")))
        #expect(neighbour == Outcome(allowed: 5, rejected: 295))
    }
}
