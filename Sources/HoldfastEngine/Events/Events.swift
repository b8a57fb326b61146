/// The events as values. They carry results: `apply` reads no configuration, limit, clock or rule and cannot refuse.
/// Views point into the command (live) or into the journal's bytes (replay).

struct GrantedLine {
    var product: UInt32
    var granted: Int64
    var priceMinor: Int64
    var outcome: ReserveResult
}

struct ReservedEvent {
    var id: ReservationID
    var request: RequestID
    var payload: PayloadHash
    var deadline: Int64
    var sale: UInt32
    var user: ByteView
    var order: ByteView
    /// 1…16 lines.
    var lines: UnsafeBufferPointer<GrantedLine>
}

struct ConfirmedEvent {
    var hold: UInt32
    /// Stock and limit are taken again: the hold had lapsed.
    var late: Bool
    var payment: ByteView
    /// Units confirmed of each of the hold's lines, in their order.
    var quantities: UnsafeBufferPointer<UInt32>
}

struct RefundDueEvent {
    /// 0: a tombstone's.
    var hold: UInt32
    var sale: UInt32
    var request: RequestID
    var cause: RefundCause
    var payment: ByteView
}

struct RefundedEvent {
    var hold: UInt32
    var request: RequestID
    var payload: PayloadHash
    var restock: Bool
    var reference: ByteView
    /// Lines of the hold (slots) with what goes back; none when no stock moves.
    var lines: UnsafeBufferPointer<RefundedLine>
}

struct SaleSetEvent {
    var sale: UInt32
    var id: ByteView
    var configuration: SaleConfiguration
}

struct ProductSetEvent {
    var product: UInt32
    var sale: UInt32
    var row: ProductRow
}

/// A remembered change by an operator: 4, 5 and 6 of `EventKind`.
struct OperationEvent {
    var kind: OperationKind
    var sale: UInt32
    /// The product, 0 none.
    var subject: UInt32
    var request: RequestID
    var payload: PayloadHash
    /// The new state, or the delta.
    var value: Int64
}
