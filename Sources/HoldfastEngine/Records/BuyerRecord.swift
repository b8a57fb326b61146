/// One buyer in one sale, 64 bytes: an id of up to 36 bytes and the first product's count stand inline, longer ids
/// and further products elsewhere.
struct BuyerRecord {
    static var inlineIDBytes: Int { 36 }

    var sale: UInt32
    private var idCount: UInt8
    private var flags: UInt8
    /// Holds that lapsed.
    var lapses: UInt16
    /// The id, or the address of a longer one in its first 8 bytes.
    private var idBytes: InlineArray<36, UInt8>
    /// The first product bought, 0 none; units held and sold of it. A product with imported units has a `LimitEntry`.
    var product: UInt32
    var used: UInt32
    /// Units of all products: imported, held and sold.
    var saleUsed: UInt32
    /// Chain of live holds.
    var firstHold: UInt32
    /// Chain of `LimitEntry`s.
    var entries: UInt32

    @inline(__always)
    init(sale: UInt32) {
        self.sale = sale
        self.idCount = 0
        self.flags = 0
        self.lapses = 0
        self.idBytes = InlineArray(repeating: 0)
        self.product = 0
        self.used = 0
        self.saleUsed = 0
        self.firstHold = 0
        self.entries = 0
    }

    var isBlacklisted: Bool {
        get { self.flags & 1 != 0 }
        set { self.flags = newValue ? self.flags | 1 : self.flags & ~1 }
    }

    /// Bytes of the id.
    @inline(__always)
    var idByteCount: Int { Int(self.idCount) }

    /// The id stands elsewhere.
    @inline(__always)
    var hasLongID: Bool { Int(self.idCount) > Self.inlineIDBytes }

    /// In an image: the place of a long id's address is zero.
    @inline(__always)
    var hasPlainAddress: Bool {
        if !self.hasLongID { return true }
        for index in 0..<8 where self.idBytes[index] != 0 { return false }
        return true
    }

    /// Offset of `idBytes` in the record; a test holds the layout.
    static var idOffset: Int { 8 }

    /// Writes an id that fits.
    @inline(__always)
    static func setInlineID(_ record: UnsafeMutablePointer<BuyerRecord>, _ id: ByteView) {
        precondition(id.count <= Self.inlineIDBytes)
        record.pointee.idCount = UInt8(id.count)
        (UnsafeMutableRawPointer(record) + Self.idOffset).copyMemory(
            from: id.base, byteCount: id.count)
    }

    /// Notes where a longer id lives.
    static func setLongID(_ record: UnsafeMutablePointer<BuyerRecord>, _ id: ByteView) {
        precondition(id.count > Self.inlineIDBytes && id.count <= EngineLimits.idBytesMax)
        record.pointee.idCount = UInt8(id.count)
        (UnsafeMutableRawPointer(record) + Self.idOffset).storeBytes(
            of: UInt64(UInt(bitPattern: id.base)), as: UInt64.self)
    }

    /// The id's bytes; records never move, so the view stays valid.
    @inline(__always)
    static func id(_ record: UnsafeMutablePointer<BuyerRecord>) -> ByteView {
        let count = Int(record.pointee.idCount)
        let inline = UnsafeRawPointer(record) + Self.idOffset
        if count <= Self.inlineIDBytes {
            return ByteView(base: inline.assumingMemoryBound(to: UInt8.self), count: count)
        }
        let address = inline.load(as: UInt64.self)
        guard let base = UnsafePointer<UInt8>(bitPattern: UInt(address)) else {
            preconditionFailure("a long id without bytes")
        }
        return ByteView(base: base, count: count)
    }
}

/// What a buyer has of one product, when the record's own place is taken or units were imported: 16 bytes.
struct LimitEntry {
    var product: UInt32
    /// Held and sold.
    var used: UInt32
    var imported: UInt32
    var next: UInt32
}
