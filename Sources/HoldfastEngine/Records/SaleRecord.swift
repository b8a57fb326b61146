/// One sale, 256 bytes.
struct SaleRecord {
    var idCount: UInt8
    var state: UInt8
    var nameCount: UInt16
    var productCount: UInt32
    var id: InlineArray<64, UInt8>
    var name: UInt64
    var currency: InlineArray<8, UInt8>
    var startsAt: Int64
    var endsAt: Int64
    var holdMilliseconds: Int64
    var limitPerUser: Int64
    var firstProduct: UInt32
    var lastProduct: UInt32
    var tombstones: UInt32
    /// Slot of its lease, 0: none.
    var lease: UInt32
    var liveHolds: Int64
    /// Sum of the products' totals.
    var units: Int64
    private var padding: InlineArray<13, UInt64>

    // Offsets in the record; a test holds the layout.
    static var idOffset: Int { 8 }
    static var nameOffset: Int { 72 }
    static var currencyOffset: Int { 80 }
    /// Behind them the record is zero.
    static var usedBytes: Int { 152 }

    var stateCode: SaleStateCode {
        get { SaleStateCode(rawValue: self.state) ?? .unspecified }
        set { self.state = newValue.rawValue }
    }

    static func id(_ record: UnsafeMutablePointer<SaleRecord>) -> ByteView {
        ByteView(
            base: (UnsafeRawPointer(record) + Self.idOffset).assumingMemoryBound(to: UInt8.self),
            count: Int(record.pointee.idCount))
    }

    static func name(_ record: UnsafeMutablePointer<SaleRecord>) -> ByteView {
        guard let base = UnsafePointer<UInt8>(bitPattern: UInt(record.pointee.name)) else {
            return .empty
        }
        return ByteView(base: base, count: Int(record.pointee.nameCount))
    }

    static func currency(_ record: UnsafeMutablePointer<SaleRecord>) -> ByteView {
        ByteView(
            base: (UnsafeRawPointer(record) + Self.currencyOffset).assumingMemoryBound(
                to: UInt8.self), count: 3)
    }
}
