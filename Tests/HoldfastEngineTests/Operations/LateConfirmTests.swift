import HoldfastEngine
import Testing

/// Confirm after the deadline: stock and limit are taken again in one step, or the money is due back with a cause.
@Suite
struct LateConfirmTests {
    /// A sale in which u1's hold of two `a` (request 1) has lapsed.
    private func lapsed(
        limitA: Int64 = 0, saleLimit: Int64 = 0, unitsA: Int64 = 10
    ) throws -> EngineHarness {
        let harness = try EngineHarness.open(limitA: limitA, saleLimit: saleLimit, unitsA: unitsA)
        try harness.reserve("u1", ["a": 2], request: 1, hold: 1_000)
        harness.wait(1_000)
        try #require(harness.get(.request(1)).state == .expired)
        return harness
    }

    @Test
    func whatIsStillThereIsSoldLate() throws {
        let harness = try self.lapsed(limitA: 2, saleLimit: 2, unitsA: 2)
        let answer = try harness.confirm(.request(1), payment: "p")
        #expect(answer.result == .confirmed)
        #expect(answer.late)
        #expect(!answer.replayed)
        #expect(answer.state == .confirmed)
        #expect(answer.lines == [sold("a", 2, price: 100)])
        #expect(try harness.product("a", user: "u1").counts == "0+0+2")
        let again = try harness.confirm(.request(1))
        #expect(again.replayed)
        #expect(again.late)
        let kept = try harness.get(.request(1))
        #expect(kept.late)
        #expect(kept.payment == "p")
        harness.expectInvariants()
    }

    @Test
    func onlyTheAskedLinesAreTakenAgain() throws {
        let harness = try EngineHarness.open(unitsA: 2)
        try harness.reserve("u1", ["a": 2, "b": 3], request: 1, hold: 1_000)
        harness.wait(1_000)
        try harness.reserve("u2", ["a": 2])
        try harness.expect(
            .confirm(.request(1), ["b": 2]), "confirmed late", "18+0+2", used: 2, of: "b")
        #expect(try harness.product("a", user: "u1").used == 0)
        harness.expectInvariants()
    }

    @Test
    func allAskedLinesOrNone() throws {
        let harness = try EngineHarness.open(unitsA: 2)
        try harness.reserve("u1", ["a": 2, "b": 3], request: 1, hold: 1_000)
        harness.wait(1_000)
        try harness.reserve("u2", ["a": 1])
        try harness.expect(
            .confirm(.request(1)), "refundDue expiredSoldOut", "20+0+0", used: 0, of: "b")
        #expect(try harness.product("a").counts == "1+1+0")
        harness.expectInvariants()
    }

    @Test
    func soldOutSinceMakesTheMoneyDueBack() throws {
        let harness = try self.lapsed(unitsA: 2)
        try harness.reserve("u2", ["a": 1], request: 2, hold: 1_000)
        try harness.expect(.confirm(.request(1)), "refundDue expiredSoldOut", "1+1+0", used: 0)
        // The verdict stands, whatever comes back later.
        harness.wait(1_000)
        try harness.expect(.confirm(.request(1)), "refundDue expiredSoldOut replayed", "2+0+0")
    }

    @Test
    func aLimitUsedUpSinceMakesTheMoneyDueBack() throws {
        let harness = try self.lapsed(limitA: 3)
        try harness.reserve("u1", ["a": 2], request: 2)
        try harness.expect(.confirm(.request(1)), "refundDue expiredLimit", "8+2+0", used: 2)
    }

    @Test
    func aSaleLimitUsedUpSinceMakesTheMoneyDueBack() throws {
        let harness = try self.lapsed(saleLimit: 3)
        try harness.reserve("u1", ["b": 2], request: 2)
        try harness.expect(.confirm(.request(1)), "refundDue expiredLimit", "10+0+0", used: 0)
    }

    @Test
    func aLimitLoweredSinceCountsAtTheNewGrant() throws {
        let harness = try self.lapsed(limitA: 3)
        try harness.preload([ProductInput("a", 0, price: 100, limit: 1)], configuration: nil)
        try harness.expect(.confirm(.request(1)), "refundDue expiredLimit", "10+0+0", used: 0)
    }

    @Test(arguments: [SaleStateCode.paused, .closed])
    func aPausedOrClosedSaleMakesTheMoneyDueBack(state: SaleStateCode) throws {
        let harness = try self.lapsed()
        try harness.expect(.saleState(state, request: 2), "set")
        try harness.expect(.confirm(.request(1)), "refundDue saleClosed", "10+0+0", used: 0)
    }

    @Test
    func aPausedProductMakesTheMoneyDueBack() throws {
        let harness = try self.lapsed()
        try harness.expect(.productState("a", .paused, request: 2), "set")
        try harness.expect(.confirm(.request(1)), "refundDue saleClosed", "10+0+0", used: 0)
    }

    @Test
    func theEndOfTheWindowAloneDoesNotBarIt() throws {
        let harness = try self.lapsed()
        try harness.reconfigure { $0.endsAt = harness.now + 1 }
        harness.wait(60_000)
        try harness.expect(.reserve("u2", ["a": 1], request: 2), "ended")
        try harness.expect(.confirm(.request(1)), "confirmed late", "8+0+2", used: 2)
    }

    @Test
    func aBlacklistedBuyersMoneyIsDueBack() throws {
        let harness = try self.lapsed()
        try harness.expect(.release("u1", blacklisted: true), "released")
        try harness.expect(.confirm(.request(1)), "refundDue buyerBlacklisted", "10+0+0", used: 0)
    }

    @Test
    func aClearedBuyerMayBuyLate() throws {
        let harness = try self.lapsed()
        try harness.expect(.release("u1", blacklisted: true), "released")
        try harness.expect(.release("u1", blacklisted: false), "released")
        try harness.expect(.confirm(.request(1)), "confirmed late", "8+0+2", used: 2)
    }

    @Test
    func theCausesComeInTheirOrder() throws {
        let steps: [(name: String, apply: (EngineHarness) throws -> Void)] = [
            ("saleClosed", { _ = $0.run(.saleState(.paused, request: 91)) }),
            ("buyerBlacklisted", { _ = $0.run(.release("u1", blacklisted: true)) }),
            (
                "expiredLimit",
                {
                    try $0.preload(
                        [ProductInput("a", 0, price: 100, limit: 1)], configuration: nil)
                }
            ),
            ("expiredSoldOut", { _ = $0.run(.adjust("a", by: -9, request: 92)) }),
        ]
        for first in steps.indices {
            for second in steps.indices where second >= first {
                let harness = try self.lapsed()
                try steps[second].apply(harness)
                if second != first { try steps[first].apply(harness) }
                try harness.expect(
                    .confirm(.request(1)), "refundDue \(steps[first].name)", used: 0)
                harness.expectInvariants()
            }
        }
    }

    @Test
    func cancelledAfterLapsingBarsALateConfirm() throws {
        let harness = try self.lapsed()
        try harness.expect(.cancel(.request(1), in: "sale-1"), "cancelled", "10+0+0", used: 0)
        try harness.expect(.confirm(.request(1)), "refundDue cancelled", "10+0+0", used: 0)
    }

    @Test
    func theMillisecondOfTheDeadlineIsLate() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 1], request: 1, hold: 1_000)
        try harness.reserve("u1", ["a": 1], request: 2, hold: 1_000)
        harness.now += 999
        #expect(try harness.confirm(.request(1)).late == false)
        harness.now += 1
        #expect(try harness.confirm(.request(2)).late)
    }

    @Test
    func aLateConfirmTakesItsLapseBack() throws {
        var settings = ShardSettings()
        settings.lapsesMax = 2
        let harness = try EngineHarness.open(settings: settings)
        try harness.reserve("u1", ["a": 1], request: 1, hold: 1_000)
        try harness.reserve("u1", ["a": 1], request: 2, hold: 1_000)
        harness.wait(1_000)
        try harness.expect(.reserve("u1", ["a": 1], request: 3), "notEligible", "10+0+0")
        try harness.expect(.confirm(.request(2)), "confirmed late", "9+0+1", used: 1)
        try harness.expect(.reserve("u1", ["a": 1], request: 3), "reserved", "8+1+1", used: 2)
    }
}
