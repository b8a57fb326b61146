import Foundation
import HoldfastClient
import Testing

/// Every command line of docs/OPERATIONS.md, run as it stands there.
@Suite("Operations: the document's command lines")
struct OperationsLinesTests {
    /// What a line is run on.
    private enum Place {
        /// A directory `data` that a server has left, which the line starts a server on.
        case served
        /// A running server.
        case running
        /// A directory `data` with a damaged group; in the document's order.
        case damaged
        /// `OperationsBackupTests.documentedLines` runs its block whole.
        case backup
    }

    private static let rows: [(line: String, place: Place, status: Int32)] = [
        ("holdfast check-config --config holdfast.yaml", .running, 0),
        ("holdfast serve --config holdfast.yaml", .served, 0),
        ("holdfast serve --config holdfast.yaml --accept-clock true", .served, 0),
        ("holdfastctl snapshot", .running, 0),
        ("holdfastctl snapshot --no-wait", .running, 0),
        ("holdfastctl snapshot --timeout 60", .running, 0),
        ("cp -a data backup", .backup, 0),
        ("holdfast journal verify backup", .backup, 0),
        ("mkdir -m 700 backup backup/snapshots", .backup, 0),
        ("cp -a data/identity backup/", .backup, 0),
        (#"cp -a "$(ls data/snapshots/*.snap | tail -n 1)" backup/snapshots/"#, .backup, 0),
        ("holdfast serve --config holdfast.yaml --accept-snapshot true", .served, 0),
        ("holdfast journal verify data", .damaged, 65),
        ("holdfast journal inspect data --groups", .damaged, 0),
        ("holdfast journal inspect data --events --from 1 --to 100 -o json", .damaged, 0),
        ("holdfast journal repair data", .damaged, 65),
        ("holdfast journal repair data --accept-loss --validate-only", .damaged, 65),
        ("holdfast journal repair data --accept-loss", .damaged, 0),
        (
            "holdfastctl blacklist add --user bot-1 --network 203.0.113.0/24 --until "
                + "2099-01-01T00:00:00Z --reason resale", .running, 0
        ),
        ("holdfastctl blacklist check --user bot-1 --ip 203.0.113.7", .running, 1),
        ("holdfastctl blacklist list --kind network", .running, 0),
        ("holdfastctl blacklist remove --user bot-1", .running, 0),
        ("holdfastctl blacklist export > listed.jsonl", .running, 0),
        ("holdfastctl blacklist import --yes listed.jsonl", .running, 0),
        ("holdfastctl info", .running, 0),
        ("holdfastctl info -o json", .running, 0),
    ]

    private static func lines(_ place: Place) -> [(line: String, status: Int32)] {
        self.rows.filter { $0.place == place }.map { ($0.line, $0.status) }
    }

    @Test("each line of the document has a row here, and each row stands in the document")
    func complete() throws {
        let shown = try OperationsDocumentTests().commandLines.map { $0.joined(separator: " ") }
        #expect(Set(shown) == Set(Self.rows.map(\.line)))
    }

    @Test("lines for a running server")
    func running() async throws {
        let site = try OperatedSite()
        let (server, _) = try site.start()
        var sales = try await KeptSales.load(into: server)
        try await sales.sell(4, on: server)
        for (line, status) in Self.lines(.running) {
            #expect(try site.shell(line, in: site.home.path, server: server) == status, "\(line)")
        }
        try await sales.expectKept(on: server)
    }

    @Test("lines that start a server: it announces itself, and SIGTERM ends it in order")
    func served() async throws {
        let site = try OperatedSite()
        let data = site.path("data")
        let (server, _) = try site.start(data)
        var sales = try await KeptSales.load(into: server)
        try await sales.sell(4, on: server)
        #expect(server.terminate().status == 0)
        for (line, status) in Self.lines(.served) {
            let run = try site.serve(line, data)
            #expect(run.announcement.contains("\"event\":\"listening\""), "\(line)")
            #expect(run.status == status, "\(line)")
        }
        try await sales.expectKept(on: try site.start(data).server)
    }

    @Test("lines for damage: they end with what the document says, and the server starts then")
    func damaged() async throws {
        let site = try OperatedSite()
        let data = site.path("data")
        let (first, _) = try site.start(data)
        let sales = try await KeptSales.load(into: first)
        #expect(first.terminate().status == 0)
        let (second, _) = try site.start(data)
        var later = sales
        try await later.sell(6, on: second)
        #expect(second.terminate().status == 0)
        let name = try #require(
            try site.files("journal", ".seg", in: data).first { $0.hasPrefix("00000002-") })
        try site.damage(data + "/journal/" + name, at: 4_096 + 150)
        #expect(try site.refusal(data).status == 80)
        let away = site.path("away")
        try site.copy(data, to: away)
        for (line, status) in Self.lines(.damaged) {
            #expect(try site.shell(line, in: site.home.path, server: nil) == status, "\(line)")
        }
        // What was copied away is what was found.
        #expect(try site.journal("verify", away).status == 65)
        #expect(try site.refusal(away).status == 80)
        try await sales.expectKept(on: try site.start(data).server)
    }

    @Test("what the document says to watch is what info shows")
    func watched() async throws {
        let site = try OperatedSite()
        let (server, _) = try site.start()
        // Nothing to make one of, and nothing to alarm anybody.
        #expect(try site.control(server, "snapshot").status == 0)
        #expect(try await site.info(server).snapshot.lastError.isEmpty)
        _ = try await KeptSales.load(into: server)
        #expect(try site.control(server, "snapshot").status == 0)
        let shown = try site.control(server, "info")
        let page = try String(contentsOf: OperationsDocumentTests.page, encoding: .utf8)
        let part = try #require(page.components(separatedBy: "## What to watch").last)
        let names = part.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .compactMap { $0.split(separator: "|").first }
            .flatMap { $0.split(separator: "`").map(String.init) }
            .filter { $0.contains(where: \.isLetter) }
        #expect(names.count >= 9)
        let lines = shown.standardOutput.split(separator: "\n")
        // One shows only after a failure: SnapshotCommandTests in HoldfastClientTests.
        for name in names where name != "last attempt failed" {
            #expect(lines.contains { $0.contains(name) }, "\(name): \(shown.standardOutput)")
        }
    }
}
