import FoundationEssentials

/// The result of the drill, as it is printed. Latencies in microseconds, each from when the call was to start.
struct ExpiryReport: Encodable {
    struct Phases: Encodable {
        struct Phase: Encodable {
            var calls: UInt64
            var latencyMicroseconds: LoadReport.Latency

            init(_ histogram: borrowing LatencyHistogram) {
                self.calls = histogram.count
                self.latencyMicroseconds = LoadReport.Latency(histogram)
            }
        }

        var before: Phase
        var meanwhile: Phase
        var after: Phase

        init(_ latencies: borrowing PhaseLatencies) {
            self.before = Phase(latencies.before)
            self.meanwhile = Phase(latencies.meanwhile)
            self.after = Phase(latencies.after)
        }
    }

    struct Bound: Encodable {
        var bound: String
        var measured: Double
        var allowed: Double
        var isKept: Bool

        init(_ bound: String, _ measured: Double, allowed: Double) {
            self.bound = bound
            self.measured = (measured * 1_000).rounded() / 1_000
            self.allowed = allowed
            self.isKept = measured <= allowed
        }
    }

    var holds: Int
    var fillSeconds: Double
    /// From the first hold's deadline to the last one's.
    var deadlineSpreadMilliseconds: Int
    /// From the last deadline to the first GetStock that saw all stock available.
    var allBackMilliseconds: Int
    var backlogAnswers: Int
    var reserveSameSale: Phases
    var reserveOtherSale: Phases
    var getStock: Phases
    var server: ExpiryServerFigures
    var bounds: [Bound]
    var isKept: Bool

    init(
        plan: ExpiryPlan, figures: borrowing ExpiryFigures, server: ExpiryServerFigures
    ) {
        self.server = server
        self.holds = figures.holdCount
        self.fillSeconds = (Double(figures.fillNanoseconds) / 1e7).rounded() / 100
        self.deadlineSpreadMilliseconds =
            figures.lastDeadlineMilliseconds - figures.firstDeadlineMilliseconds
        self.allBackMilliseconds = figures.allBackMilliseconds - figures.lastDeadlineMilliseconds
        self.backlogAnswers = figures.backlogAnswerCount
        self.reserveSameSale = Phases(figures.sameSale)
        self.reserveOtherSale = Phases(figures.otherSale)
        self.getStock = Phases(figures.reads)
        self.bounds = [
            Bound(
                "all stock back after the last deadline, ms", Double(self.allBackMilliseconds),
                allowed: plan.allBackMillisecondsMax),
            Bound(
                "slowest Reserve meanwhile, another product of the sale, ms",
                Double(figures.sameSale.meanwhile.maximum) / 1e6,
                allowed: plan.reserveMillisecondsMax),
            Bound(
                "slowest Reserve meanwhile, another sale, ms",
                Double(figures.otherSale.meanwhile.maximum) / 1e6,
                allowed: plan.reserveMillisecondsMax),
        ]
        self.bounds.append(
            Bound(
                "longest wait of a Reserve by the server's own doing, ms",
                server.reserveWaitMillisecondsMax, allowed: plan.reserveMillisecondsMax))
        self.isKept = self.bounds.allSatisfy(\.isKept)
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
            "\(self.holds) holds made in \(self.fillSeconds) s, their deadlines within "
                + "\(self.deadlineSpreadMilliseconds) ms",
            "all stock back \(self.allBackMilliseconds) ms after the last deadline; "
                + "\(self.backlogAnswers) GetStocks were told EXPIRY_BACKLOG before",
            "",
            "latency from when the call was to start, p50 / p90 / p99 / p99.9 / max ms",
        ]
        for (title, phases) in [
            ("Reserve, another product of the sale", self.reserveSameSale),
            ("Reserve, another sale", self.reserveOtherSale),
            ("GetStock of what lapses", self.getStock),
        ] {
            lines.append(title)
            lines.append("    before    \(Self.text(phases.before))")
            lines.append("    meanwhile \(Self.text(phases.meanwhile))")
            lines.append("    after     \(Self.text(phases.after))")
        }
        lines.append("")
        lines += self.server.lines
        for bound in self.bounds {
            lines.append(
                "\(bound.isKept ? "kept  " : "BROKEN")  \(bound.bound): \(bound.measured), "
                    + "allowed \(bound.allowed)")
        }
        return lines.joined(separator: "\n")
    }

    private static func text(_ phase: Phases.Phase) -> String {
        let latency = phase.latencyMicroseconds
        let values = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
            .map { String(($0 / 10).rounded() / 100) }
        return "\(values.joined(separator: " / "))  (\(phase.calls) calls)"
    }
}
