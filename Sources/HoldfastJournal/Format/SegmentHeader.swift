internal import CIntrinsics

/// The first page of a segment. Written and synced before the segment's first group. All bytes of the page are under
/// the checksum.
///
///     0 magic "HFSEGMT1" · 8 version u16 · 10 zero u16 · 12 CRC-32C u32 of the page with this field zero ·
///     16 instance 16 · 32 generation u32 · 36 shard count u32 · 40 first LSN u64 · 48 preceding LSN u64 ·
///     56 preceding chain 16 · 72 segment byte count u64 · 80 created i64 (Unix ms) · 88 zeros to the page's end
package struct SegmentHeader: Sendable, Equatable {
    package var instance: InstanceID
    package var generation: UInt32
    /// Shards that hold sales; fixed for a data directory.
    package var shardCount: UInt32
    package var firstLSN: UInt64
    /// The end of what precedes this segment. What older segments hold past it is dead and never judged.
    package var preceding: LogEnd
    package var segmentByteCount: UInt64
    package var createdMilliseconds: Int64

    package init(
        instance: InstanceID, generation: UInt32, shardCount: UInt32, preceding: LogEnd,
        segmentByteCount: UInt64, createdMilliseconds: Int64
    ) {
        self.instance = instance
        self.generation = generation
        self.shardCount = shardCount
        self.firstLSN = preceding.lsn + 1
        self.preceding = preceding
        self.segmentByteCount = segmentByteCount
        self.createdMilliseconds = createdMilliseconds
    }

    static let magic: UInt64 = 0x3154_4d47_4553_4648  // "HFSEGMT1"

    package var name: SegmentName {
        SegmentName(generation: self.generation, firstLSN: self.firstLSN)
    }

    /// Fills one page.
    package func encode(to page: UnsafeMutableRawPointer) {
        page.initializeMemory(as: UInt8.self, repeating: 0, count: JournalLayout.pageBytes)
        let writer = FieldWriter(base: page)
        writer.put(Self.magic, at: 0)
        writer.put(JournalLayout.version, at: 8)
        writer.put(self.instance, at: 16)
        writer.put(self.generation, at: 32)
        writer.put(self.shardCount, at: 36)
        writer.put(self.firstLSN, at: 40)
        writer.put(self.preceding.lsn, at: 48)
        writer.put(self.preceding.chain, at: 56)
        writer.put(self.segmentByteCount, at: 72)
        writer.put(self.createdMilliseconds, at: 80)
        writer.put(holdfast_crc32c(0, page, JournalLayout.pageBytes), at: 12)
    }

    /// - Parameter page: One page.
    package static func decode(_ page: UnsafeRawPointer) -> HeaderVerdict<SegmentHeader> {
        let reader = FieldReader(base: page)
        switch PageCheck.check(page, byteCount: JournalLayout.pageBytes, magic: Self.magic) {
        case .zero: return .zero
        case .damaged: return .damaged
        case .unknownVersion(let version): return .unknownVersion(version)
        case .sound: break
        }
        guard reader.get(at: 48, as: UInt64.self) < .max else { return .damaged }
        let header = SegmentHeader(
            instance: reader.instance(at: 16), generation: reader.get(at: 32),
            shardCount: reader.get(at: 36),
            preceding: LogEnd(lsn: reader.get(at: 48), chain: reader.chain(at: 56)),
            segmentByteCount: reader.get(at: 72), createdMilliseconds: reader.get(at: 80))
        guard header.firstLSN == reader.get(at: 40, as: UInt64.self) else { return .damaged }
        return .valid(header)
    }
}

/// Magic number, version and checksum: the same 16 bytes lead every header.
enum PageCheck {
    enum Result {
        case sound, zero, damaged
        case unknownVersion(UInt16)
    }

    /// - Parameter byteCount: What the checksum at offset 12 covers.
    static func check(_ base: UnsafeRawPointer, byteCount: Int, magic: UInt64) -> Result {
        let reader = FieldReader(base: base)
        if reader.get(at: 0, as: UInt64.self) == 0 {
            return self.isZero(UnsafeRawBufferPointer(start: base, count: byteCount))
                ? .zero : .damaged
        }
        guard reader.get(at: 0) == magic else { return .damaged }
        // The checksum counts its own field as zero.
        var crc = holdfast_crc32c(0, base, 12)
        var zero: UInt32 = 0
        crc = holdfast_crc32c(crc, &zero, 4)
        crc = holdfast_crc32c(crc, base + 16, byteCount - 16)
        guard crc == reader.get(at: 12, as: UInt32.self) else { return .damaged }
        let version = reader.get(at: 8, as: UInt16.self)
        return version == JournalLayout.version ? .sound : .unknownVersion(version)
    }

    static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 8 <= bytes.count {
            if bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
            offset += 8
        }
        while offset < bytes.count {
            if bytes[offset] != 0 { return false }
            offset += 1
        }
        return true
    }
}
