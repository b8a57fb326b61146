import ArgumentParser
import Glibc
import HoldfastClient
import HoldfastTransport

/// `holdfast-bench expiry`: a million holds that lapse in the same instant, seen by those who go on buying.
struct ExpiryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expiry",
        abstract: "Lets many holds lapse at once and measures who has to wait for it.",
        discussion: """
            The tool loads two sales of its own through AdminService. It holds every unit of one product with one \
            common deadline, then sends Reserves for another product of that sale and for the other sale, and \
            GetStock, at fixed times while the holds lapse. The exit code is 1 when a bound is broken.
            """)

    @Option(help: "Host name or address of the server.")
    var host = "127.0.0.1"

    @Option(help: "Port of the StockService.")
    var port: UInt16 = 7443

    @Option(help: "Port of the AdminService.")
    var adminPort: UInt16 = 7444

    @Option(help: "What the server's certificate must be issued for (default: the host).")
    var serverName: String?

    @Option(help: "PEM file of the CA that signed the server's certificate.")
    var ca: String

    @Option(help: "PEM file with the client certificate, role gateway.")
    var certificate: String

    @Option(help: "PEM file with the client certificate's private key.")
    var key: String

    @Option(help: "PEM file with a certificate of role admin, which loads the sales.")
    var adminCertificate: String

    @Option(help: "PEM file with its private key.")
    var adminKey: String

    @Option(help: "Holds that lapse together.")
    var holds = 1_000_000

    @Option(
        help:
            "Seconds from the first hold to the common deadline: the time to make them, and two more."
    )
    var lead = 25.0

    @Option(help: "Reserves a second while they lapse, one half for each sale.")
    var rate = 20_000.0

    @Option(
        help:
            "GetStocks a second of the product that lapses; each may give 1,024 holds back itself.")
    var readRate = 100.0

    @Option(name: [.customShort("c"), .long], help: "Connections.")
    var connections = 50

    @Option(help: "Calls in flight on a connection while the holds are made.")
    var inFlight = 16

    @Option(help: "Bound: all stock back so many milliseconds after the last deadline.")
    var allBackMsMax = 1_000.0

    @Option(help: "Bound: no Reserve takes longer meanwhile, in milliseconds.")
    var reserveMsMax = 5.0

    @Option(help: "Time a caller waits for an answer, in milliseconds, as sent with each call.")
    var timeoutMs: UInt32 = 10_000

    @Option(help: "Seed of the request ids (default: a new one each time).")
    var seed: UInt64?

    @Option(name: .shortAndLong, help: "text or json.")
    var output = LoadCommand.Output.text

    func validate() throws {
        try Self.require((1...10_000_000).contains(self.holds), "--holds: 1 to 10000000")
        // Idle connections are closed after 60 s.
        try Self.require((2...50).contains(self.lead), "--lead: 2 to 50 seconds")
        try Self.require((1...1_000_000).contains(self.rate), "--rate: 1 to 1000000")
        try Self.require((1...10_000).contains(self.readRate), "--read-rate: 1 to 10000")
        try Self.require((1...1_000).contains(self.connections), "--connections: 1 to 1000")
        try Self.require(
            (1...ExpiryPlan.inFlightMax).contains(self.inFlight),
            "--in-flight: 1 to \(ExpiryPlan.inFlightMax)")
        try Self.require(
            self.allBackMsMax > 0 && self.reserveMsMax > 0, "bounds are above 0")
    }

    func run() async throws {
        let plan = self.plan()
        try await self.loadSales(plan)
        let client = try HoldfastClient(
            configuration: self.clientConfiguration(self.port, self.certificate, self.key))
        let serverClock = try await ServerClockReading.take(client)
        await client.close()
        let before = try await self.serverInfo()
        let frames = try ExpiryFrames(plan: plan)
        let connections = try ConnectionTable(
            plan: ConnectionPlan(
                host: self.host, port: self.port, connectionCount: self.connections,
                inFlightMax: ExpiryPlan.inFlightMax,
                tls: TLSClientConfiguration(
                    serverCAFile: self.ca, certificateChainFile: self.certificate,
                    privateKeyFile: self.key), serverName: self.serverName ?? self.host),
            frameByteCountMax: frames.byteCountMax)
        var generator = ExpiryGenerator(
            plan: plan, serverClock: serverClock, frames: frames, connections: connections)
        try generator.run()
        let report = ExpiryReport(
            plan: plan, figures: generator.figures,
            server: ExpiryServerFigures(from: before, to: try await self.serverInfo()))
        switch self.output {
        case .text: print(report.text())
        case .json: print(try report.json())
        }
        if !report.isKept { throw ExitCode(1) }
    }

    private func serverInfo() async throws -> GetServerInfoResponse {
        let admin = try HoldfastClient(
            configuration: self.clientConfiguration(
                self.adminPort, self.adminCertificate, self.adminKey))
        let info = try await admin.getServerInfo()
        await admin.close()
        return info
    }

    private func plan() -> ExpiryPlan {
        let name = "\(Self.unixSeconds())-\(getpid())"
        return ExpiryPlan(
            saleID: "lapse-\(name)", otherSaleID: "other-\(name)", holdCount: self.holds,
            leadMilliseconds: Int(self.lead * 1_000), reservesPerSecond: self.rate,
            readsPerSecond: self.readRate,
            holdsInFlight: self.inFlight, timeoutMilliseconds: self.timeoutMs,
            seed: self.seed ?? UInt64.random(in: 0...UInt64.max),
            allBackMillisecondsMax: self.allBackMsMax, reserveMillisecondsMax: self.reserveMsMax)
    }

    private static func unixSeconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int(now.tv_sec)
    }

    private func loadSales(_ plan: ExpiryPlan) async throws {
        let steady = Product(
            productID: plan.steadyProductID, total: 1_000_000_000, name: "Steady", priceMinor: 100,
            state: .open)
        let lapsing = Product(
            productID: plan.lapsingProductID, total: plan.holdCount, name: "Lapsing",
            priceMinor: 100, state: .open)
        let admin = try HoldfastClient(
            configuration: self.clientConfiguration(
                self.adminPort, self.adminCertificate, self.adminKey))
        for (saleID, products) in [
            (plan.saleID, [lapsing, steady]), (plan.otherSaleID, [steady]),
        ] {
            let now = Self.unixSeconds() * 1_000
            let sale = Sale(
                saleID: saleID, name: "Expiry drill", state: .open,
                startsAtMilliseconds: now - 60_000, endsAtMilliseconds: now + 3_600_000,
                currency: "EUR", holdMilliseconds: ExpiryPlan.steadyHoldMilliseconds,
                products: products)
            let plan = ImportPlan(sale, importID: RequestID(), validateOnly: false)
            for request in plan.requests {
                let answer = try await admin.preload(request)
                guard answer.outcome != .rejected else {
                    throw LoadError(
                        "the server refuses the sale: \(answer.rejects.map(\.description))")
                }
            }
        }
        await admin.close()
    }

    private func clientConfiguration(
        _ port: UInt16, _ certificate: String, _ key: String
    ) -> ClientConfiguration {
        ClientConfiguration(
            host: self.host, port: port, certificateAuthorityFile: self.ca,
            certificateFile: certificate, privateKeyFile: key, serverName: self.serverName,
            callTimeout: .seconds(10), connectTimeout: .seconds(5),
            silenceTimeout: .seconds(5))
    }

    private static func require(_ condition: Bool, _ message: String) throws {
        if !condition { throw ValidationError(message) }
    }
}
