import Testing

@testable import holdfast_bench

@Suite struct SaleLedgerTests {
    private func ledger(_ kinds: [BuyerKind]) -> SaleLedger {
        SaleLedger(
            buyers: kinds.enumerated().map { SaleBuyer(number: $0.offset, kind: $0.element) },
            seed: 1)
    }

    private let granted = SaleAnswer(outcome: 1, reservationID: 77)

    @Test func aGrantIsPaidOnceHoweverOftenItIsRepeated() {
        var ledger = self.ledger([.retry])
        let replay = SaleAnswer(outcome: 1, reservationID: 77, isReplayed: true)
        let first = ledger.take(replay, to: SaleCall(buyer: 0, step: .again))
        #expect(first.map(\.step) == [.pay] && first.map(\.reservationID) == [77])
        #expect(ledger.take(self.granted, to: SaleCall(buyer: 0, step: .reserve)).isEmpty)
        #expect(ledger.take(replay, to: SaleCall(buyer: 0, step: .again)).isEmpty)
        #expect(ledger.grants.count == 1)
        #expect(ledger.changedReplays == 0 && ledger.sharedReservations == 0)
        #expect(ledger.confirmedCount == 0)
        _ = ledger.take(SaleAnswer(outcome: 1), to: first[0])
        #expect(ledger.confirmedCount == 1)
    }

    @Test func aReplayWithAnotherReservationIsNoticed() {
        var ledger = self.ledger([.retry])
        _ = ledger.take(self.granted, to: SaleCall(buyer: 0, step: .reserve))
        let other = SaleAnswer(outcome: 1, reservationID: 78, isReplayed: true)
        _ = ledger.take(other, to: SaleCall(buyer: 0, step: .again))
        #expect(ledger.changedReplays == 1)
        #expect(ledger.unitsByBuyer == [0: 2])
    }

    @Test func aReservationThatTwoBuyersWereGivenIsNoticed() {
        var ledger = self.ledger([.honest, .honest])
        _ = ledger.take(self.granted, to: SaleCall(buyer: 0, step: .reserve))
        _ = ledger.take(self.granted, to: SaleCall(buyer: 1, step: .reserve))
        #expect(ledger.sharedReservations == 1)
    }

    @Test func aPaymentThatFailsIsNoticed() {
        var ledger = self.ledger([.honest])
        let pay = ledger.take(self.granted, to: SaleCall(buyer: 0, step: .reserve))
        _ = ledger.take(SaleAnswer(outcome: 2), to: pay[0])
        #expect(ledger.failedPayments == 1)
        #expect(ledger.confirmedCount == 0)
    }

    @Test func madeUpIDsAreTriedAndCountAsTheftWhenTheyWork() {
        var ledger = self.ledger([.madeUpID])
        let tries = ledger.take(SaleAnswer(outcome: 12), to: SaleCall(buyer: 0, step: .reserve))
        #expect(tries.map(\.step) == [.confirmOther, .cancelOther, .confirmOther, .cancelOther])
        #expect(Set(tries.map(\.reservationID)).count == 4)
        _ = ledger.take(SaleAnswer(outcome: 3), to: tries[0])
        _ = ledger.take(SaleAnswer(outcome: 4), to: tries[1])
        #expect(ledger.thefts == 0)
        _ = ledger.take(SaleAnswer(outcome: 1), to: tries[2])
        _ = ledger.take(SaleAnswer(outcome: 1), to: tries[3])
        #expect(ledger.thefts == 2)
    }

    @Test func theGatewayActsOnNothingThatAnotherBuyerHas() {
        var ledger = self.ledger([.honest, .othersReservation])
        _ = ledger.take(self.granted, to: SaleCall(buyer: 0, step: .reserve))
        let look = ledger.take(SaleAnswer(outcome: 12), to: SaleCall(buyer: 1, step: .reserve))
        #expect(look.map(\.step) == [.look] && look.map(\.reservationID) == [77])
        #expect(ledger.take(SaleAnswer(outcome: 1, owner: "buyer-0"), to: look[0]).isEmpty)
        #expect(ledger.refusedLooks == 1)
    }

    @Test func aRefusalIsNamedByItsCodeAndReason() {
        let refusal = SaleAnswer(code: 3, reason: "FIELD_INVALID")
        #expect(SaleLedger.name(refusal, .reserve) == "INVALID_ARGUMENT FIELD_INVALID")
        #expect(SaleLedger.name(SaleAnswer(outcome: 12), .reserve) == "SOLD_OUT")
        #expect(SaleLedger.name(SaleAnswer(outcome: 4), .cancelOther) == "NOT_FOUND")
    }
}
