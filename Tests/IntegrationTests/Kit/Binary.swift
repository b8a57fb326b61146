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

    /// Runs to the end; kills what takes more than a minute.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Result {
        let process = Process()
        process.executableURL = self.url(name)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        let error = Pipe()
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let identifier = process.processIdentifier
        let guardian = DispatchWorkItem { kill(identifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: guardian)
        let errorBox = DataBox()
        let reader = Thread {
            errorBox.data = error.fileHandleForReading.readDataToEndOfFile()
            errorBox.done.signal()
        }
        reader.start()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        errorBox.done.wait()
        process.waitUntilExit()
        guardian.cancel()
        return Result(
            status: process.terminationStatus,
            standardOutput: String(decoding: text, as: UTF8.self),
            standardError: String(decoding: errorBox.data, as: UTF8.self))
    }

    private final class DataBox: @unchecked Sendable {
        var data = Data()
        let done = DispatchSemaphore(value: 0)
    }
}
