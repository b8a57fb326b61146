import HoldfastEngine
import Testing

extension EngineHarness {
    static let day: Int64 = 24 * 3_600_000

    /// A shard with one open sale, `sale-1`: product `a` of 10 units at 100, `b` of 20 units at 250.
    static func open(
        limitA: Int64 = 0, limitB: Int64 = 0, saleLimit: Int64 = 0, unitsA: Int64 = 10,
        purchases: [PurchaseInput] = [], settings: ShardSettings = ShardSettings()
    ) throws -> EngineHarness {
        let harness = EngineHarness(settings: settings)
        var configuration = SaleInput()
        configuration.name = "Summer"
        configuration.limit = saleLimit
        try harness.preload(
            [
                ProductInput("a", unitsA, price: 100, limit: limitA, name: "Apple"),
                ProductInput("b", 20, price: 250, limit: limitB, name: "Bread"),
            ], purchases: purchases, configuration: configuration)
        return harness
    }

    /// Lets `count` holds of the buyer lapse.
    func lapse(_ user: String, count: Int) throws {
        for _ in 0..<count {
            let answer = try self.reserve(user, ["b": 1], hold: 1_000)
            try #require(answer.result == .reserved)
            self.wait(1_000)
        }
    }

    /// Changes the sale's configuration, as a Preload into a live sale does.
    func reconfigure(sale: String = EngineRequest.sale, _ change: (inout SaleInput) -> Void) throws
    {
        var configuration = SaleInput()
        change(&configuration)
        try self.preload([], configuration: configuration, sale: sale)
    }
}

/// One line of an answer to a Reserve, as tables write it.
func line(
    _ product: String, granted: Int64 = 0, left: Int64, used: Int64, limit: Int64 = 0,
    price: Int64, _ outcome: ReserveResult
) -> LineAnswer {
    LineAnswer(
        product: product, granted: granted, left: left, used: used, limit: limit, price: price,
        outcome: outcome)
}

/// One line of an answer to a Confirm or Refund.
func sold(_ product: String, _ quantity: Int64, price: Int64) -> LineAnswer {
    LineAnswer(product: product, quantity: quantity, price: price)
}

/// One line of an answer to a GetReservation.
func kept(
    _ product: String, granted: Int64, quantity: Int64, refunded: Int64 = 0, price: Int64
) -> LineAnswer {
    LineAnswer(
        product: product, granted: granted, quantity: quantity, refunded: refunded, price: price)
}
