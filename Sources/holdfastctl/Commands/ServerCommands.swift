import ArgumentParser
import HoldfastClient

struct PingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping", abstract: "Asks the server for a sign of life.")

    @Flag(help: "Ask AdminService (by GetServerInfo) instead of StockService.") var admin = false
    @Option(help: "How often, at least once.") var count = 1
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...1_000_000).contains(self.count) else {
            throw ValidationError("--count must be from 1 to 1000000.")
        }
    }

    func run() async throws {
        try await self.common.withClient(self.admin ? .admin : .stock) {
            server throws(HoldfastError) in
            var rows: [JSONValue] = []
            var table = Table(">PING", ">MICROSECONDS", "SERVER TIME")
            for number in 1...self.count {
                let start = MonotonicClock.nanoseconds()
                let serverTime =
                    self.admin
                    ? try await server.getServerInfo().hello.serverTimeMilliseconds
                    : try await server.ping().serverTimeMilliseconds
                let microseconds = Int((MonotonicClock.nanoseconds() - start) / 1_000)
                rows.append(
                    .object([
                        ("microseconds", .integer(microseconds)),
                        ("serverTimeMs", .integer(serverTime)),
                    ]))
                table.add(
                    String(number), String(microseconds),
                    TimeText.text(serverTime))
            }
            self.common.show(.object([("pings", .array(rows))])) { [table] }
            return .ok
        }
    }
}

struct InfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Shows versions, limits and counts of the server.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let info = try await server.getServerInfo()
            self.common.show(info.json) { Self.tables(info) }
            return .ok
        }
    }

    private static func tables(_ info: GetServerInfoResponse) -> [Table] {
        let hello = info.hello
        let limits = hello.limits
        return [
            Table(pairs: [
                ("software", hello.software), ("protocol", hello.protocolVersion),
                ("instance", ProtobufReader.hex(hello.instanceID)),
                ("boot epoch", String(hello.bootEpoch)), ("durability", info.durability),
                ("you are", "\(hello.caller) (\(hello.role))"),
                ("server time", TimeText.text(hello.serverTimeMilliseconds)),
                ("uptime", "\(info.uptimeMilliseconds / 1_000) s"),
                (
                    "unsafe settings",
                    hello.unsafeSettings.isEmpty
                        ? "none" : hello.unsafeSettings.joined(separator: ", ")
                ),
            ]),
            Table(pairs: [
                ("shards", String(info.shardCount)), ("reactors", String(info.reactorCount)),
                ("connections", String(info.connections)), ("sales", String(info.sales)),
                ("live holds", String(info.liveHolds)),
                ("reservations", String(info.reservations)), ("buyers", String(info.buyers)),
                ("events", String(info.events)), ("calls", String(info.calls)),
                ("engine memory", "\(info.engineBytes) bytes"),
            ]),
            Table(pairs: info.journal.pairs),
            Table(pairs: info.snapshot.pairs),
            Table(pairs: info.expiry.pairs),
            Table(pairs: info.admission.pairs),
            Table(pairs: [
                ("frame", "\(limits.frameBytesMax) bytes"),
                ("calls in flight", String(limits.callsInFlightMax)),
                ("control frames", "\(limits.controlFramesPerSecondMax) a second"),
                ("idle", "\(limits.idleMilliseconds) ms"),
                ("default timeout", "\(limits.defaultTimeoutMilliseconds) ms"),
                ("lines", String(limits.linesMax)),
                ("hold", "\(limits.holdMillisecondsMin) to \(limits.holdMillisecondsMax) ms"),
                ("connections", String(limits.connectionsMax)),
            ]),
        ]
    }
}

extension ExpiryInfo {
    /// Lines for people.
    fileprivate var pairs: [(String, String)] {
        let mean = self.biteMicrosecondsTotal / max(self.bites, 1)
        return [
            ("lapsed", "\(self.lapsed), in \(self.bites) bites"),
            ("bites", "mean \(mean) µs, longest \(self.biteMicrosecondsMax) µs"),
            ("longest turn while holds lapsed", "\(self.turnMicrosecondsMax) µs"),
            ("most bytes ahead of others", String(self.bytesAheadMax)),
        ]
    }
}

extension JournalInfo {
    /// Lines for people.
    fileprivate var pairs: [(String, String)] {
        guard self.sync != "memory" else {
            return [("journal", "none: what is acknowledged is gone with the process")]
        }
        let mean = self.syncMicrosecondsTotal / max(self.syncs, 1)
        return [
            ("journal sync", self.sync), ("generation", String(self.generation)),
            ("appended", "up to LSN \(self.appendedLSN)"),
            ("synced", "up to LSN \(self.syncedLSN)"),
            ("written", "\(self.groups) groups, \(self.bytes) bytes"),
            ("syncs", "\(self.syncs), mean \(mean) µs, slowest \(self.syncMicrosecondsMax) µs"),
            ("waiting", "\(self.backlogBytes) bytes"),
            ("segments", "\(self.segments), \(self.readyBytes) bytes ready ahead"),
            ("room on disk", self.hasRoom ? "yes" : "NO: new holds are refused STORAGE_FULL"),
        ]
    }
}
