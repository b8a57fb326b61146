/// Puts groups on disk, one behind the other, and begins the next segment when one is full. The writer's thread only.
///
/// Every error it throws is final: what the kernel has of a failed write is unknown, so nothing may follow it.
struct SegmentWriter: ~Copyable {
    private let folder: String
    private let instance: InstanceID
    private let shardCount: UInt32
    private let generation: UInt32
    private let files: any FileSystem
    private let now: @Sendable () -> Int64
    private var manifest: ManifestFile
    private var file: JournalFile
    private var name: SegmentName
    private var preceding: LogEnd
    private var byteCount: Int
    private var offset: Int
    private let page = AlignedBuffer(capacity: JournalLayout.pageBytes)
    /// Of everything on disk.
    private(set) var end: LogEnd

    /// Opens what `JournalOpening` has made.
    static func open(
        _ start: JournalStart, directory: DataDirectory, method: WriteMethod,
        files: any FileSystem, now: @escaping @Sendable () -> Int64
    ) throws(FileError) -> SegmentWriter {
        let file = try JournalFile.open(start.segment.path, method, files)
        let manifest: JournalFile
        do throws(FileError) {
            manifest = try JournalFile.open(directory.manifestPath, method, files)
        } catch {
            file.close(files)
            throw error
        }
        return SegmentWriter(
            start, folder: directory.journalPath, file: file,
            manifest: ManifestFile(
                manifest, instance: start.instance, number: start.manifestNumber),
            files: files, now: now)
    }

    private init(
        _ start: JournalStart, folder: String, file: JournalFile, manifest: consuming ManifestFile,
        files: any FileSystem, now: @escaping @Sendable () -> Int64
    ) {
        self.folder = folder
        self.instance = start.instance
        self.shardCount = start.shardCount
        self.generation = start.generation
        self.files = files
        self.now = now
        self.manifest = manifest
        self.file = file
        self.name = start.segment.name
        self.preceding = start.segment.preceding
        self.byteCount = start.segment.byteCount
        self.offset = start.segment.writeOffset
        self.end = start.end
        precondition(
            self.offset >= JournalLayout.pageBytes && self.offset <= self.byteCount
                && self.offset % JournalLayout.pageBytes == 0,
            "groups begin on pages behind the header")
    }

    var openBytes: Int { self.byteCount - self.offset }
    /// Whether the segment has a group with events. One without has the name that the next one would get.
    var hasEvents: Bool { self.end.lsn > self.preceding.lsn }

    static func wholeByteCount(body byteCount: Int) -> Int {
        JournalLayout.roundedUp(JournalLayout.groupHeaderBytes + byteCount)
    }

    /// Whether a group with such a body still goes into this segment.
    func hasRoom(forBody byteCount: Int) -> Bool {
        Self.wholeByteCount(body: byteCount) <= self.openBytes
    }

    // MARK: Groups

    /// Writes a group of events; returns when it is safe.
    ///
    /// - Parameter base: The header's bytes, free; then the body; then room up to the page's end.
    mutating func write(
        _ base: UnsafeMutableRawPointer, bodyByteCount: Int, eventCount: UInt64
    ) throws(FileError) {
        try self.write(.events, base, bodyByteCount: bodyByteCount, eventCount: eventCount)
    }

    /// A group without events.
    mutating func writeEmpty(_ kind: GroupHeader.Kind) throws(FileError) {
        precondition(kind != .events, "a group of events has events")
        try self.write(kind, self.page.base, bodyByteCount: 0, eventCount: 0)
    }

    private mutating func write(
        _ kind: GroupHeader.Kind, _ base: UnsafeMutableRawPointer, bodyByteCount: Int,
        eventCount: UInt64
    ) throws(FileError) {
        let whole = Self.wholeByteCount(body: bodyByteCount)
        precondition(whole <= self.openBytes, "a group that does not fit its segment")
        let used = JournalLayout.groupHeaderBytes + bodyByteCount
        (base + used).initializeMemory(as: UInt8.self, repeating: 0, count: whole - used)
        let header = GroupHeader(
            kind: kind, instance: self.instance, generation: self.generation,
            segmentFirstLSN: self.name.firstLSN, offset: UInt64(self.offset),
            firstLSN: self.end.lsn + 1, lastLSN: self.end.lsn + eventCount,
            epoch: UInt64(self.generation), bodyByteCount: UInt32(bodyByteCount),
            byteCount: UInt32(whole),
            bodyChecksum: GroupHeader.bodyChecksum(of: UnsafeRawPointer(base), byteCount: whole),
            previousChain: self.end.chain, writtenMilliseconds: self.now())
        let chain = header.encode(to: base)
        try self.file.writeDurably(
            UnsafeRawBufferPointer(start: base, count: whole), at: self.offset, self.files)
        self.offset += whole
        self.end = LogEnd(lsn: header.lastLSN, chain: chain)
    }

    // MARK: Segments

    /// A file of its own for a group that no ordinary segment holds.
    func makeSegment(forBody byteCount: Int) throws(FileError) -> ReadySegment {
        let path = self.folder + "/large" + DataDirectory.temporarySuffix
        let byteCount = JournalLayout.pageBytes + Self.wholeByteCount(body: byteCount)
        let file = try JournalFile.createAnew(path, self.file.method, self.files)
        do throws(FileError) {
            _ = try file.fillWithZeros(from: 0, to: byteCount, self.files)
            try file.synchronize(self.files)
        } catch {
            file.close(self.files)
            try? self.files.unlink(path)
            throw error
        }
        return ReadySegment(file: file, byteCount: byteCount, isLarge: true)
    }

    /// Goes on in another file. Its header is on disk before it has a segment's name: at every moment each segment has a
    /// sound header, also when one that has no group yet is replaced by a larger one.
    ///
    /// - Returns: The segment that gets no more groups; nil if it had none and is gone.
    mutating func roll(to ready: ReadySegment) throws(FileError) -> SealedSegment? {
        let header = SegmentHeader(
            instance: self.instance, generation: self.generation, shardCount: self.shardCount,
            preceding: self.end, segmentByteCount: UInt64(ready.byteCount),
            createdMilliseconds: self.now())
        header.encode(to: self.page.base)
        var file = ready.file
        try file.writeDurably(self.page.bytes(JournalLayout.pageBytes), at: 0, self.files)
        let path = self.folder + "/" + header.name.fileName
        try self.files.rename(file.path, to: path)
        file.path = path
        try self.files.synchronizeDirectory(self.folder)
        try self.manifest.write(
            generation: self.generation, preceding: self.end, self.files)
        let sealed =
            self.hasEvents
            ? SealedSegment(
                name: self.name, path: self.file.path, preceding: self.preceding, end: self.end,
                usedByteCount: self.offset, byteCount: self.byteCount) : nil
        self.file.close(self.files)
        self.file = file
        self.name = header.name
        self.preceding = self.end
        self.byteCount = ready.byteCount
        self.offset = JournalLayout.pageBytes
        return sealed
    }

    func close() {
        self.file.close(self.files)
        self.manifest.close(self.files)
    }
}
