import HoldfastEngine
import Testing

/// How large an order is, as admission asks before it is decided (RULES 8).
@Suite struct OrderTermsTests {
    private func terms(
        _ harness: EngineHarness, _ lines: [(String, Int64)], sale: String = EngineRequest.sale
    ) -> (quantity: Int64, limit: Int64, amount: Int64) {
        let arena = TestArena()
        let requests = lines.map {
            LineRequest(productID: arena.view($0.0), quantity: $0.1)
        }
        let terms = requests.withUnsafeBufferPointer {
            harness.shard.orderTerms(saleID: arena.view(sale), lines: $0)
        }
        return (terms.quantity, terms.limitPerUser, terms.amountMinor)
    }

    @Test func theLineNearestToItsLimitCounts() throws {
        // a costs 100 and has a limit of 5, b costs 250 and has none.
        let harness = try EngineHarness.open(limitA: 5)
        #expect(self.terms(harness, [("a", 4)]) == (4, 5, 400))
        #expect(self.terms(harness, [("a", 4), ("b", 1)]) == (4, 5, 650))
        // Without a limit two are many.
        #expect(self.terms(harness, [("a", 4), ("b", 2)]) == (2, 0, 900))
        #expect(self.terms(harness, [("b", 1), ("a", 1)]) == (1, 0, 350))
    }

    @Test func theSalesOwnLimitCountsTheWholeOrder() throws {
        let harness = try EngineHarness.open(limitA: 5, saleLimit: 6)
        #expect(self.terms(harness, [("a", 4)]) == (4, 5, 400))
        let many = self.terms(harness, [("a", 4), ("b", 5)])
        #expect(many == (5, 0, 1_650))
    }

    @Test func theSmallestLimitIsTwo() throws {
        let harness = try EngineHarness.open(limitA: 1)
        // One of one is all that a buyer may have, and no large order.
        let one = self.terms(harness, [("a", 1)])
        #expect(one == (1, 1, 100))
    }

    @Test func whatTheSaleDoesNotHaveCountsAsOneWithoutPrice() throws {
        let harness = try EngineHarness.open()
        #expect(self.terms(harness, [("zebra", 3)]) == (3, 0, 0))
        #expect(self.terms(harness, [("a", 3)], sale: "other") == (3, 0, 0))
    }
}
