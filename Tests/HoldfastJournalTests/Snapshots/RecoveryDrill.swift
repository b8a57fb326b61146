import Glibc
import HoldfastEngine
import Testing

@testable import HoldfastJournal

/// What a start costs, end to end, in release, by hand: HOLDFAST_DRILLS=1. One hot sale: all events are one shard's, so
/// one thread applies them while another reads.
@Suite("Drill: recovery", .serialized, .enabled(if: getenv("HOLDFAST_DRILLS") != nil))
struct RecoveryDrill {
    private static let holds = 1_000_000

    @Test("replay of groups, snapshot to disk and back")
    func recovery() throws {
        let live = SaleShards(shardCount: 1)
        live.open()
        for _ in 0..<Self.holds { live.reserve(in: 0) }
        var groups: [(body: [UInt8], first: UInt64, last: UInt64)] = []
        var start = 0
        while start < live.events.count {
            let end = min(live.events.count, start + 5_000)
            groups.append(
                (Array(live.events[start..<end].joined()), UInt64(start + 1), UInt64(end)))
            start = end
        }
        let copy = ShadowShards(count: 1)
        let driver = ReplayDriver(copy, threadCount: 1)
        let replay = try Self.milliseconds {
            for group in groups {
                try group.body.withUnsafeBytes {
                    try driver.add(
                        $0, firstLSN: group.first, lastLSN: group.last, path: "drill")
                }
            }
            try driver.finish()
        }
        let folder = TemporaryDirectory(onDisk: true)
        let files = LinuxFileSystem()
        var path = ""
        let write = try Self.milliseconds {
            path = try live.write(
                SnapshotFileTests.subject(lsn: UInt64(live.events.count), shards: 1), folder.path,
                files
            ).path
        }
        let load = try Self.milliseconds {
            _ = try SnapshotFileTests.load(path, files, shardCount: 1)
        }
        let rate = Self.holds / max(1, replay) * 1_000
        print(
            "drill: \(Self.holds) holds: groups replayed in \(replay) ms (\(rate) events/s), snapshot "
                + "written and read again in \(write) ms, loaded in \(load) ms; no page touched before"
        )
        #expect(SaleShards.image(copy, 0) == live.image(0))
    }

    private static func milliseconds(_ body: () throws -> Void) rethrows -> Int {
        let start = MonotonicClock.nanoseconds
        try body()
        return Int((MonotonicClock.nanoseconds - start) / 1_000_000)
    }
}
