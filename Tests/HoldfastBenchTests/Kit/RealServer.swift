import Foundation

/// The real `holdfast` beside this test bundle, in a process and a temporary directory of its own, on free ports. Ends
/// with this object.
final class RealServer {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Result {
        let status: Int32
        let output: String
    }

    let directory: URL
    let stockPort: UInt16
    let adminPort: UInt16
    private let process: Process

    init() throws {
        let home = FileManager.default.temporaryDirectory
            .appendingPathComponent("holdfast-bench-test-\(UUID().uuidString)")
        let made = try Self.run("holdfast", ["init", "--directory", home.path])
        guard made.status == 0 else { throw Failure(description: "holdfast init: \(made.output)") }
        let process = Process()
        process.executableURL = Self.program("holdfast")
        process.arguments = [
            "serve", "--config", home.appendingPathComponent("holdfast.yaml").path,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "HOLDFAST_STOCK_PORT": "0", "HOLDFAST_ADMIN_PORT": "0",
            "HOLDFAST_LOG_LEVEL": "warning", "HOLDFAST_DATA_SALES": "",
            // The bench is few buyers at one address, each as fast as it can.
            "HOLDFAST_ADMISSION_MODE": "off",
            "HOLDFAST_JOURNAL_SEGMENT_BYTES": "16777216",
        ]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var line: [UInt8] = []
        while let byte = output.fileHandleForReading.readData(ofLength: 1).first,
            byte != UInt8(ascii: "\n")
        {
            line.append(byte)
        }
        guard let json = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
            let stock = Self.port(json["stock"]), let admin = Self.port(json["admin"])
        else {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw Failure(description: "no ports in \(String(decoding: line, as: UTF8.self))")
        }
        self.directory = home
        self.process = process
        self.stockPort = stock
        self.adminPort = admin
    }

    deinit {
        kill(self.process.processIdentifier, SIGKILL)
        self.process.waitUntilExit()
        try? FileManager.default.removeItem(at: self.directory)
    }

    /// `holdfast-bench` against this server as a gateway.
    func bench(_ command: String, _ arguments: [String]) throws -> Result {
        try Self.run(
            "holdfast-bench",
            [
                command, "--port", "\(self.stockPort)", "--ca", self.file("ca.pem"),
                "--certificate", self.file("gateway.pem"), "--key", self.file("gateway.key"),
            ] + arguments)
    }

    /// What `holdfast-bench sale` needs to load a sale.
    var adminArguments: [String] {
        [
            "--admin-port", "\(self.adminPort)", "--admin-certificate", self.file("admin.pem"),
            "--admin-key", self.file("admin.key"),
        ]
    }

    private func file(_ name: String) -> String {
        self.directory.appendingPathComponent("certs/\(name)").path
    }

    private static func port(_ address: Any?) -> UInt16? {
        (address as? String)?.split(separator: ":").last.flatMap { UInt16($0) }
    }

    private static func program(_ name: String) -> URL {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var folder = URL(fileURLWithPath: own).deletingLastPathComponent()
        // The runner may be a helper of the toolchain that loads the bundle: then the bundle's path is an argument.
        if !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent(name).path) {
            for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
                folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
            }
        }
        return folder.appendingPathComponent(name)
    }

    /// Runs to the end and gives both outputs; kills what takes more than a minute.
    private static func run(_ name: String, _ arguments: [String]) throws -> Result {
        let process = Process()
        process.executableURL = self.program(name)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let identifier = process.processIdentifier
        let guardian = DispatchWorkItem { kill(identifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: guardian)
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guardian.cancel()
        return Result(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self))
    }
}
