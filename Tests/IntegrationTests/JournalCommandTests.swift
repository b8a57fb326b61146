import Foundation
import HoldfastClient
import Testing

/// `holdfast journal` on what a real server left.
@Suite struct JournalCommandTests {
    private func journal(_ arguments: String...) throws -> Binary.Result {
        try Binary.run("holdfast", ["journal"] + arguments)
    }

    @Test func aServersDirectoryIsVerifiedShownAndRepaired() throws {
        let home = try TestServer.makeDirectory()
        defer { try? FileManager.default.removeItem(at: home) }
        let data = home.appendingPathComponent("journal-under-test").path
        let server = try TestServer.start(
            in: home, settings: ["HOLDFAST_DATA_DIRECTORY": data], loadsSample: true)
        // Beside the running server.
        let live = try self.journal("verify", data)
        #expect(live.status == 0, "\(live.standardOutput)\(live.standardError)")
        #expect(live.standardOutput.contains("in use by process \(server.processIdentifier)"))
        let locked = try self.journal("repair", data)
        #expect(locked.status == 75 && locked.standardError.contains("in use by"))
        #expect(server.terminate().status == 0)

        let sound = try self.journal("verify", data, "-o", "json")
        #expect(sound.status == 0)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(sound.standardOutput.utf8))
                as? [String: Any])
        #expect(report["sound"] as? Bool == true)
        #expect(report["stopped_in_order"] as? Bool == true)
        let events = try #require(report["events"] as? Int)
        #expect(events > 0)

        let shown = try self.journal("inspect", data, "--groups", "--events", "-o", "json")
        #expect(shown.status == 0)
        let kinds = try shown.standardOutput.split(separator: "\n").compactMap { line in
            try (JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["kind"]
                as? String
        }
        #expect(kinds.contains("importCommitted") && kinds.contains("cleanStop"))

        // A bit of the first group, which a later one proves.
        let segments = try FileManager.default.contentsOfDirectory(atPath: data + "/journal")
            .filter { $0.hasSuffix(".seg") }.sorted()
        let file = URL(fileURLWithPath: data + "/journal/" + (try #require(segments.first)))
        var bytes = try Data(contentsOf: file)
        bytes[4_096 + 200] ^= 1
        try bytes.write(to: file)
        let damaged = try self.journal("verify", data)
        #expect(damaged.status == 65)
        #expect(
            damaged.standardOutput.contains("DAMAGED: damaged group: \(file.path) at offset 4096"))
        let asked = try self.journal("repair", data)
        #expect(asked.status == 65 && asked.standardOutput.contains("would be lost: LSN 1 to"))
        #expect(try self.journal("repair", data, "--accept-loss", "--validate-only").status == 65)
        let repaired = try self.journal("repair", data, "--accept-loss")
        #expect(repaired.status == 0, "\(repaired.standardOutput)\(repaired.standardError)")
        #expect(
            FileManager.default.fileExists(atPath: data + "/repair-1/" + file.lastPathComponent))
        let after = try self.journal("verify", data)
        #expect(after.status == 0, "\(after.standardOutput)")
        let again = try TestServer.start(in: home, settings: ["HOLDFAST_DATA_DIRECTORY": data])
        #expect(again.terminate().status == 0)
    }
}
