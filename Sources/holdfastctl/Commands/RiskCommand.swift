import ArgumentParser
import HoldfastClient

struct RiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk", abstract: "Asks what the risk rules say.",
        subcommands: [RiskCheckCommand.self])
}

struct RiskCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "What a buyer's Reserve would meet now.",
        discussion: """
            Score, decision and every rule that fires, with what it saw, and whether the limiter would let the call in. \
            Nothing is counted or spent. Exit code 0: ALLOW.
            """)

    @Argument(help: "The sale.") var sale: String
    @Argument(help: "The buyer.") var user: String
    @Argument(help: "PRODUCT or PRODUCT:QUANTITY, up to 16; none: one unit without a price.")
    var lines: [String] = []
    @Option(help: "The buyer's address (a gateway must give one).") var ip = ""
    @Option(help: "The buyer's device.") var device = ""
    @Option(
        name: .customLong("account-created-ms"),
        help: "When the buyer's account was made, Unix milliseconds.")
    var accountCreatedMilliseconds = 0
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let hasClient =
            !self.ip.isEmpty || !self.device.isEmpty || self.accountCreatedMilliseconds != 0
        let client = BuyerClient(
            ip: self.ip, deviceID: self.device,
            accountCreatedMilliseconds: self.accountCreatedMilliseconds)
        let request = CheckRiskRequest(
            saleID: self.sale, userID: self.user, lines: self.lines.map { Parsing.line($0) },
            client: hasClient ? client : nil)
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.checkRisk(request)
            self.common.show(response.json) { Self.tables(response) }
            return response.outcome == .allow ? .ok : .negative
        }
    }

    static func tables(_ response: CheckRiskResponse) -> [Table] {
        var pairs = [
            ("outcome", response.outcome.name), ("score", "\(response.score) of 1000"),
            ("rules version", "\(response.rulesVersion)"),
            ("enforced", String(response.enforced)),
        ]
        if response.outcomeWithObserved != response.outcome
            || response.scoreWithObserved != response.score
        {
            pairs.append(
                (
                    "with observed rules",
                    "\(response.outcomeWithObserved.name), \(response.scoreWithObserved)"
                ))
        }
        if !response.limitedBy.isEmpty {
            pairs.append(
                ("rate limited", "by \(response.limitedBy), \(response.retryAfterMilliseconds) ms")
            )
        }
        guard !response.evidence.isEmpty else { return [Table(pairs: pairs)] }
        var rules = Table("RULE", "FEATURE", ">VALUE", ">THRESHOLD", ">WINDOW MS", "EFFECT", "MODE")
        for rule in response.evidence {
            rules.add(
                rule.rule, rule.feature, rule.missing ? "missing" : String(rule.value),
                String(rule.threshold),
                rule.windowMilliseconds == 0 ? "" : String(rule.windowMilliseconds),
                rule.adds > 0
                    ? "adds \(rule.adds)"
                    : rule.raisesTo > 0 ? "raises to \(rule.raisesTo)" : "bars",
                rule.observed ? "observe" : "enforce")
        }
        return [Table(pairs: pairs), rules]
    }
}
