import HoldfastEngine
import Testing

/// The idempotency key: one request id, one reservation, one payload (RULES 3, step 1).
@Suite
struct ReserveReplayTests {
    @Test
    func theFirstAnswerComesBackWithTheNumbersAsTheyAreNow() throws {
        let harness = try EngineHarness.open(limitA: 5)
        let first = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.reserve("u2", ["a": 3])
        try harness.preload([ProductInput("a", 0, price: 999, limit: 6)], configuration: nil)
        let again = try harness.reserve("u1", ["a": 2], request: 1)
        #expect(again.result == .reserved)
        #expect(again.replayed)
        #expect(again.reservation == first.reservation)
        #expect(again.deadline == first.deadline)
        #expect(again.state == .held)
        #expect(
            again.lines == [
                line("a", granted: 2, left: 5, used: 2, limit: 6, price: 100, .reserved)
            ])
        #expect(try harness.product("a").counts == "5+5+0")
    }

    @Test
    func theDeadlineIsTheFirstAnswersAlsoAfterAnExtend() throws {
        let harness = try EngineHarness.open()
        let first = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.extend(.request(1), by: 60_000)
        let again = try harness.reserve("u1", ["a": 2], request: 1)
        #expect(again.deadline == first.deadline)
        #expect(try harness.get(.request(1)).deadline == first.deadline + 60_000)
    }

    @Test
    func everyLaterStateIsShown() throws {
        let harness = try EngineHarness.open()
        for number in 1...5 {
            try harness.reserve("u\(number)", ["a": 1], request: number, hold: 9_000)
        }
        try harness.confirm(.request(1))
        try harness.cancel(.request(2))
        _ = harness.run(.release("u3", blacklisted: true))
        try harness.confirm(.request(4))
        let paid = try harness.get(.request(4)).reservation
        try harness.refund(paid)
        harness.wait(9_000)
        let states: [ReservationState] = [.confirmed, .cancelled, .released, .refunded, .expired]
        for (index, state) in states.enumerated() {
            let number = index + 1
            let again = try harness.reserve("u\(number)", ["a": 1], request: number, hold: 9_000)
            #expect(again.result == .reserved)
            #expect(again.replayed)
            #expect(again.state == state)
            #expect(again.lines.first?.granted == 1)
        }
        #expect(try harness.product("a").counts == "9+0+1")
        try harness.expect(.confirm(.request(2)), "refundDue cancelled")
        #expect(try harness.reserve("u2", ["a": 1], request: 2, hold: 9_000).state == .refundDue)
    }

    @Test
    func theOrderOfLinesAndTheVerdictAreNotPayload() throws {
        let harness = try EngineHarness.open()
        let first = try harness.reserve("u1", ["a": 1, "b": 2], request: 1, order: "o-1")
        let again = try harness.reserve(
            "u1", ["b": 2, "a": 1], request: 1, verdict: .riskRejected, order: "o-1")
        #expect(again.replayed)
        #expect(again.reservation == first.reservation)
        #expect(again.lines.map(\.product) == ["a", "b"])
    }

    @Test
    func anyOtherPayloadIsRefused() throws {
        let harness = try EngineHarness.open()
        let first = EngineRequest.reserve("u1", ["a": 1, "b": 2], request: 1, hold: 9_000)
        try harness.expect(first, "reserved", "9+1+0")
        let others: [EngineRequest] = [
            .reserve("u2", ["a": 1, "b": 2], request: 1, hold: 9_000),
            .reserve("u1", ["a": 2, "b": 2], request: 1, hold: 9_000),
            .reserve("u1", ["a": 2, "b": 1], request: 1, hold: 9_000),
            .reserve("u1", ["a": 1], request: 1, hold: 9_000),
            .reserve("u1", ["a": 1, "c": 2], request: 1, hold: 9_000),
            .reserve("u1", ["a": 1, "b": 2], request: 1, hold: 9_001),
            .reserve("u1", ["a": 1, "b": 2], request: 1),
            .reserve("u1", ["a": 1, "b": 2], request: 1, hold: 9_000, partial: true),
            .reserve("u1", ["a": 1, "b": 2], request: 1, hold: 9_000, order: "o"),
        ]
        for other in others {
            try harness.expect(other, "refused requestIDReused", "9+1+0", used: 1)
        }
        try harness.expect(first, "reserved replayed", "9+1+0", used: 1)
    }

    @Test
    func bytesThatMoveBetweenFieldsAreAnotherPayload() throws {
        // "u1" + "o" against "u" + "1o": what joining ids with a separator gets wrong.
        let harness = try EngineHarness.open()
        try harness.expect(.reserve("u1", ["a": 1], request: 1, order: "o"), "reserved")
        try harness.expect(
            .reserve("u", ["a": 1], request: 1, order: "1o"), "refused requestIDReused")
        try harness.expect(
            .reserve("u1a", ["a": 1], request: 1, order: "o"), "refused requestIDReused")
    }

    @Test
    func aReplayIsAnsweredInAClosedPausedOrEndedSaleAndForABlacklistedBuyer() throws {
        let harness = try EngineHarness.open()
        let request = EngineRequest.reserve("u1", ["a": 1], request: 1, hold: 4 * 3_600_000)
        try harness.expect(request, "reserved")
        try harness.expect(.saleState(.closed, request: 2), "set")
        try harness.expect(request, "reserved replayed")
        try harness.expect(.saleState(.paused, request: 3), "set")
        try harness.expect(request, "reserved replayed")
        try harness.expect(.saleState(.open, request: 4), "set")
        try harness.expect(.productState("a", .paused, request: 5), "set")
        try harness.expect(request, "reserved replayed")
        try harness.reconfigure { $0.endsAt = harness.now + 1_000 }
        harness.wait(1_000)
        try harness.expect(request, "reserved replayed")
        try harness.expect(.release("u1", blacklisted: true), "released")
        try harness.expect(request, "reserved replayed")
    }

    @Test
    func aRequestIDBelongsToOneKindOfCall() throws {
        let harness = try EngineHarness.open()
        let bought = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.confirm(.request(1))
        try harness.expect(.refund(bought.reservation, ["a": 1], request: 2), "refunded")
        try harness.expect(.adjust("a", by: 1, request: 3), "adjusted")
        try harness.expect(.saleState(.open, request: 4), "set")
        try harness.expect(.productState("a", .open, request: 5), "set")
        for number in 1...5 {
            let calls: [(EngineRequest, Int)] = [
                (.reserve("u2", ["a": 1], request: number), 1),
                (.refund(bought.reservation, ["a": 1], request: number, reference: "x"), 2),
                (.adjust("a", by: 7, request: number), 3),
                (.saleState(.paused, request: number), 4),
                (.productState("a", .paused, request: number), 5),
            ]
            for (call, _) in calls {
                try harness.expect(call, "refused requestIDReused", "10+0+1", used: 1)
            }
        }
        for number in 2...5 {
            try harness.expect(.confirm(.request(number)), "notFound")
            try harness.expect(.cancel(.request(number), in: "sale-1"), "notFound")
            try harness.expect(.extend(.request(number), by: 0), "notFound")
            try harness.expect(.get(.request(number), in: "sale-1"), "notFound")
        }
        harness.expectInvariants()
    }
}
