/// What snapshots are made from: the journal as the maker sees it. The closures are called on the maker's thread.
package struct SnapshotSource: Sendable {
    /// Live segments of before this run, as the scan at the start found them.
    package var olderSegments: [LiveSegment]
    /// Where this run's first segment goes on: what older ones hold past it is dead.
    package var preceding: LogEnd
    /// Of this run.
    package var generation: UInt32
    /// Segments of this run that get no more groups, oldest first.
    package var sealedSegments: @Sendable () -> [SealedSegment]
    /// Ends the open segment and waits; nil: that is not possible now.
    package var roll: @Sendable () -> LogEnd?
    package var syncedEnd: @Sendable () -> LogEnd
    /// Bytes of groups written since the start.
    package var writtenBytes: @Sendable () -> UInt64
    /// Bytes of events that the start read behind the newest snapshot.
    package var replayedBytes: UInt64 = 0
    /// Where every reader of the log stands: the record store, feeds. Their LSNs.
    package var readers: @Sendable () -> [UInt64]
    /// Segments that end here or before are gone.
    package var forget: @Sendable (UInt64) -> Void

    package init(
        olderSegments: [LiveSegment], preceding: LogEnd, generation: UInt32,
        sealedSegments: @escaping @Sendable () -> [SealedSegment],
        roll: @escaping @Sendable () -> LogEnd?, syncedEnd: @escaping @Sendable () -> LogEnd,
        writtenBytes: @escaping @Sendable () -> UInt64,
        readers: @escaping @Sendable () -> [UInt64] = { [] },
        forget: @escaping @Sendable (UInt64) -> Void
    ) {
        self.olderSegments = olderSegments
        self.preceding = preceding
        self.generation = generation
        self.sealedSegments = sealedSegments
        self.roll = roll
        self.syncedEnd = syncedEnd
        self.writtenBytes = writtenBytes
        self.readers = readers
        self.forget = forget
    }

    /// The same for a running journal.
    package init(
        _ journal: Journal, start: JournalStart, olderSegments: [LiveSegment],
        readers: @escaping @Sendable () -> [UInt64] = { [] }
    ) {
        self.init(
            olderSegments: olderSegments, preceding: start.segment.preceding,
            generation: start.generation, sealedSegments: { journal.sealedSegments },
            roll: { journal.roll() }, syncedEnd: { journal.syncedEnd },
            writtenBytes: { UInt64(journal.statistics.bytes) }, readers: readers,
            forget: { journal.forgetSealedSegments(through: $0) })
    }

    /// Everything that gets no more groups, oldest first, without what is dead.
    func segments() -> [LiveSegment] {
        var segments = self.olderSegments
        for index in segments.indices where segments[index].end.lsn >= self.preceding.lsn {
            segments[index].end = self.preceding
        }
        segments.removeAll { $0.preceding.lsn > self.preceding.lsn }
        for sealed in self.sealedSegments() {
            segments.append(
                LiveSegment(
                    name: sealed.name, path: sealed.path, byteCount: sealed.byteCount,
                    preceding: sealed.preceding, end: sealed.end, createdMilliseconds: 0,
                    endOffset: sealed.usedByteCount))
        }
        return segments
    }
}

/// When snapshots are made, and how many are kept.
package struct SnapshotSettings: Sendable, Equatable {
    /// A snapshot after so many bytes of journal. 0: not by size.
    package var journalBytes: UInt64 = 1 << 30
    /// And after so long, if anything happened. 0: not by time.
    package var intervalMilliseconds = 3_600_000
    /// At least 2: segments go only behind the older one.
    package var keptCount = 2
    /// After a failure, until it is tried again by itself.
    package var retryMilliseconds = 60_000
    /// Made only with what nobody else wants of the processor. On a machine without any idle time that takes long.
    package var yieldsProcessor = true

    package init() {}
}

/// What the maker does and did.
package struct SnapshotStatus: Sendable, Equatable {
    package var isRunning = false
    /// Of the newest snapshot that this run made or found; 0 none.
    package var lastLSN: UInt64 = 0
    package var lastDurationMilliseconds = 0
    package var lastByteCount = 0
    /// When that was made, Unix milliseconds.
    package var lastMadeMilliseconds: Int64 = 0
    /// Sound snapshots on disk.
    package var keptCount = 0
    /// Nil: the last one went well.
    package var lastError: String?
    /// Made since the start.
    package var madeCount = 0
    package var failedCount = 0
    /// Segments deleted since the start.
    package var deletedSegmentCount = 0
    /// The newest request that was made, and the newest that is settled, well or not.
    package var requestedTicket: UInt64 = 0
    package var settledTicket: UInt64 = 0
}
