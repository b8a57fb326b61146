internal import CIntrinsics

/// `<lsn>.snap`: 16 lower-case hexadecimal digits.
package enum SnapshotName {
    package static let suffix = ".snap"

    package static func fileName(lsn: UInt64) -> String { Hexadecimal.text(lsn) + self.suffix }

    /// Nil unless the name is exactly as `fileName` writes it.
    package static func lsn(ofFile name: String) -> UInt64? {
        guard name.utf8.count == 16 + self.suffix.utf8.count,
            let lsn = UInt64(name.prefix(16), radix: 16), self.fileName(lsn: lsn) == name
        else { return nil }
        return lsn
    }
}

/// What a snapshot is of: the state behind an event of an instance's log.
package struct SnapshotSubject: Sendable, Equatable {
    package var instance: InstanceID
    /// Of the newest segment that went into it.
    package var generation: UInt32
    /// Images in the file: all shards, the control shard included.
    package var shardCount: UInt32
    package var end: LogEnd
    package var createdMilliseconds: Int64
    /// The newest time of an event in it.
    package var newestTimeMilliseconds: Int64

    package init(
        instance: InstanceID, generation: UInt32, shardCount: UInt32, end: LogEnd,
        createdMilliseconds: Int64, newestTimeMilliseconds: Int64
    ) {
        self.instance = instance
        self.generation = generation
        self.shardCount = shardCount
        self.end = end
        self.createdMilliseconds = createdMilliseconds
        self.newestTimeMilliseconds = newestTimeMilliseconds
    }
}

/// The first page of a snapshot. All bytes of the page are under the checksum.
///
///     0 magic "HFSNAPS1" · 8 version u16 · 10 zero u16 · 12 CRC-32C u32 of the page with this field zero ·
///     16 instance 16 · 32 generation u32 · 36 shard count u32 · 40 LSN u64 · 48 chain 16 · 64 created i64 (Unix ms) ·
///     72 newest time of an event i64 · 80 zeros to the page's end
enum SnapshotHeader {
    static let magic: UInt64 = 0x3153_5041_4e53_4648  // "HFSNAPS1"

    static func encode(_ subject: SnapshotSubject, to page: UnsafeMutableRawPointer) {
        page.initializeMemory(as: UInt8.self, repeating: 0, count: JournalLayout.pageBytes)
        FieldWriter(base: page).put(subject, magic: self.magic)
        FieldWriter(base: page).put(holdfast_crc32c(0, page, JournalLayout.pageBytes), at: 12)
    }

    static func decode(_ page: UnsafeRawPointer) -> HeaderVerdict<SnapshotSubject> {
        switch PageCheck.check(page, byteCount: JournalLayout.pageBytes, magic: self.magic) {
        case .zero: return .zero
        case .damaged: return .damaged
        case .unknownVersion(let version): return .unknownVersion(version)
        case .sound: return .valid(FieldReader(base: page).snapshotSubject())
        }
    }
}

/// The last page of a snapshot: the file is whole. Written last.
///
///     0 magic "HFSNAPE1" · 8 version u16 · 10 zero u16 · 12 CRC-32C u32 of the page with this field zero ·
///     16…79 as in the header · 80 chunk count u64 · 88 byte count u64 of the file, this page included ·
///     96 CRC-32C u32 over the chunks' checksums (each 4 bytes) in their order · 100 zeros to the page's end
struct SnapshotFooter: Sendable, Equatable {
    static let magic: UInt64 = 0x3145_5041_4e53_4648  // "HFSNAPE1"

    var subject: SnapshotSubject
    var chunkCount: UInt64
    var byteCount: UInt64
    var chunkChecksum: UInt32

    func encode(to page: UnsafeMutableRawPointer) {
        page.initializeMemory(as: UInt8.self, repeating: 0, count: JournalLayout.pageBytes)
        let writer = FieldWriter(base: page)
        writer.put(self.subject, magic: Self.magic)
        writer.put(self.chunkCount, at: 80)
        writer.put(self.byteCount, at: 88)
        writer.put(self.chunkChecksum, at: 96)
        writer.put(holdfast_crc32c(0, page, JournalLayout.pageBytes), at: 12)
    }

    static func decode(_ page: UnsafeRawPointer) -> HeaderVerdict<SnapshotFooter> {
        switch PageCheck.check(page, byteCount: JournalLayout.pageBytes, magic: self.magic) {
        case .zero: return .zero
        case .damaged: return .damaged
        case .unknownVersion(let version): return .unknownVersion(version)
        case .sound: break
        }
        let reader = FieldReader(base: page)
        return .valid(
            SnapshotFooter(
                subject: reader.snapshotSubject(), chunkCount: reader.get(at: 80),
                byteCount: reader.get(at: 88), chunkChecksum: reader.get(at: 96)))
    }
}

/// A part of one shard's image. Chunks begin on pages and fill whole ones; a shard's chunks follow each other, shards in
/// their order.
///
///     0 magic "HFCHUNK1" · 8 version u16 · 10 zero u16 · 12 CRC-32C u32 of the whole chunk with this field zero ·
///     16 instance 16 · 32 LSN u64 · 40 shard u32 · 44 number u32 (over the file, from 0) · 48 byte count u32 of the
///     chunk, header and padding included · 52 image byte count u32 · 56 1: the shard's last one u32 · 60 zero u32 ·
///     64 bytes of the image, then zeros
struct SnapshotChunk: Sendable, Equatable {
    static let magic: UInt64 = 0x314b_4e55_4843_4648  // "HFCHUNK1"
    static let headerBytes = 64
    static let byteCountMax = 1 << 20
    static var imageBytesMax: Int { self.byteCountMax - self.headerBytes }

    var instance: InstanceID
    var lsn: UInt64
    var shard: UInt32
    var number: UInt32
    var byteCount: UInt32
    var imageByteCount: UInt32
    var isLast: Bool

    /// Writes the header in front of the image's bytes, which are there, zeros behind them, and the checksum over all.
    /// Returns it.
    func encode(to base: UnsafeMutableRawPointer) -> UInt32 {
        base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.headerBytes)
        let end = Self.headerBytes + Int(self.imageByteCount)
        (base + end).initializeMemory(
            as: UInt8.self, repeating: 0, count: Int(self.byteCount) - end)
        let writer = FieldWriter(base: base)
        writer.put(Self.magic, at: 0)
        writer.put(JournalLayout.version, at: 8)
        writer.put(self.instance, at: 16)
        writer.put(self.lsn, at: 32)
        writer.put(self.shard, at: 40)
        writer.put(self.number, at: 44)
        writer.put(self.byteCount, at: 48)
        writer.put(self.imageByteCount, at: 52)
        writer.put(self.isLast ? UInt32(1) : 0, at: 56)
        let checksum = holdfast_crc32c(0, base, Int(self.byteCount))
        writer.put(checksum, at: 12)
        return checksum
    }

    /// What a header says; only its sizes are checked. Nil: it cannot be.
    static func head(_ base: UnsafeRawPointer) -> SnapshotChunk? {
        let reader = FieldReader(base: base)
        let chunk = SnapshotChunk(
            instance: reader.instance(at: 16), lsn: reader.get(at: 32), shard: reader.get(at: 40),
            number: reader.get(at: 44), byteCount: reader.get(at: 48),
            imageByteCount: reader.get(at: 52), isLast: reader.get(at: 56, as: UInt32.self) == 1)
        guard reader.get(at: 0) == Self.magic, chunk.byteCount <= Self.byteCountMax,
            chunk.imageByteCount <= Self.imageBytesMax,
            Int(chunk.byteCount)
                == JournalLayout.roundedUp(Self.headerBytes + Int(chunk.imageByteCount))
        else { return nil }
        return chunk
    }

    static func checksum(_ base: UnsafeRawPointer) -> UInt32 { FieldReader(base: base).get(at: 12) }
}

extension FieldWriter {
    func put(_ subject: SnapshotSubject, magic: UInt64) {
        self.put(magic, at: 0)
        self.put(JournalLayout.version, at: 8)
        self.put(subject.instance, at: 16)
        self.put(subject.generation, at: 32)
        self.put(subject.shardCount, at: 36)
        self.put(subject.end.lsn, at: 40)
        self.put(subject.end.chain, at: 48)
        self.put(subject.createdMilliseconds, at: 64)
        self.put(subject.newestTimeMilliseconds, at: 72)
    }
}

extension FieldReader {
    func snapshotSubject() -> SnapshotSubject {
        SnapshotSubject(
            instance: self.instance(at: 16), generation: self.get(at: 32),
            shardCount: self.get(at: 36),
            end: LogEnd(lsn: self.get(at: 40), chain: self.chain(at: 48)),
            createdMilliseconds: self.get(at: 64), newestTimeMilliseconds: self.get(at: 72))
    }
}
