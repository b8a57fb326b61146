// Cancel: give a hold back.

/// Gives a hold back.
public struct CancelRequest: Sendable, Hashable {
    /// The sale.
    public var saleID: String
    /// Which reservation.
    public var target: ReservationTarget
    /// Why.
    public var reason: CancelReason

    /// Makes one; the fields are described above.
    public init(
        saleID: String, target: ReservationTarget, reason: CancelReason = .unspecified
    ) {
        self.saleID = saleID
        self.target = target
        self.reason = reason
    }
}

/// The answer to a Cancel.
public struct CancelResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: CancelOutcome
    /// The reservation, 0 if none.
    public var reservationID: ReservationID
    /// The reservation's state now.
    public var state: ReservationState
    /// It was over or remembered before.
    public var replayed: Bool

    /// Makes one; the fields are described above.
    public init(
        outcome: CancelOutcome = .unspecified, reservationID: ReservationID = ReservationID(0),
        state: ReservationState = .unspecified, replayed: Bool = false
    ) {
        self.outcome = outcome
        self.reservationID = reservationID
        self.state = state
        self.replayed = replayed
    }
}

/// What became of a Cancel.
public enum CancelOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// Stock and limit are back, or the reservation was over already.
    case cancelled
    /// The request id was unknown: a Reserve that arrives later is refused.
    case remembered
    /// Sold already: use Refund.
    case alreadyConfirmed
    /// No such sale or reservation id.
    case notFound
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "CANCEL_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.cancelled, "CANCELLED"),
        (.remembered, "REMEMBERED"),
        (.alreadyConfirmed, "ALREADY_CONFIRMED"),
        (.notFound, "NOT_FOUND"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .cancelled: 1
        case .remembered: 2
        case .alreadyConfirmed: 3
        case .notFound: 4
        case .unrecognized(let number): number
        }
    }
}

/// Why a caller cancels.
public enum CancelReason: WireEnum {
    /// Not said.
    case unspecified
    /// The buyer gave up.
    case buyer
    /// The payment failed.
    case paymentFailed
    /// The caller never got an answer and makes sure.
    case timeout
    /// Suspected fraud.
    case fraud
    /// Something else.
    case other
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "CANCEL_REASON_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.buyer, "BUYER"),
        (.paymentFailed, "PAYMENT_FAILED"),
        (.timeout, "TIMEOUT"),
        (.fraud, "FRAUD"),
        (.other, "OTHER"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .buyer: 1
        case .paymentFailed: 2
        case .timeout: 3
        case .fraud: 4
        case .other: 5
        case .unrecognized(let number): number
        }
    }
}
