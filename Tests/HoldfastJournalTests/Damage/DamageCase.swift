import HoldfastJournal

/// One way in which a journal can come to a start, and what a scan must say.
struct DamageCase: Sendable, CustomStringConvertible {
    var name: String
    var files: [String: [UInt8]]
    var identity: DataIdentity
    var knownEnds: [KnownEnd] = []
    var fromLSN: UInt64 = 0
    var expected: Verdict
    /// Removed by the next start.
    var removable: Int?

    var description: String { self.name }
}

/// A journal of three generations that every case begins with:
///
///     1-1   groups 1…10, 11…20, 21…30
///     1-1f  groups 31…40, 41…50; the last one unproven and written again
///     2-29  groups 41…50 again, 51…60, seal
///     2-3d  groups 61…70, 71…80
///     3-51  groups 81…90, 91…100
struct DamageStage {
    var builder = JournalBuilder()
    /// Manifest pages as they were when a generation or segment began, oldest first.
    var manifests: [[UInt8]] = []
    var knownEnds: [KnownEnd] = []
    var fromLSN: UInt64 = 0

    static let names = [
        SegmentName(generation: 1, firstLSN: 1), SegmentName(generation: 1, firstLSN: 31),
        SegmentName(generation: 2, firstLSN: 41), SegmentName(generation: 2, firstLSN: 61),
        SegmentName(generation: 3, firstLSN: 81),
    ]

    init(segmentBytes: Int = 20_480) {
        self.builder.segment(generation: 1, byteCount: segmentBytes)
        self.keepManifest()
        for _ in 0..<3 { self.builder.group(events: 10) }
        self.builder.segment(generation: 1, byteCount: segmentBytes)
        self.keepManifest()
        for _ in 0..<2 { self.builder.group(events: 10) }
        self.builder.restart(generation: 2, copying: true, byteCount: segmentBytes)
        self.keepManifest()
        self.builder.group(events: 10)
        self.builder.seal()
        self.builder.segment(generation: 2, byteCount: segmentBytes)
        self.keepManifest()
        for _ in 0..<2 { self.builder.group(events: 10) }
        self.builder.restart(generation: 3, byteCount: segmentBytes)
        self.keepManifest()
        for _ in 0..<2 { self.builder.group(events: 10) }
    }

    private mutating func keepManifest() {
        self.manifests.append(self.builder.files[self.builder.manifestPath]!)
    }

    /// 0…4, as above.
    func path(_ index: Int) -> String { self.builder.path(Self.names[index]) }

    subscript(index: Int) -> [UInt8] {
        get { self.builder.files[self.path(index)]! }
        set { self.builder.files[self.path(index)] = newValue }
    }

    mutating func remove(_ index: Int) { self.builder.files[self.path(index)] = nil }

    mutating func zero(_ index: Int, _ range: Range<Int>) {
        for offset in range { self[index][offset] = 0 }
    }

    mutating func flip(_ index: Int, _ offset: Int) { self[index][offset] ^= 0x10 }

    mutating func snapshot(_ end: LogEnd) {
        self.knownEnds.append(
            KnownEnd(.snapshot, "/data/snapshots/s.snap", end, generation: 1))
    }

    /// The end behind an LSN at a group's end.
    func end(_ lsn: UInt64) -> LogEnd {
        self.builder.groups.first { $0.end.lsn == lsn && $0.header.kind == .events }!.end
    }

    func group(last lsn: UInt64) -> JournalBuilder.BuiltGroup {
        self.builder.groups.first { $0.end.lsn == lsn && $0.header.kind == .events }!
    }

    func sound(_ lsn: UInt64 = 100, cut: Int = 0) -> Verdict {
        .sound(end: self.end(lsn), cut: cut)
    }

    func refused(_ index: Int, _ offset: Int, _ first: UInt64, _ last: UInt64?) -> Verdict {
        .refused(
            file: Self.names[index].fileName, offset: offset, first: first, last: last)
    }
}
