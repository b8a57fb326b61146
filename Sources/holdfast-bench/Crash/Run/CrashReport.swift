import FoundationEssentials

/// The result of a crash run, as it is printed.
struct CrashReport: Encodable {
    struct Check: Encodable {
        var check: String
        var sentence: String
        var done: Int
        var failed: Int
    }

    var seed: UInt64
    /// Why nothing was done; empty if something was.
    var skipped = ""
    var statistics: CrashStatistics
    var requests: Int
    var unanswered: Int
    var answers: [String: Int]
    var checks: [Check]
    var failures: [CrashChecks.Failure]
    /// Directories that were kept for a look at them.
    var kept: [String]
    /// The command that does the same again.
    var command: String

    init(
        plan: CrashPlan, command: String, statistics: CrashStatistics, tally: CrashTally,
        checks: CrashChecks, kept: [String]
    ) {
        self.seed = plan.seed
        self.command = command
        self.statistics = statistics
        self.requests = tally.requestCount
        self.unanswered = tally.unknownCount
        self.answers = tally.answers
        self.checks = CrashCheck.allCases.map {
            let count = checks.counts($0)
            return Check(
                check: $0.rawValue, sentence: $0.sentence, done: count.done, failed: count.failed)
        }
        self.failures = checks.failures
        self.kept = kept
    }

    var isGood: Bool { self.checks.allSatisfy { $0.failed == 0 } }

    /// JSON with sorted keys in snake case.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func text() -> String {
        let s = self.statistics
        var lines = [
            "seed \(self.seed)",
            "\(s.rounds) rounds on \(s.servers) servers: \(s.kills) kills, "
                + "\(s.killsDuringRecovery) more during recovery, \(s.killsDuringSnapshot) during "
                + "a snapshot (\(s.snapshotsAskedFor) asked for), \(s.terminations) clean stops, "
                + "\(s.faultsInjected) faults, \(s.disksFilled) full disks; "
                + "longest restart \(s.restartMillisecondsMax) ms",
            "\(self.requests) requests, \(self.unanswered) without an answer; "
                + "\(s.reservations) reservations, \(s.openCalls) open calls settled",
            "",
        ]
        for (answer, count) in self.answers.sorted(by: { $0.key < $1.key }) {
            lines.append("    \(answer): \(count)")
        }
        lines.append("")
        for check in self.checks where check.done > 0 {
            let verdict = check.failed == 0 ? "good  " : "FAILED"
            lines.append(
                "\(verdict)  \(check.sentence): \(check.done) checked, \(check.failed) failed")
        }
        for failure in self.failures {
            lines.append("round \(failure.round) \(failure.check): \(failure.sentence)")
        }
        if !self.skipped.isEmpty { lines.append("skipped: \(self.skipped)") }
        if !self.isGood {
            lines.append("kept: \(self.kept.joined(separator: " "))")
            lines.append("again: \(self.command)")
        }
        return lines.joined(separator: "\n")
    }
}
