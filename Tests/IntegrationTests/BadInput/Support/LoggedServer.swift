import Foundation
import HoldfastClient
import Testing

/// The real binary with its standard error in a file, one reactor (so that lines are thinned out in one place), and
/// limits on connections and on lines of the log that a catalogue does not meet.
final class LoggedServer: @unchecked Sendable {
    let directory: URL
    let stockPort: UInt16
    let adminPort: UInt16
    private let process: Process
    private let logFile: URL

    init(settings: [String: String] = [:]) throws {
        let directory = try TestServer.makeDirectory()
        self.directory = directory
        self.logFile = directory.appendingPathComponent("standard-error.txt")
        try Data().write(to: self.logFile)
        let process = Process()
        process.executableURL = Binary.url("holdfast")
        process.arguments = [
            "serve", "--config", directory.appendingPathComponent("holdfast.yaml").path,
        ]
        let ours = [
            "HOLDFAST_STOCK_PORT": "0", "HOLDFAST_ADMIN_PORT": "0", "HOLDFAST_REACTORS": "1",
            "HOLDFAST_LOG_LEVEL": "notice", "HOLDFAST_DATA_SALES": "",
            "HOLDFAST_ADMISSION_MODE": "off",
            "HOLDFAST_LOG_LINES_PER_SECOND": "100000",
            "HOLDFAST_JOURNAL_SEGMENT_BYTES": "1048576",
            "HOLDFAST_MEMORY_PREFAULT_BYTES": "0",
            "HOLDFAST_LIMITS_HANDSHAKES_PER_IP_PER_SECOND": "1000000",
            "HOLDFAST_LIMITS_HANDSHAKES_PER_IP": "1000000",
        ]
        process.environment = ProcessInfo.processInfo.environment
            .merging(ours) { $1 }.merging(settings) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: self.logFile)
        try process.run()
        self.process = process
        var line: [UInt8] = []
        while let byte = output.fileHandleForReading.readData(ofLength: 1).first, byte != 10 {
            line.append(byte)
        }
        let json = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
        func port(_ name: String) -> UInt16? {
            (json?[name] as? String)?.split(separator: ":").last.flatMap { UInt16($0) }
        }
        guard let stock = port("stock"), let admin = port("admin") else {
            process.terminate()
            let text = String(decoding: line, as: UTF8.self)
            throw TestServer.Failure(description: "no first line: \(text)")
        }
        self.stockPort = stock
        self.adminPort = admin
    }

    deinit {
        if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) }
        self.process.waitUntilExit()
        try? FileManager.default.removeItem(at: self.directory)
    }

    var isRunning: Bool { self.process.isRunning }

    func port(_ port: BadInput.Port) -> UInt16 {
        port == .stock ? self.stockPort : self.adminPort
    }

    func certificate(_ name: String) -> (certificate: String, key: String) {
        let base = self.directory.appendingPathComponent("certs/\(name)").path
        return ("\(base).pem", "\(base).key")
    }

    /// Lines of the log behind the first `start`. The server writes them before it closes, so they are there.
    func log(from start: Int = 0) -> [String] {
        let text = (try? String(contentsOf: self.logFile, encoding: .utf8)) ?? ""
        // These servers run with admission off, and say so at their start.
        return Array(
            text.split(separator: "\n").map(String.init)
                .filter { !$0.hasSuffix("unsafe setting setting=admission.mode") }
                .dropFirst(start))
    }

    func client(_ port: BadInput.Port, _ role: String) throws -> HoldfastClient {
        let files = self.certificate(role)
        return try HoldfastClient(
            configuration: ClientConfiguration(
                host: "127.0.0.1", port: self.port(port),
                certificateAuthorityFile: self.certificate("ca").certificate,
                certificateFile: files.certificate, privateKeyFile: files.key,
                callTimeout: .seconds(20), connectTimeout: .seconds(5)))
    }
}
