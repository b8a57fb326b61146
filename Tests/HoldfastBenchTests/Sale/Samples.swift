import Testing

@testable import holdfast_bench

/// A small plan; fields can be changed afterwards.
func samplePlan(units: Int = 3, buyers: Int = 2_000, cheatPercent: Double = 50) -> SalePlan {
    SalePlan(
        saleID: "flash", productID: "phone", unitCount: units, limitPerUser: 1,
        buyerCount: buyers, cheatPercent: cheatPercent, arrivalSeconds: 0, connectionCount: 7,
        timeoutMilliseconds: 1_000, seed: 42, nowMilliseconds: 1_790_000_000_000)
}

/// Plays the script against a counter instead of a server: whoever comes first gets a unit, once.
struct CounterServer {
    var left: Int
    /// Gives each buyer one more than the limit allows, once.
    var ignoresLimit = false
    private var owners: [UInt64: Int] = [:]
    private var used: [Int: Int] = [:]

    init(units: Int, ignoresLimit: Bool = false) {
        self.left = units
        self.ignoresLimit = ignoresLimit
    }

    mutating func answer(_ call: SaleCall, kind: BuyerKind) -> SaleAnswer {
        switch call.step {
        case .reserve, .again, .another:
            if kind == .negativeQuantity {
                return SaleAnswer(code: 3, reason: "FIELD_INVALID")
            }
            if kind == .hugeQuantity { return SaleAnswer(outcome: 11) }
            if call.step == .again, let id = self.owners.first(where: { $1 == call.buyer })?.key {
                return SaleAnswer(outcome: 1, reservationID: id, isReplayed: true)
            }
            guard self.used[call.buyer, default: 0] < (self.ignoresLimit ? 2 : 1) else {
                return SaleAnswer(outcome: 11)
            }
            guard self.left > 0 else { return SaleAnswer(outcome: 12) }
            self.left -= 1
            let id = UInt64(self.owners.count + 1) * 2
            self.owners[id] = call.buyer
            self.used[call.buyer, default: 0] += 1
            return SaleAnswer(outcome: 1, reservationID: id)
        case .pay, .confirmOther:
            return SaleAnswer(outcome: self.owners[call.reservationID] == nil ? 3 : 1)
        case .cancelOther:
            return SaleAnswer(outcome: self.owners[call.reservationID] == nil ? 4 : 1)
        case .look:
            guard let owner = self.owners[call.reservationID] else { return SaleAnswer(outcome: 2) }
            return SaleAnswer(outcome: 1, owner: SaleBuyer.userID(owner))
        }
    }

    func audit(units: Int) -> SaleAudit {
        SaleAudit(
            before: .init(total: units, available: units, held: 0, sold: 0),
            after: .init(total: units, available: self.left, held: 0, sold: units - self.left),
            confirmedForTheirBuyer: self.owners.count, buyersAsked: self.used.count,
            unitsOfOneBuyerMax: self.used.values.max() ?? 0,
            unitsOfAllBuyers: self.used.values.reduce(0, +))
    }
}

/// The whole scenario, calls in the order of the script and what follows right behind.
func play(
    _ plan: SalePlan, _ server: inout CounterServer
) throws -> (script: SaleScript, ledger: SaleLedger, callCount: Int) {
    let script = try SaleScript(plan: plan)
    var ledger = SaleLedger(buyers: script.buyers, seed: plan.seed)
    var waiting = Array(script.calls.reversed())
    var callCount = 0
    while let call = waiting.popLast() {
        callCount += 1
        let answer = server.answer(call, kind: script.buyers[call.buyer].kind)
        waiting += ledger.take(answer, to: call)
    }
    return (script, ledger, callCount)
}
