import HoldfastJournal
import Testing

/// What a scan must see that lies far away or counts for nothing else.
@Suite struct ScanEdgeTests {
    /// Its name was given away: a second segment of that generation and number would be another one's twin.
    @Test func theGenerationOfAnEmptySegmentIsNotUsedAgain() throws {
        var builder = JournalBuilder()
        builder.segment(generation: 1)
        builder.group(events: 3)
        builder.seal()
        builder.emptySegment(generation: 9, firstLSN: builder.end.lsn + 1)
        let scan = try builder.scan(builder.memory())
        #expect(scan.end == builder.end)
        #expect(scan.generationMax == 9)
    }

    /// A start that decided nothing has still told the time.
    @Test func theTimeOfAHeaderCounts() throws {
        var builder = JournalBuilder()
        builder.segment(generation: 1)
        builder.group(events: 1)
        builder.seal()
        builder.time += 86_400_000
        builder.restart(generation: 2)
        let scan = try builder.scan(builder.memory())
        #expect(scan.newestTimeMilliseconds == builder.header?.createdMilliseconds)
        #expect(scan.newestTimeMilliseconds == builder.time)
    }

    /// More than the window that is read at once lies between what is bad and what proves it.
    @Test(arguments: [1, 5, 9]) func evidenceIsFoundHoweverFarAway(events: Int) throws {
        var builder = JournalBuilder()
        builder.segment(generation: 1, byteCount: 8 << 20)
        builder.group(events: 1)
        let lost = builder.group(events: events, padding: 400_000)
        let proof = builder.group(events: 1)
        #expect(events == 1 || proof.offset - lost.offset > 1 << 20)
        var bytes = try #require(builder.files[lost.path])
        for index in lost.range { bytes[index] = 0 }
        builder.files[lost.path] = bytes
        #expect(
            builder.verdict(builder.memory())
                == .refused(lost, last: proof.header.lastLSN))
    }
}
