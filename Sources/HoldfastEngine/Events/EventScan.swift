/// Reads the fields of bytes that may be anything: past the end every field is 0 and `isSound` says so. The reader for
/// what was checked is `EventReader`.
struct EventScan {
    private var cursor: UnsafeRawPointer
    private let end: UnsafeRawPointer
    private(set) var isSound = true

    /// The fields behind an event's head, which is there.
    @inline(__always)
    init(event: UnsafeRawPointer, byteCount: Int) {
        self.cursor = event + EventHead.byteCount
        self.end = event + byteCount
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        self.cursor = bytes.baseAddress ?? UnsafeRawPointer(ByteView.empty.base)
        self.end = self.cursor + bytes.count
    }

    /// Every field was there, and nothing follows.
    @inline(__always)
    var isWhole: Bool { self.isSound && self.cursor == self.end }

    @inline(__always)
    mutating func get<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value {
        guard self.end - self.cursor >= MemoryLayout<Value>.size else {
            self.isSound = false
            self.cursor = self.end
            return 0
        }
        defer { self.cursor += MemoryLayout<Value>.size }
        return Value(littleEndian: self.cursor.loadUnaligned(as: Value.self))
    }

    @inline(__always)
    mutating func skip(_ byteCount: Int) { _ = self.raw(byteCount) }

    mutating func request() -> RequestID { RequestID(first: self.get(), second: self.get()) }

    @inline(__always)
    mutating func raw(_ byteCount: Int) -> ByteView {
        guard self.end - self.cursor >= byteCount else {
            self.isSound = false
            self.cursor = self.end
            return .empty
        }
        defer { self.cursor += byteCount }
        return ByteView(
            base: self.cursor.assumingMemoryBound(to: UInt8.self), count: byteCount)
    }

    /// Bytes with their count in front; more than `most` is not sound.
    @inline(__always)
    mutating func bytes(_ most: Int, least: Int = 0) -> ByteView {
        let count = Int(self.get(UInt16.self))
        if count > most || count < least { self.isSound = false }
        return self.raw(count)
    }

    mutating func id() -> ByteView { self.bytes(EngineLimits.idBytesMax, least: 1) }

    mutating func reference() -> ByteView { self.bytes(EngineLimits.idBytesMax) }

    /// A sale's configuration. False: it cannot be.
    mutating func isConfiguration() -> Bool {
        _ = self.bytes(EngineLimits.nameBytesMax)
        let state = self.get(UInt8.self)
        let start = self.get(Int64.self)
        let end = self.get(Int64.self)
        let currency = self.bytes(8)
        let hold = self.get(Int64.self)
        let limit = self.get(Int64.self)
        return self.isSound && SaleStateCode(rawValue: state) != nil && ImageCheck.isTime(start)
            && ImageCheck.isTime(end) && currency.count >= 3 && hold > 0
            && hold <= EngineLimits.holdMillisecondsMax && limit >= 0
    }

    /// A product's row; its total, or nil: it cannot be.
    mutating func productTotal() -> Int64? {
        _ = self.id()
        _ = self.bytes(EngineLimits.nameBytesMax)
        let total = self.get(Int64.self)
        let price = self.get(Int64.self)
        let limit = self.get(Int64.self)
        let state = self.get(UInt8.self)
        guard self.isSound, total >= 0, total <= EngineLimits.saleUnitsMax, price >= 0,
            price <= EngineLimits.priceMinorMax, limit >= 0,
            ProductStateCode(rawValue: state) != nil
        else { return nil }
        return total
    }

    /// A staged chunk's body: the rows that `ChunkRows` will read.
    static func isChunk(_ body: UnsafeRawBufferPointer) -> Bool {
        var scan = EventScan(body)
        _ = scan.id()
        if scan.get(UInt8.self) != 0 && !scan.isConfiguration() { return false }
        let products = scan.get(UInt32.self)
        var row: UInt32 = 0
        while row < products && scan.isSound {
            if scan.productTotal() == nil { return false }
            row += 1
        }
        let purchases = scan.get(UInt32.self)
        row = 0
        while row < purchases && scan.isSound {
            _ = scan.id()
            _ = scan.id()
            let quantity = scan.get(Int64.self)
            _ = scan.reference()
            if quantity < 0 || quantity > EngineLimits.importedUnitsMax { return false }
            row += 1
        }
        return scan.isWhole
    }
}
