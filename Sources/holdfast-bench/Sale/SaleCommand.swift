import ArgumentParser
import Glibc
import HoldfastClient
import HoldfastTransport

/// `holdfast-bench sale`: a whole flash sale in one go, cheats included, and the proof that it went right.
struct SaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sale",
        abstract: "Plays a flash sale with cheating buyers and proves that it sold what there was.",
        discussion: """
            With --admin-certificate and --admin-key the tool loads the sale itself. Without, it uses one that is \
            loaded and open: give --sale and --product. All buyers come at once unless --arrive-within spreads them. \
            The exit code is 1 when something that must be true of a sale is not.
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

    @Option(help: "PEM file with a certificate of role admin: the tool then loads the sale.")
    var adminCertificate: String?

    @Option(help: "PEM file with its private key.")
    var adminKey: String?

    @Option(help: "The sale (default, if the tool loads it: a new one).")
    var sale: String?

    @Option(help: "The product.")
    var product = "phone"

    @Option(help: "Units, if the tool loads the sale.")
    var units = 1_000

    @Option(help: "Buyers.")
    var buyers = 100_000

    @Option(help: "How many of a hundred buyers cheat.")
    var cheats = 7.0

    @Option(help: "Seconds within which the buyers come, evenly; 0: all in the same instant.")
    var arriveWithin = 0.0

    @Option(name: [.customShort("c"), .long], help: "Connections.")
    var connections = 200

    @Option(help: "Time a caller waits for an answer, in milliseconds, as sent with each call.")
    var timeoutMs: UInt32 = 30_000

    @Option(help: "Seed of who cheats (default: a new one each time).")
    var seed: UInt64?

    @Option(name: .shortAndLong, help: "text or json.")
    var output = LoadCommand.Output.text

    func validate() throws {
        try Self.require((1...1_000_000).contains(self.units), "--units: 1 to 1000000")
        try Self.require((1...10_000_000).contains(self.buyers), "--buyers: 1 to 10000000")
        try Self.require((0...90).contains(self.cheats), "--cheats: 0 to 90")
        try Self.require((0...30).contains(self.arriveWithin), "--arrive-within: 0 to 30 seconds")
        try Self.require((1...10_000).contains(self.connections), "--connections: 1 to 10000")
        try Self.require(
            (self.adminCertificate == nil) == (self.adminKey == nil),
            "--admin-certificate and --admin-key go together")
        try Self.require(
            self.adminCertificate != nil || self.sale != nil,
            "give --sale, or --admin-certificate and --admin-key to load one")
        try Self.require(
            (1...TargetFrame.saleIDByteCountMax).contains((self.sale ?? "x").utf8.count),
            "--sale: 1 to 64 bytes")
    }

    func run() async throws {
        var plan = self.plan()
        if self.adminCertificate != nil { try await self.loadSale(plan) }
        let client = try HoldfastClient(
            configuration: self.clientConfiguration(self.port, self.certificate, self.key))
        let opening = try await SaleAuditor(client: client, plan: plan).stock()
        plan.unitCount = opening.stock.available
        plan.limitPerUser = opening.limitPerUser
        let script = try SaleScript(plan: plan)
        var generator = SaleGenerator(
            plan: plan, script: script, connections: try self.connect(script))
        try generator.run()
        let ledger = generator.ledger
        let audit = try await SaleAuditor(client: client, plan: plan).audit(
            before: opening.stock, grants: ledger.grants, buyers: script.buyers)
        await client.close()
        let report = SaleReport(
            plan: plan, callCount: generator.callCount, buyers: script.buyers, ledger: ledger,
            times: generator.times, audit: audit)
        switch self.output {
        case .text: print(report.text())
        case .json: print(try report.json())
        }
        if !report.isProven { throw ExitCode(1) }
    }

    private func plan() -> SalePlan {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let seconds = Int(now.tv_sec)
        return SalePlan(
            saleID: self.sale ?? "flash-\(seconds)-\(getpid())", productID: self.product,
            unitCount: self.units, limitPerUser: 1, buyerCount: self.buyers,
            cheatPercent: self.cheats, arrivalSeconds: self.arriveWithin,
            connectionCount: self.connections, timeoutMilliseconds: self.timeoutMs,
            seed: self.seed ?? UInt64.random(in: 0...UInt64.max), nowMilliseconds: seconds * 1_000)
    }

    /// All connections, before the first buyer comes.
    private func connect(_ script: SaleScript) throws -> ConnectionTable {
        let frameByteCountMax = max(
            TargetFrame.byteCountMax, RequestFrame.headerByteCount + script.bodyByteCountMax)
        let plan = ConnectionPlan(
            host: self.host, port: self.port, connectionCount: self.connections,
            inFlightMax: SalePlan.inFlightMax,
            tls: TLSClientConfiguration(
                serverCAFile: self.ca, certificateChainFile: self.certificate,
                privateKeyFile: self.key),
            serverName: self.serverName ?? self.host)
        return try ConnectionTable(plan: plan, frameByteCountMax: frameByteCountMax)
    }

    /// A sale of one product that is open already, through AdminService.
    private func loadSale(_ plan: SalePlan) async throws {
        let sale = Sale(
            saleID: plan.saleID, name: "Flash sale", state: .open,
            startsAtMilliseconds: plan.nowMilliseconds - 60_000,
            endsAtMilliseconds: plan.nowMilliseconds + 3_600_000, currency: "EUR",
            holdMilliseconds: 600_000,
            products: [
                Product(
                    productID: plan.productID, total: plan.unitCount, name: "Phone",
                    priceMinor: 99_900, limitPerUser: plan.limitPerUser, state: .open)
            ])
        let admin = try HoldfastClient(
            configuration: self.clientConfiguration(
                self.adminPort, self.adminCertificate, self.adminKey))
        for request in ImportPlan(sale, importID: RequestID(), validateOnly: false).requests {
            let answer = try await admin.preload(request)
            guard answer.outcome != .rejected else {
                throw LoadError(
                    "the server refuses the sale: \(answer.rejects.map(\.description))")
            }
        }
        await admin.close()
    }

    private func clientConfiguration(
        _ port: UInt16, _ certificate: String?, _ key: String?
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
