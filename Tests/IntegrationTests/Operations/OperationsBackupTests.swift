import Foundation
import HoldfastClient
import Testing

/// The steps of docs/OPERATIONS.md, "Backup and restore".
@Suite("Operations: backup and restore")
struct OperationsBackupTests {
    /// For the one start from a snapshot without a journal.
    private static let accepted = ["HOLDFAST_ACCEPT_SNAPSHOT": "true"]

    @Test("(a) a stopped server's directory, copied whole, is everything")
    func stoppedCopy() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(20, on: first)
        #expect(first.terminate().status == 0)
        let backup = site.path("backup")
        try site.copy(site.data, to: backup)
        #expect(try site.journal("verify", backup).status == 0)
        let (second, log) = try site.start(backup)
        #expect(try logLine("journal replayed", in: log)?["stopped_in_order"] == "true")
        try await sales.expectKept(on: second)
    }

    @Test("the document's own lines make both backups, and a server starts from each")
    func documentedLines() async throws {
        let page = try String(contentsOf: OperationsDocumentTests.page, encoding: .utf8)
        let part = try #require(page.components(separatedBy: "## Backup and restore").last)
        let blocks = part.components(separatedBy: "```sh\n").dropFirst().prefix(2)
            .compactMap { $0.components(separatedBy: "```").first }
        #expect(blocks.count == 2)
        let site = try OperatedSite()
        let data = site.path("data")
        let (first, _) = try site.start(data)
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(6, on: first)
        #expect(try site.shell(blocks[1], in: site.home.path, server: first) == 0)
        #expect(first.terminate().status == 0)
        let running = site.path("running")
        try FileManager.default.moveItem(atPath: site.path("backup"), toPath: running)
        #expect(try site.shell(blocks[0], in: site.home.path, server: nil) == 0)
        try await sales.expectKept(on: try site.start(running, Self.accepted).server)
        try await sales.expectKept(on: try site.start(site.path("backup")).server)
    }

    @Test("(b) identity and a snapshot start a server with everything up to the snapshot")
    func snapshotAlone() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(20, on: first)
        #expect(try site.control(first, "snapshot").status == 0)
        let restored = site.path("restored")
        try site.restoreNewestSnapshot(to: restored)
        let backedUp = sales
        try await sales.sell(4, on: first)
        first.killHard()

        let verified = try site.journal("verify", restored)
        #expect(verified.status == 0, "\(verified.standardOutput)\(verified.standardError)")
        #expect(verified.standardOutput.contains("there is no journal: the log ends with"))
        let asked = try site.journal("repair", restored)
        #expect(asked.status == 0 && asked.standardOutput.contains("nothing to repair"))
        // A start that fails before it serves changes nothing.
        #expect(
            try site.refusal(restored, ["HOLDFAST_SHARDS": "16"].merging(Self.accepted) { $1 })
                .status == 78)
        // Whoever has lost the journal is not served from a snapshot as if nothing had happened.
        let refused = try site.refusal(restored)
        #expect(refused.status == 80 && refused.line.contains("--accept-snapshot true"))
        let (second, log) = try site.start(restored, Self.accepted)
        let line = try #require(try logLine("journal replayed", in: log))
        #expect(line["events"] == "0" && line["snapshot_lsn"] == line["last_lsn"])
        #expect(try logLine("there is no journal: the log ends with", in: log) != nil)
        var after = backedUp
        try await after.expectKept(on: second)
        // It goes on like any other: sells, is killed, snapshots, starts.
        try await after.sell(6, on: second)
        second.killHard()
        let (third, _) = try site.start(restored)
        try await after.expectKept(on: third)
        #expect(try site.control(third, "snapshot").status == 0)
        #expect(third.terminate().status == 0)
        #expect(try site.journal("verify", restored).status == 0)
        try await after.expectKept(on: try site.start(restored).server)
    }

    @Test("(b) what came behind the snapshot is gone, and Confirms that are sent again count")
    func confirmsAgain() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(4, on: first)
        #expect(try site.control(first, "snapshot").status == 0)
        let restored = site.path("restored")
        try site.restoreNewestSnapshot(to: restored)
        // Paid after the backup.
        let late = try #require(sales.requests.first { !sales.confirmed.contains($0) })
        let confirm = ConfirmRequest(
            saleID: "kept", target: .request(late), paymentReference: "paid late")
        let client = try first.client()
        let told = try await client.confirm(confirm)
        #expect(told.outcome == .confirmed)
        await client.close()
        #expect(first.terminate().status == 0)
        let (second, _) = try site.start(restored, Self.accepted)
        try await sales.expectKept(on: second)
        let other = try second.client()
        let again = try await other.confirm(confirm)
        #expect(again.outcome == .confirmed && again.reservationID == told.reservationID)
        let twice = try await other.confirm(confirm)
        #expect(twice.outcome == .confirmed && twice.replayed)
        await other.close()
    }

    @Test("(c) a journal that was copied under a running server is refused: 80")
    func copiedRunningJournal() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(4, on: first)
        // One folder after the other, as `cp -a` takes them, while it sells and makes a snapshot.
        let copy = site.path("copy")
        try FileManager.default.createDirectory(
            atPath: copy, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        for name in ["identity", "journal"] {
            try site.copy(site.data + "/" + name, to: copy + "/" + name)
        }
        try await sales.sell(4, on: first)
        #expect(try site.control(first, "snapshot").status == 0)
        try site.copy(site.data + "/snapshots", to: copy + "/snapshots")
        #expect(first.terminate().status == 0)
        let (status, line) = try site.refusal(copy)
        #expect(status == 80, "\(line)")
        #expect(try site.journal("verify", copy).status == 65)
        try await sales.expectKept(on: try site.start().server)
    }

    @Test(
        "a journal's folder that is empty is one that was lost: 80",
        arguments: ["everything", "all but the manifest"])
    func lostJournal(what: String) async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(4, on: first)
        #expect(try site.control(first, "snapshot").status == 0)
        #expect(first.terminate().status == 0)
        for name in try site.files("journal", "")
        where what == "everything" || name.hasSuffix(".seg") {
            try FileManager.default.removeItem(atPath: site.data + "/journal/" + name)
        }
        for _ in 0..<2 {
            let (status, line) = try site.refusal()
            #expect(status == 80)
            #expect(line.contains(site.data + "/journal"), "\(line)")
        }
        #expect(try site.journal("verify", site.data).status == 65)
    }

    @Test("a snapshot alone that is damaged, or older than another file's name, is refused: 80")
    func snapshotAloneIsJudged() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(4, on: first)
        #expect(try site.control(first, "snapshot").status == 0)
        #expect(first.terminate().status == 0)
        let restored = site.path("restored")
        try site.restoreNewestSnapshot(to: restored)
        let snapshot =
            restored + "/snapshots/"
            + (try #require(try site.files("snapshots", ".snap", in: restored).first))
        // Something was newer than what can be read.
        let newer = restored + "/snapshots/00000000000fffff.snap"
        try Data(repeating: 7, count: 8_192).write(to: URL(fileURLWithPath: newer))
        #expect(try site.refusal(restored, Self.accepted).status == 80)
        #expect(try site.journal("verify", restored).status == 65)
        try FileManager.default.removeItem(atPath: newer)
        try site.damage(snapshot, at: 4_096 + 100)
        #expect(try site.refusal(restored, Self.accepted).status == 80)
        try site.damage(snapshot, at: 4_096 + 100)
        try await sales.expectKept(on: try site.start(restored, Self.accepted).server)
    }

    @Test("damage: verify, then the file from a backup, and nothing is lost")
    func restoredFile() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(10, on: first)
        #expect(first.terminate().status == 0)
        let backup = site.path("backup")
        try site.copy(site.data, to: backup)
        let name = try #require(try site.files("journal", ".seg").first)
        let segment = site.data + "/journal/" + name
        try site.damage(segment, at: 4_096 + 200)
        let (status, line) = try site.refusal()
        #expect(status == 80)
        #expect(line.contains("damaged group: \(segment) at offset 4096, LSN 1"), "\(line)")
        let verified = try site.journal("verify", site.data)
        #expect(verified.status == 65 && verified.standardOutput.contains("DAMAGED: damaged group"))
        try FileManager.default.removeItem(atPath: segment)
        try site.copy(backup + "/journal/" + name, to: segment)
        #expect(try site.journal("verify", site.data).status == 0)
        try await sales.expectKept(on: try site.start().server)
    }

    @Test("damage without a backup: repair says what would be lost, and gives it up when told so")
    func repaired() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        let sales = try await KeptSales.load(into: first)
        var later = sales
        #expect(first.terminate().status == 0)
        let (second, _) = try site.start()
        try await later.sell(6, on: second)
        #expect(second.terminate().status == 0)
        let name = try #require(
            try site.files("journal", ".seg").first { $0.hasPrefix("00000002-") })
        let segment = site.data + "/journal/" + name
        let shown = try site.journal("inspect", segment, "--groups", "--events", "-o", "json")
        #expect(shown.status == 0 && shown.standardOutput.contains("reserved"))
        // The first group of the second run: the first buyer's.
        try site.damage(segment, at: 4_096 + 150)
        #expect(try site.refusal().status == 80)
        let asked = try site.journal("repair", site.data)
        #expect(asked.status == 65)
        #expect(asked.standardOutput.contains("would be lost: LSN"), "\(asked.standardOutput)")
        #expect(try site.refusal().status == 80, "asking changed something")
        let checked = try site.journal("repair", site.data, "--accept-loss", "--validate-only")
        #expect(checked.status == 65)
        let done = try site.journal("repair", site.data, "--accept-loss")
        #expect(done.status == 0, "\(done.standardOutput)\(done.standardError)")
        #expect(done.standardOutput.contains("repaired: the log ends at LSN"))
        #expect(FileManager.default.fileExists(atPath: site.data + "/repair-1/" + name))
        #expect(try site.journal("verify", site.data).status == 0)
        try await sales.expectKept(on: try site.start().server)
    }
}
