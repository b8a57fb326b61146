/// What one run of the expiry drill does: the checked form of the command's options.
struct ExpiryPlan: Sendable {
    /// The sale whose holds lapse.
    var saleID: String
    /// All its units are held, one each, and lapse together.
    var lapsingProductID = "lapsing"
    /// Is reserved all the while.
    var steadyProductID = "steady"
    /// Another sale, of the steady product alone.
    var otherSaleID: String
    var holdCount: Int
    /// From the first hold to their common deadline, in milliseconds.
    var leadMilliseconds: Int
    /// Reserves a second while they lapse, one half for each sale.
    var reservesPerSecond: Double
    /// GetStock of the lapsing product a second.
    var readsPerSecond: Double
    /// Calls in flight on a connection while the holds are made.
    var holdsInFlight: Int
    var timeoutMilliseconds: UInt32
    var seed: UInt64
    /// Bounds: from the last deadline until all stock is back, and for each Reserve meanwhile.
    var allBackMillisecondsMax: Double
    var reserveMillisecondsMax: Double

    /// Reserves start so long before the deadline, and go on so long after all stock is back.
    static let beforeSeconds = 2.0
    static let afterSeconds = 1.0
    /// Calls in flight on a connection while calls start at fixed times; more of them wait in the tool, and count.
    static let inFlightMax = 512
    /// A lapse that takes longer has failed.
    static let lapseSecondsMax = 60.0
    /// Reserves of the steady products hold so long.
    static let steadyHoldMilliseconds = 600_000
    /// The server's shortest hold, and time to hear of it.
    static let holdMillisecondsMin = 1_500
}
