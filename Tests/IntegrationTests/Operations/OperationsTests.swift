import Foundation
import HoldfastClient
import Testing

/// The steps of docs/OPERATIONS.md, "Starting and stopping", as an operator takes them.
@Suite("Operations: starting and stopping")
struct OperationsTests {
    @Test("SIGTERM, then a start: everything is kept, and the log says that it stopped in order")
    func stopInOrder() async throws {
        let site = try OperatedSite()
        let (first, firstLog) = try site.start()
        #expect(try logLine("data directory made", in: firstLog)?["path"] == site.data)
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(20, on: first)
        let before = try await site.info(first)
        #expect(first.terminate().status == 0)
        #expect(try logLine("stopped", in: firstLog) != nil)
        let (second, log) = try site.start()
        let line = try #require(try logLine("journal replayed", in: log))
        #expect(line["stopped_in_order"] == "true")
        #expect(line["snapshot_lsn"] == "0")
        #expect(line["generation"] == "2")
        #expect(line["last_lsn"] == "\(before.journal.syncedLSN)")
        #expect(line["events"] == "\(before.journal.syncedLSN)")
        try await sales.expectKept(on: second)
        let after = try await site.info(second)
        #expect(after.hello.bootEpoch == before.hello.bootEpoch + 1)
        #expect(after.hello.instanceID == before.hello.instanceID)
    }

    @Test("kill -9, then a start: everything that was answered is kept")
    func killHard() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        for round in 0..<3 {
            let server = round == 0 ? first : try site.start().server
            try await sales.sell(10, on: server)
            server.killHard()
        }
        let (last, log) = try site.start()
        #expect(try logLine("journal replayed", in: log)?["stopped_in_order"] == "false")
        try await sales.expectKept(on: last)
    }

    @Test("a second start says who has the directory: 75")
    func secondStart() throws {
        let site = try OperatedSite()
        let (server, _) = try site.start()
        let (status, line) = try site.refusal()
        #expect(status == 75)
        #expect(line.contains("is in use by process \(server.processIdentifier) since"), "\(line)")
    }

    @Test("files that others may write are refused: 77, and the command of its line mends it")
    func permissions() throws {
        let site = try OperatedSite()
        #expect(try site.start().server.terminate().status == 0)
        let segment =
            site.data + "/journal/" + (try #require(try site.files("journal", ".seg").last))
        #expect(chmod(segment, 0o620) == 0)
        let (status, line) = try site.refusal()
        #expect(status == 77)
        #expect(line.contains(segment) && line.contains("chmod -R go-w \(site.data)"), "\(line)")
        #expect(chmod(segment, 0o600) == 0)
        #expect(try site.start().server.terminate().status == 0)
    }

    @Test("another number of shards is refused: 78")
    func otherShards() throws {
        let site = try OperatedSite()
        #expect(try site.start(nil, ["HOLDFAST_SHARDS": "8"]).server.terminate().status == 0)
        let (status, line) = try site.refusal(nil, ["HOLDFAST_SHARDS": "16"])
        #expect(status == 78)
        #expect(line.contains("was made with 8 shards") && line.contains("16"), "\(line)")
        #expect(try site.start(nil, ["HOLDFAST_SHARDS": "8"]).server.terminate().status == 0)
    }

    @Test("a clock eight days ahead of live holds is refused: 78, and accepted when told so")
    func clockAhead() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(4, on: first)
        #expect(first.terminate().status == 0)
        let old = site.path("old")
        try ShiftedJournal.write(site.data, to: old, shiftedBy: -8 * 86_400_000)
        let (status, line) = try site.refusal(old)
        #expect(status == 78)
        #expect(line.contains("8 days ahead") && line.contains("2 holds are live"), "\(line)")
        #expect(line.contains("--accept-clock true"), "\(line)")
        let (second, _) = try site.start(old, ["HOLDFAST_ACCEPT_CLOCK": "true"])
        try await sales.expectKept(on: second)
        // It wrote the time that it accepted: the next start needs no permission.
        #expect(second.terminate().status == 0)
        #expect(try site.start(old).server.terminate().status == 0)
    }

    @Test("a clock behind the journal: server time goes on from the journal's newest")
    func clockBehind() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(4, on: first)
        #expect(first.terminate().status == 0)
        let ahead = site.path("ahead")
        let milliseconds: Int64 = 300_000
        try ShiftedJournal.write(site.data, to: ahead, shiftedBy: milliseconds)
        let clock = Int(Date().timeIntervalSince1970 * 1_000)
        let (second, log) = try site.start(ahead)
        let line = try #require(try logLine("the clock is behind the journal", in: log))
        let behind = try #require(line["behind_ms"].flatMap(Int64.init))
        #expect(behind > 0 && behind <= milliseconds)
        let info = try await site.info(second)
        #expect(info.hello.serverTimeMilliseconds >= clock + 200_000)
        try await sales.expectKept(on: second)
    }

    @Test("journal.sync none is named unsafe in the log, in HELLO and in info")
    func syncNone() async throws {
        let site = try OperatedSite()
        let (server, log) = try site.start(nil, ["HOLDFAST_JOURNAL_SYNC": "none"])
        #expect(try logLine("unsafe setting", in: log)?["setting"] == "journal.sync")
        let info = try await site.info(server)
        // The site is a test's: its few buyers come too fast for admission.
        #expect(info.hello.unsafeSettings == ["journal.sync", "admission.mode"])
        #expect(info.journal.sync == "none")
        let shown = try site.control(server, "info")
        #expect(shown.status == 0, "\(shown.standardError)")
        let lines = shown.standardOutput.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("unsafe settings") && $0.contains("journal.sync") })
        #expect(lines.contains { $0.hasPrefix("journal sync") && $0.hasSuffix(" none") })
    }
}
