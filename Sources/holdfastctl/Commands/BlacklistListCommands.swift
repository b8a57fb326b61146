import ArgumentParser
import Glibc
import HoldfastClient

struct BlacklistListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists entries that have not lapsed, by id.")

    @Option(help: "Only user, device or network.") var kind: String?
    @Option(help: "So many entries at most.") var limit = 1_000
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var request = BlacklistListRequest()
        if let name = self.kind {
            guard let kind = BlacklistKind(name: name), kind != .unspecified else {
                throw ValidationError("--kind must be user, device or network.")
            }
            request.kind = kind
        }
        guard self.limit > 0 else { throw ValidationError("--limit must be at least 1.") }
        let asked = request
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            var entries: [BlacklistEntry] = []
            try await server.forEachBlacklisted(asked) { page in
                entries += page.prefix(self.limit - entries.count)
                return entries.count < self.limit
            }
            let shown = entries
            self.common.show(.object([("entries", .array(shown.map(\.json)))])) {
                [BlacklistTable.make(shown)]
            }
            return .ok
        }
    }
}

struct BlacklistCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Which entries would bar a buyer.",
        discussion: """
            The first entry shown is the one that a Reserve would meet: the buyer's, else the device's, else the most \
            specific range. Exit code 0: none.
            """)

    @Option(help: "The buyer.") var user = ""
    @Option(help: "The device.") var device = ""
    @Option(help: "The address.") var ip = ""
    @OptionGroup var common: CommonOptions

    func run() async throws {
        if self.user.isEmpty && self.device.isEmpty && self.ip.isEmpty {
            throw ValidationError("Give --user, --device or --ip.")
        }
        let request = BlacklistListRequest(
            userID: self.user, deviceID: self.device, address: self.ip)
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            let response = try await server.blacklistList(request)
            self.common.show(.object([("entries", .array(response.entries.map(\.json)))])) {
                response.entries.isEmpty
                    ? [Table(pairs: [("outcome", "not listed")])]
                    : [BlacklistTable.make(response.entries)]
            }
            return response.entries.isEmpty ? .ok : .negative
        }
    }
}

struct BlacklistExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes all entries as JSON Lines to standard output.",
        discussion: "What it writes, import takes: values, ends, reasons and sources come back.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            try await server.forEachBlacklisted(BlacklistListRequest()) { page in
                Terminal.output(page.map { BlacklistLines.line($0) + "\n" }.joined())
                return true
            }
            return .ok
        }
    }
}

extension HoldfastClient {
    /// Page by page, while `body` returns true.
    func forEachBlacklisted(
        _ request: BlacklistListRequest, _ body: ([BlacklistEntry]) -> Bool
    ) async throws(HoldfastError) {
        var request = request
        while true {
            let page = try await self.blacklistList(request)
            if !body(page.entries) || page.nextPageToken.isEmpty { return }
            request.pageToken = page.nextPageToken
        }
    }
}

enum BlacklistTable {
    static func make(_ entries: [BlacklistEntry]) -> Table {
        var table = Table(">ID", "VALUE", "UNTIL", "REASON", "SOURCE", "BY", "SINCE")
        for entry in entries {
            table.add(
                String(entry.id), entry.value.text,
                entry.expiresAtMilliseconds == 0
                    ? "for good" : TimeText.text(entry.expiresAtMilliseconds),
                entry.reason, entry.source, entry.operatorName,
                TimeText.text(entry.createdAtMilliseconds))
        }
        return table
    }
}
