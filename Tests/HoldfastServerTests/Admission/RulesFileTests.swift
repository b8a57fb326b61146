import HoldfastAdmission
import HoldfastRules
import Testing

@Suite struct RulesFileTests {
    private func problem(_ text: String) -> String {
        do {
            _ = try RulesFile.parse(text, path: "rules.yaml")
            return "taken"
        } catch {
            return error.description
        }
    }

    @Test func theFileToStartFromSaysWhatIsBuiltIn() throws {
        #expect(try RulesFile.parse(RiskRules.defaultYAML, path: "rules.yaml") == .defaults)
    }

    @Test func everyMistakeIsToldWithItsLineAndRule() {
        let text = """
            version: 1
            rules:
              - id: one
                feature: calls_per_user
                window: 1s
                over: many
                add: 5
              - id: two
                feature: luck
                over: 1
                add: 5
            """
        let problem = self.problem(text)
        #expect(problem.contains("rules.yaml"))
        #expect(problem.contains("line 6: rule one: over"), "\(problem)")
        #expect(problem.contains("line 9: rule two: feature"), "\(problem)")
        #expect(!problem.contains("\n"))
    }

    @Test(arguments: [
        ("", "empty"), ("# nothing\n", "empty"), ("rules: [", "no YAML"),
        ("- a\n", "names with values"),
        ("version: 1\nversion: 2\nrules: []\n", "version"),
        ("version: 1.5\nrules: []\n", "whole number"),
        ("version: \"1\"\nrules: []\n", "whole number"),
        ("version: 1\nrules: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", "a rule"),
    ])
    func whatIsNoRulesFile(text: String, says: String) {
        #expect(self.problem(text).contains(says), "\(self.problem(text))")
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: RulesFileError.self) { try RulesFile.read("/nowhere/rules.yaml") }
    }
}
