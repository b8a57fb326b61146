/// A Cancel of a request id whose Reserve has not come, 32 bytes: bars it for the life of the sale.
struct TombstoneRecord {
    var request: RequestID
    var sale: UInt32
    var reason: UInt8
    /// A Confirm came too: its refund event is written.
    var refundDue: Bool
    private var padding: UInt16
    private var reserved: UInt64

    static var refundDueOffset: Int { 21 }
    /// Behind them the record is zero.
    static var usedBytes: Int { 22 }
}

/// Which call a remembered request id belongs to.
enum OperationKind: UInt8 {
    case refund = 1
    case adjustStock = 2
    case setSaleState = 3
    case setProductState = 4
}

/// A remembered request id of a call that is no Reserve, 64 bytes.
struct OperationRecord {
    var request: RequestID
    var payload: PayloadHash
    var sale: UInt32
    /// Refund: the hold. AdjustStock, SetProductState: the product.
    var subject: UInt32
    /// Refund: `RefundedLine`s.
    var lines: UInt64
    var lineCount: UInt8
    var kind: UInt8
    private var padding: UInt16
    private var reserved: UInt32
    private var reserved2: UInt64

    /// Offset of `lines` in the record; a test holds the layout.
    static var linesOffset: Int { 40 }
    /// Behind them the record is zero.
    static var usedBytes: Int { 50 }

    /// Bytes behind `lines`.
    var lineBytes: Int { Int(self.lineCount) * MemoryLayout<RefundedLine>.stride }
}

/// What one refund gave back of one line of its hold.
struct RefundedLine {
    var line: UInt32
    var quantity: UInt32
}

/// References of one hold, 32 bytes; most holds have none.
struct ReferenceRecord {
    var order: UInt64
    var payment: UInt64
    var hold: UInt32
    var orderCount: UInt8
    var paymentCount: UInt8
    private var padding: UInt16
    private var reserved: UInt64

    /// Behind them the record is zero.
    static var usedBytes: Int { 22 }

    static func view(_ address: UInt64, _ count: UInt8) -> ByteView {
        guard let base = UnsafePointer<UInt8>(bitPattern: UInt(address)) else { return .empty }
        return ByteView(base: base, count: Int(count))
    }
}

/// What a value of the request index points to.
enum RequestEntry {
    static var slotMask: UInt32 { (1 << 30) - 1 }
    static var hold: UInt32 { 0 }
    static var tombstone: UInt32 { 1 << 30 }
    static var operation: UInt32 { 2 << 30 }
}
