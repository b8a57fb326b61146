import FaultKit
import Glibc
import HoldfastEngine
import Testing

@testable import HoldfastJournal

/// Snapshots of a journal that is being written, and what goes when they are there.
@Suite struct SnapshotMakerTests {
    /// A journal with shards that write to it.
    private final class Place {
        static let shardCount = 4
        let bench: JournalBench
        let shards = SaleShards(shardCount: shardCount)
        let identity: DataIdentity
        let logged = Kept<String>()
        let readers = Kept<UInt64>()
        private(set) var maker: SnapshotMaker
        private(set) var journal: Journal
        private var appended = 0
        private var number = 0

        init(_ settings: SnapshotSettings = Place.onRequest, isEmpty: Bool = false) throws {
            self.bench = try JournalBench()
            try self.bench.journal.start()
            self.journal = self.bench.journal
            self.identity = try #require(try self.bench.directory.readIdentity())
            let logged = self.logged
            let readers = self.readers
            self.maker = SnapshotMaker(
                directory: self.bench.directory, identity: self.identity,
                shardCount: Self.shardCount, settings: settings,
                source: SnapshotSource(
                    self.bench.journal, start: self.bench.start, olderSegments: [],
                    readers: { readers.all.suffix(1).map { $0 } }),
                now: { JournalBench.now }, log: { logged.append($0) })
            self.maker.start()
            self.shards.open()
            if !isEmpty { self.append() }
        }

        static var onRequest: SnapshotSettings {
            var settings = SnapshotSettings()
            settings.journalBytes = 0
            settings.intervalMilliseconds = 0
            // Tests fill every core.
            settings.yieldsProcessor = false
            return settings
        }

        func reserve(_ count: Int) {
            for _ in 0..<count {
                self.number += 1
                self.shards.reserve(in: self.number * self.number % Self.shardCount)
            }
            self.append()
        }

        /// What the shards decided goes into the journal, and is synced.
        private func append() {
            for event in self.shards.events(from: self.appended) {
                event.withUnsafeBytes {
                    _ = self.journal.append(
                        shard: Int($0[6]), events: $0, count: 1, lastSequence: 0)
                }
            }
            self.appended = self.shards.events.count
            self.journal.kick()
            #expect(
                JournalBench.waits {
                    self.journal.syncedPosition == self.journal.appendedPosition
                })
        }

        func snapshot() {
            let ticket = self.maker.request()
            #expect(JournalBench.waits { self.maker.status.settledTicket >= ticket })
        }

        func list() throws -> [UInt64] {
            try SnapshotList.read(
                self.bench.directory.snapshotPath, instance: self.identity.instance,
                files: LinuxFileSystem()
            ).sound.map(\.lsn)
        }

        var segmentCount: Int {
            get throws {
                try LinuxFileSystem().list(self.bench.directory.journalPath)
                    .filter { $0.hasSuffix(SegmentName.suffix) }.count
            }
        }

        func stop() {
            self.maker.stop()
            self.journal.stop()
        }

        /// The next run: another generation behind what is on disk, whose segments the maker is told of.
        func restart(replayedBytes: UInt64 = 0, journalBytes: UInt64 = 0) throws {
            self.stop()
            let snapshots = try SnapshotList.read(
                self.bench.directory.snapshotPath, instance: self.identity.instance,
                files: LinuxFileSystem())
            let scan = try JournalScan(
                directory: self.bench.directory, identity: self.identity,
                knownEnds: snapshots.sound.map {
                    KnownEnd(.snapshot, $0.path, $0.end, generation: $0.generation)
                }, fromLSN: snapshots.sound.last?.lsn ?? 0)
            #expect(scan.unprovenGroup?.hasEvents != true)
            let start = try JournalOpening.open(
                in: self.bench.directory,
                GenerationPlan(
                    identity: self.identity, generation: scan.generationMax + 1,
                    preceding: scan.continuation, copied: nil,
                    manifestNumber: scan.manifestNumber,
                    newestTimeMilliseconds: scan.newestTimeMilliseconds),
                settings: JournalBench.tinySettings, nowMilliseconds: JournalBench.now)
            self.journal = Journal(
                directory: self.bench.directory, start: start,
                settings: JournalBench.tinySettings, now: { JournalBench.now }, onSynced: {},
                onFailure: { _ in pthread_exit(nil) })
            try self.journal.start()
            let logged = self.logged
            var settings = Self.onRequest
            settings.journalBytes = journalBytes
            var source = SnapshotSource(
                self.journal, start: start, olderSegments: scan.olderSegments + scan.segments)
            source.replayedBytes = replayedBytes
            self.maker = SnapshotMaker(
                directory: self.bench.directory, identity: self.identity,
                shardCount: Self.shardCount, settings: settings, source: source,
                now: { JournalBench.now }, log: { logged.append($0) })
            self.maker.start()
        }

        /// Shards as a start would have them: from the newest snapshot, or from the first event.
        func recovered(fromSnapshot: Bool) throws -> ShadowShards {
            let files = LinuxFileSystem()
            let list = try SnapshotList.read(
                self.bench.directory.snapshotPath, instance: self.identity.instance, files: files)
            let newest = fromSnapshot ? list.sound.last : nil
            #expect((newest != nil) == fromSnapshot)
            let shards = ShadowShards(count: Self.shardCount)
            if let newest {
                let reader = try SnapshotReader(
                    newest.path, instance: self.identity.instance, files: files)
                defer { reader.close() }
                try reader.load(threadCount: 2) { shard, source throws(ImageError) in
                    try shards.load(shard, from: source)
                }
            }
            let begin =
                newest?.end ?? LogEnd(lsn: 0, chain: .start(of: self.identity.instance))
            let scan = try JournalScan.run(
                journalPath: self.bench.directory.journalPath, identity: self.identity,
                files: files,
                knownEnds: list.sound.map {
                    KnownEnd(.snapshot, $0.path, $0.end, generation: $0.generation)
                }, fromLSN: begin.lsn)
            let driver = ReplayDriver(shards, threadCount: 2)
            let end = try driver.replay(
                scan.segments, from: begin, instance: self.identity.instance, files: files)
            #expect(end?.lsn == UInt64(self.shards.events.count))
            return shards
        }

        func expectLive(_ shards: ShadowShards, _ words: Comment) {
            for shard in 0..<Self.shardCount {
                #expect(SaleShards.image(shards, shard) == self.shards.image(shard), words)
            }
        }
    }

    @Test func snapshotAndTailAreReplayOfAllAreLive() throws {
        let place = try Place()
        place.reserve(400)
        place.snapshot()
        #expect(place.maker.status.lastError == nil)
        #expect(place.maker.status.madeCount == 1)
        #expect(place.maker.status.lastLSN == UInt64(place.shards.events.count))
        place.reserve(150)
        place.stop()
        #expect(try place.list().count == 1)
        place.expectLive(try place.recovered(fromSnapshot: true), "snapshot and tail")
        place.expectLive(try place.recovered(fromSnapshot: false), "all")
    }

    /// Each later snapshot goes on from the one before; two are kept, and no segment that only older ones needed.
    @Test func twoAreKeptAndSegmentsGoBehindTheOlder() throws {
        let place = try Place()
        var ends: [UInt64] = []
        var segments: [Int] = []
        for _ in 1...5 {
            place.reserve(1_000)
            place.snapshot()
            try #require(place.maker.status.lastError == nil)
            ends.append(place.maker.status.lastLSN)
            #expect(try place.list() == ends.suffix(2))
            segments.append(try place.segmentCount)
        }
        // What lies behind the older of two is always the journal of one round.
        #expect(segments[4] <= segments[1] + 1)
        #expect(place.maker.status.deletedSegmentCount > segments[4])
        place.reserve(100)
        place.stop()
        place.expectLive(try place.recovered(fromSnapshot: true), "after five")
        // The older one would do as well.
        let newest = place.bench.directory.snapshotPath + "/" + SnapshotName.fileName(lsn: ends[4])
        #expect(unlink(newest) == 0)
        place.expectLive(try place.recovered(fromSnapshot: true), "from the older")
    }

    @Test func aReaderKeepsItsSegments() throws {
        let place = try Place()
        place.readers.append(0)
        for _ in 1...3 {
            place.reserve(1_000)
            place.snapshot()
        }
        #expect(place.maker.status.deletedSegmentCount == 0)
        place.readers.append(.max)
        place.snapshot()
        #expect(place.maker.status.deletedSegmentCount > 0)
        place.stop()
        place.expectLive(try place.recovered(fromSnapshot: true), "with a reader")
    }

    /// A reader stands anywhere, not only where a segment ends.
    @Test func aReaderInTheMiddleOfASegmentKeepsIt() throws {
        let place = try Place()
        for _ in 1...3 {
            place.readers.append(1)
            place.reserve(1_000)
            place.snapshot()
        }
        let first = try #require(place.journal.sealedSegments.first)
        #expect(first.preceding.lsn == 0 && first.end.lsn > 1)
        #expect(place.maker.status.deletedSegmentCount == 0)
        place.readers.append(first.end.lsn)
        place.reserve(10)
        place.snapshot()
        #expect(place.maker.status.deletedSegmentCount == 1)
        place.stop()
        place.expectLive(try place.recovered(fromSnapshot: true), "with a reader")
    }

    @Test func nothingNewMakesNoSnapshot() throws {
        let place = try Place()
        place.reserve(10)
        place.snapshot()
        let segments = try place.segmentCount
        place.snapshot()
        #expect(place.maker.status.madeCount == 1)
        #expect(place.maker.status.lastError == nil)
        #expect(try place.segmentCount == segments)
        place.stop()
    }

    @Test func anEmptyLogHasNoSnapshotAndThatIsNoFailure() throws {
        let place = try Place(isEmpty: true)
        place.snapshot()
        #expect(place.maker.status.lastError == nil)
        #expect(place.maker.status.failedCount == 0 && place.maker.status.madeCount == 0)
        #expect(place.logged.all.isEmpty)
        #expect(try LinuxFileSystem().list(place.bench.directory.snapshotPath) == [])
        // With the first events there is one.
        place.reserve(10)
        place.snapshot()
        #expect(place.maker.status.madeCount == 1)
        place.stop()
    }

    /// The disk is full for snapshots only: the journal goes on, and so do snapshots when it is well again.
    @Test func aFailureIsToldAndTriedAgain() throws {
        let place = try Place()
        place.reserve(50)
        place.bench.files.set(
            .init(
                callNumber: 1, kinds: [.write], fault: .fail(ENOSPC), isForEver: true,
                pathContains: ".snap"))
        place.snapshot()
        #expect(place.maker.status.lastError?.isEmpty == false)
        #expect(place.maker.status.failedCount == 1)
        #expect(place.logged.all.count == 1)
        #expect(try LinuxFileSystem().list(place.bench.directory.snapshotPath) == [])
        place.reserve(50)
        place.bench.files.set(nil)
        place.snapshot()
        #expect(place.maker.status.lastError == nil)
        #expect(place.maker.status.madeCount == 1)
        place.stop()
        place.expectLive(try place.recovered(fromSnapshot: true), "after a failure")
    }

    /// Segments of earlier runs, with their dead ends, go into snapshots and go when they are needless.
    @Test func snapshotsGoOnOverRestarts() throws {
        let place = try Place()
        var counts: [Int] = []
        for round in 1...5 {
            place.reserve(700)
            if round != 2 { place.snapshot() }
            try #require(place.maker.status.lastError == nil, "round \(round)")
            place.reserve(300)
            try place.restart()
            counts.append(try place.segmentCount)
        }
        place.reserve(5)
        place.snapshot()
        #expect(place.maker.status.lastError == nil)
        #expect(place.logged.all == [])
        #expect(try place.list().count == 2)
        #expect(counts[4] <= counts[2] + 3)
        place.reserve(5)
        place.stop()
        place.expectLive(try place.recovered(fromSnapshot: true), "after restarts")
    }

    /// The newest snapshot has rotted between a sound head and a sound foot: the one before it takes its place.
    @Test func aDamagedBaseIsPutAsideAndTheOlderOneServes() throws {
        let place = try Place()
        place.reserve(300)
        place.snapshot()
        place.reserve(300)
        place.snapshot()
        let lsns = try place.list()
        try #require(lsns.count == 2)
        let path =
            place.bench.directory.snapshotPath + "/" + SnapshotName.fileName(lsn: lsns[1])
        let file = open(path, O_RDWR)
        var byte: UInt8 = 0
        #expect(pread(file, &byte, 1, 4_096 + 500) == 1)
        byte ^= 1
        #expect(pwrite(file, &byte, 1, 4_096 + 500) == 1)
        close(file)
        place.reserve(10)
        place.snapshot()
        #expect(place.maker.status.lastError == nil)
        let kept = try place.list()
        #expect(kept.first == lsns[0] && kept.count == 2 && kept[1] > lsns[1])
        #expect(place.logged.all.contains { $0.contains("put aside") && $0.contains(path) })
        #expect(access(path + SnapshotRun.damagedSuffix, F_OK) == 0)
        place.stop()
        place.expectLive(try place.recovered(fromSnapshot: true), "from the older base")
    }

    /// What a start had to replay counts towards the next snapshot.
    @Test func replayedJournalCountsTowardsTheNextSnapshot() throws {
        let place = try Place()
        place.reserve(50)
        try place.restart(replayedBytes: 1 << 20, journalBytes: 1 << 20)
        #expect(JournalBench.waits { place.maker.status.madeCount == 1 })
        place.stop()
    }

    /// Journal that is not what it was: told, and nothing traps or is deleted.
    @Test func aDamagedSegmentStopsSnapshotsOnly() throws {
        let place = try Place()
        place.reserve(600)
        let path = place.bench.journal.sealedSegments.first?.path ?? place.bench.start.segment.path
        let file = open(path, O_RDWR)
        var byte: UInt8 = 0
        #expect(pread(file, &byte, 1, 4_096 + 300) == 1)
        byte ^= 1
        #expect(pwrite(file, &byte, 1, 4_096 + 300) == 1)
        close(file)
        place.snapshot()
        #expect(place.maker.status.lastError?.isEmpty == false)
        #expect(try place.list() == [])
        place.reserve(10)
        place.stop()
    }

    @Test func itIsMadeBySizeOfTheJournal() throws {
        var settings = SnapshotSettings()
        settings.journalBytes = 64 << 10
        settings.intervalMilliseconds = 0
        settings.yieldsProcessor = false
        let place = try Place(settings)
        place.reserve(2_000)
        #expect(JournalBench.waits { place.maker.status.madeCount > 0 })
        place.stop()
        place.expectLive(try place.recovered(fromSnapshot: true), "by size")
    }

    @Test func itIsMadeByTime() throws {
        var settings = SnapshotSettings()
        settings.journalBytes = 0
        settings.intervalMilliseconds = 1
        settings.yieldsProcessor = false
        let place = try Place(settings)
        place.reserve(20)
        #expect(JournalBench.waits { place.maker.status.madeCount > 0 })
        place.stop()
    }

    @Test func stoppingGivesUpAndLeavesNothing() throws {
        let place = try Place()
        place.reserve(100)
        for _ in 0..<20 {
            place.reserve(1)
            _ = place.maker.request()
        }
        place.maker.stop()
        place.bench.journal.stop()
        #expect(
            try LinuxFileSystem().list(place.bench.directory.snapshotPath)
                .allSatisfy { $0.hasSuffix(".snap") })
        #expect(!place.maker.status.isRunning)
    }
}
