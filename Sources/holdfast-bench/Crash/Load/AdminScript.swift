import HoldfastClient

/// An operator at work: adjusts stock, pauses and opens a sale and a product, one call after the other. Its books say
/// what each product's total must be and which state is the newest.
actor AdminScript {
    /// What an operator did; sent again with the same request id it must answer the same.
    enum Deed: Sendable {
        case adjust(AdjustStockRequest)
        case saleState(SetSaleStateRequest)
        case productState(SetProductStateRequest)
    }

    private let checks: CrashChecks
    private let tally: CrashTally
    private var random: RandomSource
    private var done: [Deed] = []
    private var pending: Deed?
    /// Units that adjustments added, by sale and product.
    private(set) var addedUnits: [StockKey: Int] = [:]
    private(set) var saleState = SaleState.open
    private(set) var productState = ProductState.open

    init(checks: CrashChecks, tally: CrashTally, seed: UInt64) {
        self.checks = checks
        self.tally = tally
        self.random = RandomSource(seed: seed)
    }

    func run(_ client: HoldfastClient, _ gate: LoadGate) async {
        while !gate.isStopped && self.pending == nil {
            await gate.waitWhilePaused()
            _ = await self.send(self.next(), client)
            try? await Task.sleep(for: .milliseconds(2 + Int(self.random.next(below: 20))))
        }
    }

    private func next() -> Deed {
        switch self.random.next(below: 10) {
        case 0..<6:
            let stock = CrashStock.tradedProducts
            let (sale, products) = stock[Int(self.random.next(below: UInt64(stock.count)))]
            // -3 … 8 without 0, which is no adjustment.
            let step = Int(self.random.next(below: 11)) - 3
            return .adjust(
                AdjustStockRequest(
                    saleID: sale,
                    productID: products[Int(self.random.next(below: UInt64(products.count)))],
                    delta: step < 0 ? step : step + 1))
        case 6..<8:
            return .saleState(
                SetSaleStateRequest(
                    saleID: CrashStock.pauseSale, state: self.saleState == .open ? .paused : .open))
        default:
            return .productState(
                SetProductStateRequest(
                    saleID: CrashStock.pauseSale, productID: "p-0",
                    state: self.productState == .open ? .paused : .open))
        }
    }

    /// Sends what has no answer yet again, until it has one.
    func settle(_ client: HoldfastClient) async {
        guard let deed = self.pending else { return }
        self.pending = nil
        var isAnswered = await self.send(deed, client)
        // A server that has just started may not be ready for new work.
        for _ in 0..<200 where !isAnswered && self.pending == nil {
            try? await Task.sleep(for: .milliseconds(20))
            isAnswered = await self.send(deed, client)
        }
        self.checks.expect(
            isAnswered, .allOrNothing, "an operator's call cannot be settled: \(deed)")
    }

    /// Asks again for all that was done: the same answers, and nothing twice.
    func audit(_ client: HoldfastClient) async {
        for deed in self.done {
            do throws(HoldfastError) {
                let isSame =
                    switch deed {
                    case .adjust(let request):
                        try await client.adjustStock(request).isReplay
                    case .saleState(let request):
                        try await client.setSaleState(request).isReplay
                    case .productState(let request):
                        try await client.setProductState(request).isReplay
                    }
                self.checks.expect(isSame, .adminKept, "not known any more: \(deed)")
            } catch {
                self.checks.fail(.adminKept, "\(deed): \(error)")
            }
        }
    }

    /// False: no answer, or refused.
    private func send(_ deed: Deed, _ client: HoldfastClient) async -> Bool {
        do throws(HoldfastError) {
            switch deed {
            case .adjust(let request):
                let answer = try await client.adjustStock(request)
                self.tally.answered("AdjustStock", answer.outcome.name)
                self.checks.expect(
                    answer.outcome == .adjusted || answer.outcome == .belowCommitted, .adminKept,
                    "\(request): \(answer)")
                guard answer.outcome == .adjusted else { return true }
                self.addedUnits[StockKey(request.saleID, request.productID), default: 0] +=
                    request.delta
            case .saleState(let request):
                let answer = try await client.setSaleState(request)
                self.tally.answered("SetSaleState", answer.outcome.name)
                self.checks.expect(
                    answer.outcome == .set && answer.state == request.state, .adminKept,
                    "\(request): \(answer)")
                self.saleState = request.state
            case .productState(let request):
                let answer = try await client.setProductState(request)
                self.tally.answered("SetProductState", answer.outcome.name)
                self.checks.expect(
                    answer.outcome == .set && answer.state == request.state, .adminKept,
                    "\(request): \(answer)")
                self.productState = request.state
            }
            self.done.append(deed)
            return true
        } catch {
            if error.outcome == .unknown {
                self.tally.lost("admin")
                self.pending = deed
            } else {
                self.tally.answered("admin", "\(error.code) \(error.reason)")
            }
            return false
        }
    }
}

/// A product of a sale.
struct StockKey: Hashable, Sendable {
    var saleID: String
    var productID: String

    init(_ saleID: String, _ productID: String) {
        self.saleID = saleID
        self.productID = productID
    }
}

extension AdjustStockResponse {
    fileprivate var isReplay: Bool { self.outcome == .adjusted && self.replayed }
}

extension SetSaleStateResponse {
    fileprivate var isReplay: Bool { self.outcome == .set && self.replayed }
}

extension SetProductStateResponse {
    fileprivate var isReplay: Bool { self.outcome == .set && self.replayed }
}
