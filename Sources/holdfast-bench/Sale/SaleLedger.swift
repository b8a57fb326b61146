/// The books of the scenario: what each buyer got, by the server's answers alone. Knows no network and no clock.
struct SaleLedger: Sendable {
    /// One kind of answer of one kind of buyer.
    struct Line: Hashable, Sendable {
        var kind: BuyerKind
        var step: SaleCall.Step
        var what: String
    }

    struct Grant: Sendable {
        var buyer: Int
        var isConfirmed = false
    }

    /// By reservation id.
    private(set) var grants: [UInt64: Grant] = [:]
    private(set) var answers: [Line: Int] = [:]
    private(set) var answerCount = 0
    /// Replays of a buyer's own call that named another reservation than the first answer.
    private(set) var changedReplays = 0
    /// Reservations that were given to two buyers.
    private(set) var sharedReservations = 0
    /// Calls for what is not the buyer's that the server let take effect.
    private(set) var thefts = 0
    /// Reservations that the gateway refused to act on, as the server named another owner or none.
    private(set) var refusedLooks = 0
    /// Payments for own reservations that did not end in CONFIRMED.
    private(set) var failedPayments = 0

    private let buyers: [SaleBuyer]
    private var lastReservationID: UInt64 = 0
    private var random: RandomSource

    private static let granted = 1
    private static let confirmed = 1
    private static let cancelled = 1
    private static let found = 1
    private static let madeUpCount = 4

    init(buyers: [SaleBuyer], seed: UInt64) {
        self.buyers = buyers
        self.random = RandomSource(seed: seed ^ 0x7361_6C65)
    }

    /// Enters an answer; the calls that follow from it.
    mutating func take(_ answer: SaleAnswer, to call: SaleCall) -> [SaleCall] {
        self.answerCount += 1
        let kind = self.buyers[call.buyer].kind
        self.answers[
            Line(kind: kind, step: call.step, what: Self.name(answer, call.step)), default: 0] += 1
        let isOK = answer.code == 0
        switch call.step {
        case .reserve, .again, .another:
            return self.takeReserve(answer, call, kind)
        case .pay:
            if isOK && answer.outcome == Self.confirmed {
                self.grants[call.reservationID]?.isConfirmed = true
            } else {
                self.failedPayments += 1
            }
        case .look:
            return self.takeLook(answer, call)
        case .confirmOther:
            if isOK && answer.outcome == Self.confirmed { self.thefts += 1 }
        case .cancelOther:
            if isOK && answer.outcome == Self.cancelled { self.thefts += 1 }
        }
        return []
    }

    private mutating func takeReserve(
        _ answer: SaleAnswer, _ call: SaleCall, _ kind: BuyerKind
    ) -> [SaleCall] {
        var followers: [SaleCall] = []
        if answer.code == 0 && answer.outcome == Self.granted {
            let id = answer.reservationID
            if let grant = self.grants[id] {
                if grant.buyer != call.buyer { self.sharedReservations += 1 }
            } else {
                // A replay repeats a grant of this buyer; its first answer may still be on the way.
                if answer.isReplayed
                    && self.grants.values.contains(where: { $0.buyer == call.buyer })
                {
                    self.changedReplays += 1
                }
                self.grants[id] = Grant(buyer: call.buyer)
                followers.append(SaleCall(buyer: call.buyer, step: .pay, reservationID: id))
            }
            self.lastReservationID = id
        }
        if call.step == .reserve {
            if kind == .madeUpID { followers += self.madeUpCalls(call.buyer) }
            if kind == .othersReservation, self.lastReservationID != 0 {
                // His own id gives him his neighbours'; without one he uses an id that somebody has shown around.
                let target =
                    answer.reservationID == 0
                    ? self.lastReservationID : answer.reservationID ^ 1
                followers.append(
                    SaleCall(buyer: call.buyer, step: .look, reservationID: target))
            }
        }
        return followers
    }

    /// The gateway acts for a buyer only on what the server says is his.
    private mutating func takeLook(_ answer: SaleAnswer, _ call: SaleCall) -> [SaleCall] {
        guard answer.code == 0, answer.outcome == Self.found,
            answer.owner == self.buyers[call.buyer].userID
        else {
            self.refusedLooks += 1
            return []
        }
        return [SaleCall(buyer: call.buyer, step: .pay, reservationID: call.reservationID)]
    }

    private mutating func madeUpCalls(_ buyer: Int) -> [SaleCall] {
        (0..<Self.madeUpCount).map { index in
            SaleCall(
                buyer: buyer, step: index % 2 == 0 ? .confirmOther : .cancelOther,
                reservationID: self.random.next() | 1)
        }
    }

    /// The outcome, or the code and its reason.
    static func name(_ answer: SaleAnswer, _ step: SaleCall.Step) -> String {
        guard answer.code == 0 else {
            let code = LoadReport.codeName(Int(answer.code))
            return answer.reason.isEmpty ? code : "\(code) \(answer.reason)"
        }
        let outcome = step.method.outcomeName(answer.outcome)
        return answer.isReplayed ? "\(outcome) (replayed)" : outcome
    }
}

extension SaleLedger {
    var confirmedCount: Int { self.grants.values.reduce(0) { $0 + ($1.isConfirmed ? 1 : 0) } }

    /// Reservations of each buyer who has any.
    var unitsByBuyer: [Int: Int] {
        self.grants.values.reduce(into: [:]) { $0[$1.buyer, default: 0] += 1 }
    }

    func answers(
        where isWanted: (Line) -> Bool
    ) -> Int {
        self.answers.reduce(0) { isWanted($1.key) ? $0 + $1.value : $0 }
    }
}
