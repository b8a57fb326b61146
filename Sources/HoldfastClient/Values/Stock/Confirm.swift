// Confirm: the buyer has paid.

/// Says that the buyer has paid.
public struct ConfirmRequest: Sendable, Hashable {
    /// The sale.
    public var saleID: String
    /// Which reservation.
    public var target: ReservationTarget
    /// Absent: all. Else the quantities paid for; the rest is given back.
    public var lines: [StockLine]
    /// The payment's reference, kept with the reservation.
    public var paymentReference: String

    /// Makes one; the fields are described above.
    public init(
        saleID: String, target: ReservationTarget, lines: [StockLine] = [],
        paymentReference: String = ""
    ) {
        self.saleID = saleID
        self.target = target
        self.lines = lines
        self.paymentReference = paymentReference
    }
}

/// The answer to a Confirm.
public struct ConfirmResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: ConfirmOutcome
    /// The reservation; 0 for a request id that was cancelled before it arrived.
    public var reservationID: ReservationID
    /// With REFUND_DUE: why.
    public var cause: RefundCause
    /// Confirmed after the deadline, since stock and limit still allowed it.
    public var late: Bool
    /// Decided before: this is that answer again.
    public var replayed: Bool
    /// The reservation's state now.
    public var state: ReservationState
    /// What was confirmed, at the frozen price.
    public var lines: [SoldLine]

    /// Makes one; the fields are described above.
    public init(
        outcome: ConfirmOutcome = .unspecified, reservationID: ReservationID = ReservationID(0),
        cause: RefundCause = .unspecified, late: Bool = false, replayed: Bool = false,
        state: ReservationState = .unspecified, lines: [SoldLine] = []
    ) {
        self.outcome = outcome
        self.reservationID = reservationID
        self.cause = cause
        self.late = late
        self.replayed = replayed
        self.state = state
        self.lines = lines
    }
}

/// A quantity at its frozen price.
public struct SoldLine: Sendable, Hashable {
    /// The product.
    public var productID: String
    /// Units.
    public var quantity: Int
    /// Price of one unit in minor units.
    public var priceMinor: Int

    /// Makes one; the fields are described above.
    public init(
        productID: String = "", quantity: Int = 0, priceMinor: Int = 0
    ) {
        self.productID = productID
        self.quantity = quantity
        self.priceMinor = priceMinor
    }
}

/// What became of a Confirm.
public enum ConfirmOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// Sold.
    case confirmed
    /// The money must go back; see `cause`.
    case refundDue
    /// No such reservation.
    case notFound
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "CONFIRM_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.confirmed, "CONFIRMED"),
        (.refundDue, "REFUND_DUE"),
        (.notFound, "NOT_FOUND"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .confirmed: 1
        case .refundDue: 2
        case .notFound: 3
        case .unrecognized(let number): number
        }
    }
}

/// Why a Confirm ended in REFUND_DUE.
public enum RefundCause: WireEnum {
    /// Not REFUND_DUE.
    case unspecified
    /// Lapsed, and the stock is gone.
    case expiredSoldOut
    /// Lapsed, and the buyer's limit is used up.
    case expiredLimit
    /// Cancelled before.
    case cancelled
    /// Released by an operator or a ban.
    case released
    /// Lapsed, and the sale is paused or closed.
    case saleClosed
    /// Lapsed, and the buyer is blacklisted.
    case buyerBlacklisted
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "REFUND_CAUSE_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.expiredSoldOut, "EXPIRED_SOLD_OUT"),
        (.expiredLimit, "EXPIRED_LIMIT"),
        (.cancelled, "CANCELLED"),
        (.released, "RELEASED"),
        (.saleClosed, "SALE_CLOSED"),
        (.buyerBlacklisted, "BUYER_BLACKLISTED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .expiredSoldOut: 1
        case .expiredLimit: 2
        case .cancelled: 3
        case .released: 4
        case .saleClosed: 5
        case .buyerBlacklisted: 6
        case .unrecognized(let number): number
        }
    }
}
