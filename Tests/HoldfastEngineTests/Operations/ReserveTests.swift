import HoldfastEngine
import Testing

/// Reserve: every outcome with the numbers that its answer carries (RULES 3).
@Suite
struct ReserveTests {
    @Test
    func reservedCarriesDeadlineGrantsPricesAndWhatIsLeft() throws {
        let harness = try EngineHarness.open(
            limitA: 5, saleLimit: 9, purchases: [PurchaseInput("u1", "a", 1)])
        let answer = try harness.reserve("u1", ["b": 3, "a": 2])
        #expect(answer.result == .reserved)
        #expect(answer.reservation != 0)
        #expect(answer.deadline == harness.now + 600_000)
        #expect(answer.state == .held)
        #expect(!answer.replayed)
        #expect(answer.startsIn == 0)
        #expect(answer.saleUsed == 6)
        #expect(answer.saleLimit == 9)
        #expect(
            answer.lines == [
                line("b", granted: 3, left: 17, used: 3, price: 250, .reserved),
                line("a", granted: 2, left: 8, used: 3, limit: 5, price: 100, .reserved),
            ])
        harness.expectInvariants()
    }

    @Test
    func aCallersHoldTimeReplacesTheSales() throws {
        let harness = try EngineHarness.open()
        #expect(try harness.reserve("u1", ["a": 1], hold: 1_000).deadline == harness.now + 1_000)
    }

    @Test
    func anUnknownSaleHasNoLines() throws {
        let harness = try EngineHarness.open()
        let answer = try harness.reserve("u1", ["a": 1], sale: "sale-2")
        #expect(answer == ReserveAnswer(result: .saleNotFound))
        #expect(harness.visibleAfter == [0])
    }

    @Test
    func anUnknownProductIsNamedInItsLine() throws {
        let harness = try EngineHarness.open()
        let answer = try harness.reserve("u1", ["a": 1, "zebra": 1])
        #expect(answer.result == .productNotFound)
        #expect(answer.reservation == 0)
        #expect(answer.lines.map(\.product) == ["a", "zebra"])
        #expect(answer.lines.map(\.outcome) == [.unspecified, .productNotFound])
        #expect(try harness.product("a").counts == "10+0+0")
    }

    @Test
    func notStartedSaysHowLongUntilTheWindowBegins() throws {
        let harness = try EngineHarness.open()
        try harness.reconfigure { $0.startsAt = EngineHarness.epoch + 5_000 }
        let early = try harness.reserve("u1", ["a": 1])
        #expect(early.result == .notStarted)
        #expect(early.startsIn == 5_000)
        harness.now += 4_999
        let late = try harness.reserve("u1", ["a": 1])
        #expect(late.result == .notStarted)
        #expect(late.startsIn == 1)
        harness.now += 1
        #expect(try harness.reserve("u1", ["a": 1]).result == .reserved)
    }

    @Test
    func theWindowEndsAtItsEndAndNotAMillisecondBefore() throws {
        let harness = try EngineHarness.open()
        try harness.reconfigure { $0.endsAt = EngineHarness.epoch + 5_000 }
        harness.now += 4_999
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved", "9+1+0")
        harness.now += 1
        try harness.expect(.reserve("u1", ["a": 1], request: 2), "ended", "9+1+0")
    }

    @Test
    func everySimpleRefusalLeavesTheStockAlone() throws {
        let harness = try EngineHarness.open(limitA: 3)
        try harness.expect(.saleState(.closed, request: 1), "set")
        try harness.expect(.reserve("u1", ["a": 1], request: 2), "ended", "10+0+0", used: 0)
        try harness.expect(.saleState(.paused, request: 3), "set")
        try harness.expect(.reserve("u1", ["a": 1], request: 4), "paused", "10+0+0", used: 0)
        try harness.expect(.saleState(.open, request: 5), "set")
        try harness.expect(.productState("b", .paused, request: 6), "set")
        try harness.expect(.reserve("u1", ["a": 1, "b": 1], request: 7), "paused", "10+0+0")
        try harness.expect(.reserve("u1", ["a": 1], request: 8), "reserved", "9+1+0", used: 1)
        let verdicts: [(AdmissionVerdict, String)] = [
            (.blacklisted, "blacklisted"), (.riskRejected, "riskRejected"),
            (.notEligible, "notEligible"), (.challengeRequired, "challengeRequired"),
        ]
        for (index, (verdict, brief)) in verdicts.enumerated() {
            let request = EngineRequest.reserve(
                "u2", ["a": 1], request: 20 + index, verdict: verdict)
            try harness.expect(request, brief, "9+1+0", used: 0, by: "u2")
        }
        try harness.expect(.reserve("u1", ["a": 3], request: 9), "limitExceeded", "9+1+0", used: 1)
        try harness.expect(.reserve("u2", ["b": 1], request: 10), "paused", "20+0+0", of: "b")
        try harness.expect(.productState("b", .open, request: 11), "set")
        try harness.expect(.reserve("u2", ["b": 21], request: 12), "soldOut", "20+0+0", of: "b")
        harness.expectInvariants()
    }

    @Test
    func aPausedProductIsNamedInItsLine() throws {
        let harness = try EngineHarness.open()
        _ = harness.run(.productState("b", .paused, request: 1))
        let answer = try harness.reserve("u1", ["a": 1, "b": 1])
        #expect(answer.result == .paused)
        #expect(answer.lines.map(\.outcome) == [.unspecified, .paused])
    }

    @Test
    func limitExceededShowsEveryLinesNumbers() throws {
        let harness = try EngineHarness.open(limitA: 3, purchases: [PurchaseInput("u1", "a", 2)])
        let answer = try harness.reserve("u1", ["b": 1, "a": 2])
        #expect(answer.result == .limitExceeded)
        #expect(answer.reservation == 0)
        #expect(answer.deadline == 0)
        #expect(answer.state == .none)
        #expect(
            answer.lines == [
                line("b", left: 20, used: 0, price: 250, .unspecified),
                line("a", left: 10, used: 2, limit: 3, price: 100, .limitExceeded),
            ])
        #expect(answer.saleUsed == 2)
    }

    @Test
    func soldOutShowsEveryLinesNumbers() throws {
        let harness = try EngineHarness.open(limitB: 30)
        let answer = try harness.reserve("u1", ["a": 11, "b": 20])
        #expect(answer.result == .soldOut)
        #expect(
            answer.lines == [
                line("a", left: 10, used: 0, price: 100, .soldOut),
                line("b", left: 20, used: 0, limit: 30, price: 250, .unspecified),
            ])
    }

    @Test
    func oneLimitedLineMakesTheCallLimitExceededThoughAnotherIsSoldOut() throws {
        let harness = try EngineHarness.open(limitB: 2)
        let answer = try harness.reserve("u1", ["a": 11, "b": 3])
        #expect(answer.result == .limitExceeded)
        #expect(answer.lines.map(\.outcome) == [.soldOut, .limitExceeded])
    }

    @Test
    func theLimitOfAWholeSaleCountsTheSumOfTheLines() throws {
        let harness = try EngineHarness.open(saleLimit: 4, purchases: [PurchaseInput("u1", "b", 1)])
        try harness.expect(
            .reserve("u1", ["a": 2, "b": 2], request: 1), "limitExceeded", "10+0+0", used: 0)
        try harness.expect(
            .reserve("u1", ["a": 2, "b": 1], request: 2), "reserved", "8+2+0", used: 2)
        let refused = try harness.reserve("u1", ["a": 1])
        #expect(refused.result == .limitExceeded)
        #expect(refused.saleUsed == 4)
        #expect(refused.saleLimit == 4)
        try harness.expect(.reserve("u2", ["a": 4], request: 3), "reserved", "4+6+0")
    }

    @Test
    func allLinesAreTakenOrNone() throws {
        let harness = try EngineHarness.open()
        try harness.expect(.reserve("u1", ["b": 20, "a": 11], request: 1), "soldOut", "10+0+0")
        #expect(try harness.product("b").counts == "20+0+0")
        try harness.expect(.reserve("u1", ["b": 20, "a": 10], request: 2), "reserved", "0+10+0")
        #expect(try harness.product("b").counts == "0+20+0")
        harness.expectInvariants()
    }

    @Test
    func sixteenProductsFitInOneReserve() throws {
        let harness = EngineHarness()
        let ids = (0..<16).map { "p\($0)" }
        try harness.preload(ids.map { ProductInput($0, 5) })
        let request = ReserveRequest(
            request: 1, sale: EngineRequest.sale, user: "u1",
            lines: ids.map { Line(product: $0, quantity: 2) })
        guard case .reserve(let answer) = harness.run(.reserve(request)) else {
            Issue.record("undecided")
            return
        }
        #expect(answer.result == .reserved)
        #expect(answer.lines.map(\.product) == ids)
        #expect(answer.saleUsed == 32)
        let confirmed = try harness.confirm(.id(answer.reservation))
        #expect(confirmed.lines.map(\.quantity) == ids.map { _ in 2 })
        harness.expectInvariants()
    }

    @Test
    func aMillionUnitsInOneLineAreCountedExactly() throws {
        let harness = try EngineHarness.open(unitsA: 2_000_000 - 20)
        let reserved = try harness.reserve("u1", ["a": 1_000_000])
        #expect(
            reserved.lines == [
                line("a", granted: 1_000_000, left: 999_980, used: 1_000_000, price: 100, .reserved)
            ])
        #expect(
            try harness.confirm(.id(reserved.reservation)).lines == [
                sold("a", 1_000_000, price: 100)
            ])
        #expect(
            try harness.refund(reserved.reservation).lines == [sold("a", 1_000_000, price: 100)])
        #expect(try harness.product("a", user: "u1").counts == "1999980+0+0")
        harness.expectInvariants()
    }

    @Test
    func refusedReservesAreDecidedAnewAndNotRemembered() throws {
        let harness = try EngineHarness.open()
        try harness.expect(.reserve("u1", ["a": 11], request: 1), "soldOut", "10+0+0")
        try harness.expect(.adjust("a", by: 5, request: 2), "adjusted", "15+0+0")
        try harness.expect(.reserve("u1", ["a": 11], request: 1), "reserved", "4+11+0", used: 11)
        try harness.expect(
            .reserve("u1", ["a": 11], request: 3, verdict: .challengeRequired), "soldOut", "4+11+0")
        try harness.expect(.reserve("u1", ["a": 4], request: 3), "reserved", "0+15+0", used: 15)
    }

    @Test
    func callsOfOneBatchAreDecidedInOrder() throws {
        let harness = try EngineHarness.open(unitsA: 3)
        let answers = harness.run([
            .reserve("u1", ["a": 2], request: 1), .reserve("u2", ["a": 2], request: 2),
            .cancel(.request(1), in: "sale-1"), .reserve("u2", ["a": 2], request: 2),
            .confirm(.request(2)), .reserve("u3", ["a": 1], request: 3),
            .stock(["a"], in: "sale-1"),
        ])
        #expect(
            answers.map(\.brief) == [
                "reserved", "soldOut", "cancelled", "reserved", "confirmed", "reserved", "found",
            ])
        guard case .stock(let stock)? = answers.last else { return }
        #expect(stock.rows.first?.counts == "0+1+2")
    }

    @Test
    func aBatchOfAThousandCallsIsDecidedWhole() throws {
        let harness = try EngineHarness.open(unitsA: 700)
        let requests = (1...1_000).map { number in
            EngineRequest.reserve("user-\(number)", ["a": 1], request: number)
        }
        let answers = harness.run(requests).map(\.brief)
        #expect(answers.prefix(700).allSatisfy { $0 == "reserved" })
        #expect(answers.dropFirst(700).allSatisfy { $0 == "soldOut" })
        #expect(try harness.product("a").counts == "0+700+0")
        harness.expectInvariants()
    }

    @Test
    func twoSalesOfOneShardShareNothing() throws {
        let harness = try EngineHarness.open(limitA: 2)
        try harness.preload([ProductInput("a", 5, price: 7, limit: 1)], sale: "sale-2")
        try harness.expect(.reserve("u1", ["a": 2], request: 1), "reserved", "8+2+0", used: 2)
        try harness.expect(
            .reserve("u1", ["a": 1], request: 1, sale: "sale-2"), "reserved", "4+1+0", used: 1,
            in: "sale-2")
        try harness.expect(.cancel(.request(1), in: "sale-2"), "cancelled", "8+2+0", used: 2)
        #expect(try harness.product("a", user: "u1", in: "sale-2").counts == "5+0+0")
        #expect(try harness.get(.request(1)).state == .held)
        harness.expectInvariants()
    }
}
