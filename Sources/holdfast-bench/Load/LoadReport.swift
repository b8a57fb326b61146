import CHoldfastProto
import CProtobufC
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
    var outcomes: [String: UInt64]
    var firstRefusal: String?
    var server: Server?

    init(plan: LoadPlan, window: LoadWindow, tally: borrowing AnswerTally) {
        self.connections = plan.connectionCount
        self.inFlight = plan.inFlightMax
        if case .openLoop(let callsPerSecond) = plan.pace { self.targetRate = callsPerSecond }
        self.seconds = window.seconds
        self.answersInWindow = window.answersInside
        self.rate = Double(window.answersInside) / window.seconds
        self.calls = tally.total.count
        self.unanswered = window.unansweredCount
        self.unsent = window.unsentCount
        self.latencyMicroseconds = Latency(
            p50: Microseconds(tally.total.value(atFraction: 0.5)).value,
            p90: Microseconds(tally.total.value(atFraction: 0.9)).value,
            p99: Microseconds(tally.total.value(atFraction: 0.99)).value,
            p999: Microseconds(tally.total.value(atFraction: 0.999)).value,
            max: Microseconds(tally.total.maximum).value)
        self.codes = [:]
        for (number, count) in tally.codeCounts { self.codes[Self.codeName(number)] = count }
        self.outcomes = [:]
        for (number, count) in tally.outcomeCounts {
            self.outcomes[Self.outcomeName(number)] = count
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

    private static func codeName(_ number: Int) -> String {
        RPCCode(rawValue: UInt16(number))?.name ?? "CODE_\(number)"
    }

    private static func outcomeName(_ number: Int) -> String {
        let prefix = "RESERVE_OUTCOME_"
        return withUnsafePointer(to: holdfast__v1__reserve_outcome__descriptor) { descriptor in
            guard
                let value = protobuf_c_enum_descriptor_get_value(descriptor, Int32(number)),
                let name = value.pointee.name
            else { return "OUTCOME_\(number)" }
            let text = String(cString: name)
            return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        }
    }

    private static func refusalText(_ body: [UInt8]) -> String? {
        guard !body.isEmpty, let status = holdfast__v1__status__unpack(nil, body.count, body) else {
            return nil
        }
        defer { holdfast__v1__status__free_unpacked(status, nil) }
        let reason = String(cString: status.pointee.reason)
        return "\(reason): \(String(cString: status.pointee.message))"
    }
}
