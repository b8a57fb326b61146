import Foundation

/// The executables that were built beside this test bundle.
enum Binary {
    static func url(_ name: String) -> URL {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var directory = URL(fileURLWithPath: own).deletingLastPathComponent()
        // The runner may be a helper of the toolchain that loads the bundle: then the bundle's path is an argument.
        if !FileManager.default.isExecutableFile(
            atPath: directory.appendingPathComponent(name).path)
        {
            for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
                directory = URL(fileURLWithPath: argument).deletingLastPathComponent()
            }
        }
        return directory.appendingPathComponent(name)
    }

    struct Result {
        let status: Int32
        let standardOutput: String
        let standardError: String
    }

    /// Runs to the end and ends what takes longer, first with SIGTERM, so that it can end what it has started.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:],
        seconds: Double = 60
    ) throws -> Result {
        try self.run(
            program: self.url(name), arguments, environment: environment, seconds: seconds)
    }

    /// The same for a program of the system, found along PATH.
    static func system(_ arguments: [String]) throws -> Result {
        try self.run(
            program: URL(fileURLWithPath: "/usr/bin/env"), arguments, environment: [:], seconds: 60)
    }

    private static func run(
        program: URL, _ arguments: [String], environment: [String: String], seconds: Double
    ) throws -> Result {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Files, not pipes: what a left-over child still holds open keeps nobody waiting.
        let folder = FileManager.default.temporaryDirectory
        let outputURL = folder.appendingPathComponent("crash-test-\(UUID().uuidString).out")
        let errorURL = folder.appendingPathComponent("crash-test-\(UUID().uuidString).err")
        defer {
            try? FileManager.default.removeItem(at: outputURL)
            try? FileManager.default.removeItem(at: errorURL)
        }
        try Data().write(to: outputURL)
        try Data().write(to: errorURL)
        process.standardOutput = try FileHandle(forWritingTo: outputURL)
        process.standardError = try FileHandle(forWritingTo: errorURL)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let identifier = process.processIdentifier
        let guardian = DispatchWorkItem {
            kill(identifier, SIGTERM)
            sleep(2)
            kill(identifier, SIGKILL)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: guardian)
        process.waitUntilExit()
        guardian.cancel()
        return Result(
            status: process.terminationStatus,
            standardOutput: try String(contentsOf: outputURL, encoding: .utf8),
            standardError: try String(contentsOf: errorURL, encoding: .utf8))
    }
}
