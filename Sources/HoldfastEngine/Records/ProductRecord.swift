/// One product of one sale, 256 bytes. total = available + held + sold, all ≥ 0.
struct ProductRecord {
    var total: Int64
    var available: Int64
    var held: Int64
    var sold: Int64
    var priceMinor: Int64
    var limitPerUser: Int64
    /// Shard sequence of the newest event that took stock: SOLD_OUT and LIMIT_EXCEEDED wait for it.
    var lastTake: UInt64
    /// Live lines by deadline.
    var queues: DeadlineQueues
    var sale: UInt32
    /// Position in the shard's heap by earliest deadline, 0: no live line.
    var heapPosition: UInt32
    /// The sale's products in order of creation.
    var nextInSale: UInt32
    var state: UInt8
    var idCount: UInt8
    var nameCount: UInt16
    var name: UInt64
    var id: InlineArray<64, UInt8>
    private var padding: InlineArray<4, UInt64>

    var stateCode: ProductStateCode {
        get { ProductStateCode(rawValue: self.state) ?? .unspecified }
        set { self.state = newValue.rawValue }
    }

    // Offsets in the record; a test holds the layout.
    static var nameOffset: Int { 152 }
    static var idOffset: Int { 160 }
    /// Behind them the record is zero.
    static var usedBytes: Int { 224 }

    @inline(__always)
    static func id(_ record: UnsafeMutablePointer<ProductRecord>) -> ByteView {
        ByteView(
            base: (UnsafeRawPointer(record) + Self.idOffset).assumingMemoryBound(to: UInt8.self),
            count: Int(record.pointee.idCount))
    }

    static func name(_ record: UnsafeMutablePointer<ProductRecord>) -> ByteView {
        guard let base = UnsafePointer<UInt8>(bitPattern: UInt(record.pointee.name)) else {
            return .empty
        }
        return ByteView(base: base, count: Int(record.pointee.nameCount))
    }
}
