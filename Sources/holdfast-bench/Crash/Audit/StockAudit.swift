import HoldfastClient

/// Adds the ledger up and compares the sums with what the server says of each product and buyer. Only while nothing is
/// open and nobody else calls: then all that can change is that holds lapse, and their deadlines are known.
struct StockAudit: Sendable {
    let callers: CrashCallers
    let checks: CrashChecks
    let readings: [RecordAudit.Reading]
    let sales: [Sale]
    /// Units that adjustments added.
    let addedUnits: [StockKey: Int]
    let pauseState: (sale: SaleState, product: ProductState)

    private struct Sums {
        var held = 0
        var sold = 0
        var withdrawn = 0
    }

    /// - Parameter buyersMax: Buyers of each sale that are asked about.
    func run(buyersMax: Int) async throws {
        var listed: [String: SaleSummary] = [:]
        for summary in try await self.callers.admin.listSales().sales {
            listed[summary.saleID] = summary
        }
        for sale in self.sales {
            let own = self.readings.filter { $0.record.reserve.saleID == sale.saleID }
            let stock = try await self.callers.gateways[0].getStock(
                GetStockRequest(saleID: sale.saleID))
            self.compare(sale, stock, own)
            if let summary = listed[sale.saleID] {
                self.checks.expect(
                    summary.total == summary.available + summary.held + summary.sold
                        && summary.total == stock.products.reduce(0) { $0 + $1.total },
                    .conserved, "ListSales: \(summary)")
            } else {
                self.checks.fail(.conserved, "ListSales does not name \(sale.saleID)")
            }
            try await self.compareBuyers(sale, own, buyersMax)
        }
    }

    private func compare(
        _ sale: Sale, _ stock: GetStockResponse, _ readings: [RecordAudit.Reading]
    ) {
        guard stock.outcome == .found else {
            return self.checks.fail(.stockAgrees, "\(sale.saleID): \(stock.outcome)")
        }
        let sums = self.sums(readings, at: stock.serverTimeMilliseconds)
        for product in sale.products {
            let key = StockKey(sale.saleID, product.productID)
            let own = sums[product.productID] ?? Sums()
            let total = product.total + (self.addedUnits[key] ?? 0) - own.withdrawn
            guard let now = stock.products.first(where: { $0.productID == product.productID })
            else {
                self.checks.fail(.stockAgrees, "\(sale.saleID) has no \(product.productID)")
                continue
            }
            self.checks.expect(now.isConserved, .conserved, "\(sale.saleID): \(now)")
            self.checks.expect(
                now.total == total && now.held == own.held && now.sold == own.sold
                    && now.available == total - own.held - own.sold, .stockAgrees,
                "\(sale.saleID) \(product.productID): ledger total \(total), held \(own.held), "
                    + "sold \(own.sold); server total \(now.total), available \(now.available), "
                    + "held \(now.held), sold \(now.sold)")
        }
        if sale.saleID == CrashStock.pauseSale {
            self.checks.expect(
                stock.saleState == self.pauseState.sale
                    && stock.products.first?.state == self.pauseState.product, .adminKept,
                "\(sale.saleID): told \(self.pauseState), now \(stock.saleState), "
                    + "\(stock.products.first?.state ?? .unspecified)")
        }
    }

    private func sums(_ readings: [RecordAudit.Reading], at time: Int) -> [String: Sums] {
        var sums: [String: Sums] = [:]
        for reading in readings {
            for (productID, count) in reading.record.withdrawnByProduct {
                sums[productID, default: Sums()].withdrawn += count
            }
            for (productID, quantity) in reading.held(at: time) {
                sums[productID, default: Sums()].held += quantity
            }
            for (productID, quantity) in reading.sold {
                sums[productID, default: Sums()].sold += quantity
            }
        }
        return sums
    }

    private func compareBuyers(
        _ sale: Sale, _ readings: [RecordAudit.Reading], _ buyersMax: Int
    ) async throws {
        let byBuyer = Dictionary(grouping: readings) { $0.record.reserve.userID }
        let buyers = byBuyer.keys.sorted().prefix(buyersMax)
        let width = self.callers.gateways.count * 2
        _ = try await inParallel(Array(buyers), width: width) { lane, userID in
            let client = self.callers.gateways[lane % self.callers.gateways.count]
            let answer = try await client.getStock(
                GetStockRequest(saleID: sale.saleID, userID: userID))
            let sums = self.sums(byBuyer[userID] ?? [], at: answer.serverTimeMilliseconds)
            var saleUsed = 0
            for product in answer.products {
                let own = sums[product.productID] ?? Sums()
                let imported = sale.purchases.reduce(0) {
                    $1.userID == userID && $1.productID == product.productID
                        ? $0 + $1.quantity : $0
                }
                let used = own.held + own.sold + imported
                saleUsed += used
                self.checks.expect(
                    product.used == used
                        && (product.limitPerUser == 0 || product.used <= product.limitPerUser),
                    .limitKept,
                    "\(userID) in \(sale.saleID) \(product.productID): ledger \(used), server "
                        + "\(product.used) of \(product.limitPerUser)")
            }
            self.checks.expect(
                answer.saleUsed == saleUsed
                    && (answer.saleLimit == 0 || saleUsed <= answer.saleLimit), .limitKept,
                "\(userID) in \(sale.saleID): ledger \(saleUsed), server \(answer.saleUsed) of "
                    + "\(answer.saleLimit)")
        }
    }
}

extension RecordAudit.Reading {
    /// Units of each product that it holds at a server time.
    fileprivate func held(at time: Int) -> [(String, Int)] {
        guard let now = self.answer.reservation, now.state == .held,
            now.deadlineMilliseconds > time
        else { return [] }
        return now.lines.map { ($0.productID, $0.quantity) }
    }

    /// Units of each product that are sold by it.
    fileprivate var sold: [(String, Int)] {
        guard let now = self.answer.reservation, now.state == .confirmed else { return [] }
        return now.lines.map { ($0.productID, $0.quantity) }
    }
}
