/// What a journal holds: read, judged, nothing changed. The rule is docs/JOURNAL.md, "Recovery".
package struct JournalScan: Sendable, Equatable {
    /// The live log, oldest segment first, without a gap. The last one is the newest; its `end` is the log's.
    package var segments: [LiveSegment]
    /// Segments before these, not needed from the scan's `fromLSN` on, or on the far side of a gap that a snapshot
    /// covers. Their groups were not judged.
    package var olderSegments: [LiveSegment]
    package var end: LogEnd
    package var tail: TailReport
    /// The last group, if nothing behind it proves that it was acknowledged: it may lie in the page cache alone.
    package var unprovenGroup: UnprovenGroup?
    /// The newest time of a live group or header; 0 without any.
    package var newestTimeMilliseconds: Int64
    /// Over names of segments, live or not, the manifest and known ends; 0 without any.
    package var generationMax: UInt32
    package var manifestNumber: UInt64
    /// Paths of dead and empty segments: to be removed once a new generation is safe.
    package var removableFiles: [String]
    /// The log's last group says that the server stopped in order.
    package var hasStoppedInOrder: Bool
    /// What an operator should read; nothing is lost by it.
    package var notes: [String]

    /// Where a new generation goes on: behind the log, or behind what is before an unproven last group, which is then
    /// its first group (`unprovenGroup`), unless it holds no events.
    package var continuation: LogEnd { self.unprovenGroup?.before ?? self.end }
}

extension JournalScan {
    /// Scans the journal of a data directory.
    ///
    /// - Parameters:
    ///   - identity: The directory's.
    ///   - knownEnds: Ends of all sound snapshot footers and of all readers.
    ///   - fromLSN: Events up to here come from a snapshot: segments that hold no later ones are not read. 0 judges
    ///     everything.
    ///   - isSnapshotAlone: There is no journal's folder: with a snapshot at `fromLSN` and nothing that proves later
    ///     events, the log ends with it.
    package static func run(
        journalPath: String, identity: DataIdentity, files: any FileSystem,
        knownEnds: [KnownEnd] = [], fromLSN: UInt64 = 0, isSnapshotAlone: Bool = false
    ) throws(ScanFailure) -> JournalScan {
        var run = ScanRun(
            journalPath: journalPath, identity: identity, files: files, knownEnds: knownEnds,
            fromLSN: fromLSN)
        do throws(ScanFailure) {
            return isSnapshotAlone ? try run.scanSnapshotAlone() : try run.scan()
        } catch {
            guard case .damaged(var report) = error else { throw error }
            report.addRemedies(snapshots: knownEnds)
            throw .damaged(report)
        }
    }

    /// The same for callers that know failures only.
    package init(
        directory: DataDirectory, identity: DataIdentity, knownEnds: [KnownEnd] = [],
        fromLSN: UInt64 = 0, isSnapshotAlone: Bool = false
    ) throws(JournalFailure) {
        do throws(ScanFailure) {
            self = try Self.run(
                journalPath: directory.journalPath, identity: identity, files: directory.files,
                knownEnds: knownEnds, fromLSN: fromLSN, isSnapshotAlone: isSnapshotAlone)
        } catch {
            throw error.failure
        }
    }
}

/// A segment with groups that count.
package struct LiveSegment: Sendable, Equatable {
    package var name: SegmentName
    package var path: String
    package var byteCount: Int
    package var preceding: LogEnd
    /// Where its live groups end. What it holds past that is dead, and never read.
    package var end: LogEnd
    package var createdMilliseconds: Int64
    /// Behind its last live group; nil if its groups were not read.
    package var endOffset: Int?
    package var groupCount = 0

    package var eventCount: UInt64 { self.end.lsn - self.preceding.lsn }
}

/// What was cut behind the log's end.
package struct TailReport: Sendable, Equatable {
    /// The newest segment; empty if there is none.
    package var path: String
    /// Where the log ends in it.
    package var offset: Int
    /// From there to the last byte that is not zero; 0: clean.
    package var byteCount: Int
    /// Later segments with a torn header and nothing else: a roll that was interrupted.
    package var tornSegments: [String]

    package var isClean: Bool { self.byteCount == 0 && self.tornSegments.isEmpty }
}

/// A group to be written again before anything goes on behind it.
package struct UnprovenGroup: Sendable, Equatable {
    package var header: GroupHeader
    package var path: String
    package var offset: Int
    /// The log's end before it.
    package var before: LogEnd

    package var hasEvents: Bool { self.header.kind == .events }
}
