import ArgumentParser
import HoldfastClient

struct RiskTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "What a rules file would have changed.",
        discussion: """
            Checks the file as the server would, and judges every call of the server's log again by it. Nothing changes on the \
            server. Exit code 0: the file is good, whatever it changes; 65: it has mistakes, each is told with its line and \
            rule; 78: it cannot be read.
            """)

    @Argument(help: "The rules file.") var rules: String
    @Flag(help: "Only check the file; no server is asked.") var check = false
    @Option(help: "Changed calls to show, at most.") var examples = 20
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (0...100_000).contains(self.examples) else {
            throw ValidationError("--examples must be from 0 to 100000.")
        }
    }

    func run() async throws {
        let trial: RulesTrial
        switch RulesTrial.read(self.rules) {
        case .rules(let read): trial = read
        case .unreadable(let words):
            Terminal.note("holdfastctl: \(words)")
            throw ExitReason.configuration.thrown
        case .mistakes(let mistakes):
            self.tell(mistakes)
            throw ExitReason.badData.thrown
        }
        if self.check {
            let json = JSONValue.object([
                ("valid", .bool(true)), ("version", .integer(trial.version)),
            ])
            self.common.show(json) {
                [Table(pairs: [("rules", self.rules), ("version", String(trial.version))])]
            }
            return
        }
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let log = try await server.readWholeRiskLog()
            var trial = trial
            trial.judge(log.calls, exampleCountMax: self.examples)
            if trial.version <= log.rulesVersion {
                Terminal.note(
                    "holdfastctl: version \(trial.version) is not above the \(log.rulesVersion) in force: "
                        + "count it up before you use the file")
            }
            self.common.show(Self.json(trial, log)) { Self.tables(trial, log) }
            return .ok
        }
    }

    private func tell(_ mistakes: [(line: Int, rule: String, message: String)]) {
        let json = JSONValue.object([
            ("valid", .bool(false)),
            (
                "problems",
                .array(
                    mistakes.map {
                        .object([
                            ("line", .integer($0.line)), ("rule", .string($0.rule)),
                            ("message", .string($0.message)),
                        ])
                    })
            ),
        ])
        if self.common.output == .json { Terminal.output(json.text() + "\n") }
        for mistake in mistakes {
            let line = mistake.line > 0 ? "line \(mistake.line): " : ""
            let rule = mistake.rule.isEmpty ? "" : "rule \(mistake.rule): "
            Terminal.note("\(self.rules): \(line)\(rule)\(mistake.message)")
        }
    }

    private static func json(_ trial: RulesTrial, _ log: ReadLog) -> JSONValue {
        func calls(_ was: Int) -> JSONValue {
            .object(
                RulesTrial.names.indices.map {
                    (RulesTrial.names[$0], .integer(Int(clamping: trial.calls[was][$0])))
                })
        }
        return .object([
            ("valid", .bool(true)), ("version", .integer(trial.version)),
            ("versionInForce", .integer(log.rulesVersion)),
            ("entries", .integer(log.calls.count)),
            ("changedCalls", .integer(Int(clamping: trial.changedCalls))),
            ("undecidedCalls", .integer(Int(clamping: trial.undecidedCalls))),
            (
                "wasWould",
                .object(RulesTrial.names.indices.map { (RulesTrial.names[$0], calls($0)) })
            ),
            (
                "changes",
                .array(
                    trial.changes.map { change in
                        .object([
                            ("entry", change.call.json), ("would", .string(change.would)),
                            ("score", .string(change.score)),
                            ("fired", .array(change.fired.map { .string($0) })),
                            ("undecided", .array(change.undecided.map { .string($0) })),
                        ])
                    })
            ),
        ])
    }

    private static func tables(_ trial: RulesTrial, _ log: ReadLog) -> [Table] {
        var pairs = [
            ("rules", "version \(trial.version) against \(log.rulesVersion) in force"),
            ("logged calls", String(log.calls.count)),
        ]
        if log.calls.isEmpty {
            pairs.append(("", "nothing to judge: the log is empty"))
            return [Table(pairs: pairs)]
        }
        pairs.append(("calls that change", String(trial.changedCalls)))
        pairs.append(("not known enough of", String(trial.undecidedCalls)))
        var sums = Table("WAS", ">WOULD ALLOW", ">WOULD CHALLENGE", ">WOULD REJECT")
        for (was, name) in RulesTrial.names.enumerated() {
            sums.add(cells: [name] + trial.calls[was].map { String($0) })
        }
        guard !trial.changes.isEmpty else { return [Table(pairs: pairs), sums] }
        var changes = Table("TIME", ">CALLS", "BUYER", "WAS", ">SCORE", "WOULD", ">SCORE", "RULES")
        for change in trial.changes {
            let undecided =
                change.undecided.isEmpty
                ? "" : " (unknown: \(change.undecided.joined(separator: ", ")))"
            changes.add(
                TimeText.text(change.call.atMilliseconds), String(change.call.weight),
                change.call.userID, change.call.outcome.name, String(change.call.score),
                change.would, change.score,
                change.fired.joined(separator: ", ") + undecided)
        }
        return [Table(pairs: pairs), sums, changes]
    }
}
