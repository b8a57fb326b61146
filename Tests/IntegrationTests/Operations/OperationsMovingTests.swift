import Foundation
import HoldfastClient
import HoldfastJournal
import Testing

/// The steps of docs/OPERATIONS.md that take a data directory to another machine, or to another version.
@Suite("Operations: another machine, another version")
struct OperationsMovingTests {
    @Test("another machine: a copy of the stopped directory goes on there as the same instance")
    func anotherMachine() async throws {
        let old = try OperatedSite()
        let (first, _) = try old.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(12, on: first)
        #expect(try old.control(first, "snapshot").status == 0)
        try await sales.sell(4, on: first)
        let before = try await old.info(first)
        #expect(first.terminate().status == 0)
        // A home of its own: other certificates, another configuration, another place.
        let new = try OperatedSite()
        let data = new.path("moved")
        #expect(try new.shell("cp -a '\(old.data)' moved", in: new.home.path, server: nil) == 0)
        try FileManager.default.removeItem(atPath: old.data)
        #expect(try new.journal("verify", data).status == 0)
        #expect(try new.refusal(data, ["HOLDFAST_SHARDS": "16"]).status == 78)
        let (second, log) = try new.start(data)
        #expect(try logLine("journal replayed", in: log)?["stopped_in_order"] == "true")
        let after = try await new.info(second)
        #expect(after.hello.instanceID == before.hello.instanceID)
        #expect(after.hello.bootEpoch == before.hello.bootEpoch + 1)
        try await sales.expectKept(on: second)
        try await sales.sell(4, on: second)
        #expect(try new.control(second, "snapshot").status == 0)
        second.killHard()
        try await sales.expectKept(on: try new.start(data).server)
    }

    @Test(
        "another machine's user: 77 and its line, until chown -R",
        .enabled(if: geteuid() == 0, "only root can give files away"))
    func anotherUser() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(4, on: first)
        #expect(first.terminate().status == 0)
        #expect(try site.shell("chown -R 65534 kept", in: site.home.path, server: nil) == 0)
        let (status, line) = try site.refusal()
        #expect(status == 77)
        #expect(line.contains("belongs to user 65534") && line.contains("chown -R"), "\(line)")
        #expect(
            try site.shell("chown -R \(geteuid()) kept", in: site.home.path, server: nil) == 0)
        try await sales.expectKept(on: try site.start().server)
    }

    @Test(
        "going back: what a newer version wrote is refused with 78 and named, and nothing is changed",
        arguments: NewerFormat.allCases)
    func goingBack(_ newer: NewerFormat) async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        var sales = try await KeptSales.load(into: first)
        try await sales.sell(6, on: first)
        #expect(try site.control(first, "snapshot").status == 0)
        #expect(first.terminate().status == 0)
        // Before the upgrade.
        #expect(try site.shell("cp -a kept backup", in: site.home.path, server: nil) == 0)
        let (second, _) = try site.start()
        var later = sales
        try await later.sell(4, on: second)
        #expect(try site.control(second, "snapshot").status == 0)
        try await later.sell(2, on: second)
        #expect(second.terminate().status == 0)

        let file = try newer.file(site)
        try newer.setVersion(2, of: file)
        let before = try Self.contents(site.data)
        for _ in 0..<2 {
            let (status, line) = try site.refusal()
            #expect(status == 78)
            #expect(line.contains(file) && line.contains("format 2"), "\(line)")
            #expect(line.contains("start the version that wrote it, or a newer one"), "\(line)")
        }
        // Neither does a tool of this version touch it.
        for arguments in [["verify"], ["repair", "--accept-loss"]] {
            let run = try Binary.run(
                "holdfast", ["journal", arguments[0], site.data] + arguments.dropFirst())
            #expect(run.status == 78, "\(arguments): \(run.standardOutput)\(run.standardError)")
        }
        #expect(try Self.contents(site.data) == before)
        // Either the copy of before, without what was sold since …
        try await sales.expectKept(on: try site.start(site.path("backup")).server)
        // … or the newer version again.
        try newer.setVersion(1, of: file)
        try await later.expectKept(on: try site.start().server)
    }

    /// Every file but the lock, which names who had it.
    private static func contents(_ data: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: data) where name != "lock" {
            contents[name] = FileManager.default.contents(atPath: "\(data)/\(name)") ?? Data()
        }
        return contents
    }
}

/// A part of a data directory that a newer version may write otherwise.
enum NewerFormat: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case identity, manifest, segment, group, snapshot

    var testDescription: String { self.rawValue }

    func file(_ site: OperatedSite) throws -> String {
        switch self {
        case .identity: site.data + "/identity"
        case .manifest: site.data + "/journal/manifest"
        case .segment, .group:
            // Behind the newest snapshot, so that a start reads it.
            site.data + "/journal/" + (try #require(try site.files("journal", ".seg").last))
        case .snapshot:
            site.data + "/snapshots/" + (try #require(try site.files("snapshots", ".snap").last))
        }
    }

    /// Where its header begins, and how much of it the checksum covers.
    private var header: (offset: Int, byteCount: Int) {
        switch self {
        case .group: (JournalLayout.pageBytes, JournalLayout.groupHeaderBytes)
        default: (0, JournalLayout.pageBytes)
        }
    }

    /// Writes another version into the header, with the checksum that belongs to it: a header is magic number, version
    /// (at 8), 2 bytes, checksum (at 12), whatever the format.
    func setVersion(_ version: UInt8, of path: String) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let (offset, byteCount) = self.header
        try file.seek(toOffset: UInt64(offset))
        var bytes = [UInt8](try #require(try file.read(upToCount: byteCount)))
        #expect(bytes.count == byteCount && bytes[8] == 3 - version)
        bytes[8] = version
        for index in 12..<16 { bytes[index] = 0 }
        let checksum = bytes.withUnsafeBytes { JournalLayout.crc32c($0) }
        for index in 0..<4 {
            bytes[12 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index))
        }
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: bytes)
    }
}
