// ListSales: sales with their sums.

/// Lists sales, by id in byte order.
public struct ListSalesRequest: Sendable, Hashable {
    /// Sales an answer, at most 200; 0 takes 200.
    public var pageSize: Int
    /// `nextPageToken` of the answer before.
    public var pageToken: String

    /// Makes one; the fields are described above.
    public init(
        pageSize: Int = 0, pageToken: String = ""
    ) {
        self.pageSize = pageSize
        self.pageToken = pageToken
    }
}

/// The answer to a ListSales.
public struct ListSalesResponse: Sendable, Hashable {
    /// The sales.
    public var sales: [SaleSummary]
    /// There is more: ask again with this.
    public var nextPageToken: String

    /// Makes one; the fields are described above.
    public init(
        sales: [SaleSummary] = [], nextPageToken: String = ""
    ) {
        self.sales = sales
        self.nextPageToken = nextPageToken
    }
}

/// A sale and the sums over its products.
public struct SaleSummary: Sendable, Hashable {
    /// The sale.
    public var saleID: String
    /// For people.
    public var name: String
    /// Its state.
    public var state: SaleState
    /// The window begins, Unix milliseconds.
    public var startsAtMilliseconds: Int
    /// The window ends, Unix milliseconds.
    public var endsAtMilliseconds: Int
    /// ISO 4217 code.
    public var currency: String
    /// Default hold time. Milliseconds.
    public var holdMilliseconds: Int
    /// Limit a buyer over the whole sale, 0 none.
    public var limitPerUser: Int
    /// Products.
    public var productCount: Int
    /// Sum of all totals.
    public var total: Int
    /// Sum of what is available.
    public var available: Int
    /// Sum of what is held.
    public var held: Int
    /// Sum of what is sold.
    public var sold: Int
    /// Live holds.
    public var liveHolds: Int

    /// Makes one; the fields are described above.
    public init(
        saleID: String = "", name: String = "", state: SaleState = .unspecified,
        startsAtMilliseconds: Int = 0, endsAtMilliseconds: Int = 0, currency: String = "",
        holdMilliseconds: Int = 0, limitPerUser: Int = 0, productCount: Int = 0, total: Int = 0,
        available: Int = 0, held: Int = 0, sold: Int = 0, liveHolds: Int = 0
    ) {
        self.saleID = saleID
        self.name = name
        self.state = state
        self.startsAtMilliseconds = startsAtMilliseconds
        self.endsAtMilliseconds = endsAtMilliseconds
        self.currency = currency
        self.holdMilliseconds = holdMilliseconds
        self.limitPerUser = limitPerUser
        self.productCount = productCount
        self.total = total
        self.available = available
        self.held = held
        self.sold = sold
        self.liveHolds = liveHolds
    }
}
