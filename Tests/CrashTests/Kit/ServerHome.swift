import Foundation
import Testing

/// A directory with certificates and configuration for servers of the real binary. Removed with this object.
final class ServerHome {
    struct Failure: Error { let description: String }

    let url: URL
    let dataPath: String

    /// - Parameter dataPath: Where the data is kept; nil: in this directory.
    init(dataPath: String? = nil) throws {
        self.url = FileManager.default.temporaryDirectory
            .appendingPathComponent("holdfast-start-\(UUID().uuidString)")
        self.dataPath = dataPath ?? self.url.appendingPathComponent("kept").path
        let result = try Binary.run("holdfast", ["init", "--directory", self.url.path])
        guard result.status == 0 else { throw Failure(description: result.standardError) }
    }

    deinit { try? FileManager.default.removeItem(at: self.url) }

    private var arguments: [String] {
        ["serve", "--config", self.url.appendingPathComponent("holdfast.yaml").path]
    }
    private var environment: [String: String] {
        [
            "HOLDFAST_STOCK_PORT": "0", "HOLDFAST_ADMIN_PORT": "0", "HOLDFAST_LOG_LEVEL": "error",
            "HOLDFAST_DATA_SALES": "", "HOLDFAST_DATA_DIRECTORY": self.dataPath,
            "HOLDFAST_ADMISSION_MODE": "off",
            "HOLDFAST_JOURNAL_SEGMENT_BYTES": "65536",
        ]
    }

    /// A start that must be refused: its status and its one line.
    func refusal(sourceLocation: SourceLocation = #_sourceLocation) throws -> (Int32, String) {
        let result = try Binary.run("holdfast", self.arguments, environment: self.environment)
        let lines = result.standardError.split(separator: "\n")
        #expect(lines.count == 1, "\(result.standardError)", sourceLocation: sourceLocation)
        #expect(result.standardOutput.isEmpty, sourceLocation: sourceLocation)
        return (result.status, result.standardError)
    }

    /// A start that runs on.
    func start() throws -> Process {
        let process = Process()
        process.executableURL = Binary.url("holdfast")
        process.arguments = self.arguments
        process.environment = ProcessInfo.processInfo.environment.merging(self.environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        self.output = output
        try process.run()
        return process
    }

    /// What the newest start has announced; empty when it ended before. Waits for the one or the other.
    func firstLine() -> String {
        var line: [UInt8] = []
        while let byte = self.output?.fileHandleForReading.readData(ofLength: 1).first,
            byte != UInt8(ascii: "\n")
        {
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    private var output: Pipe?

    /// A start that succeeds, and SIGTERM.
    func startAndStop(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let server = try self.start()
        #expect(self.firstLine().contains("listening"), sourceLocation: sourceLocation)
        kill(server.processIdentifier, SIGTERM)
        server.waitUntilExit()
        #expect(server.terminationStatus == 0, sourceLocation: sourceLocation)
    }
}
