import Foundation
import HoldfastClient
import Testing

/// `holdfastctl blacklist` against a real server.
@Suite("Blacklist by holdfastctl", .serialized)
struct BlacklistToolTests {
    @Test("holdfastctl blacklist: add, check, list, remove")
    func commands() async throws {
        let server = try await blacklistServer()
        let added = try blacklistTool(
            server,
            ["add", "--user", "eve", "--network", "203.0.113.0/24", "--reason", "resale"])
        #expect(added.status == 0 && added.standardOutput.contains("ADDED"), "\(added)")
        let wide = try blacklistTool(server, ["add", "--network", "10.0.0.0/8"])
        #expect(wide.status == 1 && wide.standardOutput.contains("CONFIRMATION_NEEDED"), "\(wide)")
        #expect(wide.standardError.contains("--yes"), "\(wide)")
        let sure = try blacklistTool(server, ["add", "--network", "10.0.0.0/8", "--yes"])
        #expect(sure.status == 0, "\(sure)")
        let barred = try blacklistTool(server, ["check", "--user", "bob", "--ip", "203.0.113.9"])
        #expect(barred.status == 1 && barred.standardOutput.contains("203.0.113.0/24"))
        let free = try blacklistTool(server, ["check", "--user", "bob", "--ip", "203.0.114.9"])
        #expect(free.status == 0 && free.standardOutput.contains("not listed"), "\(free)")
        let list = try blacklistTool(server, ["list", "--kind", "user"])
        #expect(list.standardOutput.contains("resale") && !list.standardOutput.contains("10.0.0"))
        let removed = try blacklistTool(server, ["remove", "1", "--network", "10.0.0.0/8"])
        #expect(removed.status == 0, "\(removed)")
        let none = try blacklistTool(server, ["remove", "1"])
        #expect(none.status == 1 && none.standardOutput.contains("NOT_FOUND"), "\(none)")
        let usage = try blacklistTool(server, ["add", "--reason", "nobody"])
        #expect(usage.status == 64, "\(usage)")
    }

    @Test("export and import give the same list; a file with a mistake changes nothing")
    func roundTrip() async throws {
        let server = try await blacklistServer()
        let file = server.directory.appendingPathComponent("list.jsonl")
        func write(_ lines: [String]) throws {
            try Data(lines.joined(separator: "\n").utf8).write(to: file)
        }
        let end = Int(Date().timeIntervalSince1970 * 1_000) + 3_600_000
        var lines = (0..<2_500).map { "{\"user_id\":\"bot-\($0)\",\"reason\":\"bulk\"}" }
        lines.append("{\"network\":\"2001:db8:5::/48\",\"expires_at_ms\":\(end)}")
        lines.append("{\"device_id\":\"d\\\"1\",\"source\":\"review\"}")
        // The server's own check, too, comes before the first entry is added.
        try write(lines + ["{\"network\":\"10.1.0.0/8\"}"])
        let refused = try blacklistTool(server, ["import", file.path])
        #expect(refused.status == 65 && refused.standardError.contains("line 2503"), "\(refused)")
        try write(lines + ["{\"network\":\"11.0.0.0/8\"}"])
        let asked = try blacklistTool(server, ["import", file.path])
        #expect(asked.status == 1 && asked.standardError.contains("--yes"), "\(asked)")
        let dry = try blacklistTool(server, ["import", file.path, "--dry-run"])
        #expect(dry.status == 0, "\(dry)")
        let admin = try server.admin()
        let untouched = try await admin.blacklistList()
        #expect(untouched.entryCount == 0)
        let taken = try blacklistTool(server, ["import", file.path, "--yes", "-o", "json"])
        #expect(taken.status == 0 && taken.standardOutput.contains("\"added\": 2503"), "\(taken)")
        func facts(_ text: String) -> Set<String> {
            Set(
                BlacklistLines(Array(text.utf8)).entries.map {
                    "\($0.value) \($0.expiresAtMilliseconds) \($0.reason) \($0.source)"
                })
        }
        let first = try blacklistTool(server, ["export"])
        #expect(first.status == 0 && facts(first.standardOutput).count == 2_503)
        // Into another server.
        let other = try await blacklistServer()
        try Data(first.standardOutput.utf8).write(to: file)
        let moved = try blacklistTool(other, ["import", file.path, "--yes"])
        #expect(moved.status == 0, "\(moved)")
        let second = try blacklistTool(other, ["export"])
        #expect(facts(second.standardOutput) == facts(first.standardOutput))
        // Again: everything is replaced by itself.
        let again = try blacklistTool(other, ["import", file.path, "--yes", "-o", "json"])
        #expect(again.standardOutput.contains("\"replaced\": 2503"), "\(again)")
        let client = try other.client()
        #expect(await client.tryReserve("bot-2499") == "BLACKLISTED")
        let address = await client.tryReserve("bob", client: buyer("2001:db8:5:1::9"))
        #expect(address == "BLACKLISTED")
        await client.close()
        await admin.close()
    }
}
