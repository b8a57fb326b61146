import FoundationEssentials

/// The result of a sale, as it is printed. Times in milliseconds after the sale has opened, latencies in microseconds.
struct SaleReport: Encodable {
    struct Answer: Encodable {
        var call: String
        var answer: String
        var count: Int
    }

    struct Kind: Encodable {
        var kind: String
        var title: String
        var buyers: Int
        /// Units that buyers of this kind have bought.
        var units: Int
        var answers: [Answer]
    }

    var saleID: String
    var units: Int
    var buyers: Int
    var connections: Int
    var calls: Int
    var soldOutAfterMilliseconds: Double
    var lastPaymentAfterMilliseconds: Double
    var lastAnswerAfterMilliseconds: Double
    var answersPerSecond: Double
    var reserveMicroseconds: LoadReport.Latency
    var confirmMicroseconds: LoadReport.Latency
    var stockBefore: SaleAudit.Stock
    var stockAfter: SaleAudit.Stock
    var kinds: [Kind]
    var claims: [SaleClaim]
    var isProven: Bool

    init(
        plan: SalePlan, callCount: Int, buyers: [SaleBuyer], ledger: SaleLedger,
        times: borrowing SaleTimes, audit: SaleAudit
    ) {
        self.saleID = plan.saleID
        self.units = plan.unitCount
        self.buyers = plan.buyerCount
        self.connections = plan.connectionCount
        self.calls = callCount
        self.soldOutAfterMilliseconds = Self.milliseconds(times.lastGrant)
        self.lastPaymentAfterMilliseconds = Self.milliseconds(times.lastConfirm)
        self.lastAnswerAfterMilliseconds = Self.milliseconds(times.lastAnswer)
        self.answersPerSecond =
            times.lastAnswer == 0
            ? 0 : (Double(ledger.answerCount) / Double(times.lastAnswer) * 1e9).rounded()
        self.reserveMicroseconds = LoadReport.Latency(times.reserve)
        self.confirmMicroseconds = LoadReport.Latency(times.confirm)
        self.stockBefore = audit.before
        self.stockAfter = audit.after
        self.kinds = Self.kinds(buyers, ledger)
        self.claims = SaleClaims.judge(
            plan: plan, callCount: callCount, ledger: ledger, audit: audit)
        self.isProven = self.claims.allSatisfy(\.holds)
    }

    /// JSON with sorted keys in snake case.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func text() -> String {
        var lines = [
            "\(self.saleID): \(self.units) units, \(self.buyers) buyers, \(self.connections) connections, "
                + "\(self.calls) calls",
            "",
            "sold out after   \(self.soldOutAfterMilliseconds) ms",
            "all paid after   \(self.lastPaymentAfterMilliseconds) ms",
            "all answered     \(self.lastAnswerAfterMilliseconds) ms, \(Int(self.answersPerSecond)) answers/s",
            "Reserve          \(Self.text(self.reserveMicroseconds)), from when the buyer came",
            "Confirm          \(Self.text(self.confirmMicroseconds))",
            "",
        ]
        for kind in self.kinds {
            lines.append("\(kind.title): \(kind.buyers) buyers got \(kind.units) units")
            for answer in kind.answers {
                lines.append("    \(answer.call): \(answer.answer) \(answer.count)")
            }
        }
        lines.append("")
        for claim in self.claims {
            lines.append("\(claim.holds ? "proven" : "FAILED")  \(claim.claim): \(claim.evidence)")
        }
        return lines.joined(separator: "\n")
    }

    private static func kinds(_ buyers: [SaleBuyer], _ ledger: SaleLedger) -> [Kind] {
        let counts = buyers.reduce(into: [BuyerKind: Int]()) { $0[$1.kind, default: 0] += 1 }
        let units = ledger.grants.values.reduce(into: [BuyerKind: Int]()) {
            if $1.isConfirmed { $0[buyers[$1.buyer].kind, default: 0] += 1 }
        }
        return BuyerKind.allCases.map { kind in
            let answers = ledger.answers.filter { $0.key.kind == kind }
                .map {
                    Answer(call: $0.key.step.title, answer: $0.key.what, count: $0.value)
                }
                .sorted { ($0.call, -$0.count, $0.answer) < ($1.call, -$1.count, $1.answer) }
            return Kind(
                kind: kind.rawValue, title: kind.title, buyers: counts[kind] ?? 0,
                units: units[kind] ?? 0, answers: answers)
        }
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Double {
        (Double(nanoseconds) / 10_000).rounded() / 100
    }

    private static func text(_ latency: LoadReport.Latency) -> String {
        let values = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
            .map { String(($0 / 10).rounded() / 100) }
        return "p50 / p90 / p99 / p99.9 / max \(values.joined(separator: " / ")) ms"
    }
}
