/// One scan on its way: lists, decides which segments count, walks them, judges the end.
struct ScanRun {
    let journalPath: String
    let identity: DataIdentity
    let files: any FileSystem
    let fromLSN: UInt64
    /// By LSN.
    let knownEnds: [KnownEnd]
    /// Whether the log holds each of them.
    var isKnownEndFound: [Bool]
    var firstKnownEnd = 0

    var manifest: ManifestState = .unreadable
    /// By name.
    var entries: [SegmentEntry] = []
    var live: [LiveSegment] = []
    var older: [LiveSegment] = []
    var notes: [String] = []
    var newestTime: Int64 = 0
    var lastGroup: (group: UnprovenGroup, segment: Int)?
    /// Something of the segments proves the last group: a torn group's sound header behind it, a later segment's name.
    var isLastGroupProven = false
    /// For repair: what does not belong is set aside here instead of refused.
    var strangers: [String]?
    /// The last segment before a gap that a snapshot covers.
    var gap: Int?
    /// The first known end that the log does not hold.
    var mismatch: DamageReport?

    enum ManifestState {
        case valid(Manifest)
        case unreadable
    }

    /// A file with a segment's name.
    struct SegmentEntry {
        enum Header {
            case valid(SegmentHeader)
            case zero, damaged
            case unknownVersion(UInt16)
        }

        var name: SegmentName
        var path: String
        var byteCount: Int
        var header: Header

        var validHeader: SegmentHeader? {
            guard case .valid(let header) = self.header else { return nil }
            return header
        }

        /// What precedes it, by its name.
        var precedingLSN: UInt64 { self.name.firstLSN &- 1 }
    }

    init(
        journalPath: String, identity: DataIdentity, files: any FileSystem, knownEnds: [KnownEnd],
        fromLSN: UInt64
    ) {
        self.journalPath = journalPath
        self.identity = identity
        self.files = files
        self.fromLSN = fromLSN
        self.knownEnds = knownEnds.sorted { $0.end.lsn < $1.end.lsn }
        self.isKnownEndFound = Array(repeating: false, count: knownEnds.count)
    }

    var origin: LogEnd { LogEnd(lsn: 0, chain: .start(of: self.identity.instance)) }

    mutating func scan() throws(ScanFailure) -> JournalScan {
        // The manifest first: segments that come while a live directory is read are then newer than it.
        try self.readManifest()
        try self.listSegments()
        let newest = self.entries.lastIndex { $0.validHeader != nil }
        try self.chooseLive(newest: newest)
        try self.checkBeginning()
        for index in self.live.indices.dropLast() { try self.walkWhole(index) }
        self.dropBeforeGap()
        let tail = try self.judgeEnd(newest: newest)
        return self.result(tail)
    }

    private func result(_ tail: TailReport) -> JournalScan {
        let end = self.live.last?.end ?? self.origin
        let kept = Set((self.live + self.older).map(\.path))
        var generation = self.entries.map(\.name.generation).max() ?? 0
        if case .valid(let manifest) = self.manifest {
            generation = max(generation, manifest.generation)
        }
        for known in self.knownEnds { generation = max(generation, known.generation) }
        var number: UInt64 = 0
        if case .valid(let manifest) = self.manifest { number = manifest.number }
        return JournalScan(
            segments: self.live, olderSegments: self.older, end: end, tail: tail,
            unprovenGroup: self.unproven(end), newestTimeMilliseconds: self.newestTime,
            generationMax: generation, manifestNumber: number,
            removableFiles: self.entries.map(\.path).filter { !kept.contains($0) },
            hasStoppedInOrder: self.lastGroup?.group.header.kind == .cleanStop,
            notes: self.notes)
    }

    /// The last group, if it lies in the newest segment and nothing proves it.
    private func unproven(_ end: LogEnd) -> UnprovenGroup? {
        guard let last = self.lastGroup, last.segment == self.live.count - 1,
            !self.isLastGroupProven
        else { return nil }
        let isKnown = self.knownEnds.contains { known in
            known.end == end || known.end.lsn >= end.lsn && last.group.hasEvents
        }
        return isKnown ? nil : last.group
    }

    /// What of the known ends and the manifest proves an LSN or a later one.
    func outsideEvidence(atLeast lsn: UInt64, newest: SegmentName?) -> [Evidence] {
        var evidence = self.knownEnds.filter { $0.end.lsn >= lsn }.map(\.evidence)
        if case .valid(let manifest) = self.manifest, manifest.preceding.lsn >= lsn,
            newest.map({ $0 <= manifest.newestSegment }) ?? true
        {
            evidence.append(self.evidence(of: manifest))
        }
        return evidence
    }

    func evidence(of manifest: Manifest) -> Evidence {
        Evidence(
            .manifest, self.journalPath + "/" + JournalLayout.manifestFile,
            offset: manifest.offset, lsn: manifest.preceding.lsn)
    }

    /// Runs a call on a file.
    func file<Result: ~Copyable>(
        _ call: () throws(FileError) -> Result
    ) throws(ScanFailure) -> Result {
        do throws(FileError) { return try call() } catch { throw .file(error) }
    }
}
