import HoldfastClient

/// Everything that is decided before the sale opens: who comes, who cheats and how, and the first calls of all of them,
/// packed and spread over the connections. The same plan makes the same script, request ids apart.
struct SaleScript: Sendable {
    private(set) var buyers: [SaleBuyer] = []
    private(set) var calls: [SaleCall] = []
    /// The calls of each connection, by their places in `calls`, in the order of sending.
    private(set) var queues: [[Int]]
    /// The largest packed message.
    private(set) var bodyByteCountMax = 0

    static let hugeQuantity = 1_000_000

    /// Throws what the client library says about a call that cannot be packed.
    init(plan: SalePlan) throws {
        precondition(plan.buyerCount < 1 << 24, "each buyer has an address in 11.0.0.0/8")
        self.queues = Array(repeating: [], count: plan.connectionCount)
        var random = RandomSource(seed: plan.seed)
        let spacing = plan.arrivalSeconds * 1e9 / Double(plan.buyerCount)
        for number in 0..<plan.buyerCount {
            let buyer = SaleBuyer(
                number: number, kind: Self.kind(plan.cheatPercent, &random))
            self.buyers.append(buyer)
            try self.add(
                Self.firstCalls(of: buyer, plan),
                startsAfterNanoseconds: UInt64(Double(number) * spacing))
        }
    }

    private static func kind(_ cheatPercent: Double, _ random: inout RandomSource) -> BuyerKind {
        let point = Double(random.next(below: 1_000_000)) / 10_000
        guard point < cheatPercent else { return .honest }
        return BuyerKind.cheats[Int(random.next(below: UInt64(BuyerKind.cheats.count)))]
    }

    private static func firstCalls(
        of buyer: SaleBuyer, _ plan: SalePlan
    ) -> [(step: SaleCall.Step, request: ReserveRequest)] {
        func request(quantity: Int, isSecond: Bool = false) -> ReserveRequest {
            ReserveRequest(
                saleID: plan.saleID, userID: buyer.userID,
                lines: [StockLine(productID: plan.productID, quantity: quantity)],
                client: buyer.client(isSecond: isSecond, nowMilliseconds: plan.nowMilliseconds))
        }
        switch buyer.kind {
        case .honest, .madeUpID, .othersReservation:
            return [(.reserve, request(quantity: 1))]
        case .retry:
            let first = request(quantity: 1)
            return [(.reserve, first), (.again, first), (.again, first)]
        case .doubled:
            return [(.reserve, request(quantity: 1)), (.another, request(quantity: 1))]
        case .twoAddresses:
            return [
                (.reserve, request(quantity: 1)), (.another, request(quantity: 1, isSecond: true)),
            ]
        case .negativeQuantity:
            return [(.reserve, request(quantity: -1))]
        case .hugeQuantity:
            return [
                (.reserve, request(quantity: Self.hugeQuantity)),
                (.another, request(quantity: Int.max)),
            ]
        }
    }

    /// Calls of one buyer go to neighbouring connections, so that they race.
    private mutating func add(
        _ calls: [(step: SaleCall.Step, request: ReserveRequest)], startsAfterNanoseconds: UInt64
    ) throws {
        let buyer = self.buyers.count - 1
        for (index, call) in calls.enumerated() {
            let body = try call.request.body()
            self.bodyByteCountMax = max(self.bodyByteCountMax, body.count)
            self.queues[(buyer + index) % self.queues.count].append(self.calls.count)
            self.calls.append(
                SaleCall(
                    buyer: buyer, step: call.step, body: body,
                    startsAfterNanoseconds: startsAfterNanoseconds))
        }
    }
}
