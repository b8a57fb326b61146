import HoldfastJournal
import Testing

/// A data directory without the journal's folder, as it is restored from a snapshot.
@Suite struct SnapshotAloneTests {
    private let end = LogEnd(lsn: 40, chain: ChainHash(first: 7, second: 9))

    private func scan(_ others: [KnownEnd] = []) throws(ScanFailure) -> JournalScan {
        let builder = JournalBuilder()
        return try JournalScan.run(
            journalPath: builder.journal, identity: builder.identity, files: MemoryFileSystem(),
            knownEnds: [KnownEnd(.snapshot, "/data/snapshots/40.snap", self.end, generation: 5)]
                + others,
            fromLSN: 40, isSnapshotAlone: true)
    }

    @Test func theLogEndsWithTheSnapshot() throws {
        let scan = try self.scan()
        #expect(scan.end == self.end && scan.continuation == self.end)
        #expect(scan.segments.isEmpty && scan.olderSegments.isEmpty)
        #expect(scan.generationMax == 5 && scan.manifestNumber == 0)
        #expect(scan.notes.count == 1)
    }

    @Test func olderEndsDoNoHarm() throws {
        let older = LogEnd(lsn: 20, chain: ChainHash(first: 1, second: 2))
        let scan = try self.scan([
            KnownEnd(.snapshot, "/data/snapshots/20.snap", older, generation: 6),
            KnownEnd(.reader, "records", self.end, generation: 0),
        ])
        #expect(scan.end == self.end && scan.generationMax == 6)
    }

    @Test(arguments: [Evidence.Source.reader, .snapshot])
    func whoKnowsMoreHasItRefused(source: Evidence.Source) throws {
        let later = LogEnd(lsn: 41, chain: ChainHash(first: 1, second: 2))
        do {
            _ = try self.scan([KnownEnd(source, "somebody", later, generation: 0)])
            Issue.record("an event that somebody has stored was given up")
        } catch {
            guard case .damaged(let report) = error else {
                Issue.record("another failure: \(error)")
                return
            }
            #expect(report.kind == .missingSegment && report.firstLSN == 41)
            #expect(report.lastLSN == 41 && report.lastGood == self.end)
            #expect(report.evidence.map(\.place) == ["somebody"])
        }
    }

    @Test func withoutBeingToldSoItIsDamage() throws {
        let builder = JournalBuilder()
        #expect(throws: ScanFailure.self) {
            _ = try JournalScan.run(
                journalPath: builder.journal, identity: builder.identity,
                files: MemoryFileSystem(),
                knownEnds: [
                    KnownEnd(.snapshot, "/data/snapshots/40.snap", self.end, generation: 5)
                ], fromLSN: 40)
        }
    }
}
