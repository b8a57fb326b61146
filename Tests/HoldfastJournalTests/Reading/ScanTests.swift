import HoldfastJournal
import Testing

/// What a scan makes of journals as servers leave them.
@Suite struct ScanTests {
    @Test func aJournalOfSeveralRunsIsOneLog() throws {
        var builder = JournalBuilder()
        builder.segment(generation: 1)
        for _ in 0..<3 { builder.group(events: 10) }
        builder.seal()
        builder.segment(generation: 1)
        builder.group(events: 5)
        builder.cleanStop()
        builder.restart(generation: 2)
        builder.group(events: 7)
        builder.restart(generation: 3, copying: true)
        builder.group(events: 1)
        builder.seal()
        let scan = try builder.scan(builder.memory())
        #expect(scan.end == builder.end)
        #expect(scan.end.lsn == 43)
        #expect(scan.tail.isClean)
        #expect(scan.segments.map(\.name.generation) == [1, 1, 3])
        // The second run's only group was written again.
        #expect(scan.removableFiles == [builder.journal + "/00000002-0000000000000024.seg"])
        #expect(scan.generationMax == 3)
        #expect(scan.manifestNumber == 4)
        #expect(scan.newestTimeMilliseconds == builder.time)
        #expect(!scan.hasStoppedInOrder)
        // The seal itself is unproven, and left behind.
        #expect(scan.unprovenGroup?.hasEvents == false)
        #expect(scan.continuation == builder.groups.last!.before)
    }

    @Test func theReaderHandsOutEveryGroupFromAPositionOn() throws {
        var builder = JournalBuilder()
        builder.segment(generation: 1)
        builder.group(events: 10)
        builder.group(events: 3, padding: 9_000)
        builder.segment(generation: 1, byteCount: 8 << 20)
        builder.group(events: 5, padding: 400_000)
        builder.seal()
        builder.restart(generation: 2)
        builder.group(events: 4)
        let files = builder.memory()
        let scan = try builder.scan(files)
        for (from, expected) in [
            (0, [10, 3, 5, 4]), (10, [10, 3, 5, 4]), (11, [3, 5, 4]), (19, [4]), (23, []),
        ] {
            var reader = GroupReader(
                scan.segments, instance: builder.identity.instance, fromLSN: UInt64(from),
                files: files)
            var counts: [Int] = []
            while let group = try reader.next() {
                if group.header.eventCount > 0 { counts.append(Int(group.header.eventCount)) }
                #expect(group.body.count == Int(group.header.bodyByteCount))
                let built = builder.groups.first { $0.end == group.end }
                #expect(built?.header == group.header)
            }
            #expect(counts == expected, "from \(from)")
            #expect(reader.end == scan.end)
        }
    }

    @Test func aLastGroupWithoutProofIsNamed() throws {
        var builder = JournalBuilder()
        builder.segment(generation: 1)
        builder.group(events: 10)
        let last = builder.group(events: 2)
        let files = builder.memory()
        let scan = try builder.scan(files)
        #expect(scan.unprovenGroup?.header == last.header)
        #expect(scan.continuation == last.before)
        // A snapshot or a reader that has seen it proves it.
        let known = KnownEnd(.snapshot, "s", last.end, generation: 7)
        let proven = try builder.scan(files, knownEnds: [known])
        #expect(proven.unprovenGroup == nil)
        #expect(proven.continuation == last.end)
        #expect(proven.generationMax == 7)
    }
}
