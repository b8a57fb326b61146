import HoldfastEngine
import Testing

/// Limits: imported + held + sold at each grant, for the sale's whole life; and the sale's entry rule.
@Suite
struct LimitTests {
    @Test
    func heldSoldAndImportedUnitsCountTogether() throws {
        let harness = try EngineHarness.open(limitA: 6, purchases: [PurchaseInput("u1", "a", 1)])
        try harness.expect(.reserve("u1", ["a": 2], request: 1), "reserved", "8+2+0", used: 3)
        try harness.expect(.confirm(.request(1)), "confirmed", "8+0+2", used: 3)
        try harness.expect(.reserve("u1", ["a": 2], request: 2), "reserved", "6+2+2", used: 5)
        try harness.expect(.reserve("u1", ["a": 2], request: 3), "limitExceeded", "6+2+2", used: 5)
        try harness.expect(.reserve("u1", ["a": 1], request: 4), "reserved", "5+3+2", used: 6)
        try harness.expect(.reserve("u1", ["a": 1], request: 5), "limitExceeded", "5+3+2", used: 6)
        try harness.expect(.cancel(.request(2), in: "sale-1"), "cancelled", "7+1+2", used: 4)
        try harness.expect(.reserve("u1", ["a": 2], request: 6), "reserved", "5+3+2", used: 6)
        harness.expectInvariants()
    }

    @Test
    func expiryRefundAndReleaseGiveTheLimitBack() throws {
        let harness = try EngineHarness.open(limitA: 2)
        try harness.reserve("u1", ["a": 2], request: 1, hold: 1_000)
        harness.wait(1_000)
        try harness.expect(.reserve("u1", ["a": 2], request: 2), "reserved", "8+2+0", used: 2)
        let id = try harness.confirm(.request(2)).reservation
        try harness.expect(.reserve("u1", ["a": 1], request: 3), "limitExceeded")
        try harness.expect(
            .refund(id, ["a": 1], request: 4, restock: false), "refunded", "8+0+1", used: 1)
        try harness.expect(.reserve("u1", ["a": 1], request: 3), "reserved", "7+1+1", used: 2)
        try harness.expect(.release("u1", blacklisted: true), "released", "8+0+1", used: 1)
    }

    @Test
    func aLimitLoweredLaterUndoesNothing() throws {
        let harness = try EngineHarness.open(limitA: 5, saleLimit: 8)
        try harness.reserve("u1", ["a": 5], request: 1)
        try harness.preload(
            [ProductInput("a", 0, price: 100, limit: 2)], configuration: SaleInput(limit: 3))
        try harness.expect(.get(.request(1), in: "sale-1"), "found held", "5+5+0", used: 5)
        try harness.expect(.reserve("u1", ["b": 1], request: 2), "limitExceeded")
        try harness.expect(.confirm(.request(1), ["a": 4]), "confirmed", "6+0+4", used: 4)
        try harness.expect(.reserve("u1", ["a": 1], request: 3), "limitExceeded")
        try harness.expect(.reserve("u2", ["a": 2], request: 4), "reserved", "4+2+4")
        try harness.expect(.reserve("u3", ["a": 3], request: 5), "limitExceeded")
        harness.expectInvariants()
    }

    @Test
    func aLimitRaisedLaterCountsAtOnce() throws {
        let harness = try EngineHarness.open(limitA: 1)
        try harness.expect(.reserve("u1", ["a": 2], request: 1), "limitExceeded")
        try harness.preload([ProductInput("a", 0, price: 100, limit: 2)], configuration: nil)
        try harness.expect(.reserve("u1", ["a": 2], request: 1), "reserved", "8+2+0", used: 2)
    }

    @Test
    func everyProductOfABuyerIsCountedByItself() throws {
        let harness = EngineHarness()
        let ids = (0..<40).map { "p\($0)" }
        try harness.preload(ids.map { ProductInput($0, 100, limit: 3) })
        for (index, id) in ids.enumerated() {
            let line = [Line(product: id, quantity: 3)]
            let request = ReserveRequest(
                request: index + 1, sale: "sale-1", user: "u1", lines: line)
            #expect(harness.run(.reserve(request)).brief == "reserved")
        }
        for (index, id) in ids.enumerated() {
            let line = [Line(product: id, quantity: 1)]
            let request = ReserveRequest(
                request: index + 100, sale: "sale-1", user: "u1", lines: line)
            #expect(harness.run(.reserve(request)).brief == "limitExceeded")
        }
        #expect(try harness.stock(user: "u1").saleUsed == 120)
        harness.expectInvariants()
    }

    @Test
    func idsOfEveryLengthAreTheirOwn() throws {
        let harness = try EngineHarness.open(limitA: 1, unitsA: 1_000)
        let alphabet = "abcdefghijklmnopqrstuvwxyz0123456789-._~ABCDEFGHIJKLMNOPQRSTUVWX"
        for length in 1...EngineLimits.idBytesMax {
            let user = String(alphabet.prefix(length))
            try harness.expect(
                .reserve(user, ["a": 1], request: length), "reserved", used: 1, by: user)
        }
        for length in 1...EngineLimits.idBytesMax {
            let user = String(alphabet.prefix(length))
            try harness.expect(
                .reserve(user, ["a": 1], request: 100 + length), "limitExceeded", used: 1, by: user)
        }
        #expect(harness.counts.buyers == 64)
        harness.expectInvariants()
    }

    @Test
    func lapsesMakeABuyerNotEligibleInThatSale() throws {
        let harness = try EngineHarness.open()
        try harness.lapse("u1", count: 4)
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved", "9+1+0")
        try harness.expect(.cancel(.request(1), in: "sale-1"), "cancelled")
        try harness.lapse("u1", count: 1)
        try harness.expect(.reserve("u1", ["a": 1], request: 2), "notEligible", "10+0+0", used: 0)
        try harness.expect(.reserve("u2", ["a": 1], request: 3), "reserved", "9+1+0")
        try harness.preload([ProductInput("a", 5)], sale: "sale-2")
        try harness.expect(.reserve("u1", ["a": 1], request: 1, sale: "sale-2"), "reserved")
    }

    @Test
    func aCancelledOrReleasedHoldIsNoLapse() throws {
        let harness = try EngineHarness.open()
        for number in 1...9 {
            try harness.reserve("u1", ["a": 1], request: number)
            try harness.cancel(.request(number))
        }
        try harness.reserve("u1", ["a": 1], request: 10)
        try harness.expect(.release("u1", blacklisted: true), "released")
        try harness.expect(.release("u1", blacklisted: false), "released")
        try harness.expect(.reserve("u1", ["a": 1], request: 11), "reserved", "9+1+0")
    }

    @Test
    func aHoldThatIsDueIsALapseThoughNobodyHasExpiredItYet() throws {
        var settings = ShardSettings()
        settings.lapsesMax = 1
        let harness = try EngineHarness.open(settings: settings)
        try harness.reserve("u1", ["a": 1], hold: 1_000)
        harness.now += 1_000
        try harness.expect(.reserve("u1", ["a": 1], request: 2), "notEligible", "10+0+0")
    }

    @Test
    func withoutASettingAnyNumberOfHoldsMayLapse() throws {
        var settings = ShardSettings()
        settings.lapsesMax = 0
        let harness = try EngineHarness.open(settings: settings)
        try harness.lapse("u1", count: 30)
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved", "9+1+0")
    }

    @Test
    func pastTheMemoryBudgetOnlyWhatIsKnownStillWorks() throws {
        var settings = ShardSettings()
        settings.memoryBudgetBytes = 4 * 1_024 * 1_024
        let harness = try EngineHarness.open(unitsA: 1_000_000, settings: settings)
        let held = try harness.reserve("u1", ["a": 1], request: 1)
        var number = 2
        var full = false
        while !full && number < 1_000_000 {
            let answers = harness.run(
                (number..<number + 500).map { .reserve("user-\($0)", ["a": 1], request: $0) })
            number += 500
            full = answers.last == .refused(.memoryFull)
        }
        try #require(full)
        let before = try harness.product("a")
        try harness.expect(.reserve("new", ["a": 1], request: number), "refused memoryFull")
        try harness.expect(.cancel(.request(number + 1), in: "sale-1"), "refused memoryFull")
        #expect(try harness.product("a").counts == before.counts)
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved replayed")
        try harness.expect(.extend(.request(1), by: 1_000), "extended")
        try harness.expect(.confirm(.id(held.reservation)), "confirmed")
        try harness.expect(.refund(held.reservation, request: number), "refunded")
        try harness.expect(.cancel(.request(2), in: "sale-1"), "cancelled")
        #expect(harness.counts.tableBytes < settings.memoryBudgetBytes)
        harness.expectInvariants()
    }

    /// FORMATS 2, `STORAGE_FULL`: what needs room is refused, what ends a hold goes on.
    @Test
    func withoutRoomOnDiskHoldsEndAndNothingBegins() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve("u1", ["a": 1], request: 1)
        try harness.reserve("u2", ["a": 1], request: 2)
        try harness.reserve("u3", ["a": 1], request: 3, hold: 1_000)
        harness.storageRoomBytes = -1
        let before = harness.counts.events
        let refused = "refused storageFull"
        try harness.expect(.reserve("u4", ["a": 1], request: 4), refused)
        try harness.expect(.cancel(.request(5), in: "sale-1"), refused)
        try harness.expect(.extend(.request(1), by: 1_000), refused)
        try harness.expect(.adjust("a", by: 5, request: 6), refused)
        #expect(
            harness.run(.load(ImportRequest.whole(7, sale: "new", configuration: SaleInput())))
                == .refused(.storageFull))
        #expect(harness.counts.events == before)
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved replayed")
        try harness.expect(.get(.request(1), in: "sale-1"), "found held")
        try harness.expect(.confirm(.id(held.reservation)), "confirmed")
        try harness.expect(.refund(held.reservation, request: 8), refused)
        try harness.expect(.cancel(.request(2), in: "sale-1"), "cancelled")
        harness.wait(1_000)
        try harness.expect(.confirm(.request(3)), "confirmed late")
        try harness.expect(.saleState(.paused, request: 9), "set")
        harness.storageRoomBytes = .max
        try harness.expect(.saleState(.open, request: 10), "set")
        try harness.expect(.reserve("u4", ["a": 1], request: 4), "reserved")
        harness.expectInvariants()
    }

    /// All events of a commit are one batch on disk: without room for the whole nothing of it is decided.
    @Test
    func anImportThatIsLargerThanTheRoomOnDiskIsRefusedWhole() throws {
        let harness = try EngineHarness.open()
        let products = (0..<500).map { ProductInput("product-\($0)", 5) }
        let chunk = ImportRequest.whole(
            7, sale: "large", configuration: SaleInput(), products: products)
        let before = harness.counts.events
        harness.storageRoomBytes = 20_000
        #expect(harness.run(.load(chunk)) == .refused(.storageFull))
        #expect(harness.counts.events == before)
        #expect(harness.counts.sales == 1)
        harness.storageRoomBytes = 1_000_000
        guard case .load(let answer) = harness.run(.load(chunk)) else {
            Issue.record("the import was not taken")
            return
        }
        #expect(answer.result == .committed)
        harness.expectInvariants()
    }
}
