// GetReservation: read one reservation.

/// Reads one reservation: the way to learn what became of a call whose answer was lost.
public struct GetReservationRequest: Sendable, Hashable {
    /// The sale.
    public var saleID: String
    /// Which reservation.
    public var target: ReservationTarget

    /// Makes one; the fields are described above.
    public init(
        saleID: String, target: ReservationTarget
    ) {
        self.saleID = saleID
        self.target = target
    }
}

/// The answer to a GetReservation.
public struct GetReservationResponse: Sendable, Hashable {
    /// Whether there is one.
    public var outcome: GetReservationOutcome
    /// The reservation.
    public var reservation: Reservation?

    /// Makes one; the fields are described above.
    public init(
        outcome: GetReservationOutcome = .unspecified, reservation: Reservation? = nil
    ) {
        self.outcome = outcome
        self.reservation = reservation
    }
}

/// The record of one Reserve.
public struct Reservation: Sendable, Hashable {
    /// Made by the server.
    public var reservationID: ReservationID
    /// Made by the caller.
    public var requestID: RequestID
    /// The buyer.
    public var userID: String
    /// Its state now.
    public var state: ReservationState
    /// The hold lapses then, Unix milliseconds.
    public var deadlineMilliseconds: Int
    /// Its lines.
    public var lines: [ReservationLine]
    /// The shop's reference.
    public var orderReference: String
    /// The payment's reference.
    public var paymentReference: String
    /// Confirmed after the deadline.
    public var late: Bool
    /// Its deadline was moved.
    public var extended: Bool
    /// Under review.
    public var frozen: Bool
    /// With REFUND_DUE: why.
    public var cause: RefundCause

    /// Makes one; the fields are described above.
    public init(
        reservationID: ReservationID = ReservationID(0), requestID: RequestID = RequestID.zero,
        userID: String = "", state: ReservationState = .unspecified,
        deadlineMilliseconds: Int = 0, lines: [ReservationLine] = [], orderReference: String = "",
        paymentReference: String = "", late: Bool = false, extended: Bool = false,
        frozen: Bool = false, cause: RefundCause = .unspecified
    ) {
        self.reservationID = reservationID
        self.requestID = requestID
        self.userID = userID
        self.state = state
        self.deadlineMilliseconds = deadlineMilliseconds
        self.lines = lines
        self.orderReference = orderReference
        self.paymentReference = paymentReference
        self.late = late
        self.extended = extended
        self.frozen = frozen
        self.cause = cause
    }
}

/// One line of a reservation.
public struct ReservationLine: Sendable, Hashable {
    /// The product.
    public var productID: String
    /// Units that Reserve granted.
    public var granted: Int
    /// Units held or sold now.
    public var quantity: Int
    /// Units refunded.
    public var refunded: Int
    /// Price of one unit in minor units.
    public var priceMinor: Int

    /// Makes one; the fields are described above.
    public init(
        productID: String = "", granted: Int = 0, quantity: Int = 0, refunded: Int = 0,
        priceMinor: Int = 0
    ) {
        self.productID = productID
        self.granted = granted
        self.quantity = quantity
        self.refunded = refunded
        self.priceMinor = priceMinor
    }
}

/// What became of a GetReservation.
public enum GetReservationOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// Here it is.
    case found
    /// No such sale or reservation.
    case notFound
    /// Only a Cancel of this request id is known.
    case remembered
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "GET_RESERVATION_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.found, "FOUND"),
        (.notFound, "NOT_FOUND"),
        (.remembered, "REMEMBERED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .found: 1
        case .notFound: 2
        case .remembered: 3
        case .unrecognized(let number): number
        }
    }
}
