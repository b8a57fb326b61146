internal import CIntrinsics

/// The head of a group: what one write and one sync put on disk. Groups begin on pages and are padded with zeros to
/// whole pages; the padding is under the body's checksum.
///
///     0 magic "HFGROUP1" · 8 version u16 · 10 kind u16 · 12 CRC-32C u32 of these 128 bytes with this field zero ·
///     16 instance 16 · 32 generation u32 · 36 CRC-32C u32 of the body with its padding · 40 segment's first LSN u64 ·
///     48 offset in the segment u64 · 56 first LSN u64 · 64 last LSN u64 (first - 1: no events) · 72 epoch u64 ·
///     80 body byte count u32 · 84 byte count u32 of the whole group, header and padding included ·
///     88 previous chain 16 · 104 written i64 (Unix ms) · 112 zeros · then at 128 the body: events, one behind the other
package struct GroupHeader: Sendable, Equatable {
    package enum Kind: UInt16, Sendable {
        case events = 1
        /// No events: evidence that the group before it was acknowledged.
        case seal = 2
        /// No events: the server stopped in order.
        case cleanStop = 3
    }

    package var kind: Kind
    package var instance: InstanceID
    package var generation: UInt32
    package var segmentFirstLSN: UInt64
    package var offset: UInt64
    package var firstLSN: UInt64
    package var lastLSN: UInt64
    /// Who writes: for the replicated log. The generation, for now.
    package var epoch: UInt64
    package var bodyByteCount: UInt32
    package var byteCount: UInt32
    package var bodyChecksum: UInt32
    package var previousChain: ChainHash
    package var writtenMilliseconds: Int64

    package init(
        kind: Kind, instance: InstanceID, generation: UInt32, segmentFirstLSN: UInt64,
        offset: UInt64, firstLSN: UInt64, lastLSN: UInt64, epoch: UInt64, bodyByteCount: UInt32,
        byteCount: UInt32, bodyChecksum: UInt32, previousChain: ChainHash,
        writtenMilliseconds: Int64
    ) {
        self.kind = kind
        self.instance = instance
        self.generation = generation
        self.segmentFirstLSN = segmentFirstLSN
        self.offset = offset
        self.firstLSN = firstLSN
        self.lastLSN = lastLSN
        self.epoch = epoch
        self.bodyByteCount = bodyByteCount
        self.byteCount = byteCount
        self.bodyChecksum = bodyChecksum
        self.previousChain = previousChain
        self.writtenMilliseconds = writtenMilliseconds
    }

    static let magic: UInt64 = 0x3150_554f_5247_4648  // "HFGROUP1"

    package var eventCount: UInt64 { self.lastLSN &+ 1 &- self.firstLSN }

    /// Fills `JournalLayout.groupHeaderBytes`. Returns the chain hash with this group in it.
    @discardableResult
    package func encode(to base: UnsafeMutableRawPointer) -> ChainHash {
        base.initializeMemory(as: UInt8.self, repeating: 0, count: JournalLayout.groupHeaderBytes)
        let writer = FieldWriter(base: base)
        writer.put(Self.magic, at: 0)
        writer.put(JournalLayout.version, at: 8)
        writer.put(self.kind.rawValue, at: 10)
        writer.put(self.instance, at: 16)
        writer.put(self.generation, at: 32)
        writer.put(self.bodyChecksum, at: 36)
        writer.put(self.segmentFirstLSN, at: 40)
        writer.put(self.offset, at: 48)
        writer.put(self.firstLSN, at: 56)
        writer.put(self.lastLSN, at: 64)
        writer.put(self.epoch, at: 72)
        writer.put(self.bodyByteCount, at: 80)
        writer.put(self.byteCount, at: 84)
        writer.put(self.previousChain, at: 88)
        writer.put(self.writtenMilliseconds, at: 104)
        writer.put(holdfast_crc32c(0, base, JournalLayout.groupHeaderBytes), at: 12)
        return Self.chain(UnsafeRawPointer(base))
    }

    /// The chain hash after the group whose encoded header begins at `base`.
    package static func chain(_ base: UnsafeRawPointer) -> ChainHash {
        ChainHash(
            of: UnsafeRawBufferPointer(start: base, count: JournalLayout.groupHeaderBytes))
    }

    /// Checks the header by itself: checksum, kind and that its counts agree. Whether it stands where it says it
    /// stands is the caller's to check.
    package static func decode(_ base: UnsafeRawPointer) -> HeaderVerdict<GroupHeader> {
        let byteCount = JournalLayout.groupHeaderBytes
        switch PageCheck.check(base, byteCount: byteCount, magic: Self.magic) {
        case .zero: return .zero
        case .damaged: return .damaged
        case .unknownVersion(let version): return .unknownVersion(version)
        case .sound: break
        }
        let reader = FieldReader(base: base)
        guard let kind = Kind(rawValue: reader.get(at: 10)) else { return .damaged }
        let header = GroupHeader(
            kind: kind, instance: reader.instance(at: 16), generation: reader.get(at: 32),
            segmentFirstLSN: reader.get(at: 40), offset: reader.get(at: 48),
            firstLSN: reader.get(at: 56), lastLSN: reader.get(at: 64), epoch: reader.get(at: 72),
            bodyByteCount: reader.get(at: 80), byteCount: reader.get(at: 84),
            bodyChecksum: reader.get(at: 36), previousChain: reader.chain(at: 88),
            writtenMilliseconds: reader.get(at: 104))
        let whole = JournalLayout.roundedUp(byteCount + Int(header.bodyByteCount))
        guard Int(header.byteCount) == whole,
            header.lastLSN &+ 1 >= header.firstLSN,
            (header.bodyByteCount == 0) == (header.eventCount == 0),
            (kind == .events) == (header.eventCount > 0)
        else { return .damaged }
        return .valid(header)
    }

    /// The checksum of a group's body and padding.
    package static func bodyChecksum(
        of group: UnsafeRawPointer, byteCount: Int
    ) -> UInt32 {
        holdfast_crc32c(
            0, group + JournalLayout.groupHeaderBytes, byteCount - JournalLayout.groupHeaderBytes)
    }
}
