import Foundation
import HoldfastClient
import Testing

/// The real `holdfast` binary in a process of its own: development certificates, free ports on loopback. Ends with
/// this object.
final class TestServer: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let directory: URL
    let stockPort: UInt16
    let adminPort: UInt16
    let firstLine: String
    private let process: Process
    private let output: Pipe

    /// Makes the directory once; `settings` are environment variables like `HOLDFAST_SALE_LAPSES_MAX`.
    /// - Parameter log: Where its standard error goes; nil: to the tests' own.
    static func start(
        in directory: URL? = nil, settings: [String: String] = [:], loadsSample: Bool = false,
        log: URL? = nil
    ) throws -> TestServer {
        let home = try directory ?? self.makeDirectory()
        return try TestServer(
            directory: home, settings: settings, loadsSample: loadsSample, log: log)
    }

    /// A temporary directory with certificates, made by `holdfast init`.
    static func makeDirectory() throws -> URL {
        let home = FileManager.default.temporaryDirectory
            .appendingPathComponent("holdfast-test-\(UUID().uuidString)")
        let result = try Binary.run("holdfast", ["init", "--directory", home.path])
        guard result.status == 0 else {
            throw Failure(description: "holdfast init failed: \(result.standardError)")
        }
        return home
    }

    private init(
        directory: URL, settings: [String: String], loadsSample: Bool, log: URL?
    ) throws {
        self.directory = directory
        let process = Process()
        process.executableURL = Binary.url("holdfast")
        process.arguments = [
            "serve", "--config", directory.appendingPathComponent("holdfast.yaml").path,
        ]
        var environment = ProcessInfo.processInfo.environment
        environment["HOLDFAST_STOCK_PORT"] = "0"
        environment["HOLDFAST_ADMIN_PORT"] = "0"
        environment["HOLDFAST_LOG_LEVEL"] = "warning"
        // One buyer calls far more often here than a buyer may; tests of admission turn it on.
        environment["HOLDFAST_ADMISSION_MODE"] = "off"
        environment["HOLDFAST_JOURNAL_SEGMENT_BYTES"] = "16777216"
        if !loadsSample { environment["HOLDFAST_DATA_SALES"] = "" }
        for (name, value) in settings { environment[name] = value }
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        if let log { process.standardError = try FileHandle(forWritingTo: log) }
        try process.run()
        self.process = process
        self.output = output
        var line: [UInt8] = []
        while true {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            if byte.isEmpty || byte[0] == UInt8(ascii: "\n") { break }
            line.append(byte[0])
        }
        self.firstLine = String(decoding: line, as: UTF8.self)
        guard
            let json = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
            let stock = json["stock"] as? String, let admin = json["admin"] as? String,
            let stockPort = stock.split(separator: ":").last.flatMap({ UInt16($0) }),
            let adminPort = admin.split(separator: ":").last.flatMap({ UInt16($0) })
        else {
            process.terminate()
            throw Failure(description: "the first line is not what it should be: \(self.firstLine)")
        }
        self.stockPort = stockPort
        self.adminPort = adminPort
    }

    deinit {
        if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) }
    }

    var processIdentifier: Int32 { self.process.processIdentifier }

    /// SIGTERM; returns the exit status and how long it took.
    func terminate() -> (status: Int32, seconds: Double) {
        let start = Date()
        kill(self.process.processIdentifier, SIGTERM)
        self.process.waitUntilExit()
        return (self.process.terminationStatus, Date().timeIntervalSince(start))
    }

    /// kill -9, and waits for the end.
    func killHard() {
        kill(self.process.processIdentifier, SIGKILL)
        self.process.waitUntilExit()
    }

    func certificate(_ role: String) -> (certificate: String, key: String) {
        let certificates = self.directory.appendingPathComponent("certs")
        return (
            certificates.appendingPathComponent("\(role).pem").path,
            certificates.appendingPathComponent("\(role).key").path
        )
    }

    var authority: String { self.directory.appendingPathComponent("certs/ca.pem").path }

    /// A client of the stock port.
    func client(
        _ role: String = "gateway", resolvesLostAnswers: Bool = true,
        callTimeout: Duration = .seconds(20)
    ) throws -> HoldfastClient {
        try self.makeClient(
            role, self.stockPort, resolvesLostAnswers: resolvesLostAnswers,
            callTimeout: callTimeout)
    }

    /// A client of the admin port.
    func admin(_ role: String = "admin") throws -> HoldfastClient {
        try self.makeClient(
            role, self.adminPort, resolvesLostAnswers: true, callTimeout: .seconds(20))
    }

    private func makeClient(
        _ role: String, _ port: UInt16, resolvesLostAnswers: Bool, callTimeout: Duration
    ) throws -> HoldfastClient {
        let files = self.certificate(role)
        return try HoldfastClient(
            configuration: ClientConfiguration(
                host: "127.0.0.1", port: port, certificateAuthorityFile: self.authority,
                certificateFile: files.certificate, privateKeyFile: files.key,
                callTimeout: callTimeout, connectTimeout: .seconds(3),
                silenceTimeout: .seconds(10),
                retryPolicy: RetryPolicy(
                    attemptsMax: resolvesLostAnswers ? 5 : 1,
                    resolvesLostAnswers: resolvesLostAnswers)))
    }
}

/// Loads a sale through AdminService, as one import.
func load(_ sale: Sale, into server: TestServer) async throws {
    let admin = try server.admin()
    for request in ImportPlan(sale, importID: RequestID(), validateOnly: false).requests {
        let response = try await admin.preload(request)
        if request.commit != nil { #expect(response.outcome == .committed, "\(response.rejects)") }
    }
    await admin.close()
}

/// A sale that is open for an hour.
func openSale(
    _ id: String, products: [Product], limitPerUser: Int = 0, purchases: [Purchase] = []
) -> Sale {
    let now = Int(Date().timeIntervalSince1970 * 1_000)
    return Sale(
        saleID: id, name: "test", state: .open, startsAtMilliseconds: now - 60_000,
        endsAtMilliseconds: now + 3_600_000, currency: "CNY", holdMilliseconds: 600_000,
        limitPerUser: limitPerUser, products: products, purchases: purchases)
}

let anyBuyer = BuyerClient(
    ip: "203.0.113.7", deviceID: "device-1", accountCreatedMilliseconds: 1_500_000_000_000)

func reserveRequest(
    _ sale: String, _ product: String, user: String, quantity: Int = 1,
    requestID: RequestID = RequestID(), holdMilliseconds: Int = 0
) -> ReserveRequest {
    ReserveRequest(
        saleID: sale, userID: user, lines: [StockLine(productID: product, quantity: quantity)],
        requestID: requestID, holdMilliseconds: holdMilliseconds, client: anyBuyer)
}
