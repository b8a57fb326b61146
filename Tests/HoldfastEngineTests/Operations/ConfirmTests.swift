import HoldfastEngine
import Testing

/// Confirm of holds that are in time, again, in part, and of what is over (RULES 4).
@Suite
struct ConfirmTests {
    @Test
    func aConfirmSellsWhatIsHeldAtTheFrozenPrice() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2, "b": 1], request: 1)
        try harness.preload([ProductInput("a", 0, price: 999)], configuration: nil)
        let answer = try harness.confirm(.id(held.reservation), payment: "pay-1")
        #expect(
            answer
                == ConfirmAnswer(
                    result: .confirmed, reservation: held.reservation, state: .confirmed,
                    lines: [sold("a", 2, price: 100), sold("b", 1, price: 250)]))
        #expect(try harness.product("a", user: "u1").counts == "8+0+2")
        #expect(try harness.product("a", user: "u1").used == 2)
        #expect(try harness.get(.request(1)).payment == "pay-1")
        harness.expectInvariants()
    }

    @Test
    func theRequestIDNamesTheReservationToo() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2], request: 1)
        let answer = try harness.confirm(.request(1))
        #expect(answer.result == .confirmed)
        #expect(answer.reservation == held.reservation)
        try harness.expect(.confirm(.id(held.reservation)), "confirmed replayed", "8+0+2", used: 2)
    }

    @Test
    func aPartIsSoldAndTheRestGivenBack() throws {
        let harness = try EngineHarness.open(limitA: 3)
        try harness.reserve("u1", ["a": 3, "b": 2], request: 1)
        let answer = try harness.confirm(.request(1), ["a": 1])
        #expect(answer.result == .confirmed)
        #expect(answer.lines == [sold("a", 1, price: 100)])
        #expect(try harness.product("a").counts == "9+0+1")
        #expect(try harness.product("b").counts == "20+0+0")
        try harness.expect(.reserve("u1", ["a": 2], request: 2), "reserved", "7+2+1", used: 3)
        try harness.expect(.reserve("u1", ["a": 1], request: 3), "limitExceeded")
        harness.expectInvariants()
    }

    @Test
    func theSameLinesAgainAreTheSameAnswerAndOthersAMismatch() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 3, "b": 2], request: 1)
        try harness.expect(.confirm(.request(1), ["a": 1, "b": 0]), "confirmed", "9+0+1")
        try harness.expect(.confirm(.request(1), ["a": 1, "b": 0]), "confirmed replayed")
        try harness.expect(.confirm(.request(1), ["b": 0, "a": 1]), "confirmed replayed")
        try harness.expect(.confirm(.request(1), ["a": 1]), "confirmed replayed", "9+0+1")
        try harness.expect(.confirm(.request(1)), "refused confirmMismatch")
        try harness.expect(.confirm(.request(1), ["a": 2]), "refused confirmMismatch")
        try harness.expect(.confirm(.request(1), ["a": 1, "b": 1]), "refused confirmMismatch")
        try harness.expect(.confirm(.request(1), ["b": 1]), "refused confirmMismatch")
        try harness.expect(.confirm(.request(1), ["c": 1]), "refused confirmMismatch", "9+0+1")
        let again = try harness.confirm(.request(1), ["a": 1])
        #expect(again.lines == [sold("a", 1, price: 100)])
    }

    @Test
    func allNamedInFullIsTheSameAsNoneNamed() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 3, "b": 2], request: 1)
        try harness.expect(.confirm(.request(1)), "confirmed")
        try harness.expect(.confirm(.request(1), ["b": 2, "a": 3]), "confirmed replayed")
    }

    @Test
    func linesThatTheHoldDoesNotHaveAreInvalidAndChangeNothing() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 3], request: 1, hold: 1_000)
        let invalid: [KeyValuePairs<String, Int64>] = [
            ["a": 4], ["b": 1], ["a": 0], ["a": 1, "b": 0], ["a": 1, "missing": 1],
        ]
        for lines in invalid {
            try harness.expect(.confirm(.request(1), lines), "refused confirmLinesInvalid", "7+3+0")
        }
        harness.wait(1_000)
        for lines in invalid {
            try harness.expect(
                .confirm(.request(1), lines), "refused confirmLinesInvalid", "10+0+0")
        }
        #expect(try harness.get(.request(1)).state == .expired)
    }

    @Test
    func whatNobodyKnowsIsNotFound() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 3], request: 1)
        try harness.preload([ProductInput("a", 5)], sale: "sale-2")
        try harness.expect(.confirm(.request(2)), "notFound")
        try harness.expect(.confirm(.request(1), in: "sale-2"), "notFound")
        try harness.expect(.confirm(.id(held.reservation), in: "sale-2"), "notFound")
        try harness.expect(.confirm(.id(held.reservation), in: "nowhere"), "notFound")
        for wrong in [
            0, 1, held.reservation + 1, held.reservation ^ 1 << 32, held.reservation ^ 1 << 52,
            .max,
        ] {
            #expect(try harness.confirm(.id(wrong)).result == .notFound)
            #expect(try harness.cancel(.id(wrong)).result == .notFound)
            #expect(try harness.extend(.id(wrong)).result == .notFound)
            #expect(try harness.refund(wrong).result == .notFound)
            #expect(try harness.get(.id(wrong)).result == .notFound)
        }
        #expect(try harness.product("a").counts == "7+3+0")
    }

    @Test
    func aHoldInTimeIsConfirmedInAPausedClosedOrEndedSaleAndForABlacklistedProduct() throws {
        let harness = try EngineHarness.open()
        for number in 1...4 { try harness.reserve("u\(number)", ["a": 1], request: number) }
        try harness.expect(.saleState(.paused, request: 10), "set")
        try harness.expect(.confirm(.request(1)), "confirmed", "6+3+1")
        try harness.expect(.saleState(.closed, request: 11), "set")
        try harness.expect(.confirm(.request(2)), "confirmed", "6+2+2")
        try harness.expect(.productState("a", .paused, request: 12), "set")
        try harness.expect(.confirm(.request(3)), "confirmed", "6+1+3")
        try harness.reconfigure { $0.endsAt = harness.now + 1 }
        harness.wait(1)
        try harness.expect(.confirm(.request(4)), "confirmed", "6+0+4")
    }

    @Test
    func aHoldInTimeIsConfirmedThoughTheLimitWasLoweredBelowIt() throws {
        let harness = try EngineHarness.open(limitA: 5)
        try harness.reserve("u1", ["a": 5], request: 1)
        try harness.preload(
            [ProductInput("a", 0, price: 100, limit: 1)],
            purchases: [PurchaseInput("u1", "a", 3)], configuration: nil)
        try harness.expect(.confirm(.request(1)), "confirmed", "5+0+5", used: 8)
        harness.expectInvariants()
    }

    @Test
    func aCancelledReservationsMoneyGoesBackOnce() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.cancel(.request(1))
        let before = harness.sequence
        let answer = try harness.confirm(.request(1), payment: "pay")
        #expect(
            answer
                == ConfirmAnswer(
                    result: .refundDue, reservation: held.reservation, cause: .cancelled,
                    state: .refundDue))
        #expect(harness.sequence == before + 1, "one durable refund event")
        try harness.expect(.confirm(.request(1)), "refundDue cancelled replayed", "10+0+0", used: 0)
        #expect(harness.sequence == before + 1)
        #expect(try harness.get(.request(1)).payment == "pay")
        #expect(try harness.get(.request(1)).cause == .cancelled)
        try harness.expect(.refund(held.reservation, request: 2), "refunded", "10+0+0", used: 0)
        let again = try harness.confirm(.request(1))
        #expect(again.result == .refundDue)
        #expect(again.cause == .cancelled)
        #expect(again.replayed)
        #expect(again.state == .refunded)
        harness.expectInvariants()
    }

    @Test
    func aReleasedHoldsMoneyGoesBack() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.expect(.release("u1", blacklisted: true), "released", "10+0+0", used: 0)
        try harness.expect(.confirm(.request(1)), "refundDue released", "10+0+0", used: 0)
        try harness.expect(.confirm(.id(held.reservation)), "refundDue released replayed")
    }

    @Test
    func aConfirmOfARefundedSaleIsTheFirstAnswerWithItsStateNow() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.confirm(.request(1))
        try harness.refund(held.reservation, ["a": 1])
        var again = try harness.confirm(.request(1))
        #expect(again.result == .confirmed)
        #expect(again.replayed)
        #expect(again.state == .confirmed)
        #expect(again.lines == [sold("a", 2, price: 100)])
        try harness.refund(held.reservation)
        again = try harness.confirm(.request(1))
        #expect(again.result == .confirmed)
        #expect(again.state == .refunded)
        #expect(again.lines == [sold("a", 2, price: 100)])
        try harness.expect(.confirm(.request(1), ["a": 1]), "refused confirmMismatch")
        #expect(try harness.product("a").counts == "10+0+0")
    }
}
