import HoldfastClient

/// What one run of the sale scenario does: the checked form of the command's options.
struct SalePlan: Sendable {
    var saleID: String
    var productID: String
    /// Units that are for sale when the run begins.
    var unitCount: Int
    /// Units that one buyer may have.
    var limitPerUser: Int
    var buyerCount: Int
    /// How many of a hundred buyers cheat, spread evenly over the kinds of cheating.
    var cheatPercent: Double
    /// Buyers come evenly within so long; 0: all in the same instant.
    var arrivalSeconds: Double
    var connectionCount: Int
    var timeoutMilliseconds: UInt32
    var seed: UInt64
    /// Unix time at which the buyers' account ages are counted back from.
    var nowMilliseconds: Int

    /// The server's limit is 1,024; the rest is room for what follows a first call.
    static let inFlightMax = 1_000
    /// A run that is not over by then has failed.
    static let runSecondsMax = 60.0
}
