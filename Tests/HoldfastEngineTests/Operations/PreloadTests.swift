import HoldfastEngine
import Testing

/// Preload: numbered chunks, one commit, never over live stock (RULES 6).
@Suite
struct PreloadTests {
    private let parts: [([ProductInput], [PurchaseInput])] = [
        ([ProductInput("a", 10, price: 100, limit: 3, name: "Apple")], []),
        ([ProductInput("b", 20, price: 250)], [PurchaseInput("u1", "a", 1, order: "old-1")]),
        ([], [PurchaseInput("u2", "b", 2)]),
    ]

    private func chunks(_ importID: Int = 1, sale: String = "sale-1") -> [ImportRequest] {
        ImportRequest.chunks(importID, sale: sale, configuration: SaleInput(), parts: self.parts)
    }

    @Test
    func aNewSaleIsInvisibleUntilItsCommit() throws {
        let harness = EngineHarness()
        let chunks = self.chunks()
        for chunk in chunks.dropLast() {
            #expect(try harness.load(chunk) == ImportAnswer(result: .staged))
            try harness.expect(.reserve("u1", ["a": 1], request: 1), "saleNotFound")
            #expect(try harness.stock().result == .saleNotFound)
            #expect(harness.sales().isEmpty)
        }
        #expect(
            try harness.load(chunks[2])
                == ImportAnswer(result: .committed, productsAdded: 2, purchasesSet: 2))
        #expect(try harness.product("a", user: "u1").counts == "10+0+0")
        #expect(try harness.product("a", user: "u1").used == 1)
        try harness.expect(.reserve("u1", ["a": 3], request: 1), "limitExceeded")
        try harness.expect(.reserve("u1", ["a": 2], request: 1), "reserved", "8+2+0", used: 3)
        harness.expectInvariants()
    }

    @Test
    func chunksAreReplayedByTheirNumberAndPayload() throws {
        let harness = EngineHarness()
        let chunks = self.chunks()
        try harness.expect(.load(chunks[0]), "staged")
        try harness.expect(.load(chunks[0]), "staged replayed")
        try harness.expect(.load(chunks[1]), "staged")
        try harness.expect(.load(chunks[0]), "staged replayed")
        var other = chunks[1]
        other.products[0].total += 1
        try harness.expect(.load(other), "refused importIDReused")
        try harness.expect(.load(chunks[2]), "committed")
        for chunk in chunks.dropLast() { try harness.expect(.load(chunk), "staged replayed") }
        let again = try harness.load(chunks[2])
        #expect(
            again
                == ImportAnswer(
                    result: .committed, replayed: true, productsAdded: 2, purchasesSet: 2))
        try harness.expect(.load(other), "refused importIDReused")
        #expect(try harness.product("b").counts == "20+0+0")
    }

    @Test
    func everyFieldOfAChunkIsItsPayload() throws {
        let chunk = self.chunks()[0]
        var variants: [ImportRequest] = []
        func variant(_ change: (inout ImportRequest) -> Void) {
            var copy = chunk
            change(&copy)
            variants.append(copy)
        }
        variant { $0.products[0].id = "aa" }
        variant { $0.products[0].name = "Pear" }
        variant { $0.products[0].price += 1 }
        variant { $0.products[0].limit += 1 }
        variant { $0.products[0].state = .paused }
        variant { $0.products.append(ProductInput("z", 1)) }
        variant { $0.purchases.append(PurchaseInput("u", "a", 1)) }
        variant { $0.configuration?.name = "x" }
        variant { $0.configuration?.limit = 1 }
        variant { $0.configuration?.hold = 1_000 }
        variant { $0.configuration?.endsAt += 1 }
        variant { $0.configuration?.startsAt += 1 }
        variant { $0.configuration?.state = .paused }
        variant { $0.configuration?.currency = "USD" }
        let harness = EngineHarness()
        try harness.expect(.load(chunk), "staged")
        for variant in variants { try harness.expect(.load(variant), "refused importIDReused") }
        try harness.expect(.load(chunk), "staged replayed")
    }

    @Test
    func chunksOutOfOrderAreRefused() throws {
        let harness = EngineHarness()
        let chunks = self.chunks()
        try harness.expect(.load(chunks[1]), "refused importOutOfOrder")
        try harness.expect(.load(chunks[0]), "staged")
        try harness.expect(.load(chunks[2]), "refused importOutOfOrder")
        // An import is for one sale: another one under its id is another payload.
        var elsewhere = chunks[1]
        elsewhere.sale = "sale-2"
        try harness.expect(.load(elsewhere), "refused importIDReused")
        try harness.expect(.load(chunks[1]), "staged")
        try harness.expect(.load(chunks[2]), "committed")
        var behind = chunks[1]
        behind.chunk = 3
        try harness.expect(.load(behind), "refused importOutOfOrder")
    }

    @Test
    func aCommitThatDoesNotAddUpIsRefusedAndCanBeMended() throws {
        let harness = EngineHarness()
        let chunks = self.chunks()
        try harness.expect(.load(chunks[0]), "staged")
        try harness.expect(.load(chunks[1]), "staged")
        let good = try #require(chunks[2].commit)
        let wrong = [
            ImportCommit(chunkCount: 2, productCount: 2, purchaseCount: 2, checksum: good.checksum),
            ImportCommit(chunkCount: 3, productCount: 3, purchaseCount: 2, checksum: good.checksum),
            ImportCommit(chunkCount: 3, productCount: 2, purchaseCount: 1, checksum: good.checksum),
            ImportCommit(
                chunkCount: 3, productCount: 2, purchaseCount: 2, checksum: good.checksum ^ 1),
        ]
        for commit in wrong {
            var chunk = chunks[2]
            chunk.commit = commit
            try harness.expect(.load(chunk), "refused importMismatch")
            #expect(try harness.stock().result == .saleNotFound)
        }
        try harness.expect(.load(chunks[2]), "committed", "10+0+0")
    }

    @Test
    func aLiveSalesStockIsNeverOverwritten() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 4], request: 1)
        try harness.confirm(.request(1))
        let chunk = ImportRequest.whole(
            2, sale: "sale-1", configuration: nil,
            products: [
                ProductInput("a", 1_000, price: 90, limit: 5, name: "Apfel", state: .paused),
                ProductInput("c", 30, price: 7),
            ])
        #expect(
            try harness.load(chunk)
                == ImportAnswer(result: .committed, productsAdded: 1, productsUpdated: 1))
        let stock = try harness.stock()
        #expect(stock.rows.map(\.product) == ["a", "b", "c"])
        #expect(stock.rows[0].counts == "6+0+4")
        #expect(stock.rows[0].price == 90)
        #expect(stock.rows[0].limit == 5)
        #expect(stock.rows[0].name == "Apfel")
        #expect(stock.rows[0].state == .paused)
        #expect(stock.rows[2].counts == "30+0+0")
        #expect(stock.rows[2].state == .open)
        // A second import of the same file changes nothing but says so.
        var again = chunk
        again.importID = 3
        #expect(
            try harness.load(again)
                == ImportAnswer(result: .committed, productsUpdated: 2))
        #expect(try harness.product("c").counts == "30+0+0")
        harness.expectInvariants()
    }

    @Test
    func whatAConfigurationDoesNotSayStays() throws {
        let harness = try EngineHarness.open()
        try harness.expect(.saleState(.paused, request: 1), "set")
        try harness.reconfigure { configuration in
            configuration.endsAt = EngineHarness.epoch + 1_000
            configuration.hold = 30_000
            configuration.limit = 7
        }
        let sale = harness.sales()[0]
        #expect(sale.name == "Summer")
        #expect(sale.state == .paused)
        #expect(sale.endsAt == EngineHarness.epoch + 1_000)
        #expect(sale.hold == 30_000)
        #expect(sale.limit == 7)
        try harness.reconfigure {
            $0.state = .open; $0.name = "Winter"
        }
        #expect(harness.sales()[0].state == .open)
        #expect(harness.sales()[0].name == "Winter")
        #expect(try harness.product("a").name == "Apple")
        try harness.preload([ProductInput("a", 0, price: 1)], configuration: nil)
        #expect(try harness.product("a").name == "Apple")
        #expect(try harness.product("a").price == 1)
        #expect(harness.sales()[0].name == "Winter")
    }

    @Test
    func importedPurchasesSetTheCountAndDoNotAdd() throws {
        let harness = try EngineHarness.open(limitA: 5, purchases: [PurchaseInput("u1", "a", 3)])
        try harness.reserve("u1", ["a": 2], request: 1)
        for quantity in [Int64(3), 1, 4] {
            try harness.preload(
                [], purchases: [PurchaseInput("u1", "a", quantity)], configuration: nil)
            #expect(try harness.product("a", user: "u1").used == 2 + quantity)
        }
        // An import that passes the limit undoes nothing that was granted.
        try harness.expect(.confirm(.request(1)), "confirmed", "8+0+2", used: 6)
        try harness.expect(.reserve("u1", ["a": 1], request: 2), "limitExceeded", "8+0+2")
        harness.expectInvariants()
    }

    @Test
    func badRowsAreNamedAndNothingIsLoaded() throws {
        let harness = try EngineHarness.open()
        let window = SaleInput(startsAt: EngineHarness.epoch + 5, endsAt: EngineHarness.epoch + 5)
        let past = SaleInput(startsAt: EngineHarness.epoch - 5, endsAt: EngineHarness.epoch)
        let cases: [(ImportRequest, [RejectAnswer])] = [
            (
                .whole(1, sale: "new", configuration: nil, products: [ProductInput("a", 1)]),
                [RejectAnswer(kind: .sale, chunk: 0, index: 0, problem: .missingConfiguration)]
            ),
            (
                .whole(2, sale: "new", configuration: window, products: [ProductInput("a", 1)]),
                [RejectAnswer(kind: .sale, chunk: 0, index: 0, problem: .badWindow)]
            ),
            (
                .whole(3, sale: "new", configuration: past, products: [ProductInput("a", 1)]),
                [RejectAnswer(kind: .sale, chunk: 0, index: 0, problem: .badWindow)]
            ),
            (
                .whole(4, sale: "sale-1", configuration: SaleInput(currency: "USD")),
                [RejectAnswer(kind: .sale, chunk: 0, index: 0, problem: .currencyChanged)]
            ),
            (
                .whole(
                    5, sale: "sale-1", configuration: nil,
                    products: [ProductInput("c", 1), ProductInput("c", 2)]),
                [RejectAnswer(kind: .product, chunk: 0, index: 1, problem: .doubledProduct)]
            ),
            (
                .whole(
                    6, sale: "sale-1", configuration: nil, products: [ProductInput("c", 1)],
                    purchases: [
                        PurchaseInput("u1", "c", 1), PurchaseInput("u1", "zebra", 1),
                        PurchaseInput("u1", "a", 1), PurchaseInput("u1", "c", 2),
                    ]),
                [
                    RejectAnswer(kind: .purchase, chunk: 0, index: 1, problem: .unknownProduct),
                    RejectAnswer(kind: .purchase, chunk: 0, index: 3, problem: .doubledPurchase),
                ]
            ),
            (
                .whole(
                    7, sale: "sale-1", configuration: nil,
                    products: [ProductInput("c", EngineLimits.saleUnitsMax - 29)]),
                [RejectAnswer(kind: .product, chunk: 0, index: 0, problem: .tooManyUnits)]
            ),
        ]
        let before = harness.sales()
        for (chunk, rejects) in cases {
            let answer = try harness.load(chunk)
            #expect(answer.result == .rejected, "\(chunk)")
            #expect(answer.rejects == rejects)
            #expect(answer.productsAdded == 0)
            #expect(harness.sales() == before)
        }
        let most = ImportRequest.whole(
            8, sale: "sale-1", configuration: nil,
            products: [ProductInput("c", EngineLimits.saleUnitsMax - 30)])
        try harness.expect(.load(most), "committed")
        harness.expectInvariants()
    }

    @Test
    func aBuyersImportedUnitsHaveABound() throws {
        let harness = try EngineHarness.open()
        let most = EngineLimits.importedUnitsMax
        let answer = try harness.load(
            .whole(
                1, sale: "sale-1", configuration: nil,
                purchases: [PurchaseInput("u1", "a", most), PurchaseInput("u1", "b", 1)]))
        #expect(answer.result == .rejected)
        #expect(answer.rejects.map(\.problem) == [.tooManyImported])
        try harness.expect(
            .load(
                .whole(
                    2, sale: "sale-1", configuration: nil,
                    purchases: [PurchaseInput("u1", "a", most - 1), PurchaseInput("u1", "b", 1)])),
            "committed", used: most - 1)
        harness.expectInvariants()
    }

    @Test
    func aDryRunChecksAndChangesNothing() throws {
        let harness = EngineHarness()
        var chunk = self.chunks()[0]
        chunk.validateOnly = true
        try harness.expect(.load(chunk), "valid")
        #expect(harness.sequence == 0)
        chunk.validateOnly = false
        try harness.expect(.load(chunk), "staged")
        var bad = ImportRequest(importID: 9, sale: "new")
        bad.products = [ProductInput("c", 1), ProductInput("c", 1)]
        bad.validateOnly = true
        #expect(try harness.load(bad).result == .rejected)
    }

    @Test
    func importsHaveBounds() throws {
        let harness = EngineHarness()
        for number in 1...EngineLimits.stagedImportsMax {
            var chunk = ImportRequest(importID: number, sale: "sale-\(number)")
            chunk.configuration = SaleInput()
            try harness.expect(.load(chunk), "staged")
        }
        var chunk = ImportRequest(importID: 1_000, sale: "sale-1000")
        chunk.configuration = SaleInput()
        try harness.expect(.load(chunk), "refused importTooLarge")
    }

    @Test
    func aSealedSaleTakesNoImport() throws {
        let harness = try EngineHarness.open()
        harness.wait(9 * EngineHarness.day)
        let chunk = ImportRequest.whole(5, sale: "sale-1", configuration: SaleInput())
        try harness.expect(.load(chunk), "refused saleSealed")
    }

    @Test
    func aNewSaleStartsInTheStateThatItNames() throws {
        for (state, brief) in [
            (SaleStateCode.unspecified, "reserved"), (.open, "reserved"), (.paused, "paused"),
            (.closed, "ended"),
        ] {
            let harness = EngineHarness()
            try harness.preload([ProductInput("a", 1)], configuration: SaleInput(state: state))
            try harness.expect(.reserve("u1", ["a": 1], request: 1), brief)
        }
    }
}
