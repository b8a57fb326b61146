// SetSaleState and SetProductState: open, pause, close.

/// Opens, pauses or closes a sale.
public struct SetSaleStateRequest: Sendable, Hashable {
    /// 16 bytes made by the caller, unique in the sale.
    public var requestID: RequestID
    /// The sale.
    public var saleID: String
    /// OPEN, PAUSED or CLOSED.
    public var state: SaleState
    /// Full check, nothing changes.
    public var validateOnly: Bool
    /// The caller's lease of the sale, if it has one.
    public var lease: LeaseProof?

    /// Makes one; the fields are described above.
    public init(
        saleID: String, state: SaleState, requestID: RequestID = RequestID(),
        validateOnly: Bool = false, lease: LeaseProof? = nil
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.state = state
        self.validateOnly = validateOnly
        self.lease = lease
    }
}

/// The answer to a SetSaleState.
public struct SetSaleStateResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: SetStateOutcome
    /// The state now.
    public var state: SaleState
    /// The request id was known.
    public var replayed: Bool

    /// Makes one; the fields are described above.
    public init(
        outcome: SetStateOutcome = .unspecified, state: SaleState = .unspecified,
        replayed: Bool = false
    ) {
        self.outcome = outcome
        self.state = state
        self.replayed = replayed
    }
}

/// Opens or pauses one product.
public struct SetProductStateRequest: Sendable, Hashable {
    /// 16 bytes made by the caller, unique in the sale.
    public var requestID: RequestID
    /// The sale.
    public var saleID: String
    /// The product.
    public var productID: String
    /// OPEN or PAUSED.
    public var state: ProductState
    /// Full check, nothing changes.
    public var validateOnly: Bool
    /// The caller's lease of the sale, if it has one.
    public var lease: LeaseProof?

    /// Makes one; the fields are described above.
    public init(
        saleID: String, productID: String, state: ProductState,
        requestID: RequestID = RequestID(), validateOnly: Bool = false, lease: LeaseProof? = nil
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.productID = productID
        self.state = state
        self.validateOnly = validateOnly
        self.lease = lease
    }
}

/// The answer to a SetProductState.
public struct SetProductStateResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: SetStateOutcome
    /// The state now.
    public var state: ProductState
    /// The request id was known.
    public var replayed: Bool

    /// Makes one; the fields are described above.
    public init(
        outcome: SetStateOutcome = .unspecified, state: ProductState = .unspecified,
        replayed: Bool = false
    ) {
        self.outcome = outcome
        self.state = state
        self.replayed = replayed
    }
}

/// What became of a change of state.
public enum SetStateOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// It is in that state now.
    case set
    /// No such sale.
    case saleNotFound
    /// No such product.
    case productNotFound
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "SET_STATE_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.set, "SET"),
        (.saleNotFound, "SALE_NOT_FOUND"),
        (.productNotFound, "PRODUCT_NOT_FOUND"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .set: 1
        case .saleNotFound: 2
        case .productNotFound: 3
        case .unrecognized(let number): number
        }
    }
}
