import HoldfastClient

/// What the server itself says after the run: the other half of the proof.
struct SaleAudit: Sendable {
    /// Units of the product, before and after.
    struct Stock: Equatable, Encodable, Sendable {
        var total: Int
        var available: Int
        var held: Int
        var sold: Int
    }

    var before: Stock
    var after: Stock
    /// Granted reservations that the server knows as CONFIRMED, with one unit, for the buyer they were granted to.
    var confirmedForTheirBuyer = 0
    /// Buyers whom GetStock was asked about: all winners and all cheats.
    var buyersAsked = 0
    /// The most units that one of them has.
    var unitsOfOneBuyerMax = 0
    /// The units of all of them.
    var unitsOfAllBuyers = 0
}

/// Asks the server through the client library, many calls at once.
struct SaleAuditor: Sendable {
    let client: HoldfastClient
    let plan: SalePlan

    private static let tasksMax = 64

    /// The product's numbers. Throws a `LoadError` when there is no such sale or product.
    func stock() async throws -> (stock: SaleAudit.Stock, limitPerUser: Int) {
        let answer = try await self.client.getStock(
            GetStockRequest(saleID: self.plan.saleID, productIDs: [self.plan.productID]))
        guard answer.outcome == .found, let product = answer.products.first else {
            throw LoadError(
                "GetStock of \(self.plan.saleID), \(self.plan.productID): \(answer.outcome); load the "
                    + "sale, or give --admin-certificate and --admin-key so that this tool does")
        }
        return (
            SaleAudit.Stock(
                total: product.total, available: product.available, held: product.held,
                sold: product.sold), product.limitPerUser
        )
    }

    func audit(
        before: SaleAudit.Stock, grants: [UInt64: SaleLedger.Grant], buyers: [SaleBuyer]
    ) async throws -> SaleAudit {
        var audit = SaleAudit(before: before, after: try await self.stock().stock)
        let winners = Set(grants.values.map(\.buyer))
        let asked = buyers.filter { $0.kind != .honest || winners.contains($0.number) }
        let reservations = grants.map { (id: $0.key, userID: buyers[$0.value.buyer].userID) }
        audit.confirmedForTheirBuyer = try await self.sum(reservations.count) { index in
            try await self.isConfirmed(reservations[index]) ? 1 : 0
        }.total
        audit.buyersAsked = asked.count
        let units = try await self.sum(asked.count) { index in
            try await self.units(of: asked[index].userID)
        }
        audit.unitsOfOneBuyerMax = units.largest
        audit.unitsOfAllBuyers = units.total
        return audit
    }

    private func isConfirmed(_ entry: (id: UInt64, userID: String)) async throws -> Bool {
        let answer = try await self.client.getReservation(
            GetReservationRequest(
                saleID: self.plan.saleID, target: .reservation(ReservationID(entry.id))))
        guard let reservation = answer.reservation else { return false }
        return reservation.state == .confirmed && reservation.userID == entry.userID
            && reservation.lines.map(\.quantity) == [1]
    }

    private func units(of userID: String) async throws -> Int {
        let answer = try await self.client.getStock(
            GetStockRequest(
                saleID: self.plan.saleID, productIDs: [self.plan.productID], userID: userID))
        guard let product = answer.products.first else {
            throw LoadError("GetStock for \(userID): \(answer.outcome)")
        }
        return product.used
    }

    /// `value` of 0 ..< count, some at a time.
    private func sum(
        _ count: Int, _ value: @escaping @Sendable (Int) async throws -> Int
    ) async throws -> (total: Int, largest: Int) {
        try await withThrowingTaskGroup(of: (total: Int, largest: Int).self) { group in
            for first in 0..<min(Self.tasksMax, count) {
                group.addTask {
                    var total = 0
                    var largest = 0
                    for index in stride(from: first, to: count, by: Self.tasksMax) {
                        let one = try await value(index)
                        total += one
                        largest = max(largest, one)
                    }
                    return (total, largest)
                }
            }
            var total = 0
            var largest = 0
            for try await part in group {
                total += part.total
                largest = max(largest, part.largest)
            }
            return (total, largest)
        }
    }
}
