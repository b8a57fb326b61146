// Refund: give a sale back.

/// Gives a sale back, whole or in part, once a request id.
public struct RefundRequest: Sendable, Hashable {
    /// 16 bytes made by the caller, unique in the sale.
    public var requestID: RequestID
    /// The sale.
    public var saleID: String
    /// The reservation.
    public var reservationID: ReservationID
    /// Absent: all that is left.
    public var lines: [StockLine]
    /// Put the units back on sale; else they leave the product's total.
    public var restock: Bool
    /// The refund's reference.
    public var refundReference: String

    /// Makes one; the fields are described above.
    public init(
        saleID: String, reservationID: ReservationID, requestID: RequestID = RequestID(),
        lines: [StockLine] = [], restock: Bool = false, refundReference: String = ""
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.reservationID = reservationID
        self.lines = lines
        self.restock = restock
        self.refundReference = refundReference
    }
}

/// The answer to a Refund.
public struct RefundResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: RefundOutcome
    /// The reservation.
    public var reservationID: ReservationID
    /// What this refund gave back.
    public var lines: [SoldLine]
    /// The request id was known: the first answer again.
    public var replayed: Bool
    /// The reservation's state now.
    public var state: ReservationState

    /// Makes one; the fields are described above.
    public init(
        outcome: RefundOutcome = .unspecified, reservationID: ReservationID = ReservationID(0),
        lines: [SoldLine] = [], replayed: Bool = false, state: ReservationState = .unspecified
    ) {
        self.outcome = outcome
        self.reservationID = reservationID
        self.lines = lines
        self.replayed = replayed
        self.state = state
    }
}

/// What became of a Refund.
public enum RefundOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// Given back.
    case refunded
    /// No such sale or reservation.
    case notFound
    /// Neither confirmed nor due for a refund; see `state`.
    case notRefundable
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "REFUND_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.refunded, "REFUNDED"),
        (.notFound, "NOT_FOUND"),
        (.notRefundable, "NOT_REFUNDABLE"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .refunded: 1
        case .notFound: 2
        case .notRefundable: 3
        case .unrecognized(let number): number
        }
    }
}
