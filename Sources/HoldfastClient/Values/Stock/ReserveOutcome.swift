// What a Reserve can end in, in the order in which the server decides.

/// What became of a Reserve.
public enum ReserveOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// Held until the deadline.
    case reserved
    /// A Cancel with this request id came first.
    case cancelledBefore
    /// No such sale.
    case saleNotFound
    /// A line names a product that the sale does not have.
    case productNotFound
    /// The window has not begun; see `startsInMilliseconds`.
    case notStarted
    /// The window is over, or the sale is closed.
    case ended
    /// The sale or a product is paused.
    case paused
    /// Buyer, device or address is blacklisted.
    case blacklisted
    /// The risk rules refused.
    case riskRejected
    /// The sale's own entry rule refused: too many lapsed holds, no appointment, identity.
    case notEligible
    /// The buyer's limit does not allow it.
    case limitExceeded
    /// Not enough stock.
    case soldOut
    /// Solve a challenge first.
    case challengeRequired
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "RESERVE_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.reserved, "RESERVED"),
        (.cancelledBefore, "CANCELLED_BEFORE"),
        (.saleNotFound, "SALE_NOT_FOUND"),
        (.productNotFound, "PRODUCT_NOT_FOUND"),
        (.notStarted, "NOT_STARTED"),
        (.ended, "ENDED"),
        (.paused, "PAUSED"),
        (.blacklisted, "BLACKLISTED"),
        (.riskRejected, "RISK_REJECTED"),
        (.notEligible, "NOT_ELIGIBLE"),
        (.limitExceeded, "LIMIT_EXCEEDED"),
        (.soldOut, "SOLD_OUT"),
        (.challengeRequired, "CHALLENGE_REQUIRED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .reserved: 1
        case .cancelledBefore: 2
        case .saleNotFound: 3
        case .productNotFound: 4
        case .notStarted: 5
        case .ended: 6
        case .paused: 7
        case .blacklisted: 8
        case .riskRejected: 9
        case .notEligible: 10
        case .limitExceeded: 11
        case .soldOut: 12
        case .challengeRequired: 13
        case .unrecognized(let number): number
        }
    }
}
