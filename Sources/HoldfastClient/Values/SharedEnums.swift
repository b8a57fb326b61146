// Values that several methods use.

/// The life of a reservation.
public enum ReservationState: WireEnum {
    /// Not a reservation.
    case unspecified
    /// Stock and limit are taken until the deadline.
    case held
    /// Sold.
    case confirmed
    /// Given back by the caller.
    case cancelled
    /// Given back because the deadline passed.
    case expired
    /// Given back by an operator or a ban.
    case released
    /// Money arrived too late: it must be refunded, no stock is bound.
    case refundDue
    /// Refunded in full.
    case refunded
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "RESERVATION_STATE_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.held, "HELD"),
        (.confirmed, "CONFIRMED"),
        (.cancelled, "CANCELLED"),
        (.expired, "EXPIRED"),
        (.released, "RELEASED"),
        (.refundDue, "REFUND_DUE"),
        (.refunded, "REFUNDED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .held: 1
        case .confirmed: 2
        case .cancelled: 3
        case .expired: 4
        case .released: 5
        case .refundDue: 6
        case .refunded: 7
        case .unrecognized(let number): number
        }
    }
}

/// The state of a sale, as an operator sets it. Whether it sells also depends on its window.
public enum SaleState: WireEnum {
    /// In a request: keep what is there; a new sale starts open.
    case unspecified
    /// Sells inside its window.
    case open
    /// Takes no new holds for now.
    case paused
    /// Takes no new holds any more.
    case closed
    /// Over for good: only the record store still knows its reservations. Set by the server
    /// alone.
    case sealed
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "SALE_STATE_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.open, "OPEN"),
        (.paused, "PAUSED"),
        (.closed, "CLOSED"),
        (.sealed, "SEALED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .open: 1
        case .paused: 2
        case .closed: 3
        case .sealed: 4
        case .unrecognized(let number): number
        }
    }
}

/// The state of one product in a sale.
public enum ProductState: WireEnum {
    /// In a request: keep what is there; a new product starts open.
    case unspecified
    /// Sells while its sale does.
    case open
    /// Takes no new holds for now.
    case paused
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "PRODUCT_STATE_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.open, "OPEN"),
        (.paused, "PAUSED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .open: 1
        case .paused: 2
        case .unrecognized(let number): number
        }
    }
}
