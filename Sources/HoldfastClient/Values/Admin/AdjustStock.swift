// AdjustStock: add or withdraw stock.

/// Adds or withdraws stock.
public struct AdjustStockRequest: Sendable, Hashable {
    /// 16 bytes made by the caller, unique in the sale: a retry adds once.
    public var requestID: RequestID
    /// The sale.
    public var saleID: String
    /// The product.
    public var productID: String
    /// Units to add, negative to withdraw.
    public var delta: Int
    /// Full check, nothing changes.
    public var validateOnly: Bool
    /// The caller's lease of the sale, if it has one.
    public var lease: LeaseProof?

    /// Makes one; the fields are described above.
    public init(
        saleID: String, productID: String, delta: Int, requestID: RequestID = RequestID(),
        validateOnly: Bool = false, lease: LeaseProof? = nil
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.productID = productID
        self.delta = delta
        self.validateOnly = validateOnly
        self.lease = lease
    }
}

/// The answer to an AdjustStock, with the numbers as they are now.
public struct AdjustStockResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: AdjustStockOutcome
    /// All units.
    public var total: Int
    /// Units that can be held.
    public var available: Int
    /// Units in live holds.
    public var held: Int
    /// Units sold.
    public var sold: Int
    /// The request id was known.
    public var replayed: Bool

    /// Makes one; the fields are described above.
    public init(
        outcome: AdjustStockOutcome = .unspecified, total: Int = 0, available: Int = 0,
        held: Int = 0, sold: Int = 0, replayed: Bool = false
    ) {
        self.outcome = outcome
        self.total = total
        self.available = available
        self.held = held
        self.sold = sold
        self.replayed = replayed
    }
}

/// What became of an AdjustStock.
public enum AdjustStockOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// The delta was applied.
    case adjusted
    /// No such sale.
    case saleNotFound
    /// No such product.
    case productNotFound
    /// It would take what is held or sold.
    case belowCommitted
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "ADJUST_STOCK_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.adjusted, "ADJUSTED"),
        (.saleNotFound, "SALE_NOT_FOUND"),
        (.productNotFound, "PRODUCT_NOT_FOUND"),
        (.belowCommitted, "BELOW_COMMITTED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .adjusted: 1
        case .saleNotFound: 2
        case .productNotFound: 3
        case .belowCommitted: 4
        case .unrecognized(let number): number
        }
    }
}
