internal import CIntrinsics

/// `journal/manifest`: two pages, written in turn, each synced. The valid one with the higher number says which segment
/// is the newest, so that a newest segment that was lost is missed. Written after that segment's header is on disk and
/// before any of its groups is acknowledged.
///
///     0 magic "HFMANIF1" · 8 version u16 · 10 zero u16 · 12 CRC-32C u32 of the page with this field zero ·
///     16 instance 16 · 32 generation u32 · 36 zero u32 · 40 number u64 · 48 newest segment's first LSN u64 ·
///     56 preceding LSN u64 · 64 preceding chain 16 · 80 zeros
package struct Manifest: Sendable, Equatable {
    package var instance: InstanceID
    /// Of the newest segment.
    package var generation: UInt32
    /// Counts the writes; its lowest bit says in which page it lies.
    package var number: UInt64
    /// What precedes the newest segment, as its header says.
    package var preceding: LogEnd

    package init(
        instance: InstanceID, generation: UInt32, number: UInt64, preceding: LogEnd
    ) {
        self.instance = instance
        self.generation = generation
        self.number = number
        self.preceding = preceding
    }

    static let magic: UInt64 = 0x3146_494e_414d_4648  // "HFMANIF1"

    package var newestSegment: SegmentName {
        SegmentName(generation: self.generation, firstLSN: self.preceding.lsn + 1)
    }

    package var offset: Int { Int(self.number & 1) * JournalLayout.pageBytes }

    package func encode(to page: UnsafeMutableRawPointer) {
        page.initializeMemory(as: UInt8.self, repeating: 0, count: JournalLayout.pageBytes)
        let writer = FieldWriter(base: page)
        writer.put(Self.magic, at: 0)
        writer.put(JournalLayout.version, at: 8)
        writer.put(self.instance, at: 16)
        writer.put(self.generation, at: 32)
        writer.put(self.number, at: 40)
        writer.put(self.preceding.lsn + 1, at: 48)
        writer.put(self.preceding.lsn, at: 56)
        writer.put(self.preceding.chain, at: 64)
        writer.put(holdfast_crc32c(0, page, JournalLayout.pageBytes), at: 12)
    }

    package static func decode(_ page: UnsafeRawPointer) -> HeaderVerdict<Manifest> {
        switch PageCheck.check(page, byteCount: JournalLayout.pageBytes, magic: Self.magic) {
        case .zero: return .zero
        case .damaged: return .damaged
        case .unknownVersion(let version): return .unknownVersion(version)
        case .sound: break
        }
        let reader = FieldReader(base: page)
        guard reader.get(at: 56, as: UInt64.self) < .max else { return .damaged }
        let manifest = Manifest(
            instance: reader.instance(at: 16), generation: reader.get(at: 32),
            number: reader.get(at: 40),
            preceding: LogEnd(lsn: reader.get(at: 56), chain: reader.chain(at: 64)))
        guard manifest.preceding.lsn + 1 == reader.get(at: 48, as: UInt64.self) else {
            return .damaged
        }
        return .valid(manifest)
    }
}
