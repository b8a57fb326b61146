import ArgumentParser
import HoldfastClient

struct BlacklistCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blacklist", abstract: "Who may not buy: buyers, devices, addresses, ranges.",
        subcommands: [
            BlacklistAddCommand.self, BlacklistRemoveCommand.self, BlacklistListCommand.self,
            BlacklistCheckCommand.self, BlacklistImportCommand.self, BlacklistExportCommand.self,
        ])
}

/// What entries are about.
struct BlacklistValueOptions: ParsableArguments {
    @Option(help: "A buyer; may be given more than once.") var user: [String] = []
    @Option(help: "A device; may be given more than once.") var device: [String] = []
    @Option(
        help: ArgumentHelp(
            "An address, or a range like 203.0.113.0/24; may be given more than once.",
            valueName: "range"))
    var network: [String] = []

    var values: [BlacklistValue] {
        self.user.map { .user($0) } + self.device.map { .device($0) }
            + self.network.map { .network($0) }
    }
}

struct BlacklistAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Bars buyers, devices, addresses or ranges.",
        discussion: """
            A value that is listed already is replaced. IPv4 ranges from /0 to /8 and IPv6 ranges from /0 to /32 are asked \
            about first, with how many of the addresses seen lately they would bar.
            """)

    @OptionGroup var values: BlacklistValueOptions
    @Option(
        help: "The entry ends then: Unix milliseconds or 2026-11-23T10:00:00Z; for good if absent.")
    var until: String?
    @Option(help: "Why, for whoever comes next.") var reason = ""
    @Option(help: "Where it comes from.") var source = "holdfastctl"
    @Flag(help: "Bars wide ranges without asking.") var yes = false
    @Option(name: .customLong("request-id"), help: "The idempotency key; a new one if absent.")
    var requestID: String?
    @Flag(name: .customLong("dry-run"), help: "Full check; nothing changes.") var dryRun = false
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var expires = 0
        if let until = self.until {
            guard let time = TimeText.milliseconds(until), time > 0 else {
                throw ValidationError(
                    "--until \"\(until)\" is no time: give Unix milliseconds or 2026-11-23T10:00:00Z."
                )
            }
            expires = time
        }
        let entries = self.values.values.map {
            BlacklistEntry(
                $0, expiresAtMilliseconds: expires, reason: self.reason, source: self.source)
        }
        guard (1...BlacklistAddRequest.entriesMax).contains(entries.count) else {
            throw ValidationError(
                "Give 1 to \(BlacklistAddRequest.entriesMax) of --user, --device and --network; "
                    + "more go into a file for: holdfastctl blacklist import.")
        }
        var request = BlacklistAddRequest(
            entries: entries, requestID: try Parsing.requestID(orUsage: self.requestID),
            confirmWide: self.yes, validateOnly: self.dryRun)
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            var response = try await server.blacklistAdd(request)
            if response.outcome == .confirmationNeeded && !self.dryRun,
                BlacklistQuestion.isMeant(response, entries)
            {
                request.confirmWide = true
                response = try await server.blacklistAdd(request)
            }
            let shown = response
            self.common.show(shown.json) { Self.tables(shown, entries) }
            return shown.outcome == .added || shown.outcome == .valid ? .ok : .negative
        }
    }

    private static func tables(
        _ response: BlacklistAddResponse, _ entries: [BlacklistEntry]
    ) -> [Table] {
        var table = Table("VALUE", "OUTCOME", ">ID", ">REPLACED", ">WOULD BAR")
        for (entry, result) in zip(entries, response.results) {
            table.add(
                entry.value.text, result.outcome.name, result.id == 0 ? "" : String(result.id),
                result.replacedID == 0 ? "" : String(result.replacedID),
                result.outcome == .wide
                    ? "\(result.addressesHit) of \(response.addressesSeen)" : "")
        }
        return [
            Table(pairs: [
                ("outcome", response.outcome.name), ("replayed", String(response.replayed)),
            ]), table,
        ]
    }
}

/// Asks whether wide ranges are meant.
enum BlacklistQuestion {
    /// - Parameter entries: those of the request, in its order.
    static func isMeant(_ response: BlacklistAddResponse, _ entries: [BlacklistEntry]) -> Bool {
        for (entry, result) in zip(entries, response.results) where result.outcome == .wide {
            Terminal.note(
                "\(entry.value.text) would bar \(result.addressesHit) of the "
                    + "\(response.addressesSeen) different addresses seen lately")
        }
        return Terminal.ask("Bar them? [y/N] ", hint: "give --yes to bar them without being asked")
    }
}

struct BlacklistRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Takes entries off, by id or by exactly what they name.")

    @Argument(help: "Ids, as list shows them.") var ids: [Int] = []
    @OptionGroup var values: BlacklistValueOptions
    @Option(name: .customLong("request-id"), help: "The idempotency key; a new one if absent.")
    var requestID: String?
    @Flag(name: .customLong("dry-run"), help: "Full check; nothing changes.") var dryRun = false
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let targets =
            self.ids.map { BlacklistTarget.id($0) } + self.values.values.map { .value($0) }
        guard (1...BlacklistAddRequest.entriesMax).contains(targets.count) else {
            throw ValidationError(
                "Give 1 to \(BlacklistAddRequest.entriesMax) ids, --user, --device and --network.")
        }
        let request = BlacklistRemoveRequest(
            targets: targets, requestID: try Parsing.requestID(orUsage: self.requestID),
            validateOnly: self.dryRun)
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let response = try await server.blacklistRemove(request)
            self.common.show(response.json) {
                var table = Table("TARGET", "OUTCOME", ">ID", "VALUE", "REASON")
                for (target, result) in zip(targets, response.results) {
                    table.add(
                        target.text, result.outcome.name,
                        result.id == 0 ? "" : String(result.id), result.entry?.value.text ?? "",
                        result.entry?.reason ?? "")
                }
                return [
                    Table(pairs: [
                        ("outcome", response.outcome.name),
                        ("replayed", String(response.replayed)),
                    ]), table,
                ]
            }
            return response.outcome == .notFound ? .negative : .ok
        }
    }
}

extension BlacklistValue {
    /// What it names, with its kind in front.
    var text: String {
        switch self {
        case .user(let id): "user \(id)"
        case .device(let id): "device \(id)"
        case .network(let range): "network \(range)"
        case .unrecognized: "?"
        }
    }
}

extension BlacklistTarget {
    fileprivate var text: String {
        switch self {
        case .id(let id): "id \(id)"
        case .value(let value): value.text
        }
    }
}
