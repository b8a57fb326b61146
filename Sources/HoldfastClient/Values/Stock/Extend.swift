// Extend: move a deadline, once.

/// Moves a hold's deadline, once a reservation.
public struct ExtendRequest: Sendable, Hashable {
    /// The sale.
    public var saleID: String
    /// Which reservation.
    public var target: ReservationTarget
    /// Added to the deadline, 1 s to 4 h; 0 takes the sale's hold time. Milliseconds.
    public var extendMilliseconds: Int

    /// Makes one; the fields are described above.
    public init(
        saleID: String, target: ReservationTarget, extendMilliseconds: Int = 0
    ) {
        self.saleID = saleID
        self.target = target
        self.extendMilliseconds = extendMilliseconds
    }
}

/// The answer to an Extend.
public struct ExtendResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: ExtendOutcome
    /// The reservation.
    public var reservationID: ReservationID
    /// The deadline now, Unix milliseconds.
    public var deadlineMilliseconds: Int
    /// Extended before: the first answer again.
    public var replayed: Bool
    /// The reservation's state now.
    public var state: ReservationState

    /// Makes one; the fields are described above.
    public init(
        outcome: ExtendOutcome = .unspecified, reservationID: ReservationID = ReservationID(0),
        deadlineMilliseconds: Int = 0, replayed: Bool = false,
        state: ReservationState = .unspecified
    ) {
        self.outcome = outcome
        self.reservationID = reservationID
        self.deadlineMilliseconds = deadlineMilliseconds
        self.replayed = replayed
        self.state = state
    }
}

/// What became of an Extend.
public enum ExtendOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// The deadline has moved.
    case extended
    /// The reservation is not held any more; see `state`.
    case notHeld
    /// No such sale or reservation.
    case notFound
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "EXTEND_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.extended, "EXTENDED"),
        (.notHeld, "NOT_HELD"),
        (.notFound, "NOT_FOUND"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .extended: 1
        case .notHeld: 2
        case .notFound: 3
        case .unrecognized(let number): number
        }
    }
}
