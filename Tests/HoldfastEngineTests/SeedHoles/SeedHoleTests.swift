import HoldfastEngine
import Testing

/// The holes of the usual Redis and Lua design, each shown closed. The numbers are those of the list of holes that
/// this product was asked to close; what the usual design did wrong stands above each test.

/// C1: the script's success reply arrived as an empty array, so that every success was reported as an error after the
/// stock had gone, and a failure lost its numbers.
@Suite("C1: a success reaches the caller, with its numbers")
struct C1LostSuccessReplies {
    @Test
    func everyReservedUnitIsAReservationThatItsCallerKnows() throws {
        let harness = try EngineHarness.open()
        var known: [UInt64] = []
        for number in 1...10 {
            let answer = try harness.reserve("u\(number)", ["a": 1], request: number)
            #expect(answer.result == .reserved)
            #expect(
                answer.lines == [
                    line("a", granted: 1, left: Int64(10 - number), used: 1, price: 100, .reserved)
                ])
            known.append(answer.reservation)
        }
        let refused = try harness.reserve("u11", ["a": 1])
        #expect(refused.result == .soldOut)
        #expect(refused.lines == [line("a", left: 0, used: 0, price: 100, .soldOut)])
        // Drained to zero, and with exactly as many orders.
        for id in known { #expect(try harness.confirm(.id(id)).result == .confirmed) }
        #expect(try harness.product("a").counts == "0+0+10")
    }

    @Test
    func anAnswerThatWasLostIsGivenAgain() throws {
        let harness = try EngineHarness.open()
        let lost = try harness.reserve("u1", ["a": 1], request: 1)
        let again = try harness.reserve("u1", ["a": 1], request: 1)
        #expect(again.reservation == lost.reservation)
        #expect(again.replayed)
        #expect(try harness.product("a").counts == "9+1+0")
    }
}

/// C2: the script compared a number with a string, and a missing stock with nil: it always failed.
@Suite("C2: quantities are numbers and a missing product is an outcome")
struct C2ComparedStrings {
    @Test
    func tenIsMoreThanNine() throws {
        // As strings, "9" is more than "10".
        let harness = try EngineHarness.open(limitA: 9)
        try harness.expect(.reserve("u1", ["a": 10], request: 1), "limitExceeded", "10+0+0")
        try harness.expect(.reserve("u1", ["a": 9], request: 2), "reserved", "1+9+0")
        try harness.expect(.reserve("u2", ["a": 9], request: 3), "soldOut", "1+9+0")
    }

    @Test
    func aMissingProductOrSaleIsAnsweredAndBreaksNothing() throws {
        let harness = try EngineHarness.open()
        try harness.expect(.reserve("u1", ["zebra": 1], request: 1), "productNotFound")
        try harness.expect(.reserve("u1", ["a": 1], request: 1, sale: "nowhere"), "saleNotFound")
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved", "9+1+0")
    }
}

/// C3: nobody checked the quantity: -500 raised the stock and made the buyer's counter negative.
@Suite("C3: no quantity gives stock or limit away")
struct C3NegativeQuantities {
    @Test
    func aNegativeQuantityNeverReachesTheTables() async {
        await #expect(processExitsWith: .failure) {
            let harness = try EngineHarness.open(limitA: 3)
            _ = harness.run(.reserve("u1", ["a": -500], request: 1))
        }
    }

    @Test
    func aNegativeQuantityOfAPartialReserveNeverReachesTheTables() async {
        await #expect(processExitsWith: .failure) {
            let harness = try EngineHarness.open(limitA: 3)
            _ = harness.run(.reserve("u1", ["a": -500], request: 1, partial: true))
        }
    }

    @Test
    func aNegativeConfirmNeverReachesTheTables() async {
        await #expect(processExitsWith: .failure) {
            let harness = try EngineHarness.open(limitA: 3)
            try harness.reserve("u1", ["a": 2, "b": 2], request: 1)
            _ = harness.run(.confirm(.request(1), ["a": 2, "b": -1]))
        }
    }

    @Test
    func aNegativeRefundNeverReachesTheTables() async {
        await #expect(processExitsWith: .failure) {
            let harness = try EngineHarness.open(limitA: 3)
            let held = try harness.reserve("u1", ["a": 2, "b": 2], request: 1)
            try harness.confirm(.request(1))
            _ = harness.run(.refund(held.reservation, ["a": 2, "b": -1], request: 2))
        }
    }

    @Test
    func noCallMovesTheBuyersCounterBelowZero() throws {
        let harness = try EngineHarness.open(limitA: 3)
        let held = try harness.reserve("u1", ["a": 3], request: 1)
        try harness.expect(.confirm(.request(1)), "confirmed", "7+0+3", used: 3)
        try harness.expect(
            .refund(held.reservation, ["a": 4], request: 2), "refused refundLinesInvalid", "7+0+3")
        try harness.expect(.refund(held.reservation, request: 3), "refunded", "10+0+0", used: 0)
        try harness.expect(
            .refund(held.reservation, request: 4), "notRefundable", "10+0+0", used: 0)
        try harness.expect(
            .cancel(.request(1), in: "sale-1"), "alreadyConfirmed", "10+0+0", used: 0)
        try harness.expect(.reserve("u1", ["a": 4], request: 5), "limitExceeded", "10+0+0", used: 0)
    }
}

/// C5: the buyer's counter expired after an hour (3 + 3 + 3 bought with a limit of 3), the limit itself after a day.
@Suite("C5: a limit holds for the sale's whole life")
struct C5ForgottenLimits {
    @Test
    func whatWasBoughtCountsAnHourADayAndAWeekLater() throws {
        let harness = try EngineHarness.open(limitA: 3)
        try harness.reserve("u1", ["a": 3], request: 1)
        try harness.expect(.confirm(.request(1)), "confirmed", "7+0+3", used: 3)
        let waits = [Int64(3_600_001), EngineHarness.day, 5 * EngineHarness.day]
        for (index, wait) in waits.enumerated() {
            harness.wait(wait)
            try harness.expect(
                .reserve("u1", ["a": 1], request: 10 + index), "limitExceeded", "7+0+3", used: 3)
        }
        // The limit is still three for everybody, not one.
        try harness.expect(
            .reserve("u2", ["a": 3], request: 20), "reserved", "4+3+3", used: 3, by: "u2")
    }

    @Test
    func aReplayAfterADayIsStillTheSameReservation() throws {
        let harness = try EngineHarness.open()
        let first = try harness.reserve("u1", ["a": 1], request: 1)
        try harness.confirm(.request(1))
        harness.wait(2 * EngineHarness.day)
        #expect(try harness.reserve("u1", ["a": 1], request: 1).reservation == first.reservation)
        #expect(try harness.product("a").counts == "9+0+1")
    }
}

/// C6: a rollback after the counter had expired left it at -3: the buyer might buy six with a limit of three.
@Suite("C6: giving back late never makes room that was not there")
struct C6NegativeCounters {
    @Test
    func aCancelLongAfterTheHoldLapsedMovesNothing() throws {
        let harness = try EngineHarness.open(limitA: 3)
        try harness.reserve("u1", ["a": 3], request: 1, hold: 1_000)
        harness.wait(2 * 3_600_000)
        #expect(try harness.product("a", user: "u1").used == 0)
        try harness.expect(.cancel(.request(1), in: "sale-1"), "cancelled", "10+0+0", used: 0)
        try harness.expect(.reserve("u1", ["a": 3], request: 2), "reserved", "7+3+0", used: 3)
        try harness.expect(
            .cancel(.request(1), in: "sale-1"), "cancelled replayed", "7+3+0", used: 3)
        try harness.expect(.reserve("u1", ["a": 1], request: 3), "limitExceeded", "7+3+0", used: 3)
        harness.expectInvariants()
    }
}

/// C7: a second preload, by retry, by another node or by cron, reset the stock of a running sale; earlier purchases
/// were loaded for one day only, the last row won, and half a load was visible.
@Suite("C7: a preload never resets a running sale")
struct C7PreloadResets {
    @Test
    func theSameFileAgainLeavesTheStockAlone() throws {
        let harness = EngineHarness()
        let products = [ProductInput("a", 1_000, limit: 3)]
        let import1 = ImportRequest.whole(
            1, sale: "sale-1", configuration: SaleInput(), products: products)
        try harness.expect(.load(import1), "committed", "1000+0+0")
        for number in 1...997 { try harness.reserve("u\(number)", ["a": 1], request: number) }
        #expect(try harness.product("a").counts == "3+997+0")
        try harness.expect(.load(import1), "committed replayed", "3+997+0")
        var import2 = import1
        import2.importID = 2
        try harness.expect(.load(import2), "committed", "3+997+0")
        harness.expectInvariants()
    }

    @Test
    func allEarlierPurchasesCountAndRowsOfOneBuyerCannotContradictEachOther() throws {
        let harness = EngineHarness()
        var doubled = ImportRequest.whole(
            1, sale: "sale-1", configuration: SaleInput(),
            products: [ProductInput("a", 10, limit: 3)],
            purchases: [PurchaseInput("u1", "a", 1), PurchaseInput("u1", "a", 2)])
        let refused = try harness.load(doubled)
        #expect(refused.result == .rejected)
        #expect(refused.rejects.map(\.problem) == [.doubledPurchase])
        doubled = ImportRequest.whole(
            2, sale: "sale-1", configuration: SaleInput(),
            products: [ProductInput("a", 10, limit: 3)],
            purchases: [PurchaseInput("u1", "a", 3)])
        try harness.expect(.load(doubled), "committed", "10+0+0", used: 3)
        harness.wait(2 * EngineHarness.day)
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "limitExceeded", used: 3)
    }
}

/// C9: a rollback was not idempotent: ten units became eleven after a retry.
@Suite("C9: nothing is given back twice")
struct C9DoubleRollbacks {
    @Test
    func everyWayBackWorksOnce() throws {
        let harness = try EngineHarness.open()
        let retries = 3
        try harness.reserve("u1", ["a": 1], request: 1)
        for _ in 1...retries {
            _ = harness.run(.cancel(.request(1), in: "sale-1"))
            #expect(try harness.product("a").counts == "10+0+0")
        }
        let sold = try harness.reserve("u1", ["a": 2], request: 2).reservation
        try harness.confirm(.request(2))
        for _ in 1...retries {
            _ = harness.run(.refund(sold, ["a": 1], request: 3))
            #expect(try harness.product("a").counts == "9+0+1")
        }
        try harness.reserve("u2", ["a": 1], request: 4, hold: 1_000)
        for _ in 1...retries {
            harness.wait(1_000)
            _ = harness.run(.cancel(.request(4), in: "sale-1"))
            #expect(try harness.product("a").counts == "9+0+1")
        }
        for _ in 1...retries {
            _ = harness.run(.adjust("a", by: 5, request: 5))
            #expect(try harness.product("a").counts == "14+0+1")
        }
        harness.expectInvariants()
    }
}

/// C16: one row a buyer and product, UNIQUE, made the second purchase fail although the limit was three.
@Suite("C16: a buyer may buy again until the limit")
struct C16SecondPurchases {
    @Test
    func threePurchasesOfOneFitALimitOfThree() throws {
        let harness = try EngineHarness.open(limitA: 3)
        for number in 1...3 {
            try harness.expect(
                .reserve("u1", ["a": 1], request: number), "reserved", used: Int64(number))
            try harness.expect(.confirm(.request(number)), "confirmed", used: Int64(number))
        }
        try harness.expect(.reserve("u1", ["a": 1], request: 4), "limitExceeded", "7+0+3", used: 3)
    }
}

/// C20: prices in floating point, a stock key that lived a day, ids joined by ":" and narrowing casts.
@Suite("C20: prices are exact, sales last, ids do not collide")
struct C20RepresentationFaults {
    @Test
    func theLargestPriceIsExactToTheMinorUnit() throws {
        let harness = EngineHarness()
        let price = EngineLimits.priceMinorMax - 1
        try harness.preload([ProductInput("a", 1_000_000, price: price)])
        let held = try harness.reserve("u1", ["a": 1_000_000], request: 1)
        #expect(held.lines.first?.price == price)
        #expect(try harness.confirm(.request(1)).lines == [sold("a", 1_000_000, price: price)])
        #expect(try harness.get(.request(1)).lines.first?.price == price)
    }

    @Test
    func aSaleOfAMonthIsThereToItsEnd() throws {
        let harness = EngineHarness()
        let end = EngineHarness.epoch + 30 * EngineHarness.day
        try harness.preload([ProductInput("a", 100)], configuration: SaleInput(endsAt: end))
        for day in 1...29 {
            harness.wait(EngineHarness.day)
            try harness.expect(.reserve("u\(day)", ["a": 1], request: day), "reserved")
            try harness.expect(.confirm(.request(day)), "confirmed", "\(100 - day)+0+\(day)")
        }
    }

    @Test
    func idsThatWouldJoinToTheSameKeyAreDifferent() throws {
        let harness = EngineHarness()
        try harness.preload(
            [ProductInput("b:c", 5, limit: 1), ProductInput("c", 5, limit: 1)], sale: "a")
        try harness.preload([ProductInput("c", 5, limit: 1)], sale: "a:b")
        try harness.expect(
            .reserve("u", ["b:c": 1], request: 1, sale: "a"), "reserved", "4+1+0", of: "b:c",
            in: "a")
        try harness.expect(
            .reserve("u", ["c": 1], request: 2, sale: "a:b"), "reserved", "4+1+0", of: "c",
            in: "a:b")
        #expect(try harness.product("c", user: "u", in: "a").counts == "5+0+0")
        try harness.expect(
            .reserve("u:c", ["c": 1], request: 3, sale: "a"), "reserved", of: "c", in: "a")
        try harness.expect(
            .reserve("u", ["c": 1], request: 4, sale: "a"), "reserved", "3+2+0", of: "c", in: "a")
    }

    @Test
    func idsAreComparedAsBytesAndNotAsUnicodeText() throws {
        // Composed and decomposed "é" are one String and two ids.
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        #expect(composed == decomposed)
        let harness = EngineHarness()
        try harness.preload([
            ProductInput(composed, 5, limit: 1), ProductInput(decomposed, 7, limit: 1),
        ])
        #expect(try harness.stock().rows.map(\.available) == [5, 7])
        try harness.expect(
            .reserve(composed, ["caf\u{E9}": 1], request: 1), "reserved", "4+1+0", of: composed)
        try harness.expect(
            .reserve(decomposed, ["caf\u{E9}": 1], request: 2), "reserved", "3+2+0", of: composed)
        try harness.expect(
            .reserve(composed, ["cafe\u{301}": 1], request: 3), "reserved", "6+1+0", of: decomposed)
        #expect(harness.counts.buyers == 2)
    }

    @Test
    func countsBeyondThirtyTwoBitsOfMoneyAndTimeAreKept() throws {
        let harness = try EngineHarness.open(unitsA: EngineLimits.saleUnitsMax - 20)
        #expect(try harness.product("a").available == EngineLimits.saleUnitsMax - 20)
        let held = try harness.reserve("u1", ["a": 1], request: 1)
        #expect(held.deadline > Int64(Int32.max))
        #expect(held.deadline == harness.now + 600_000)
    }
}
