import Foundation
import HoldfastClient

/// One run of the holdfastctl that was built beside this test bundle.
struct ToolRun {
    let status: Int32
    let output: String
    let notes: String

    /// Runs to the end, with the endpoints of scripted servers; kills what takes more than half a minute.
    init(_ arguments: [String], stockPort: UInt16 = 1, adminPort: UInt16 = 1) throws {
        let files = TestCertificates.shared
        let process = Process()
        process.executableURL = Self.directory.appendingPathComponent("holdfastctl")
        process.arguments = arguments
        process.environment = [
            "HOLDFAST_STOCK_ENDPOINT": "127.0.0.1:\(stockPort)",
            "HOLDFAST_ADMIN_ENDPOINT": "127.0.0.1:\(adminPort)",
            "HOLDFAST_CA": files.authority, "HOLDFAST_CERTIFICATE": files.certificate("client"),
            "HOLDFAST_KEY": files.key("client"), "HOLDFAST_TIMEOUT_MS": "5000",
        ]
        let output = Pipe()
        // A file takes any amount while the pipe is being read.
        let notesPath = NSTemporaryDirectory() + "holdfastctl-notes-\(UUID().uuidString)"
        try Data().write(to: URL(fileURLWithPath: notesPath))
        defer { try? FileManager.default.removeItem(atPath: notesPath) }
        let notes = try FileHandle(forWritingTo: URL(fileURLWithPath: notesPath))
        process.standardOutput = output
        process.standardError = notes
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let identifier = process.processIdentifier
        let guardian = DispatchWorkItem { kill(identifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 30, execute: guardian)
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guardian.cancel()
        try notes.close()
        self.status = process.terminationStatus
        self.output = String(decoding: data, as: UTF8.self)
        self.notes = try String(contentsOfFile: notesPath, encoding: .utf8)
    }

    /// The value of a field in JSON output.
    func field(_ name: String) -> String? {
        let object = try? JSONSerialization.jsonObject(with: Data(self.output.utf8))
        return (object as? [String: Any])?[name] as? String
    }

    private static var directory: URL {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        // The runner may be a helper of the toolchain that loads the bundle: then the bundle's path is an argument.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
        return URL(fileURLWithPath: bundle ?? own).deletingLastPathComponent()
    }
}
