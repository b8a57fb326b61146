/// What is wrong with a log that held acknowledged data: where, which events, how that is known, and what can be done.
package struct DamageReport: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A group that does not check out, header or body.
        case group = "damaged group"
        /// Zeros where a group must be.
        case missingGroup = "missing group"
        /// A sound group that does not follow from the one before it.
        case brokenChain = "broken chain"
        case segmentHeader = "damaged segment header"
        /// A sound header under another segment's name.
        case misnamedSegment = "misnamed segment"
        case missingSegment = "missing segment"
        case shortSegment = "cut segment"
        case manifest = "damaged manifest"
        /// Of another data directory.
        case foreign = "file of another instance"
        case unknownFile = "unknown file"
        /// A snapshot or a reader knows an end that is not in the log.
        case otherHistory = "other history"
    }

    package var kind: Kind
    /// The file that is wrong or missing.
    package var file: String
    package var offset: Int
    /// The first event that cannot be trusted.
    package var firstLSN: UInt64
    /// The newest event that evidence proves; nil: none at or past `firstLSN`, or unknown.
    package var lastLSN: UInt64?
    package var evidence: [Evidence]
    /// Where the sound log ends before the damage; nil when nothing before it can be used.
    package var lastGood: LogEnd?
    /// Sentences for an operator, best first.
    package var remedies: [String]

    /// - Parameter followingLSN: Where the log is sound again; otherwise evidence says how far it went.
    package init(
        _ kind: Kind, file: String, offset: Int, firstLSN: UInt64, evidence: [Evidence],
        lastGood: LogEnd?, followingLSN: UInt64? = nil
    ) {
        self.kind = kind
        self.file = file
        self.offset = offset
        self.firstLSN = firstLSN
        self.evidence = evidence
        self.lastGood = lastGood
        let newest = followingLSN.map { $0 - 1 } ?? evidence.map(\.lsn).max() ?? 0
        self.lastLSN = newest >= firstLSN && newest != .max ? newest : nil
        self.remedies = []
    }

    /// The events in question, in words.
    package var range: String {
        guard let lastLSN else {
            return self.evidence.contains { $0.lsn &+ 1 == self.firstLSN }
                ? "no event known to be lost, LSN \(self.firstLSN) and later not known"
                : "LSN \(self.firstLSN) and later"
        }
        return "LSN \(self.firstLSN) to \(lastLSN)"
    }

    /// One line for the log and for a refused start.
    package var message: String {
        var text = "\(self.kind.rawValue): \(self.file) at offset \(self.offset), \(self.range)"
        if let first = self.evidence.first {
            text += "; known by the \(first)"
            if self.evidence.count > 1 { text += " and \(self.evidence.count - 1) more" }
        }
        return text
    }

    /// Adds what can be done.
    ///
    /// - Parameter snapshots: The ends of the snapshots at hand.
    mutating func addRemedies(snapshots: [KnownEnd]) {
        let newest = snapshots.filter { $0.source == .snapshot }.max { $0.end.lsn < $1.end.lsn }
        if let newest {
            let covers = newest.end.lsn >= (self.lastLSN ?? .max)
            self.remedies.append(
                "snapshot \(newest.place) holds everything up to LSN \(newest.end.lsn)"
                    + (covers ? ": nothing is lost if the server can start from it" : ""))
        }
        self.remedies.append(
            "restore the data directory, or \(self.file) alone, from a backup made after these "
                + "events")
        self.remedies.append(
            "holdfast journal repair <data directory> shows what would be lost by going on from "
                + (self.lastGood.map { "LSN \($0.lsn)" } ?? "what is left")
                + ", and does so with --accept-loss")
    }
}

/// Why a scan gave no log.
package enum ScanFailure: Error, Sendable, Equatable {
    case damaged(DamageReport)
    /// A sound header of a format that this program does not know.
    case newerVersion(file: String, version: UInt16)
    case file(FileError)

    /// For whoever only passes it on.
    package var failure: JournalFailure {
        switch self {
        case .damaged(let report):
            JournalFailure(
                .damaged, report.message, hint: report.remedies.joined(separator: "; or "))
        case .newerVersion(let file, let version):
            JournalFailure(
                .newerVersion, "\(file) was written by a newer version (format \(version))",
                hint: "start the version that wrote it, or a newer one")
        case .file(let error): JournalFailure(error, during: "read the journal")
        }
    }
}
