import HoldfastEngine
import Testing

/// AdjustStock, SetSaleState and SetProductState, each remembered by its request id.
@Suite
struct AdminTests {
    @Test
    func aDeltaIsAddedOnceAndTheAnswerShowsTheNumbers() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 2], request: 1)
        try harness.reserve("u1", ["a": 1], request: 2)
        try harness.confirm(.request(2))
        let added = harness.run(.adjust("a", by: 5, request: 3))
        let expected = AdjustAnswer(result: .adjusted, total: 15, available: 12, held: 2, sold: 1)
        #expect(added == .adjust(expected))
        var again = expected
        again.replayed = true
        #expect(harness.run(.adjust("a", by: 5, request: 3)) == .adjust(again))
        try harness.expect(.adjust("a", by: 6, request: 3), "refused requestIDReused", "12+2+1")
        try harness.expect(.adjust("b", by: 5, request: 3), "refused requestIDReused", "12+2+1")
        harness.expectInvariants()
    }

    @Test
    func aReplayedDeltaShowsTheNumbersAsTheyAreNow() throws {
        let harness = try EngineHarness.open()
        try harness.expect(.adjust("a", by: 5, request: 1), "adjusted", "15+0+0")
        try harness.reserve("u1", ["a": 4])
        guard case .adjust(let again) = harness.run(.adjust("a", by: 5, request: 1)) else { return }
        #expect(
            again
                == AdjustAnswer(
                    result: .adjusted, total: 15, available: 11, held: 4, sold: 0, replayed: true))
    }

    @Test
    func whatIsHeldOrSoldCannotBeWithdrawn() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 4], request: 1)
        try harness.reserve("u1", ["a": 3], request: 2)
        try harness.confirm(.request(2))
        guard case .adjust(let refused) = harness.run(.adjust("a", by: -4, request: 3)) else {
            return
        }
        #expect(
            refused
                == AdjustAnswer(result: .belowCommitted, total: 10, available: 3, held: 4, sold: 3))
        // A refusal is not remembered: the same id is decided anew.
        try harness.cancel(.request(1))
        try harness.expect(.adjust("a", by: -4, request: 3), "adjusted", "3+0+3")
        try harness.expect(.adjust("a", by: -3, request: 4), "adjusted", "0+0+3")
        try harness.expect(.reserve("u2", ["a": 1], request: 5), "soldOut")
        harness.expectInvariants()
    }

    @Test
    func dueHoldsDoNotCountAsHeld() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 10], hold: 1_000)
        harness.now += 1_000
        try harness.expect(.adjust("a", by: -10, request: 1), "adjusted", "0+0+0")
    }

    @Test
    func theSalesUnitsHaveABound() throws {
        let harness = try EngineHarness.open()
        let room = EngineLimits.saleUnitsMax - 30
        try harness.expect(
            .adjust("a", by: room + 1, request: 1), "refused totalTooLarge", "10+0+0")
        try harness.expect(
            .adjust("a", by: EngineLimits.saleUnitsMax, request: 1), "refused totalTooLarge",
            "10+0+0")
        try harness.expect(
            .adjust("a", by: -EngineLimits.saleUnitsMax, request: 1), "belowCommitted", "10+0+0")
        try harness.expect(.adjust("a", by: room, request: 1), "adjusted", "\(room + 10)+0+0")
        try harness.expect(.adjust("b", by: 1, request: 2), "refused totalTooLarge")
        try harness.expect(.adjust("b", by: -1, request: 3), "adjusted", "19+0+0", of: "b")
        try harness.expect(.adjust("b", by: 1, request: 2), "adjusted", "20+0+0", of: "b")
        harness.expectInvariants()
    }

    @Test
    func unknownSalesAndProductsAreNotFound() throws {
        let harness = try EngineHarness.open()
        try harness.expect(.adjust("a", by: 1, request: 1, in: "nowhere"), "saleNotFound")
        try harness.expect(.adjust("zebra", by: 1, request: 1), "productNotFound")
        try harness.expect(.saleState(.paused, request: 1, in: "nowhere"), "saleNotFound")
        try harness.expect(.productState("a", .paused, request: 1, in: "nowhere"), "saleNotFound")
        try harness.expect(.productState("zebra", .paused, request: 1), "productNotFound")
        try harness.expect(.release("u1", in: "nowhere"), "saleNotFound")
        try harness.expect(.adjust("a", by: 1, request: 1), "adjusted", "11+0+0")
    }

    @Test
    func validateOnlyChecksAllAndChangesNothing() throws {
        let harness = try EngineHarness.open()
        let before = harness.sequence
        try harness.expect(
            .adjust("a", by: 5, request: 1, validateOnly: true), "adjusted", "10+0+0")
        try harness.expect(
            .adjust("a", by: -11, request: 1, validateOnly: true), "belowCommitted", "10+0+0")
        try harness.expect(
            .adjust("zebra", by: 1, request: 1, validateOnly: true), "productNotFound")
        try harness.expect(
            .adjust("a", by: EngineLimits.saleUnitsMax, request: 1, validateOnly: true),
            "refused totalTooLarge")
        try harness.expect(.saleState(.closed, request: 1, validateOnly: true), "set")
        try harness.expect(.productState("a", .paused, request: 1, validateOnly: true), "set")
        #expect(harness.sequence == before)
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved", "9+1+0")
        // The id is a Reserve's now, and a dry run says what the real call would.
        try harness.expect(
            .adjust("a", by: 5, request: 1, validateOnly: true), "refused requestIDReused")
    }

    @Test
    func statesAreSetAndReplayedWithTheStateNow() throws {
        let harness = try EngineHarness.open()
        #expect(
            harness.run(.saleState(.paused, request: 1))
                == .saleState(SaleStateAnswer(result: .set, state: .paused)))
        try harness.expect(.saleState(.open, request: 2), "set")
        #expect(
            harness.run(.saleState(.paused, request: 1))
                == .saleState(SaleStateAnswer(result: .set, state: .open, replayed: true)))
        try harness.expect(.saleState(.closed, request: 1), "refused requestIDReused")
        #expect(try harness.stock().saleState == .open)
        #expect(
            harness.run(.productState("a", .paused, request: 3))
                == .productState(ProductStateAnswer(result: .set, state: .paused)))
        try harness.expect(.productState("a", .open, request: 4), "set")
        #expect(
            harness.run(.productState("a", .paused, request: 3))
                == .productState(ProductStateAnswer(result: .set, state: .open, replayed: true)))
        try harness.expect(.productState("b", .paused, request: 3), "refused requestIDReused")
        try harness.expect(.productState("a", .open, request: 3), "refused requestIDReused")
    }

    @Test
    func aClosedSaleCanBeOpenedAgain() throws {
        let harness = try EngineHarness.open()
        try harness.expect(.saleState(.closed, request: 1), "set")
        try harness.expect(.reserve("u1", ["a": 1], request: 2), "ended", "10+0+0")
        try harness.expect(.saleState(.open, request: 3), "set")
        try harness.expect(.reserve("u1", ["a": 1], request: 2), "reserved", "9+1+0")
    }

    @Test
    func aBanReleasesTheBuyersHoldsInThatSaleOnly() throws {
        let harness = try EngineHarness.open()
        try harness.preload([ProductInput("a", 5)], sale: "sale-2")
        for number in 1...3 { try harness.reserve("u1", ["a": 1, "b": 1], request: number) }
        try harness.reserve("u2", ["a": 1], request: 4)
        try harness.reserve("u1", ["a": 1], request: 1, sale: "sale-2")
        try harness.confirm(.request(3))
        let answer = harness.run(.release("u1", blacklisted: true))
        #expect(answer == .release(ReleaseAnswer(saleFound: true, released: 2)))
        #expect(try harness.product("a", user: "u1").counts == "8+1+1")
        #expect(try harness.get(.request(1), in: "sale-2").state == .held)
        #expect(try harness.get(.request(3)).state == .confirmed)
        #expect(
            harness.run(.release("u1", blacklisted: true))
                == .release(ReleaseAnswer(saleFound: true, released: 0)))
        harness.expectInvariants()
    }

    @Test
    func aReserveJudgedBeforeTheBanDoesNotLandAfterIt() throws {
        let harness = try EngineHarness.open()
        try harness.expect(.release("u1", blacklisted: true), "released")
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "blacklisted", "10+0+0", used: 0)
        try harness.expect(.reserve("u2", ["a": 1], request: 2), "reserved", "9+1+0")
        try harness.expect(.release("u1", blacklisted: false), "released")
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved", "8+2+0", used: 1)
    }

    @Test
    func aBanOfABuyerWithThousandsOfHoldsIsDoneInTurns() throws {
        let harness = try EngineHarness.open(unitsA: 5_000)
        let holds = 2_500
        for start in stride(from: 0, to: holds, by: 500) {
            let answers = harness.run(
                (start..<start + 500).map { .reserve("u1", ["a": 1], request: $0 + 1) })
            try #require(answers.allSatisfy { $0.brief == "reserved" })
        }
        var released = 0
        var turns = 0
        var more = true
        while more && turns < 10 {
            guard case .release(let answer) = harness.run(.release("u1", blacklisted: true)) else {
                return
            }
            #expect(answer.released <= EngineLimits.expiriesPerTurnMax)
            released += answer.released
            more = answer.more
            turns += 1
        }
        #expect(released == holds)
        #expect(turns == 3)
        #expect(try harness.product("a", user: "u1").counts == "5000+0+0")
        harness.expectInvariants()
    }
}
