import FoundationEssentials
import HoldfastWire

/// The result of a run, as it is printed. Latencies in microseconds.
struct LoadReport: Encodable {
    struct Latency: Encodable {
        var p50: Double
        var p90: Double
        var p99: Double
        var p999: Double
        var max: Double

        init(_ histogram: borrowing LatencyHistogram) {
            self.p50 = Microseconds(histogram.value(atFraction: 0.5)).value
            self.p90 = Microseconds(histogram.value(atFraction: 0.9)).value
            self.p99 = Microseconds(histogram.value(atFraction: 0.99)).value
            self.p999 = Microseconds(histogram.value(atFraction: 0.999)).value
            self.max = Microseconds(histogram.maximum).value
        }
    }

    struct Server: Encodable {
        /// Processor time of all the server's threads in the window, for one answer.
        var cpuMicrosecondsPerCall: Double
        /// The same as a share of one core.
        var coresUsed: Double
    }

    var connections: Int
    var inFlight: Int
    /// Calls a second that were asked for; absent in a closed loop.
    var targetRate: Double?
    var seconds: Double
    /// Answers that arrived in the window, a second.
    var rate: Double
    var answersInWindow: UInt64
    /// Calls that started in the window.
    var calls: UInt64
    var unanswered: UInt64
    var unsent: UInt64
    var latencyMicroseconds: Latency
    var codes: [String: UInt64]
    /// Outcomes of Reserve by their names; those of other methods as `Confirm/CONFIRMED`.
    var outcomes: [String: UInt64]
    var firstRefusal: String?
    var server: Server?

    init(plan: LoadPlan, window: LoadWindow, tally: borrowing AnswerTally) {
        self.connections = plan.connections.connectionCount
        self.inFlight = plan.connections.inFlightMax
        if case .openLoop(let callsPerSecond) = plan.pace { self.targetRate = callsPerSecond }
        self.seconds = window.seconds
        self.answersInWindow = window.answersInside
        self.rate = Double(window.answersInside) / window.seconds
        self.calls = tally.total.count
        self.unanswered = window.unansweredCount
        self.unsent = window.unsentCount
        self.latencyMicroseconds = Latency(tally.total)
        self.codes = [:]
        for (number, count) in tally.codeCounts { self.codes[Self.codeName(number)] = count }
        self.outcomes = [:]
        for method in MethodMix.Method.allCases {
            let prefix = method == .reserve ? "" : "\(method.title)/"
            for (number, count) in tally.outcomeCounts(method: method.rawValue) {
                self.outcomes[prefix + method.outcomeName(number)] = count
            }
        }
        self.firstRefusal = Self.refusalText(tally.firstRefusal)
        if let start = window.processorMicrosecondsAtStart,
            let end = window.processorMicrosecondsAtEnd, window.answersInside > 0
        {
            let microseconds = Double(end - start)
            self.server = Server(
                cpuMicrosecondsPerCall: microseconds / Double(window.answersInside),
                coresUsed: microseconds / 1e6 / window.seconds)
        }
    }

    /// JSON with sorted keys in snake case.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func text() -> String {
        let latency = self.latencyMicroseconds
        let pace = self.targetRate.map { "open loop \(Int($0))/s" } ?? "closed loop"
        var lines = [
            "\(self.connections) connections, \(self.inFlight) calls in flight, \(pace), \(self.seconds) s",
            "rate      \(Int(self.rate))/s  (\(self.answersInWindow) answers)",
            "latency   p50 \(latency.p50)  p90 \(latency.p90)  p99 \(latency.p99)  "
                + "p99.9 \(latency.p999)  max \(latency.max) µs",
            "codes     \(Self.list(self.codes))",
            "outcomes  \(Self.list(self.outcomes))",
        ]
        if self.unanswered > 0 {
            lines.append("unanswered \(self.unanswered), of which never sent \(self.unsent)")
        }
        if let firstRefusal { lines.append("first refusal: \(firstRefusal)") }
        if let server {
            let perCall = (server.cpuMicrosecondsPerCall * 1000).rounded() / 1000
            let cores = (server.coresUsed * 100).rounded() / 100
            lines.append("server    \(perCall) µs CPU a call, \(cores) cores")
        }
        return lines.joined(separator: "\n")
    }

    private static func list(_ counts: [String: UInt64]) -> String {
        counts.isEmpty
            ? "none"
            : counts.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", ")
    }

    static func codeName(_ number: Int) -> String {
        RPCCode(rawValue: UInt16(number))?.name ?? "CODE_\(number)"
    }

    private static func refusalText(_ body: [UInt8]) -> String? {
        guard !body.isEmpty, let refusal = Refusal(body) else { return nil }
        return "\(refusal.reason): \(refusal.message)"
    }
}
