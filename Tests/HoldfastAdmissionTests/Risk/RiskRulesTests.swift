import HoldfastAdmission
import Testing

/// What a rules file may say, and what it is told when it says something else.
@Suite struct RiskRulesTests {
    private static func problems(_ yaml: String) -> [String] {
        do throws(RiskRulesError) {
            _ = try RiskRules(document: PlainYAML.parse(yaml))
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    private static let head = "version: 3\nrules:\n  - id: r\n    feature: purchases_per_user\n"

    static let mistakes: [(yaml: String, problem: String)] = [
        ("rules: []\n", "line 1: version is missing: number your rules, from 1"),
        (
            "version: 0\nrules: []\n",
            "line 1: version must be a whole number from 1 to 9223372036854775807"
        ),
        ("version: 1\n", "line 1: rules is missing: write rules: [] for none"),
        ("version: 1\nrules: 5\n", "line 2: rules must be a list"),
        ("version: 1\nversion: 2\nrules: []\n", "line 2: version stands here twice"),
        (
            "version: 1\nrules: []\nrejects: 5\n",
            "line 3: unknown name \"rejects\"; known here: version, reject_above, challenge_above, large_amount_minor, untracked_score, rules, shared_networks"
        ),
        (
            "version: 1\nreject_above: 1001\nrules: []\n",
            "line 2: reject_above must be a whole number from 0 to 1000"
        ),
        (
            "version: 1\nchallenge_above: 701\nrules: []\n",
            "line 2: challenge_above (701) must not be larger than reject_above (700)"
        ),
        ("version: 1\nrules:\n  - feature: account_age\n", "line 3: a rule without id"),
        (
            "version: 1\nrules:\n  - id: Big-Rule\n",
            "line 3: id must be 1 to 32 of a-z, 0-9 and _"
        ),
        ("version: 1\nrules:\n  - id: r\n", "line 3: rule r: feature is missing"),
        (
            "version: 1\nrules:\n  - id: r\n    feature: age\n",
            "line 4: rule r: feature must be one of: purchases_per_user, calls_per_user, devices_per_user, accounts_per_ip, account_age, large_order_account_age"
        ),
        (
            head + "    over: 5\n    add: 100\n",
            "line 3: rule r: purchases_per_user is counted over a window: window is missing"
        ),
        (
            head + "    window: 60\n    over: 5\n    add: 100\n",
            "line 5: rule r: window must be a number with its unit: 500ms, 30s, 5m, 1h or 1d"
        ),
        (
            head + "    window: 8d\n    over: 5\n    add: 100\n",
            "line 5: rule r: window must be from 1ms to 7d"
        ),
        (
            head + "    window: 99999999999999999d\n    over: 5\n    add: 100\n",
            "line 5: rule r: window must be from 1ms to 7d"
        ),
        (
            head + "    window: 1h\n    add: 100\n",
            "line 3: rule r: purchases_per_user needs over or at_least, and nothing else to compare with"
        ),
        (
            head + "    window: 1h\n    over: 5\n    at_least: 6\n    add: 100\n",
            "line 6: rule r: purchases_per_user needs over or at_least, and nothing else to compare with"
        ),
        (
            head + "    window: 1h\n    below: 1d\n    add: 100\n",
            "line 6: rule r: purchases_per_user needs over or at_least, and nothing else to compare with"
        ),
        (
            head + "    window: 1h\n    over: 1001\n    add: 100\n",
            "line 6: rule r: over must be a whole number from 1 to 1000"
        ),
        (
            head + "    window: 1h\n    over: 0\n    add: 100\n",
            "line 6: rule r: over must be a whole number from 1 to 1000"
        ),
        (
            head + "    window: 1h\n    over: 5\n",
            "line 3: rule r: needs either add or raise_to"
        ),
        (
            head + "    window: 1h\n    over: 5\n    add: 1\n    raise_to: 2\n",
            "line 3: rule r: needs either add or raise_to"
        ),
        (
            head + "    window: 1h\n    over: 5\n    add: 1001\n",
            "line 7: rule r: add must be a whole number from 1 to 1000"
        ),
        (
            head + "    window: 1h\n    over: 5\n    add: 1\n    mode: watch\n",
            "line 8: rule r: mode must be one of: enforce, observe"
        ),
        (
            head + "    window: 1h\n    over: 5\n    add: 1\n    missing: fires\n",
            "line 8: rule r: purchases_per_user needs nothing that could be missing"
        ),
        (
            "version: 1\nrules:\n  - id: r\n    feature: account_age\n    window: 1h\n    below: 1d\n    add: 1\n",
            "line 5: rule r: account_age has no window"
        ),
        (
            "version: 1\nrules:\n  - id: r\n    feature: account_age\n    below: 1d\n    add: 1\n  - id: r\n    feature: account_age\n    below: 2d\n    add: 1\n",
            "line 7: rule r: another rule has this id"
        ),
        (
            "version: 1\nrules: []\nshared_networks:\n  - range: 10.0.0.0/33\n    thresholds:\n      r: 5\n",
            "line 4: \"10.0.0.0/33\": the prefix length must be a number from 0 to 32"
        ),
        (
            "version: 1\nrules: []\nshared_networks:\n  - range: 10.0.0.0/8\n",
            "line 4: thresholds is missing: which rules are different for this network"
        ),
        (
            "version: 1\nrules: []\nshared_networks:\n  - name: office\n",
            "line 4: range is missing"
        ),
        (
            "version: 1\nrules:\n  - id: r\n    feature: accounts_per_ip\n    window: 1h\n    over: 5\n    add: 1\nshared_networks:\n  - range: 10.0.0.0/8\n    thresholds:\n      q: 5\n",
            "line 11: unknown name \"q\"; known here: r"
        ),
    ]

    @Test(arguments: mistakes)
    func aMistakeIsNamedWithItsLineAndRule(_ row: (yaml: String, problem: String)) {
        #expect(Self.problems(row.yaml).contains(row.problem), "\(Self.problems(row.yaml))")
    }

    @Test func allMistakesAreToldTogether() {
        let yaml =
            Self.head
            + "    window: 60\n    over: 0\n    add: 0\n  - id: s\n    feature: none\nother: 1\n"
        #expect(Self.problems(yaml).count == 5, "\(Self.problems(yaml))")
    }

    @Test func boundsOnRulesAndMeasuresHold() {
        func rules(_ count: Int, _ line: (Int) -> String) -> String {
            "version: 1\nrules:\n"
                + (0..<count).map { "  - id: r\($0)\n" + line($0) + "    add: 1\n" }.joined()
        }
        let ages = { (count: Int) in
            rules(count) { "    feature: account_age\n    below: \($0 + 1)d\n" }
        }
        #expect(Self.problems(ages(32)).isEmpty)
        #expect(Self.problems(ages(33)) == ["line 131: at most 32 rules are possible"])
        let windows = { (count: Int) in
            rules(count) {
                "    feature: calls_per_user\n    window: \($0 + 1)s\n    over: 5\n"
            }
        }
        #expect(Self.problems(windows(8)).isEmpty)
        #expect(Self.problems(windows(9)).count == 1)
    }

    @Test func aDocumentThatIsNoMapIsRefused() {
        #expect(throws: RiskRulesError.self) {
            try RiskRules(document: RiskDocument(.text("hello"), line: 1))
        }
    }
}
