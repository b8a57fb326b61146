/// Something on disk that could not be there unless the log had reached an LSN: what tells damage from a torn tail.
package struct Evidence: Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing it is. `docs/JOURNAL.md` prints `table`.
    package enum Source: String, Sendable, CaseIterable {
        case groupHeader = "group header"
        case segmentHeader = "segment header"
        case segmentName = "segment name"
        case manifest = "manifest"
        case snapshot = "snapshot"
        case reader = "reader"
        case segmentSize = "segment size"
        case identity = "identity"

        /// What of its kind counts.
        package var condition: String {
            switch self {
            case .groupHeader:
                "with a good checksum on any later page of the segment or in a later segment, past "
                    + "zeros too, that names this instance, generation, segment and its own offset"
            case .segmentHeader: "of a later segment: the log reached what precedes that segment"
            case .segmentName:
                "of a later segment, even an empty one: the log reached the event before its first"
            case .manifest:
                "that names this segment or a later one: what precedes that segment was reached, "
                    + "and the segment had its header"
            case .snapshot: "whose footer has this LSN or a later one"
            case .reader: "of the log (record store, feed) that has stored this LSN or a later one"
            case .segmentSize:
                "in a header that is more than the file has, unless the log stopped in order before"
            case .identity: "beside a journal without a readable manifest"
            }
        }

        /// Why it proves that.
        package var reason: String {
            switch self {
            case .groupHeader, .segmentHeader, .segmentName:
                "no write begins before the sync of the one before it has returned"
            case .manifest: "it is written after that header's sync"
            case .snapshot, .reader: "they are given only what is synced"
            case .segmentSize: "a segment has its full size, synced, before it has a name"
            case .identity: "it gets its name after the first segment and the manifest are synced"
            }
        }
    }

    package var source: Source
    /// The file's path, or the reader's name.
    package var place: String
    package var offset: Int
    /// The newest event that it proves. One less than the first missing one if it proves only an empty group.
    package var lsn: UInt64

    package init(_ source: Source, _ place: String, offset: Int, lsn: UInt64) {
        self.source = source
        self.place = place
        self.offset = offset
        self.lsn = lsn
    }

    package var description: String {
        "\(self.source.rawValue) in \(self.place) at \(self.offset): LSN \(self.lsn)"
    }

    /// The rule as a table in Markdown.
    package static var table: String {
        var text = "| evidence | which | why |\n|---|---|---|\n"
        for source in Source.allCases {
            text += "| \(source.rawValue) | \(source.condition) | \(source.reason) |\n"
        }
        return text
    }
}

/// A position of the log that somebody outside the segments knows to be synced.
package struct KnownEnd: Sendable, Hashable {
    package var source: Evidence.Source
    /// A snapshot's path, or a reader's name.
    package var place: String
    package var end: LogEnd
    /// The newest generation that it knows of; 0 if it knows none.
    package var generation: UInt32

    package init(_ source: Evidence.Source, _ place: String, _ end: LogEnd, generation: UInt32) {
        precondition(source == .snapshot || source == .reader, "ends are known by these only")
        self.source = source
        self.place = place
        self.end = end
        self.generation = generation
    }

    var evidence: Evidence { Evidence(self.source, self.place, offset: 0, lsn: self.end.lsn) }
}
