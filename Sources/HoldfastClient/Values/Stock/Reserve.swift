// Reserve: hold stock for one buyer.

/// Asks to hold stock for one buyer.
public struct ReserveRequest: Sendable, Hashable {
    /// 16 bytes made by the caller before it sends, not all zero: the idempotency key in
    /// this sale.
    public var requestID: RequestID
    /// The sale.
    public var saleID: String
    /// The buyer whose limit counts.
    public var userID: String
    /// 1 to 16 lines; lines of one product are summed.
    public var lines: [StockLine]
    /// How long to hold, 1 s to 4 h; 0 takes the sale's. Milliseconds.
    public var holdMilliseconds: Int
    /// What the gateway knows of the buyer's device and network.
    public var client: BuyerClient?
    /// The solution of a challenge.
    public var challengeSolution: String
    /// Grant what is there instead of all or nothing.
    public var allowPartial: Bool
    /// The shop's own reference, kept with the reservation.
    public var orderReference: String

    /// Makes one; the fields are described above.
    public init(
        saleID: String, userID: String, lines: [StockLine], requestID: RequestID = RequestID(),
        holdMilliseconds: Int = 0, client: BuyerClient? = nil, challengeSolution: String = "",
        allowPartial: Bool = false, orderReference: String = ""
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.userID = userID
        self.lines = lines
        self.holdMilliseconds = holdMilliseconds
        self.client = client
        self.challengeSolution = challengeSolution
        self.allowPartial = allowPartial
        self.orderReference = orderReference
    }
}

/// A quantity of a product that a caller asks for.
public struct StockLine: Sendable, Hashable {
    /// Product of the sale.
    public var productID: String
    /// 1 to 1,000,000 after lines of one product are summed.
    public var quantity: Int

    /// Makes one; the fields are described above.
    public init(
        productID: String, quantity: Int
    ) {
        self.productID = productID
        self.quantity = quantity
    }
}

/// What a gateway knows of the buyer behind a call.
public struct BuyerClient: Sendable, Hashable {
    /// The buyer's address, IPv4 or IPv6 in text.
    public var ip: String
    /// The buyer's device.
    public var deviceID: String
    /// When the buyer's account was made, Unix milliseconds; 0 unknown.
    public var accountCreatedMilliseconds: Int
    /// Identity document or its hash, for sales that need one.
    public var identity: String

    /// Makes one; the fields are described above.
    public init(
        ip: String = "", deviceID: String = "", accountCreatedMilliseconds: Int = 0,
        identity: String = ""
    ) {
        self.ip = ip
        self.deviceID = deviceID
        self.accountCreatedMilliseconds = accountCreatedMilliseconds
        self.identity = identity
    }
}

/// The answer to a Reserve.
public struct ReserveResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: ReserveOutcome
    /// The reservation, 0 unless RESERVED.
    public var reservationID: ReservationID
    /// The hold lapses then, Unix milliseconds.
    public var deadlineMilliseconds: Int
    /// One entry a product, in the order in which the request names them first.
    public var lines: [ReservedLine]
    /// The request id was known: this is the first answer again.
    public var replayed: Bool
    /// The reservation's state now.
    public var state: ReservationState
    /// With NOT_STARTED: how long until the window begins. Milliseconds.
    public var startsInMilliseconds: Int
    /// What the buyer has of the whole sale: imported + held + sold.
    public var saleUsed: Int
    /// The buyer's limit over the whole sale, 0 none.
    public var saleLimit: Int

    /// Makes one; the fields are described above.
    public init(
        outcome: ReserveOutcome = .unspecified, reservationID: ReservationID = ReservationID(0),
        deadlineMilliseconds: Int = 0, lines: [ReservedLine] = [], replayed: Bool = false,
        state: ReservationState = .unspecified, startsInMilliseconds: Int = 0, saleUsed: Int = 0,
        saleLimit: Int = 0
    ) {
        self.outcome = outcome
        self.reservationID = reservationID
        self.deadlineMilliseconds = deadlineMilliseconds
        self.lines = lines
        self.replayed = replayed
        self.state = state
        self.startsInMilliseconds = startsInMilliseconds
        self.saleUsed = saleUsed
        self.saleLimit = saleLimit
    }
}

/// One line of a ReserveResponse.
public struct ReservedLine: Sendable, Hashable {
    /// The product.
    public var productID: String
    /// Units held.
    public var granted: Int
    /// Units still available to others.
    public var left: Int
    /// Units the buyer has: imported + held + sold.
    public var used: Int
    /// The buyer's limit on this product, 0 none.
    public var limit: Int
    /// Price of one unit, frozen in the reservation, in minor units.
    public var priceMinor: Int
    /// RESERVED, or what stood in this line's way; UNSPECIFIED when only another line was
    /// refused.
    public var outcome: ReserveOutcome

    /// Makes one; the fields are described above.
    public init(
        productID: String = "", granted: Int = 0, left: Int = 0, used: Int = 0, limit: Int = 0,
        priceMinor: Int = 0, outcome: ReserveOutcome = .unspecified
    ) {
        self.productID = productID
        self.granted = granted
        self.left = left
        self.used = used
        self.limit = limit
        self.priceMinor = priceMinor
        self.outcome = outcome
    }
}
