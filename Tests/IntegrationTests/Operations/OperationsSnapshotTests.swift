import Foundation
import HoldfastClient
import Testing

/// The steps of docs/OPERATIONS.md, "Snapshots".
@Suite("Operations: snapshots")
struct OperationsSnapshotTests {
    @Test(
        "holdfastctl snapshot waits until it is there; a restart loads it and reads what is behind")
    func restartUsesIt() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(20, on: first)
        let made = try site.control(first, "snapshot", "-o", "json")
        #expect(made.status == 0, "\(made.standardError)")
        let snapshots = try site.files("snapshots", ".snap")
        #expect(snapshots.count == 1)
        let lsn = try #require(snapshots.first.flatMap { UInt64($0.prefix(16), radix: 16) })
        let info = try await site.info(first)
        #expect(info.snapshot.lsn == lsn)
        try await sales.sell(6, on: first)
        let end = try await site.info(first).journal.syncedLSN
        first.killHard()
        let (second, log) = try site.start()
        let line = try #require(try logLine("journal replayed", in: log))
        #expect(line["snapshot_lsn"] == "\(lsn)")
        #expect(line["last_lsn"] == "\(end)")
        #expect(line["events"] == "\(end - lsn)")
        try await sales.expectKept(on: second)
    }

    @Test("two are kept, and segments behind the older one are deleted")
    func retention() async throws {
        let site = try OperatedSite()
        let (server, _) = try site.start()
        var sales = try await KeptSales.load(into: server)
        var kept: [[String]] = []
        for _ in 0..<3 {
            try await sales.sell(8, on: server)
            let before = try site.files("journal", ".seg")
            let made = try site.control(server, "snapshot")
            #expect(made.status == 0, "\(made.standardError)")
            kept.append(try site.files("snapshots", ".snap"))
            // Segments go when the snapshot has its name: a moment later.
            if kept.count == 2 {
                try await Self.waitUntil {
                    !(try site.files("journal", ".seg")).contains(before[0])
                }
            }
        }
        try await Self.waitUntil { try site.files("snapshots", ".snap").count == 2 }
        #expect(kept.map(\.count).prefix(2) == [1, 2])
        let newest = try site.files("snapshots", ".snap")
        #expect(newest.first == kept[1].last && !newest.contains(kept[0][0]))
        // No event up to the older one's is left in a segment that ends there, and everything still starts.
        let older = try #require(newest.first.flatMap { UInt64($0.prefix(16), radix: 16) })
        let firstLSN = try #require(
            try site.files("journal", ".seg").first.flatMap {
                UInt64($0.suffix(20).prefix(16), radix: 16)
            })
        #expect(firstLSN == older + 1)
        server.killHard()
        #expect(try site.journal("verify", site.data).status == 0)
        try await sales.expectKept(on: try site.start().server)
    }

    @Test("a damaged newest snapshot is passed over, with a line that says so")
    func damagedIsPassedOver() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        for _ in 0..<2 {
            try await sales.sell(6, on: first)
            #expect(try site.control(first, "snapshot").status == 0)
        }
        #expect(first.terminate().status == 0)
        let names = try site.files("snapshots", ".snap")
        let newest = site.data + "/snapshots/" + (try #require(names.last))
        try site.damage(newest, at: 4_096 + 100)
        let (second, log) = try site.start()
        #expect(try logLine("it is passed over", in: log)?.text.contains(newest) == true)
        let used = try logLine("journal replayed", in: log)?["snapshot_lsn"].flatMap(UInt64.init)
        #expect(used == UInt64(names[0].prefix(16), radix: 16))
        try await sales.expectKept(on: second)
    }

    /// Up to half a minute.
    static func waitUntil(
        _ condition: () throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for _ in 0..<600 {
            if try condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("it did not come about", sourceLocation: sourceLocation)
    }
}
