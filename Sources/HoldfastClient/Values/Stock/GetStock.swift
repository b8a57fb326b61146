// GetStock: read the stock of a sale.

/// Reads the stock of a sale.
public struct GetStockRequest: Sendable, Hashable {
    /// The sale.
    public var saleID: String
    /// Up to 16 products; none: all, in pages.
    public var productIDs: [String]
    /// Also say what this buyer has of each product.
    public var userID: String
    /// Products an answer, at most 200; 0 takes 200.
    public var pageSize: Int
    /// `nextPageToken` of the answer before.
    public var pageToken: String

    /// Makes one; the fields are described above.
    public init(
        saleID: String, productIDs: [String] = [], userID: String = "", pageSize: Int = 0,
        pageToken: String = ""
    ) {
        self.saleID = saleID
        self.productIDs = productIDs
        self.userID = userID
        self.pageSize = pageSize
        self.pageToken = pageToken
    }
}

/// The answer to a GetStock.
public struct GetStockResponse: Sendable, Hashable {
    /// Whether there is such a sale.
    public var outcome: GetStockOutcome
    /// The sale's state as set.
    public var saleState: SaleState
    /// The window begins, Unix milliseconds.
    public var startsAtMilliseconds: Int
    /// The window ends, Unix milliseconds.
    public var endsAtMilliseconds: Int
    /// Server time of this answer, Unix milliseconds.
    public var serverTimeMilliseconds: Int
    /// The products.
    public var products: [ProductStock]
    /// There is more: ask again with this.
    public var nextPageToken: String
    /// What the buyer has of the whole sale.
    public var saleUsed: Int
    /// The buyer's limit over the whole sale, 0 none.
    public var saleLimit: Int
    /// ISO 4217 code of the sale's prices.
    public var currency: String

    /// Makes one; the fields are described above.
    public init(
        outcome: GetStockOutcome = .unspecified, saleState: SaleState = .unspecified,
        startsAtMilliseconds: Int = 0, endsAtMilliseconds: Int = 0,
        serverTimeMilliseconds: Int = 0, products: [ProductStock] = [],
        nextPageToken: String = "", saleUsed: Int = 0, saleLimit: Int = 0, currency: String = ""
    ) {
        self.outcome = outcome
        self.saleState = saleState
        self.startsAtMilliseconds = startsAtMilliseconds
        self.endsAtMilliseconds = endsAtMilliseconds
        self.serverTimeMilliseconds = serverTimeMilliseconds
        self.products = products
        self.nextPageToken = nextPageToken
        self.saleUsed = saleUsed
        self.saleLimit = saleLimit
        self.currency = currency
    }
}

/// The stock of one product: total = available + held + sold.
public struct ProductStock: Sendable, Hashable {
    /// The product.
    public var productID: String
    /// Its name.
    public var name: String
    /// All units.
    public var total: Int
    /// Units that can be held now.
    public var available: Int
    /// Units in live holds.
    public var held: Int
    /// Units sold.
    public var sold: Int
    /// Price of one unit in minor units.
    public var priceMinor: Int
    /// Limit a buyer, 0 none.
    public var limitPerUser: Int
    /// Its state.
    public var state: ProductState
    /// What the buyer asked about has: imported + held + sold.
    public var used: Int

    /// Makes one; the fields are described above.
    public init(
        productID: String = "", name: String = "", total: Int = 0, available: Int = 0,
        held: Int = 0, sold: Int = 0, priceMinor: Int = 0, limitPerUser: Int = 0,
        state: ProductState = .unspecified, used: Int = 0
    ) {
        self.productID = productID
        self.name = name
        self.total = total
        self.available = available
        self.held = held
        self.sold = sold
        self.priceMinor = priceMinor
        self.limitPerUser = limitPerUser
        self.state = state
        self.used = used
    }
}

/// What became of a GetStock.
public enum GetStockOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// Here it is.
    case found
    /// No such sale.
    case saleNotFound
    /// A product that was asked for is not in the sale.
    case productNotFound
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "GET_STOCK_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.found, "FOUND"),
        (.saleNotFound, "SALE_NOT_FOUND"),
        (.productNotFound, "PRODUCT_NOT_FOUND"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .found: 1
        case .saleNotFound: 2
        case .productNotFound: 3
        case .unrecognized(let number): number
        }
    }
}
