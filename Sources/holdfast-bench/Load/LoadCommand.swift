import ArgumentParser
import Glibc
import HoldfastTransport

/// `holdfast-bench load`: Reserve and other calls of many buyers, as fast as they are answered or at a fixed rate.
struct LoadCommand: ParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Sends calls of many buyers and measures the answers.",
        discussion: """
            Without --rate each connection keeps its calls in flight (closed loop). With --rate calls start at \
            fixed times whatever the server does (open loop), and latency counts from the time at which a call \
            was to start. The program uses one core; give it one of its own.
            """)

    @Option(help: "Host name or address of the server.")
    var host = "127.0.0.1"

    @Option(help: "Port of the StockService.")
    var port: UInt16 = 7443

    @Option(help: "What the server's certificate must be issued for (default: the host).")
    var serverName: String?

    @Option(help: "PEM file of the CA that signed the server's certificate.")
    var ca: String

    @Option(help: "PEM file with the client certificate, role gateway.")
    var certificate: String?

    @Option(help: "PEM file with the client certificate's private key.")
    var key: String?

    @Option(name: [.customShort("c"), .long], help: "Connections.")
    var connections = 50

    @Option(
        help:
            "Calls in flight on a connection: kept in a closed loop (default 16), a limit in an open one (1024)."
    )
    var inFlight: Int?

    @Option(help: "Calls a second over all connections, as an open loop.")
    var rate: Double?

    @Option(name: [.customShort("d"), .long], help: "Seconds that are measured.")
    var duration = 10.0

    @Option(help: "Seconds before that, which are not.")
    var warmUp = 1.0

    @Option(help: "Time a caller waits for an answer, in milliseconds, as sent with each call.")
    var timeoutMs: UInt32 = 5_000

    @Option(
        help: """
            Methods and their weights. Confirm and Cancel take reservations that this run was granted, each once; \
            get reads them. While there is none, a Reserve is sent instead.
            """)
    var mix = "reserve=100"

    @Option(help: "Buyers are drawn from this many.")
    var buyers: UInt64 = 100_000_000

    @Option(help: "Sales: the prefix with 1 … this number.")
    var sales = 1

    @Option(help: "Products of each sale: the prefix with 1 … this number.")
    var products = 1

    @Option(help: "Start of each sale id.")
    var salePrefix = "sale-"

    @Option(help: "Start of each product id.")
    var productPrefix = "sku-"

    @Option(help: "Units a call.")
    var quantity: Int64 = 1

    @Option(help: "How long to hold, in milliseconds; 0 takes the sale's own.")
    var holdMs: Int64 = 0

    @Option(help: "Seed of the ids and choices (default: a new one each time).")
    var seed: UInt64?

    @Option(help: "The server's process on this machine: reports its processor time.")
    var serverPid: Int32?

    @Flag(help: "Send SIGUSR1 to that process when the measured window begins and when it ends.")
    var signalWindow = false

    @Option(name: .shortAndLong, help: "text or json.")
    var output = Output.text

    @Flag(help: "No progress line each second on standard error.")
    var quiet = false

    func validate() throws {
        do { _ = try MethodMix(self.mix) } catch { throw ValidationError("--mix: \(error)") }
        try Self.require((1...10_000).contains(self.connections), "--connections: 1 to 10000")
        try Self.require(
            (1...65_536).contains(self.inFlight ?? 1), "--in-flight: 1 to 65536")
        try Self.require(
            self.rate.map { $0 > 0 && $0 <= 10_000_000 } ?? true, "--rate: above 0, to 10000000")
        try Self.require(
            self.duration >= 0.1 && self.duration <= 86_400, "--duration: 0.1 to 86400 seconds")
        try Self.require(
            self.warmUp >= 0 && self.warmUp <= 3_600, "--warm-up: 0 to 3600 seconds")
        try Self.require(
            (1...TrafficSettings.buyerCountMax).contains(self.buyers),
            "--buyers: 1 to \(TrafficSettings.buyerCountMax)")
        try Self.require(
            self.sales >= 1 && self.products >= 1
                && self.sales <= TrafficSettings.pairCountMax
                && self.products <= TrafficSettings.pairCountMax
                && self.sales * self.products <= TrafficSettings.pairCountMax,
            "--sales times --products: 1 to \(TrafficSettings.pairCountMax)")
        try Self.require(
            self.salePrefix.utf8.count <= 40 && self.productPrefix.utf8.count <= 40,
            "--sale-prefix, --product-prefix: at most 40 bytes")
        try Self.require(
            (self.certificate == nil) == (self.key == nil), "--certificate and --key go together")
        try Self.require(
            !self.signalWindow || self.serverPid != nil, "--signal-window needs --server-pid")
    }

    func run() throws {
        let plan = try self.plan()
        let traffic = try LoadTraffic(plan: plan)
        let connections = try ConnectionTable(
            plan: plan.connections, frameByteCountMax: traffic.frameByteCountMax)
        var generator = LoadGenerator(plan: plan, traffic: traffic, connections: connections)
        let report = try generator.run()
        switch self.output {
        case .text: print(report.text())
        case .json: print(try report.json())
        }
    }

    private func plan() throws -> LoadPlan {
        LoadPlan(
            connections: ConnectionPlan(
                host: self.host, port: self.port, connectionCount: self.connections,
                inFlightMax: self.inFlight ?? (self.rate == nil ? 16 : 1024),
                tls: TLSClientConfiguration(
                    serverCAFile: self.ca, certificateChainFile: self.certificate,
                    privateKeyFile: self.key),
                serverName: self.serverName ?? self.host),
            pace: self.rate.map { .openLoop(callsPerSecond: $0) } ?? .closedLoop,
            warmUpSeconds: self.warmUp, durationSeconds: self.duration,
            timeoutMilliseconds: self.timeoutMs,
            traffic: TrafficSettings(
                buyerCount: self.buyers, salePrefix: self.salePrefix, saleCount: self.sales,
                productPrefix: self.productPrefix, productCount: self.products,
                quantity: self.quantity, holdMilliseconds: self.holdMs,
                seed: self.seed ?? UInt64.random(in: 0...UInt64.max)),
            mix: try MethodMix(self.mix),
            serverProcessID: self.serverPid, signalsWindow: self.signalWindow,
            showsProgress: !self.quiet)
    }

    private static func require(_ condition: Bool, _ message: String) throws {
        if !condition { throw ValidationError(message) }
    }
}
