import Foundation
import HoldfastClient
import Testing

/// A home with certificates, data directories in it, and the servers and tools that an operator runs on them. Removed
/// with this object.
final class OperatedSite: @unchecked Sendable {
    static let segmentBytes = 65_536
    let home: URL
    let data: String
    private var starts = 0

    init() throws {
        self.home = try TestServer.makeDirectory()
        self.data = self.home.appendingPathComponent("kept").path
    }

    deinit { try? FileManager.default.removeItem(at: self.home) }

    func path(_ name: String) -> String { self.home.appendingPathComponent(name).path }

    private func settings(_ data: String, _ others: [String: String]) -> [String: String] {
        [
            "HOLDFAST_LOG_LEVEL": "info", "HOLDFAST_DATA_DIRECTORY": data,
            "HOLDFAST_MEMORY_PREFAULT_BYTES": "0",
            "HOLDFAST_JOURNAL_SEGMENT_BYTES": "\(Self.segmentBytes)",
        ].merging(others) { $1 }
    }

    /// A server, and the file with its log.
    func start(
        _ data: String? = nil, _ others: [String: String] = [:]
    ) throws -> (server: TestServer, log: URL) {
        self.starts += 1
        let log = self.home.appendingPathComponent("log-\(self.starts).txt")
        try Data().write(to: log)
        let server = try TestServer.start(
            in: self.home, settings: self.settings(data ?? self.data, others), log: log)
        return (server, log)
    }

    /// A start that must be refused: its status and its one line.
    func refusal(
        _ data: String? = nil, _ others: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> (status: Int32, line: String) {
        var environment = self.settings(data ?? self.data, others)
        environment["HOLDFAST_LOG_LEVEL"] = "error"
        environment["HOLDFAST_STOCK_PORT"] = "0"
        environment["HOLDFAST_ADMIN_PORT"] = "0"
        environment["HOLDFAST_DATA_SALES"] = ""
        let result = try Binary.run(
            "holdfast", ["serve", "--config", self.path("holdfast.yaml")], environment: environment)
        #expect(result.standardOutput.isEmpty, sourceLocation: sourceLocation)
        let lines = result.standardError.split(separator: "\n")
        #expect(lines.count == 1, "\(result.standardError)", sourceLocation: sourceLocation)
        return (result.status, result.standardError)
    }

    /// A line that starts a server, in the home's folder, until the server has announced itself; SIGTERM ends it.
    func serve(_ line: String, _ data: String) throws -> (announcement: String, status: Int32) {
        var environment = self.settings(data, [:])
        environment["HOLDFAST_STOCK_PORT"] = "0"
        environment["HOLDFAST_ADMIN_PORT"] = "0"
        environment["HOLDFAST_DATA_SALES"] = ""
        let process = self.bash("exec " + line, in: self.home.path, environment)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var announcement: [UInt8] = []
        while let byte = output.fileHandleForReading.readData(ofLength: 1).first,
            byte != UInt8(ascii: "\n")
        {
            announcement.append(byte)
        }
        process.terminate()
        process.waitUntilExit()
        return (String(decoding: announcement, as: UTF8.self), process.terminationStatus)
    }

    func journal(_ arguments: String...) throws -> Binary.Result {
        try Binary.run("holdfast", ["journal"] + arguments)
    }

    /// `holdfastctl` as an administrator.
    func control(_ server: TestServer, _ arguments: String...) throws -> Binary.Result {
        try Binary.run("holdfastctl", arguments, environment: self.variables(of: server))
    }

    private func variables(of server: TestServer) -> [String: String] {
        let files = server.certificate("admin")
        return [
            "HOLDFAST_STOCK_ENDPOINT": "127.0.0.1:\(server.stockPort)",
            "HOLDFAST_ADMIN_ENDPOINT": "127.0.0.1:\(server.adminPort)",
            "HOLDFAST_CA": server.authority, "HOLDFAST_CERTIFICATE": files.certificate,
            "HOLDFAST_KEY": files.key, "HOLDFAST_TIMEOUT_MS": "20000",
        ]
    }

    /// Lines of a shell, as they stand in the document, in a folder with `data` in it; the first failure ends them.
    func shell(_ script: String, in folder: String, server: TestServer?) throws -> Int32 {
        let process = self.bash(script, in: folder, server.map(self.variables) ?? [:])
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private func bash(
        _ script: String, in folder: String, _ variables: [String: String]
    ) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-euc", script]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        let binaries = Binary.url("holdfast").deletingLastPathComponent().path
        environment["PATH"] = binaries + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        return process
    }

    func info(_ server: TestServer) async throws -> GetServerInfoResponse {
        let admin = try server.admin()
        let info = try await admin.getServerInfo()
        await admin.close()
        return info
    }

    // MARK: Files

    func files(_ folder: String, _ suffix: String, in data: String? = nil) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: (data ?? self.data) + "/" + folder)
            .filter { $0.hasSuffix(suffix) }.sorted()
    }

    /// Copies as `cp -a` does.
    func copy(_ source: String, to target: String) throws {
        try FileManager.default.copyItem(atPath: source, toPath: target)
    }

    /// Puts `identity` and the newest snapshot into a new data directory, as docs/OPERATIONS.md says.
    func restoreNewestSnapshot(to target: String) throws {
        let newest = try #require(try self.files("snapshots", ".snap").last)
        try FileManager.default.createDirectory(
            atPath: target + "/snapshots", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        #expect(chmod(target, 0o700) == 0)
        try self.copy(self.data + "/identity", to: target + "/identity")
        try self.copy(
            self.data + "/snapshots/" + newest, to: target + "/snapshots/" + newest)
    }

    /// Flips a bit of a file.
    func damage(_ path: String, at offset: Int) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(offset))
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data([byte ^ 1]))
    }
}

/// The line of a log with these words. Log lines of a start are written before its first line on standard output.
func logLine(_ words: String, in log: URL) throws -> LogLine? {
    try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        .first { $0.contains(words) }.map { LogLine(String($0)) }
}

/// Holds of one buyer each in sale `kept`, and what of it a server must still know later.
struct KeptSales {
    private(set) var requests: [RequestID] = []
    private(set) var confirmed: Set<RequestID> = []

    /// Loads the sale, which goes on for an hour.
    static func load(into server: TestServer) async throws -> KeptSales {
        try await IntegrationTests.load(
            openSale("kept", products: [Product(productID: "sku", total: 100_000)]), into: server)
        return KeptSales()
    }

    /// Makes holds, half of which are confirmed.
    mutating func sell(_ count: Int, on server: TestServer) async throws {
        let client = try server.client()
        for number in 0..<count {
            let request = RequestID()
            let answer = try await client.reserve(
                reserveRequest(
                    "kept", "sku", user: "buyer-\(self.requests.count)", requestID: request))
            #expect(answer.outcome == .reserved)
            self.requests.append(request)
            guard number % 2 == 0 else { continue }
            let end = try await client.confirm(
                ConfirmRequest(
                    saleID: "kept", target: .request(request), paymentReference: "paid-\(number)"))
            #expect(end.outcome == .confirmed)
            self.confirmed.insert(request)
        }
        await client.close()
    }

    /// Everything that was answered is there, and nothing else is.
    func expectKept(
        on server: TestServer, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let client = try server.client()
        for request in self.requests {
            let read = try await client.getReservation(
                GetReservationRequest(saleID: "kept", target: .request(request)))
            let state = read.reservation?.state
            #expect(
                state == (self.confirmed.contains(request) ? .confirmed : .held),
                sourceLocation: sourceLocation)
        }
        let stock = try await client.getStock(GetStockRequest(saleID: "kept"))
        let product = stock.products.first
        #expect(product?.sold == self.confirmed.count, sourceLocation: sourceLocation)
        #expect(
            product?.held == self.requests.count - self.confirmed.count,
            sourceLocation: sourceLocation)
        await client.close()
    }
}
