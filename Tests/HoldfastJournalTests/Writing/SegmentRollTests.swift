import HoldfastJournal
import Testing

@Suite struct SegmentRollTests {
    /// One event whose group is so many pages.
    private static func event(_ sequence: Int, pages: Int) -> TestEvent {
        TestEvent(shard: 0, sequence: UInt64(sequence), byteCount: pages * 4_096 - 128)
    }

    private static func append(_ bench: JournalBench, _ sequence: Int, pages: Int) {
        bench.journal.append([self.event(sequence, pages: pages)])
        bench.journal.kick()
        #expect(bench.waitUntilSynced())
    }

    @Test func aSegmentIsFilledToItsLastPage() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        // 16 pages, one of them the header.
        for sequence in 1...15 { Self.append(bench, sequence, pages: 1) }
        #expect(bench.journal.statistics.segments == 1)
        Self.append(bench, 16, pages: 1)
        #expect(bench.journal.statistics.segments == 2)
        Self.append(bench, 17, pages: 14)
        #expect(bench.journal.statistics.segments == 2)
        bench.journal.append([Self.event(18, pages: 2)])
        bench.journal.stop()
        let log = try bench.walked
        #expect(log.segments.map(\.name.firstLSN) == [1, 16, 18])
        #expect(log.segments.allSatisfy { $0.byteCount == 65_536 })
        #expect(try log.events.map(\.sequence) == Array(1...18))
        #expect(log.manifest?.newestSegment == log.segments.last?.name)
        #expect(log.manifest?.preceding == log.segments.last?.header.preceding)
        #expect(log.manifest?.number == 3)
        let sealed = bench.journal.sealedSegments
        #expect(sealed.map(\.name) == log.segments.dropLast().map(\.name))
        #expect(sealed.map(\.end) == log.segments.dropFirst().map(\.header.preceding))
        #expect(sealed.map(\.usedByteCount) == [65_536, 65_536])
        bench.journal.forgetSealedSegments(through: 15)
        #expect(bench.journal.sealedSegments.map(\.name.firstLSN) == [16])
    }

    @Test func aGroupThatDoesNotFitBeginsTheNextSegment() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        Self.append(bench, 1, pages: 10)
        Self.append(bench, 2, pages: 6)
        Self.append(bench, 3, pages: 9)
        bench.journal.stop()
        let log = try bench.walked
        #expect(log.groups.map(\.offset) == [4_096, 4_096, 7 * 4_096, 4_096])
        #expect(log.groups.map(\.segment.firstLSN) == [1, 2, 2, 4])
    }

    @Test(arguments: [false, true])
    func aGroupLargerThanASegmentGetsOneOfItsOwnSize(comesFirst: Bool) throws {
        let bench = try JournalBench()
        try bench.journal.start()
        if !comesFirst { Self.append(bench, 1, pages: 3) }
        let large = (2...31).map { Self.event($0, pages: 2) }
        bench.journal.append(large)
        bench.journal.kick()
        #expect(bench.waitUntilSynced())
        Self.append(bench, 32, pages: 1)
        bench.journal.stop()
        let log = try bench.walked
        let own = try #require(log.groups.first { $0.body.count > 65_536 })
        #expect(own.offset == 4_096)
        #expect(own.lastLSN - own.firstLSN == 29)
        let segment = try #require(log.segments.first { $0.name == own.segment })
        #expect(segment.byteCount == 4_096 + own.byteCount)
        #expect(try log.events.map(\.sequence) == (comesFirst ? [] : [1]) + Array(2...32))
        // One that had no group yet is replaced, under the same name.
        #expect(log.segments.map(\.name.firstLSN) == (comesFirst ? [1, 31] : [1, 2, 32]))
        #expect(bench.journal.sealedSegments.count == log.segments.count - 1)
    }

    @Test func aFullSegmentIsSealedByTheNextOnesHeader() throws {
        var settings = JournalBench.tinySettings
        settings.sealAfterMicroseconds = 1_000
        let bench = try JournalBench(settings)
        try bench.journal.start()
        Self.append(bench, 1, pages: 15)
        #expect(JournalBench.waits { bench.journal.statistics.segments == 2 })
        bench.journal.stop()
        let log = try bench.walked
        #expect(log.groups.map(\.kind) == [.events, .cleanStop])
        #expect(log.segments.map(\.name.firstLSN) == [1, 2])
    }

    @Test func aRollOnRequestSealsAllThatWasAppended() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        #expect(bench.journal.roll() == bench.start.end, "nothing to seal")
        #expect(bench.journal.sealedSegments.isEmpty)
        for round in 1...4 {
            // Not kicked.
            bench.journal.append([TestEvent(shard: 0, sequence: UInt64(round), byteCount: 99)])
            #expect(
                JournalBench.waits { bench.journal.statistics.readySegments > 0 })
            let end = try #require(bench.journal.roll())
            #expect(end.lsn == UInt64(round))
            #expect(bench.journal.syncedPosition.rawValue == UInt64(round))
            #expect(bench.journal.sealedSegments.last?.end == end)
            #expect(bench.journal.sealedSegments.count == round)
            #expect(bench.journal.roll() == end)
            #expect(bench.journal.sealedSegments.count == round)
        }
        bench.journal.stop()
        #expect(bench.journal.roll() == nil)
        let log = try bench.walked
        #expect(log.segments.count == 5)
        #expect(try log.events.map(\.sequence) == [1, 2, 3, 4])
    }

    @Test func aStopLeavesNothingThatIsBeingMade() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        Self.append(bench, 1, pages: 1)
        #expect(JournalBench.waits { bench.journal.statistics.readySegments == 2 })
        bench.journal.stop()
        let names = try LinuxFileSystem().list(bench.directory.journalPath)
        #expect(names == ["00000001-0000000000000001.seg", "manifest"])
    }
}
