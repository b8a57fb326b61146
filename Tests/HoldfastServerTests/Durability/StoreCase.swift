import FaultKit
import Foundation
import Testing

@testable import HoldfastJournal
@testable import HoldfastServer

/// A data directory as a server may find it at its start.
enum StoreCase: String, CaseIterable, CustomTestStringConvertible {
    case nothing = "no directory"
    case stopped = "a journal alone, stopped in order"
    case killed = "a journal alone, killed"
    case unsealed = "a journal whose last group nothing proves"
    case torn = "a journal whose last group is torn"
    case emptyGeneration = "a journal whose newest generation holds nothing"
    case snapshotAndTail = "a snapshot and a journal behind it"
    case damagedSnapshot = "a damaged snapshot, an older one and a journal"
    case oldSegments = "segments behind the older of two snapshots"
    case leftOvers = "files that were being made"
    case snapshotAlone = "a snapshot that was restored without a journal"

    var testDescription: String { self.rawValue }

    /// Holds that every start must find.
    var holdCount: UInt64 {
        switch self {
        case .nothing: 0
        case .stopped, .killed, .torn, .emptyGeneration, .leftOvers: 20
        // At the end of a segment there is more than one.
        case .unsealed: 21
        case .snapshotAlone: 20
        case .snapshotAndTail: 30
        case .damagedSnapshot, .oldSegments: 40
        }
    }

    func write(to path: String, _ settings: ServerConfiguration) throws {
        if self == .nothing { return }
        let bench = try StoreBench(settings, at: path)
        try bench.loadSales()
        bench.sell(20)
        switch self {
        case .nothing: break
        case .stopped: return bench.store.stop()
        case .killed: try bench.waitUntilSealed()
        case .unsealed: try bench.sellUnsealed()
        // In its header's page, before the event's end.
        case .torn: try bench.sellTorn(.prefix(160))
        case .emptyGeneration:
            bench.kill()
            let next = try StoreBench(settings, at: path)
            return next.kill()
        case .snapshotAndTail:
            try bench.snapshot()
            bench.sell(10)
        case .damagedSnapshot:
            try bench.snapshot()
            bench.sell(10)
            try bench.snapshot()
            bench.sell(10)
        case .oldSegments:
            try bench.snapshot()
            bench.sell(10)
            let before = path + ".before"
            try FileManager.default.copyItem(atPath: path, toPath: before)
            try bench.snapshot()
            bench.sell(10)
            bench.kill()
            return try Self.putBackSegments(from: before, to: path)
        case .leftOvers:
            try bench.waitUntilSealed()
            bench.kill()
            return try Self.scatter(path)
        case .snapshotAlone:
            try bench.snapshot()
            bench.kill()
            return try FileManager.default.removeItem(atPath: path + "/journal")
        }
        bench.kill()
        if self == .damagedSnapshot { try Self.damageNewestSnapshot(path) }
    }

    /// As if the process had ended before it deleted them.
    private static func putBackSegments(from before: String, to path: String) throws {
        let files = FileManager.default
        let names = try files.contentsOfDirectory(atPath: before + "/journal")
        var count = 0
        for name in names where name.hasSuffix(".seg") {
            let target = "\(path)/journal/\(name)"
            if files.fileExists(atPath: target) { continue }
            try files.copyItem(atPath: "\(before)/journal/\(name)", toPath: target)
            count += 1
        }
        #expect(count > 0, "no segment was deleted")
        try files.removeItem(atPath: before)
    }

    /// What was being made under its temporary name: segments, probes, snapshots. Ready segments lie there already.
    private static func scatter(_ path: String) throws {
        let ready = try FileManager.default.contentsOfDirectory(atPath: path + "/journal")
        #expect(ready.contains { $0.hasPrefix("ready-") })
        for name in [
            "journal/probe.tmp", "journal/ready-77.tmp",
            "journal/00000009-0000000000000001.seg.tmp",
            "journal/manifest.tmp", "snapshots/00000000000000ff.snap.tmp",
        ] {
            let file = "\(path)/\(name)"
            try Data(repeating: 0x5a, count: 5_000).write(to: URL(fileURLWithPath: file))
            #expect(chmod(file, 0o600) == 0)
        }
    }

    private static func damageNewestSnapshot(_ path: String) throws {
        let folder = path + "/snapshots"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names.count == 2)
        let file = try FileHandle(
            forUpdating: URL(fileURLWithPath: "\(folder)/\(try #require(names.last))"))
        defer { try? file.close() }
        // In its first chunk: its first and last page are sound.
        try file.seek(toOffset: 4_096 + 200)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: 4_096 + 200)
        try file.write(contentsOf: [byte ^ 1])
    }
}
