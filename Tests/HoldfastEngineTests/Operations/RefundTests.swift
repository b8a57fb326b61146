import HoldfastEngine
import Testing

/// Refund: whole or part, once a request id; the limit comes back, stock when it is put back on sale.
@Suite
struct RefundTests {
    /// u1 has bought three `a` and two `b`; returns the reservation.
    private func bought(_ harness: EngineHarness) throws -> UInt64 {
        let held = try harness.reserve("u1", ["a": 3, "b": 2], request: 1)
        try harness.confirm(.request(1))
        return held.reservation
    }

    @Test
    func aWholeRefundGivesStockAndLimitBack() throws {
        let harness = try EngineHarness.open(limitA: 3)
        let id = try self.bought(harness)
        let answer = try harness.refund(id, request: 2)
        #expect(
            answer
                == RefundAnswer(
                    result: .refunded, reservation: id,
                    lines: [sold("a", 3, price: 100), sold("b", 2, price: 250)], state: .refunded))
        #expect(try harness.product("a", user: "u1").counts == "10+0+0")
        try harness.expect(.reserve("u1", ["a": 3], request: 3), "reserved", "7+3+0", used: 3)
        harness.expectInvariants()
    }

    @Test
    func withoutRestockTheUnitsLeaveTheTotal() throws {
        let harness = try EngineHarness.open(limitA: 3)
        let id = try self.bought(harness)
        try harness.expect(
            .refund(id, ["a": 2], request: 2, restock: false), "refunded", "7+0+1", used: 1)
        #expect(try harness.product("a").total == 8)
        try harness.expect(.refund(id, request: 3, restock: true), "refunded", "8+0+0", used: 0)
        #expect(try harness.product("a").total == 8)
        #expect(try harness.product("b").counts == "20+0+0")
        harness.expectInvariants()
    }

    @Test
    func partsAddUpToTheWholeAndNoFurther() throws {
        let harness = try EngineHarness.open()
        let id = try self.bought(harness)
        let first = try harness.refund(id, ["a": 1], request: 2)
        #expect(first.state == .confirmed)
        #expect(first.lines == [sold("a", 1, price: 100)])
        try harness.expect(.refund(id, ["a": 3], request: 3), "refused refundLinesInvalid", "8+0+2")
        try harness.expect(
            .refund(id, ["a": 2, "b": 3], request: 3), "refused refundLinesInvalid", "8+0+2")
        try harness.expect(.refund(id, ["c": 1], request: 3), "refused refundLinesInvalid", "8+0+2")
        try harness.expect(.refund(id, ["a": 2], request: 3), "refunded", "10+0+0", used: 0)
        try harness.expect(.refund(id, ["a": 1], request: 4), "refused refundLinesInvalid")
        let last = try harness.refund(id, request: 4)
        #expect(last.state == .refunded)
        #expect(last.lines == [sold("b", 2, price: 250)])
        try harness.expect(.refund(id, request: 5), "notRefundable", "10+0+0", used: 0)
        harness.expectInvariants()
    }

    @Test
    func aRetryIsTheFirstAnswerAndMovesNothing() throws {
        let harness = try EngineHarness.open()
        let id = try self.bought(harness)
        let first = try harness.refund(id, ["a": 1, "b": 1], request: 2, reference: "r")
        try harness.refund(id, request: 3)
        let again = try harness.refund(id, ["b": 1, "a": 1], request: 2, reference: "r")
        #expect(again.replayed)
        #expect(again.result == .refunded)
        #expect(again.lines == first.lines)
        #expect(again.state == .refunded)
        #expect(try harness.product("a").counts == "10+0+0")
        let others: [EngineRequest] = [
            .refund(id, ["a": 1], request: 2, reference: "r"),
            .refund(id, ["a": 1, "b": 2], request: 2, reference: "r"),
            .refund(id, ["a": 1, "b": 1], request: 2, restock: false, reference: "r"),
            .refund(id, ["a": 1, "b": 1], request: 2, reference: "s"),
            .refund(id, request: 2, reference: "r"),
            .refund(id + 1, ["a": 1, "b": 1], request: 2, reference: "r"),
        ]
        for other in others { try harness.expect(other, "refused requestIDReused", "10+0+0") }
    }

    @Test
    func onlyWhatWasConfirmedPartlyCanBeRefundedOfIt() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 3, "b": 2], request: 1)
        try harness.confirm(.request(1), ["a": 2])
        let id = held.reservation
        try harness.expect(.refund(id, ["a": 3], request: 2), "refused refundLinesInvalid", "8+0+2")
        try harness.expect(.refund(id, ["b": 1], request: 2), "refused refundLinesInvalid", "8+0+2")
        let whole = try harness.refund(id, request: 2)
        #expect(whole.lines == [sold("a", 2, price: 100)])
        #expect(whole.state == .refunded)
    }

    @Test
    func whatWasNeverSoldIsNotRefundable() throws {
        let harness = try EngineHarness.open()
        var ids: [UInt64] = []
        for number in 1...4 {
            let user = "u" + String(number)
            ids.append(
                try harness.reserve(user, ["a": 1], request: number, hold: 5_000).reservation)
        }
        try harness.cancel(.request(2))
        _ = harness.run(.release("u3", blacklisted: true))
        try harness.extend(.request(1), by: 60_000)
        harness.now += 5_000
        let states: [ReservationState] = [.held, .cancelled, .released, .expired]
        for (index, state) in states.enumerated() {
            let answer = try harness.refund(ids[index])
            #expect(
                answer
                    == RefundAnswer(result: .notRefundable, reservation: ids[index], state: state))
        }
        #expect(try harness.product("a").counts == "9+1+0")
    }

    @Test
    func moneyThatIsDueBackIsRefundedWithoutStock() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.cancel(.request(1))
        try harness.confirm(.request(1))
        let answer = try harness.refund(held.reservation, ["a": 1], request: 2)
        #expect(
            answer
                == RefundAnswer(result: .refunded, reservation: held.reservation, state: .refunded))
        #expect(try harness.product("a", user: "u1").counts == "10+0+0")
        try harness.expect(
            .refund(held.reservation, ["a": 1], request: 2), "refunded replayed", "10+0+0")
        try harness.expect(.refund(held.reservation, request: 3), "notRefundable", "10+0+0")
        harness.expectInvariants()
    }

    @Test
    func aRefusedRefundIsNotRemembered() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.expect(.refund(held.reservation, request: 2), "notRefundable")
        try harness.confirm(.request(1))
        try harness.expect(
            .refund(held.reservation, ["a": 5], request: 2), "refused refundLinesInvalid")
        try harness.expect(.refund(held.reservation, request: 2), "refunded", "10+0+0")
    }

    @Test
    func anUnknownSaleIsNotFound() throws {
        let harness = try EngineHarness.open()
        let id = try self.bought(harness)
        #expect(try harness.refund(id, in: "nowhere") == RefundAnswer(result: .notFound))
    }
}
