import HoldfastEngine
import Testing

/// Cancel, and the tombstone that it leaves for a Reserve that has not come (RULES 4).
@Suite
struct CancelTests {
    @Test
    func aCancelGivesStockAndLimitBackOnce() throws {
        let harness = try EngineHarness.open(limitA: 2)
        let held = try harness.reserve("u1", ["a": 2, "b": 1], request: 1)
        let answer = try harness.cancel(.id(held.reservation))
        #expect(
            answer
                == CancelAnswer(
                    result: .cancelled, reservation: held.reservation, state: .cancelled))
        #expect(try harness.product("a", user: "u1").counts == "10+0+0")
        #expect(try harness.product("b", user: "u1").used == 0)
        try harness.expect(
            .cancel(.request(1), in: "sale-1"), "cancelled replayed", "10+0+0", used: 0)
        try harness.expect(
            .cancel(.id(held.reservation), in: "sale-1"), "cancelled replayed", "10+0+0")
        try harness.expect(.reserve("u1", ["a": 2], request: 2), "reserved", "8+2+0", used: 2)
        harness.expectInvariants()
    }

    @Test
    func whatIsOverAlreadyMovesNothing() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 2], request: 1, hold: 1_000)
        try harness.reserve("u2", ["a": 2], request: 2)
        harness.wait(1_000)
        try harness.expect(.release("u2", blacklisted: true), "released", "10+0+0")
        for number in 1...2 {
            let answer = try harness.cancel(.request(number))
            #expect(answer.result == .cancelled)
            #expect(answer.state == .cancelled)
            #expect(!answer.replayed)
            try harness.expect(
                .cancel(.request(number), in: "sale-1"), "cancelled replayed", "10+0+0", used: 0)
        }
    }

    @Test
    func aSoldReservationIsAlreadyConfirmedAlsoOnceRefunded() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.confirm(.request(1))
        let answer = try harness.cancel(.request(1))
        #expect(
            answer
                == CancelAnswer(
                    result: .alreadyConfirmed, reservation: held.reservation, state: .confirmed))
        try harness.refund(held.reservation)
        #expect(try harness.cancel(.request(1)).result == .alreadyConfirmed)
        #expect(try harness.cancel(.request(1)).state == .refunded)
        #expect(try harness.product("a").counts == "10+0+0")
    }

    @Test
    func moneyThatIsDueBackStaysDue() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 2], request: 1)
        try harness.cancel(.request(1))
        try harness.confirm(.request(1))
        var answer = try harness.cancel(.request(1))
        #expect(answer.result == .cancelled)
        #expect(answer.replayed)
        #expect(answer.state == .refundDue)
        try harness.refund(held.reservation)
        answer = try harness.cancel(.request(1))
        #expect(answer.result == .cancelled)
        #expect(answer.replayed)
        #expect(answer.state == .refunded)
    }

    @Test
    func aCancelThatComesFirstBarsTheReserveForTheSalesLife() throws {
        let harness = try EngineHarness.open()
        let remembered = try harness.cancel(.request(1))
        #expect(remembered == CancelAnswer(result: .remembered))
        try harness.expect(.cancel(.request(1), in: "sale-1"), "remembered replayed")
        try harness.expect(
            .reserve("u1", ["a": 1], request: 1), "cancelledBefore", "10+0+0", used: 0)
        try harness.expect(.get(.request(1), in: "sale-1"), "remembered")
        try harness.expect(.extend(.request(1), by: 0), "notFound")
        harness.wait(5 * EngineHarness.day)
        try harness.expect(
            .reserve("u1", ["a": 1], request: 1), "cancelledBefore", "10+0+0", used: 0)
        #expect(harness.visibleAfter == [harness.sequence])
        harness.expectInvariants()
    }

    @Test
    func moneyForATombstoneIsDueBackOnce() throws {
        let harness = try EngineHarness.open()
        try harness.cancel(.request(1))
        let before = harness.sequence
        let answer = try harness.confirm(.request(1), ["a": 1], payment: "p")
        #expect(answer.result == .refundDue)
        #expect(answer.cause == .cancelled)
        #expect(answer.reservation == 0)
        #expect(!answer.replayed)
        #expect(answer.lines == [])
        #expect(harness.sequence == before + 1)
        try harness.expect(.confirm(.request(1)), "refundDue cancelled replayed")
        #expect(harness.sequence == before + 1)
        try harness.expect(.cancel(.request(1), in: "sale-1"), "remembered replayed")
    }

    @Test
    func aTombstoneBelongsToOneSale() throws {
        let harness = try EngineHarness.open()
        try harness.preload([ProductInput("a", 5)], sale: "sale-2")
        try harness.cancel(.request(1), in: "sale-2")
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved", "9+1+0")
    }

    @Test
    func anUnknownSaleOrReservationIDIsNotFound() throws {
        let harness = try EngineHarness.open()
        #expect(try harness.cancel(.request(1), in: "nowhere") == CancelAnswer(result: .notFound))
        #expect(try harness.cancel(.id(77)) == CancelAnswer(result: .notFound))
    }

    @Test
    func aTombstonesIDCannotBeUsedByAnotherKindOfCall() throws {
        let harness = try EngineHarness.open()
        try harness.cancel(.request(1))
        try harness.expect(.adjust("a", by: 1, request: 1), "refused requestIDReused", "10+0+0")
        try harness.expect(.saleState(.paused, request: 1), "refused requestIDReused")
        try harness.expect(.productState("a", .paused, request: 1), "refused requestIDReused")
        let held = try harness.reserve("u1", ["a": 1])
        try harness.confirm(.id(held.reservation))
        try harness.expect(.refund(held.reservation, request: 1), "refused requestIDReused")
    }

    @Test
    func aSaleRemembersAHundredThousandTombstonesAndNoMore() throws {
        let harness = try EngineHarness.open()
        let max = EngineLimits.tombstonesPerSaleMax
        var next = 1
        while next <= max {
            let count = min(2_000, max + 1 - next)
            let answers = harness.run(
                (next..<next + count).map { .cancel(.request($0), in: "sale-1") })
            try #require(answers.allSatisfy { $0.brief == "remembered" })
            next += count
        }
        try harness.expect(.cancel(.request(max + 1), in: "sale-1"), "refused tombstonesFull")
        try harness.expect(.cancel(.request(max), in: "sale-1"), "remembered replayed")
        try harness.expect(.reserve("u1", ["a": 1], request: max), "cancelledBefore", "10+0+0")
        try harness.expect(.reserve("u1", ["a": 1], request: max + 1), "reserved", "9+1+0")
        try harness.expect(.cancel(.request(max + 1), in: "sale-1"), "cancelled", "10+0+0")
        harness.expectInvariants()
    }
}
