/// Where the bytes of an image go. A class, so that a border between targets is crossed once for each piece.
package protocol ImageSink: AnyObject {
    /// Takes the next bytes, valid during the call, at most `ImageFormat.pieceBytesMax`. False: it cannot go on, and
    /// knows why itself.
    func put(_ piece: UnsafeRawBufferPointer) -> Bool
}

/// Where the bytes of an image come from.
package protocol ImageSource: AnyObject {
    /// The next bytes, of any length but 0, valid until the next call. Nil: there are no more, or it cannot go on and
    /// knows why itself.
    func next() -> UnsafeRawBufferPointer?
}

/// What is wrong with an image.
package struct ImageError: Error, Equatable, CustomStringConvertible {
    package enum Problem: Equatable, Sendable {
        /// It ends too early.
        case truncated
        /// It does not begin as an image does.
        case notAnImage
        case newerVersion(UInt16)
        /// Made of another shard.
        case otherShard(UInt32)
        /// What it says cannot be.
        case damaged(String)
    }

    package let problem: Problem
    /// Bytes of the image that were read before the problem was seen.
    package let offset: UInt64

    package var description: String {
        let words =
            switch self.problem {
            case .truncated: "it ends too early"
            case .notAnImage: "it is no image of a shard"
            case .newerVersion(let version): "a newer program wrote it (version \(version))"
            case .otherShard(let shard): "it is of shard \(shard)"
            case .damaged(let what): what
            }
        return "image of a shard, at byte \(self.offset): \(words)"
    }
}

/// The bytes of a shard's image: docs/JOURNAL.md, "Snapshots". Little-endian, as both processors are that we run on: most
/// records are stored as they lie in memory.
package enum ImageFormat {
    package static let pieceBytesMax = 65_536
    /// "HFSHARD1"
    static let magic: UInt64 = 0x3144_5241_4853_4648
    /// "HFSHEND1"
    static let end: UInt64 = 0x3144_4e45_4853_4648
    static let version: UInt16 = 1
    /// With a twelfth section, the blacklist's.
    static let blacklistVersion: UInt16 = 2
    static let sectionVersion: UInt16 = 1
}

/// The parts of an image, in their order. Numbers go to disk.
enum ImageSection: UInt16, CaseIterable {
    case sales = 1
    case products = 2
    case buyers = 3
    case limitEntries = 4
    case holds = 5
    case lines = 6
    case tombstones = 7
    case operations = 8
    case references = 9
    case leases = 10
    case imports = 11
    /// Images of version 2 only.
    case blacklist = 12

    /// Sections of an image of version 1.
    static var baseCount: Int { 11 }

    /// Bytes of one record; 0: the section has texts alone.
    var recordBytes: Int {
        switch self {
        case .sales: MemoryLayout<SaleRecord>.stride
        case .products: MemoryLayout<ProductRecord>.stride
        case .buyers: MemoryLayout<BuyerRecord>.stride
        case .limitEntries: MemoryLayout<LimitEntry>.stride
        case .holds: MemoryLayout<HoldRecord>.stride
        case .lines: MemoryLayout<LineRecord>.stride
        case .tombstones: MemoryLayout<TombstoneRecord>.stride
        case .operations: MemoryLayout<OperationRecord>.stride
        case .references: MemoryLayout<ReferenceRecord>.stride
        case .leases: MemoryLayout<LeaseRecord>.stride
        case .imports, .blacklist: 0
        }
    }

    var name: String { "\(self)" }
}

/// The head of an image: 160 bytes.
///
///     0 magic "HFSHARD1" · 8 version u16 · 10 section count u16 · 12 shard u32 · 16 sequence u64 · 24 newest time i64 ·
///     32 next seal i64 · 40 live holds i64 · 48 fencing counter u64 · 56 first free lease u32 · 60 zero u32 ·
///     64 record counts u64, one for each section in its order · 152 zero u64, in version 2 the blacklist's count
struct ImageHead {
    static var byteCount: Int { 160 }
    static var countsOffset: Int { 64 }

    var shard: UInt32 = 0
    var sequence: UInt64 = 0
    var lastTime: Int64 = 0
    var nextSeal: Int64 = 0
    var liveHolds: Int64 = 0
    var fencingCounter: UInt64 = 0
    var freeLease: UInt32 = 0
    var hasBlacklist = false
    var counts = InlineArray<12, UInt64>(repeating: 0)

    subscript(section: ImageSection) -> Int {
        get { Int(self.counts[Int(section.rawValue) - 1]) }
        set { self.counts[Int(section.rawValue) - 1] = UInt64(newValue) }
    }
}

/// The head of a section: 32 bytes, before its records and their texts.
///
///     0 section u16 · 2 version u16 · 4 record byte count u32 · 8 record count u64 · 16 text byte count u64 · 24 zero u64
struct ImageSectionHead {
    static var byteCount: Int { 32 }
}
