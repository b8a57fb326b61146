import ArgumentParser
import HoldfastClient

struct RiskExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Why a buyer was refused, out of the server's log.",
        discussion: """
            Each logged call with its score and every rule that fired, what the limiter refused, and what is counted of the buyer \
            now. The log is memory: it holds the latest calls only, and a restart empties it. Of many calls in a second some \
            are logged, and CALLS says how many each stands for.
            """)

    @Argument(help: "The buyer.") var user: String
    @Option(help: "Logged calls to show, at most.") var limit = 50
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000).contains(self.limit) else {
            throw ValidationError("--limit must be from 1 to 100000.")
        }
        guard (1...64).contains(self.user.utf8.count) else {
            throw ValidationError("A buyer's id has 1 to 64 bytes.")
        }
    }

    func run() async throws {
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let log = try await server.readWholeRiskLog(user: self.user, countMax: self.limit)
            let json = JSONValue.object([
                ("userId", .string(self.user)), ("rulesVersion", .integer(log.rulesVersion)),
                ("present", .array(log.present.map(\.json))),
                ("entries", .array(log.calls.map(\.json))), ("more", .bool(log.isCut)),
            ])
            self.common.show(json) { Self.tables(self.user, log) }
            return .ok
        }
    }

    static func tables(_ user: String, _ log: ReadLog) -> [Table] {
        var counts = Table("COUNTED NOW", ">WINDOW MS", ">COUNT")
        for measure in log.present {
            counts.add(
                measure.feature, String(measure.windowMilliseconds),
                String(measure.value) + (measure.isAtLeast ? " or more" : ""))
        }
        var pairs = [
            ("buyer", user), ("rules version", String(log.rulesVersion)),
            ("logged calls", String(log.calls.count) + (log.isCut ? ", and more (--limit)" : "")),
        ]
        if log.calls.isEmpty {
            pairs.append(("", "nothing was refused of late, as far as the log reaches"))
        }
        var tables = [Table(pairs: pairs)]
        if !log.present.isEmpty { tables.append(counts) }
        guard !log.calls.isEmpty else { return tables }
        var calls = Table(
            ">#", "TIME", ">CALLS", "OUTCOME", ">SCORE", "LIMITED BY", "IP", "DEVICE", ">RULES")
        var rules = Table(titles: [">#"] + RiskEvidence.titles)
        for (index, call) in log.calls.enumerated() {
            let number = String(index + 1)
            let isObserved = call.outcomeWithObserved != call.outcome
            calls.add(
                number, TimeText.text(call.atMilliseconds), String(call.weight),
                call.outcome.name
                    + (isObserved ? " (\(call.outcomeWithObserved.name) with observed)" : ""),
                String(call.score),
                call.limitedBy.isEmpty
                    ? "" : "\(call.limitedBy), \(call.retryAfterMilliseconds) ms",
                call.ip.isEmpty ? call.address.name : call.ip, call.device.name,
                String(call.rulesVersion))
            for evidence in call.evidence { rules.add(cells: [number] + evidence.cells) }
        }
        tables.append(calls)
        if log.calls.contains(where: { !$0.evidence.isEmpty }) { tables.append(rules) }
        return tables
    }
}
