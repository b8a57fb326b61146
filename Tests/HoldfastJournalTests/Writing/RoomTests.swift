import FaultKit
import Glibc
import HoldfastJournal
import Testing

@Suite struct RoomTests {
    private static func fill(_ bench: JournalBench, untilNoRoom: Bool = true) -> Int {
        var count = 0
        while bench.journal.hasRoom && count < 1_000 {
            count += 1
            bench.journal.append([
                TestEvent(shard: 0, sequence: UInt64(count), byteCount: 2_000)
            ])
            bench.journal.kick()
            #expect(bench.waitUntilSynced())
        }
        return count
    }

    @Test func spaceIsKeptForTheEndOfEveryLiveHold() throws {
        let gate = TestGate()
        let bench = try JournalBench(before: { call in
            if call.kind == .write && call.path.contains("ready-") { gate.pass() }
        })
        let journal = bench.journal
        // Not started: nothing is ready, the open segment is all there is.
        #expect(journal.statistics.freeBytes == 60 << 10)
        #expect(journal.hasRoom)
        // 16 KiB of margin leave 44 KiB: 10 ends of 112 bytes, each with a page in case it comes alone.
        journal.liveHolds = 10
        #expect(journal.hasRoom)
        journal.liveHolds = 11
        #expect(!journal.hasRoom)
        journal.liveHolds = 0
        journal.append([TestEvent(shard: 0, sequence: 1, byteCount: 45_000)])
        #expect(journal.hasRoom)
        // What was appended has its space spent, written or not.
        journal.append([TestEvent(shard: 0, sequence: 2, byteCount: 57)])
        #expect(!journal.hasRoom)
        try journal.start()
        #expect(JournalBench.waits { journal.hasRoom })
        gate.close()
        // So many holds that more than the usual two files must be ready.
        journal.liveHolds = 1_000
        #expect(!journal.hasRoom)
        gate.open()
        #expect(JournalBench.waits { journal.hasRoom })
        #expect(journal.statistics.freeBytes >= 1_000 * (112 + 4_096) + (16 << 10))
        #expect(journal.statistics.readySegments >= 17)
        #expect(bench.allocations.all.isEmpty)
        journal.stop()
    }

    @Test(arguments: [ENOSPC, EDQUOT, EIO])
    func withoutNewSegmentsEndsOfHoldsGoOnAndRoomComesBackByItself(code: Int32) throws {
        let bench = try JournalBench()
        bench.files.set(
            .init(callNumber: 1, fault: .fail(code), isForEver: true, pathContains: "ready-"))
        try bench.journal.start()
        #expect(JournalBench.waits { !bench.allocations.all.isEmpty })
        #expect(bench.allocations.all.first??.code == (code == EIO ? .io : .outOfSpace))
        let written = Self.fill(bench)
        #expect(written > 5 && written < 15, "44 KiB in groups of a page")
        #expect(!bench.journal.hasRoom)
        // What ends holds still goes to disk, from what is kept for it.
        bench.journal.append([TestEvent(shard: 1, sequence: 1, byteCount: 64)])
        bench.journal.kick()
        #expect(bench.waitUntilSynced())
        #expect(bench.failures.all.isEmpty)
        #expect(bench.allocations.all.count == 1, "said once")
        bench.files.set(nil)
        #expect(JournalBench.waits { bench.journal.hasRoom })
        #expect(JournalBench.waits { bench.allocations.all.count == 2 })
        #expect(bench.allocations.all.last == .some(.none))
        #expect(JournalBench.waits { bench.journal.statistics.readySegments >= 2 })
        bench.journal.stop()
        #expect(try bench.walked.events.count == written + 1)
    }

    @Test func aFullSegmentWithoutANextOneFailsForGood() throws {
        var settings = JournalBench.tinySettings
        settings.segmentWaitMicroseconds = 50_000
        let bench = try JournalBench(settings)
        bench.files.set(
            .init(callNumber: 1, fault: .fail(ENOSPC), isForEver: true, pathContains: "ready-"))
        try bench.journal.start()
        var appended = 0
        while bench.failures.all.isEmpty && appended < 100 {
            appended += 1
            bench.journal.append([
                TestEvent(shard: 0, sequence: UInt64(appended), byteCount: 3_000)
            ])
            bench.journal.kick()
            #expect(bench.waitUntilSynced())
        }
        #expect(bench.failures.all.map(\.code) == [.outOfSpace])
        #expect(bench.failures.all.first?.hint.contains("make room") == true)
        bench.journal.stop()
        #expect(bench.journal.syncedPosition.rawValue == 15)
        #expect(try bench.walked.events.count == 15)
    }

    /// Needs the right to mount; where it is missing the run says so.
    @Test(.enabled(if: SmallFileSystem.isAllowed, "no right to mount a small tmpfs"))
    func aFullDiskIsSurvivedAndItsEndNoticed() throws {
        let disk = try #require(SmallFileSystem(byteCount: 512 << 10))
        let folder = disk.path + "/data"
        let directory = try DataDirectory.open(
            folder, files: LinuxFileSystem(), nowMilliseconds: JournalBench.now)
        defer { directory.close() }
        let start = try JournalOpening.create(
            in: directory, shardCount: 4, settings: JournalBench.tinySettings,
            nowMilliseconds: JournalBench.now)
        // Somebody else takes the rest.
        let files = LinuxFileSystem()
        let ballast = disk.path + "/ballast"
        try SmallFileSystem.fill(ballast)
        let allocations = Kept<JournalFailure?>()
        let journal = Journal(
            directory: directory, start: start, settings: JournalBench.tinySettings,
            now: { JournalBench.now }, onSynced: {},
            onFailure: { preconditionFailure("\($0)") },
            onAllocation: { allocations.append($0) })
        try journal.start()
        #expect(JournalBench.waits { allocations.all.first??.code == .outOfSpace })
        var count: UInt64 = 0
        func append() {
            count += 1
            journal.append([TestEvent(shard: 0, sequence: count, byteCount: 2_000)])
            journal.kick()
            #expect(
                JournalBench.waits { journal.syncedPosition == journal.appendedPosition })
        }
        while journal.hasRoom && count < 100 { append() }
        #expect(!journal.hasRoom)
        append()
        try files.unlink(ballast)
        #expect(JournalBench.waits { journal.hasRoom })
        for _ in 0..<40 { append() }
        journal.stop()
        #expect(try WalkedLog(folder).events.count == Int(count))
        #expect(allocations.all.last == .some(.none))
    }
}

/// A tmpfs of its own.
final class SmallFileSystem {
    let path: String
    private let folder = TemporaryDirectory()

    static var isAllowed: Bool { SmallFileSystem(byteCount: 64 << 10) != nil }

    /// Nil without the right to mount.
    init?(byteCount: Int) {
        self.path = self.folder.path + "/small"
        guard mkdir(self.path, 0o700) == 0,
            mount("tmpfs", self.path, "tmpfs", 0, "size=\(byteCount),mode=0700") == 0
        else { return nil }
    }

    /// Takes all that is left.
    static func fill(_ path: String) throws {
        let files = LinuxFileSystem()
        try files.writeFile(path, [])
        let file = try files.open(path, .write)
        defer { files.close(file, path) }
        let page = AlignedBuffer(capacity: 4_096)
        page.base.initializeMemory(as: UInt8.self, repeating: 1, count: 4_096)
        var size = 0
        do {
            while true {
                try files.writeAll(
                    file, path, page.bytes(4_096), at: size, isSynchronous: false)
                size += 4_096
            }
        } catch {
            #expect(error.isOutOfSpace)
        }
    }

    deinit { umount2(self.path, Int32(MNT_DETACH)) }
}
