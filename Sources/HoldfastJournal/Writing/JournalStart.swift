/// What a writer needs to begin: made by `JournalOpening`.
package struct JournalStart: Sendable, Equatable {
    package var instance: InstanceID
    package var shardCount: UInt32
    package var generation: UInt32
    /// Of everything that is on disk.
    package var end: LogEnd
    package var segment: OpenSegment
    /// Of the manifest page written last.
    package var manifestNumber: UInt64
    /// Of any event so far, 0 none: time does not run backwards over a restart.
    package var newestTimeMilliseconds: Int64

    package init(
        instance: InstanceID, shardCount: UInt32, generation: UInt32, end: LogEnd,
        segment: OpenSegment, manifestNumber: UInt64, newestTimeMilliseconds: Int64
    ) {
        self.instance = instance
        self.shardCount = shardCount
        self.generation = generation
        self.end = end
        self.segment = segment
        self.manifestNumber = manifestNumber
        self.newestTimeMilliseconds = newestTimeMilliseconds
    }
}

/// A segment with its header on disk, to write on in.
package struct OpenSegment: Sendable, Equatable {
    package var name: SegmentName
    package var path: String
    package var byteCount: Int
    /// Where the next group goes; a page's offset.
    package var writeOffset: Int
    /// As its header says.
    package var preceding: LogEnd

    package init(
        name: SegmentName, path: String, byteCount: Int, writeOffset: Int, preceding: LogEnd
    ) {
        self.name = name
        self.path = path
        self.byteCount = byteCount
        self.writeOffset = writeOffset
        self.preceding = preceding
    }
}

/// A segment of this run that gets no more groups.
package struct SealedSegment: Sendable, Equatable {
    package let name: SegmentName
    package let path: String
    package let preceding: LogEnd
    /// Its last event and the chain behind its last group.
    package let end: LogEnd
    /// Header and groups; the rest of the file is zeros.
    package let usedByteCount: Int
    package let byteCount: Int
}

/// Counts since the journal started.
package struct JournalStatistics: Sendable, Equatable {
    /// With events.
    package var groups: UInt64 = 0
    package var seals: UInt64 = 0
    package var events: UInt64 = 0
    /// Written in groups: headers, events and padding.
    package var bytes: UInt64 = 0
    /// Durable writes of groups, seals included.
    package var syncs: UInt64 = 0
    package var syncNanosecondsSum: UInt64 = 0
    package var syncNanosecondsMax: UInt64 = 0
    /// Begun, the first one included.
    package var segments: UInt64 = 1
    package var readySegments = 0
    /// Preallocated and neither written nor appended for.
    package var freeBytes = 0
    package var backlogBytes = 0
    /// Memory of the two append buffers.
    package var bufferBytes = 0
    /// How groups get on disk.
    package var method = WriteMethod.flushed
}
