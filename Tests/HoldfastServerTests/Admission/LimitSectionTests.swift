import HoldfastAdmission
import HoldfastRules
import Testing

/// Limits in a rules file.
@Suite struct LimitSectionTests {
    private static let head = "version: 1\nrules: []\n"

    private func read(_ text: String) throws -> AdmissionRules {
        try RulesFile.parse(Self.head + text, path: "rules.yaml")
    }

    @Test func whatTheFileNamesTakesThePlaceOfTheSettings() throws {
        let rules = try self.read(
            """
            limits:
              user: 2/s burst 4
              ip: unlimited
              sale: 5/10s sliding
              sales:
                - id: sale-1
                  user: 1/m
                  device: unlimited
              networks:
                - range: 203.0.113.0/24
                  limit: 1000/s burst 5000
                - range: 2001:db8::/48
                  limit: 10/s
                  together: true
            """)
        let settings = rules.limits.applied(to: LimiterSettings())
        #expect(settings.user == .tokenBucket(count: 2, periodMilliseconds: 1_000, burst: 4))
        #expect(settings.address == .unlimited)
        #expect(settings.device == LimiterSettings().device)
        #expect(settings.sale == .slidingWindow(limit: 5, windowMilliseconds: 10_000))
        #expect(settings.global == LimiterSettings().global)
        #expect(
            settings.sales == [
                SaleLimits(
                    saleID: "sale-1",
                    user: .tokenBucket(count: 1, periodMilliseconds: 60_000, burst: 1),
                    device: .unlimited)
            ])
        #expect(settings.networks.map(\.counting) == [.eachAddress, .wholeRange])
        #expect(throws: Never.self) { try settings.validate() }
    }

    @Test func withoutTheSectionTheSettingsStay() throws {
        var settings = LimiterSettings()
        settings.user = .unlimited
        settings.sales = [SaleLimits(saleID: "s", user: .unlimited)]
        #expect(try self.read("").limits.applied(to: settings) == settings)
        let none = try self.read("limits:\n  sales: []\n").limits.applied(to: settings)
        #expect(none.sales.isEmpty && none.user == .unlimited)
    }

    @Test func everyMistakeIsToldWithItsLineAmongThoseOfTheRules() {
        do {
            _ = try RulesFile.parse(
                """
                version: 0
                limits:
                  user: often
                  ip: 10/s burst 0
                  nobody: 1/s
                  sales:
                    - user: 1/s
                    - id: a
                    - id: a
                  networks:
                    - range: 1.2.3.4/33
                      limit: 1/s
                    - range: 1.2.3.4
                    - range: 1.2.3.5
                      limit: 1/s
                      together: maybe
                rules: {}
                """, path: "rules.yaml")
            Issue.record("taken")
        } catch {
            #expect(error.problems.map(\.line) == [1, 3, 4, 5, 7, 9, 11, 13, 16, 17])
            let words = error.problems.map(\.message)
            #expect(words[1].contains("'often' is no limit"), "\(words)")
            #expect(words[2].contains("burst must be 1"), "\(words)")
            #expect(words[3].contains("unknown name \"nobody\""), "\(words)")
            #expect(words[5].contains("twice"), "\(words)")
            #expect(error.description.contains("rules.yaml: line 1: version"))
            #expect(!error.summary.contains("rules.yaml"))
        }
    }

    @Test func twoSectionsAreAMistake() {
        #expect(throws: RulesFileError.self) {
            try self.read("limits:\n  user: 1/s\nlimits:\n  user: 2/s\n")
        }
        #expect(throws: RulesFileError.self) { try self.read("limits: 5\n") }
    }
}
