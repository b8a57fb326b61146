import Foundation
import HoldfastAdmission
import Logging
import Synchronization
import Testing

@testable import HoldfastServer

@Suite struct RulesWatchTests {
    /// Keeps what was logged.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { self.lines.withLock { $0 } }

        func logger() -> Logger {
            Logger(label: "test") { _ in Handler(lines: self) }
        }

        struct Handler: LogHandler {
            let lines: Lines
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.trace

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { self.metadata[key] }
                set { self.metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                self.lines.lines.withLock { $0.append("\(event.level) \(event.message)") }
            }
        }
    }

    private static func rules(version: Int, over: Int) -> String {
        """
        version: \(version)
        rules:
          - id: purchases
            feature: purchases_per_user
            window: 1h
            over: \(over)
            raise_to: 800
        """
    }

    @Test func aChangedFileIsTakenAndABadOneKeepsTheOldRules() throws {
        let folder = TemporaryDirectory()
        let path = "\(folder.path)/rules.yaml"
        let write = { (text: String) in
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        }
        try write(Self.rules(version: 1, over: 10))
        let settings = try ServerConfiguration.parse(
            flags: ["--admission-rules", path, "--admission-risk-users", "1024"], file: nil
        ).admission
        let gate = try #require(
            try AdmissionGate.make(settings, keys: (1, 2), now: 1_700_000_000_000))
        let lines = Lines()
        let watch = RulesWatch(
            path: path, gate: gate, log: lines.logger(), now: { 1_700_000_000_001 })
        for _ in 0..<5 { watch.look() }
        #expect(gate.rules.version == 1)
        #expect(lines.all.isEmpty)

        try write(Self.rules(version: 2, over: 20))
        // One look alone may have met half a file.
        watch.look()
        #expect(gate.rules.version == 1)
        watch.look()
        #expect(gate.rules.version == 2)
        #expect(gate.rules.rules[0].condition == .over(20))

        try write(Self.rules(version: 3, over: 0))
        for _ in 0..<5 { watch.look() }
        #expect(gate.rules.version == 2)
        try FileManager.default.removeItem(atPath: path)
        for _ in 0..<5 { watch.look() }
        #expect(gate.rules.version == 2)
        try write(Self.rules(version: 4, over: 30))
        for _ in 0..<5 { watch.look() }
        #expect(gate.rules.version == 4)
        #expect(lines.all.count == 4, "\(lines.all)")
        #expect(lines.all.first == "notice admission rules taken")
        #expect(lines.all[1].contains("line 6: rule purchases: over"), "\(lines.all[1])")
        #expect(lines.all[1].hasPrefix("warning admission rules not taken, the old ones stay"))
        #expect(lines.all[2].contains("cannot be read"))
        withExtendedLifetime(folder) {}
    }
}
