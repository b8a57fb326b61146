import Foundation
import Testing

/// One run of `holdfast-bench crash` against the server that was built beside this bundle, and its report.
struct CrashRun {
    struct Report: Decodable {
        struct Check: Decodable {
            var check: String
            var done: Int
            var failed: Int
        }

        struct Failure: Decodable {
            var check: String
            var sentence: String
        }

        struct Statistics: Decodable {
            var rounds: Int
            var kills: Int
            var killsDuringRecovery: Int
            var killsDuringSnapshot: Int
            var terminations: Int
            var faultsInjected: Int
            var tracedCalls: [String: Int]
            var disksFilled: Int
            var sabotages: Int
            var reservations: Int
            var openCalls: Int
        }

        var skipped: String
        var statistics: Statistics
        var requests: Int
        var unanswered: Int
        var answers: [String: Int]
        var checks: [Check]
        var failures: [Failure]
        var kept: [String]
        var command: String

        func done(_ check: String) -> Int { self.checks.first { $0.check == check }?.done ?? 0 }
        func failed(_ check: String) -> Int { self.checks.first { $0.check == check }?.failed ?? 0 }
    }

    struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    let status: Int32
    let report: Report

    /// Small journal files, so that every run rolls over many of them.
    private static let settings = ["--set", "journal.segment_bytes=262144"]

    /// Plays the rounds to their end, within ten minutes. `arguments` are the command's.
    init(_ arguments: [String]) throws {
        let result = try Binary.run(
            "holdfast-bench",
            ["crash", "--server", Binary.url("holdfast").path, "--connections", "16", "-o", "json"]
                + Self.settings + arguments, seconds: 600)
        self.status = result.status
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            self.report = try decoder.decode(
                Report.self, from: Data(result.standardOutput.utf8))
        } catch {
            throw Broken(
                description: "no report, status \(result.status): \(result.standardError) "
                    + "\(result.standardOutput.prefix(2_000))")
        }
    }

    /// Everything held, and so many rounds were played.
    func expectGood(rounds: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let sentences = self.report.failures.map { "\($0.check): \($0.sentence)" }
        #expect(
            self.report.failures.isEmpty && self.status == 0,
            "\(sentences.joined(separator: "\n"))\nagain: \(self.report.command)",
            sourceLocation: sourceLocation)
        #expect(self.report.statistics.rounds == rounds, sourceLocation: sourceLocation)
        // A run without load would prove nothing.
        #expect(self.report.statistics.reservations > 50 * rounds, sourceLocation: sourceLocation)
        for check in ["reservationKnown", "replaySame", "stateAsTold", "stockAgrees", "readKept"] {
            #expect(self.report.done(check) > 0, "\(check)", sourceLocation: sourceLocation)
        }
    }
}
