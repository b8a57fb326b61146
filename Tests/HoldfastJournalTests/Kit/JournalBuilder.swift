import HoldfastEngine
import HoldfastJournal

/// Writes the files of a journal byte by byte from the format's types, with everything that a server and its restarts
/// leave behind, and remembers where each thing lies.
struct JournalBuilder {
    /// A group as it was written.
    struct BuiltGroup {
        var path: String
        var offset: Int
        var header: GroupHeader
        var before: LogEnd
        var end: LogEnd
        var range: Range<Int> { self.offset..<self.offset + Int(self.header.byteCount) }
    }

    let identity: DataIdentity
    let root: String
    /// By path.
    var files: [String: [UInt8]] = [:]
    /// What counts, in order.
    var groups: [BuiltGroup] = []
    var end: LogEnd
    var header: SegmentHeader?
    var offset = 0
    var manifestNumber: UInt64 = 0
    var time: Int64 = 1_700_000_000_000
    private var sequence: UInt64 = 0

    init(root: String = "/data", instance: UInt64 = 1, shardCount: UInt32 = 4) {
        self.identity = DataIdentity(
            instance: InstanceID(first: 0x1111_2222_3333_4444 &* instance, second: instance | 1),
            shardCount: shardCount, createdMilliseconds: 1_700_000_000_000)
        self.root = root
        self.end = LogEnd(lsn: 0, chain: .start(of: self.identity.instance))
        var page = [UInt8](repeating: 0, count: JournalLayout.pageBytes)
        page.withUnsafeMutableBytes { self.identity.encode(to: $0.baseAddress!) }
        self.files[root + "/identity"] = page
    }

    var journal: String { self.root + "/journal" }
    var manifestPath: String { self.journal + "/manifest" }
    var segmentPath: String { self.path(self.header!.name) }

    func path(_ name: SegmentName) -> String { self.journal + "/" + name.fileName }

    /// Begins a segment behind the end, with its header and, unless a crash came between, the manifest.
    mutating func segment(
        generation: UInt32, byteCount: Int = 65_536, preceding: LogEnd? = nil,
        writesManifest: Bool = true
    ) {
        if let preceding { self.end = preceding }
        let header = SegmentHeader(
            instance: self.identity.instance, generation: generation,
            shardCount: self.identity.shardCount, preceding: self.end,
            segmentByteCount: UInt64(byteCount), createdMilliseconds: self.time)
        self.header = header
        self.offset = JournalLayout.pageBytes
        var bytes = [UInt8](repeating: 0, count: byteCount)
        bytes.withUnsafeMutableBytes { header.encode(to: $0.baseAddress!) }
        self.files[self.segmentPath] = bytes
        if writesManifest { self.writeManifest() }
    }

    /// A segment that a roll has named and no more.
    mutating func emptySegment(generation: UInt32, firstLSN: UInt64, byteCount: Int = 65_536) {
        self.files[self.path(SegmentName(generation: generation, firstLSN: firstLSN))] = Array(
            repeating: 0, count: byteCount)
    }

    /// A new generation as a start opens it: the last group is written again if `copying`.
    mutating func restart(
        generation: UInt32, copying: Bool = false, byteCount: Int = 65_536,
        writesManifest: Bool = true
    ) {
        var again: BuiltGroup?
        // Empty groups at the end are left behind.
        while let last = self.groups.last, last.path == self.segmentPath,
            copying || last.header.kind != .events
        {
            self.groups.removeLast()
            self.end = last.before
            if last.header.kind == .events {
                again = last
                break
            }
        }
        let old = again.map { group in
            Array(
                self.files[group.path]![
                    (group.offset + JournalLayout.groupHeaderBytes)...
                ].prefix(
                    Int(group.header.bodyByteCount)))
        }
        self.segment(generation: generation, byteCount: byteCount, writesManifest: false)
        if let again, let old {
            self.group(again.header.kind, count: Int(again.header.eventCount), old)
        }
        if writesManifest { self.writeManifest() }
    }

    mutating func writeManifest() {
        self.manifestNumber += 1
        let manifest = Manifest(
            instance: self.identity.instance, generation: self.header!.generation,
            number: self.manifestNumber, preceding: self.header!.preceding)
        var bytes =
            self.files[self.manifestPath]
            ?? Array(repeating: 0, count: 2 * JournalLayout.pageBytes)
        bytes.withUnsafeMutableBytes { manifest.encode(to: $0.baseAddress! + manifest.offset) }
        self.files[self.manifestPath] = bytes
    }

    /// Appends a group of holds that lapse.
    @discardableResult
    mutating func group(events count: Int, padding: Int = 0) -> BuiltGroup {
        var body: [UInt8] = []
        for _ in 0..<count {
            self.sequence += 1
            body += Self.event(sequence: self.sequence, time: self.time, bytes: 29 + padding)
        }
        return self.group(.events, count: count, body)
    }

    @discardableResult
    mutating func seal() -> BuiltGroup { self.group(.seal, count: 0, []) }

    @discardableResult
    mutating func cleanStop() -> BuiltGroup { self.group(.cleanStop, count: 0, []) }

    @discardableResult
    mutating func group(_ kind: GroupHeader.Kind, count: Int, _ body: [UInt8]) -> BuiltGroup {
        let byteCount = JournalLayout.roundedUp(JournalLayout.groupHeaderBytes + body.count)
        var bytes = [UInt8](repeating: 0, count: byteCount)
        bytes.replaceSubrange(
            JournalLayout.groupHeaderBytes..<JournalLayout.groupHeaderBytes + body.count, with: body
        )
        self.time += 5
        let segment = self.header!
        let built: BuiltGroup = bytes.withUnsafeMutableBytes { buffer in
            let base = buffer.baseAddress!
            let header = GroupHeader(
                kind: kind, instance: segment.instance, generation: segment.generation,
                segmentFirstLSN: segment.firstLSN, offset: UInt64(self.offset),
                firstLSN: self.end.lsn + 1, lastLSN: self.end.lsn + UInt64(count),
                epoch: UInt64(segment.generation), bodyByteCount: UInt32(body.count),
                byteCount: UInt32(byteCount),
                bodyChecksum: GroupHeader.bodyChecksum(
                    of: UnsafeRawPointer(base), byteCount: byteCount),
                previousChain: self.end.chain, writtenMilliseconds: self.time)
            let chain = header.encode(to: base)
            return BuiltGroup(
                path: self.segmentPath, offset: self.offset, header: header, before: self.end,
                end: LogEnd(lsn: header.lastLSN, chain: chain))
        }
        let end = self.offset + byteCount
        precondition(end <= self.files[self.segmentPath]!.count, "the segment is too small")
        self.files[self.segmentPath]!.replaceSubrange(self.offset..<end, with: bytes)
        self.offset = end
        self.end = built.end
        self.groups.append(built)
        return built
    }

    /// An encoded event: a hold that lapsed (kind 12), longer than it needs to be if asked.
    static func event(sequence: UInt64, time: Int64, bytes: Int) -> [UInt8] {
        var event = [UInt8](repeating: 0, count: bytes)
        event.withUnsafeMutableBytes { buffer in
            buffer.storeBytes(of: UInt32(bytes).littleEndian, as: UInt32.self)
            buffer.storeBytes(of: 12, toByteOffset: 4, as: UInt8.self)
            buffer.storeBytes(of: 1, toByteOffset: 5, as: UInt8.self)
            buffer.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt64.self)
            buffer.storeBytes(of: time.littleEndian, toByteOffset: 16, as: Int64.self)
            for index in 24..<bytes { buffer[index] = UInt8(truncatingIfNeeded: index) ^ 0xA5 }
        }
        return event
    }

    func memory() -> MemoryFileSystem { MemoryFileSystem(self.files) }

    func scan(
        _ files: any FileSystem, knownEnds: [KnownEnd] = [], fromLSN: UInt64 = 0
    ) throws(ScanFailure) -> JournalScan {
        try JournalScan.run(
            journalPath: self.journal, identity: self.identity, files: files,
            knownEnds: knownEnds, fromLSN: fromLSN)
    }
}
