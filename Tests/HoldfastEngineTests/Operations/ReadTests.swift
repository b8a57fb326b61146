import HoldfastEngine
import Testing

/// GetReservation, GetStock and the list of sales.
@Suite
struct ReadTests {
    @Test
    func aReservationShowsEveryFieldThroughItsLife() throws {
        let harness = try EngineHarness.open()
        let held = try harness.reserve(
            "u1", ["a": 3, "b": 2], request: 1, hold: 5_000, order: "o-1")
        var expected = GetAnswer(
            result: .found, reservation: held.reservation, request: 1, user: "u1")
        expected.state = .held
        expected.deadline = held.deadline
        expected.order = "o-1"
        expected.lines = [
            kept("a", granted: 3, quantity: 3, price: 100),
            kept("b", granted: 2, quantity: 2, price: 250),
        ]
        #expect(try harness.get(.request(1)) == expected)
        #expect(try harness.get(.id(held.reservation)) == expected)

        try harness.extend(.request(1), by: 1_000)
        expected.deadline += 1_000
        expected.extended = true
        #expect(try harness.get(.request(1)) == expected)

        try harness.confirm(.request(1), ["a": 2], payment: "p-1")
        expected.state = .confirmed
        expected.payment = "p-1"
        expected.lines[0].quantity = 2
        expected.lines[1].quantity = 0
        #expect(try harness.get(.request(1)) == expected)

        try harness.refund(held.reservation, ["a": 1])
        expected.lines[0].quantity = 1
        expected.lines[0].refunded = 1
        #expect(try harness.get(.request(1)) == expected)

        try harness.refund(held.reservation)
        expected.state = .refunded
        expected.lines[0].quantity = 0
        expected.lines[0].refunded = 2
        #expect(try harness.get(.request(1)) == expected)
    }

    @Test
    func whatIsOverHoldsNothing() throws {
        let harness = try EngineHarness.open()
        for number in 1...3 {
            try harness.reserve("u\(number)", ["a": 1], request: number, hold: 5_000)
        }
        try harness.cancel(.request(1))
        _ = harness.run(.release("u2", blacklisted: true))
        harness.now += 5_000
        let states: [ReservationState] = [.cancelled, .released, .expired]
        for (index, state) in states.enumerated() {
            let answer = try harness.get(.request(index + 1))
            #expect(answer.state == state)
            #expect(answer.lines == [kept("a", granted: 1, quantity: 0, price: 100)])
        }
    }

    @Test
    func anUnknownReservationOrSaleIsNotFound() throws {
        let harness = try EngineHarness.open()
        #expect(try harness.get(.request(1)).result == .notFound)
        #expect(try harness.get(.id(1)).result == .notFound)
        #expect(try harness.get(.request(1), in: "nowhere") == GetAnswer(result: .notFound))
        #expect(harness.visibleAfter == [0])
    }

    @Test
    func stockShowsTheSaleItsProductsAndTheBuyer() throws {
        let harness = try EngineHarness.open(
            limitA: 4, saleLimit: 9, purchases: [PurchaseInput("u1", "a", 1)])
        try harness.reserve("u1", ["a": 2, "b": 1], request: 1)
        try harness.confirm(.request(1), ["a": 1, "b": 1])
        try harness.reserve("u2", ["b": 3])
        _ = harness.run(.productState("b", .paused, request: 2))
        let answer = try harness.stock(user: "u1")
        #expect(answer.result == .found)
        #expect(answer.saleState == .open)
        #expect(answer.startsAt == EngineHarness.epoch)
        #expect(answer.endsAt == EngineHarness.epoch + 7 * EngineHarness.day)
        #expect(answer.serverTime == harness.now)
        #expect(answer.currency == "CNY")
        #expect(answer.saleUsed == 3)
        #expect(answer.saleLimit == 9)
        #expect(!answer.more)
        #expect(
            answer.rows == [
                StockRowAnswer(
                    product: "a", name: "Apple", total: 10, available: 9, held: 0, sold: 1,
                    price: 100, limit: 4, state: .open, used: 2),
                StockRowAnswer(
                    product: "b", name: "Bread", total: 20, available: 16, held: 3, sold: 1,
                    price: 250, limit: 0, state: .paused, used: 1),
            ])
        let nobody = try harness.stock(["b"])
        #expect(nobody.saleUsed == 0)
        #expect(nobody.rows.map(\.used) == [0])
        #expect(try harness.stock(["b", "a"], user: "u2").rows.map(\.used) == [3, 0])
    }

    @Test
    func stockOfAnUnknownSaleOrProductSaysSo() throws {
        let harness = try EngineHarness.open()
        #expect(try harness.stock(in: "nowhere") == StockAnswer(result: .saleNotFound))
        #expect(try harness.stock(["a", "zebra"]).result == .productNotFound)
    }

    @Test
    func stockComesInPagesInOrderOfCreation() throws {
        let harness = EngineHarness()
        let ids = (0..<450).map { "p\(($0 * 7919) % 1_000)" }
        try harness.preload(ids.map { ProductInput($0, 1) })
        var seen: [String] = []
        var after = ""
        var pages = 0
        while pages < 10 {
            let page = try harness.stock(after: after)
            pages += 1
            seen += page.rows.map(\.product)
            guard page.more, let last = page.rows.last else { break }
            #expect(page.rows.count == EngineLimits.stockRowsMax)
            after = last.product
        }
        #expect(seen == ids)
        #expect(pages == 3)
        let exact = try harness.stock(after: ids[249])
        #expect(exact.rows.count == 200)
        #expect(!exact.more, "a full page with nothing behind it is the last")
    }

    @Test
    func salesAreListedByIDInByteOrder() throws {
        let harness = EngineHarness()
        for sale in ["b", "B", "a-2", "é", "a", "zz"] {
            var configuration = SaleInput()
            configuration.name = "name of \(sale)"
            try harness.preload(
                [ProductInput("x", 5), ProductInput("y", 7)], configuration: configuration,
                sale: sale)
        }
        try harness.reserve("u1", ["x": 2], request: 1, sale: "a")
        try harness.reserve("u1", ["y": 1], request: 2, sale: "a")
        try harness.confirm(.request(2), in: "a")
        let sales = harness.sales()
        #expect(sales.map(\.sale) == ["B", "a", "a-2", "b", "zz", "é"])
        #expect(sales[1].name == "name of a")
        #expect(sales[1].counts == "12=9+2+1")
        #expect(sales[1].productCount == 2)
        #expect(sales[1].liveHolds == 1)
        #expect(sales[1].currency == "CNY")
        #expect(sales[1].hold == 600_000)
        #expect(harness.sales(limit: 2).map(\.sale) == ["B", "a"])
        #expect(harness.sales(after: "a", limit: 2).map(\.sale) == ["a-2", "b"])
        #expect(harness.sales(after: "zz").map(\.sale) == ["é"])
        #expect(harness.sales(after: "é").isEmpty)
    }

    @Test
    func countsFollowTheTables() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 1], request: 1)
        try harness.reserve("u1", ["a": 1, "b": 1], request: 2)
        try harness.reserve("u2", ["b": 1], request: 3)
        try harness.cancel(.request(3))
        let counts = harness.counts
        #expect(counts.sales == 1)
        #expect(counts.liveHolds == 2)
        #expect(counts.reservations == 3)
        #expect(counts.buyers == 2)
        #expect(counts.events == harness.sequence)
        #expect(counts.tableBytes == UInt64(harness.blockCount) * UInt64(TableBlock.byteCount))
    }
}
