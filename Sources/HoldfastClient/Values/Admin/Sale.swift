// A sale as an operator writes it down.

/// One campaign: window, products, limits. A JSON file for `holdfastctl preload` has these
/// names.
public struct Sale: Sendable, Hashable {
    /// The sale.
    public var saleID: String
    /// For people.
    public var name: String
    /// Its state.
    public var state: SaleState
    /// The window begins, Unix milliseconds.
    public var startsAtMilliseconds: Int
    /// The window ends, Unix milliseconds; a sale must have an end.
    public var endsAtMilliseconds: Int
    /// ISO 4217 code of all prices.
    public var currency: String
    /// Default hold time, 1 s to 4 h; 0 takes 10 min. Milliseconds.
    public var holdMilliseconds: Int
    /// Limit a buyer over the whole sale, 0 none.
    public var limitPerUser: Int
    /// Products.
    public var products: [Product]
    /// What buyers bought before, which counts against their limit.
    public var purchases: [Purchase]

    /// Makes one; the fields are described above.
    public init(
        saleID: String, name: String = "", state: SaleState = .unspecified,
        startsAtMilliseconds: Int = 0, endsAtMilliseconds: Int = 0, currency: String = "",
        holdMilliseconds: Int = 0, limitPerUser: Int = 0, products: [Product] = [],
        purchases: [Purchase] = []
    ) {
        self.saleID = saleID
        self.name = name
        self.state = state
        self.startsAtMilliseconds = startsAtMilliseconds
        self.endsAtMilliseconds = endsAtMilliseconds
        self.currency = currency
        self.holdMilliseconds = holdMilliseconds
        self.limitPerUser = limitPerUser
        self.products = products
        self.purchases = purchases
    }
}

/// A SKU in a sale.
public struct Product: Sendable, Hashable {
    /// The product.
    public var productID: String
    /// For people.
    public var name: String
    /// Units; used once, when the product is new.
    public var total: Int
    /// Price of one unit in minor units.
    public var priceMinor: Int
    /// Limit a buyer, 0 none.
    public var limitPerUser: Int
    /// Its state.
    public var state: ProductState

    /// Makes one; the fields are described above.
    public init(
        productID: String, total: Int, name: String = "", priceMinor: Int = 0,
        limitPerUser: Int = 0, state: ProductState = .unspecified
    ) {
        self.productID = productID
        self.name = name
        self.total = total
        self.priceMinor = priceMinor
        self.limitPerUser = limitPerUser
        self.state = state
    }
}

/// An earlier purchase that counts against a buyer's limit. Importing sets the count, it does
/// not add.
public struct Purchase: Sendable, Hashable {
    /// The buyer.
    public var userID: String
    /// The product.
    public var productID: String
    /// Units.
    public var quantity: Int
    /// The shop's reference.
    public var orderReference: String

    /// Makes one; the fields are described above.
    public init(
        userID: String, productID: String, quantity: Int, orderReference: String = ""
    ) {
        self.userID = userID
        self.productID = productID
        self.quantity = quantity
        self.orderReference = orderReference
    }
}
