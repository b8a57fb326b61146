import HoldfastEngine
import Testing

/// Events: one for each fact, none for a refusal, and a shard made of them alone is the same shard.
@Suite
struct EventTests {
    private func lifeOfASale() throws -> EngineHarness {
        let harness = try EngineHarness.open(
            limitA: 5, purchases: [PurchaseInput("u9", "a", 2, order: "old")])
        for number in 1...6 {
            try harness.reserve(
                "u\(number)", ["a": 1, "b": 1], request: number, hold: 9_000, order: "o-\(number)")
        }
        try harness.reserve("u7", ["a": 9], request: 7, hold: 20_000, partial: true)
        try harness.confirm(.request(1), payment: "p-1")
        try harness.confirm(.request(2), ["b": 1])
        try harness.cancel(.request(3))
        try harness.extend(.request(4), by: 5_000)
        _ = harness.run(.release("u5", blacklisted: true))
        try harness.confirm(.request(5))
        harness.wait(9_000)
        try harness.confirm(.request(6))
        try harness.cancel(.request(99))
        try harness.confirm(.request(99))
        let id = try harness.get(.request(1)).reservation
        try harness.refund(id, ["a": 1], request: 50, restock: false)
        _ = harness.run(.adjust("a", by: 7, request: 51))
        _ = harness.run(.saleState(.paused, request: 52))
        _ = harness.run(.productState("b", .paused, request: 53))
        let staged = ImportRequest.chunks(
            77, sale: "sale-9", configuration: SaleInput(),
            parts: [([ProductInput("x", 1)], []), ([], [])])
        try harness.load(staged[0])
        return harness
    }

    @Test
    func aShardMadeOfTheEventsAloneAnswersTheSame() throws {
        let harness = try self.lifeOfASale()
        let copy = harness.replayed()
        #expect(copy.sequence == harness.sequence)
        #expect(copy.violations() == [])
        #expect(copy.sales() == harness.sales())
        #expect(copy.counts.liveHolds == harness.counts.liveHolds)
        // A new shard looks once at everything before it knows when it has to.
        copy.expireAll()
        harness.expireAll()
        #expect(copy.nextDeadline == harness.nextDeadline)
        var requests: [EngineRequest] = (1...7).map { .get(.request($0), in: "sale-1") }
        requests += (1...9).map { .stock(user: "u\($0)", in: "sale-1") }
        requests += [
            // What is remembered is remembered.
            .get(.request(99), in: "sale-1"), .confirm(.request(99)),
            .reserve("u1", ["a": 1, "b": 1], request: 1, hold: 9_000, order: "o-1"),
            .reserve("u1", ["a": 1, "b": 1], request: 1, hold: 9_001, order: "o-1"),
            .reserve("u7", ["a": 9], request: 7, hold: 20_000, partial: true),
            .reserve("u1", ["a": 1], request: 99), .reserve("u5", ["a": 1], request: 100),
            .confirm(.request(1)), .confirm(.request(2), ["b": 1]), .confirm(.request(5)),
            .adjust("a", by: 7, request: 51), .adjust("a", by: 8, request: 51),
            .saleState(.paused, request: 52), .productState("b", .paused, request: 53),
            .saleState(.open, request: 54), .reserve("u8", ["a": 2], request: 101),
            .extend(.request(4), by: 5_000), .extend(.request(7), by: 1_000),
        ]
        for request in requests {
            #expect(harness.run(request) == copy.run(request), "\(request)")
        }
        let staged = ImportRequest.chunks(
            77, sale: "sale-9", configuration: SaleInput(),
            parts: [([ProductInput("x", 1)], []), ([], [])])
        try copy.expect(.load(staged[0]), "staged replayed")
        try copy.expect(.load(staged[1]), "committed", "1+0+0", of: "x", in: "sale-9")
        try harness.expect(.load(staged[1]), "committed", "1+0+0", of: "x", in: "sale-9")
        harness.wait(60_000)
        copy.wait(60_000)
        #expect(copy.sales() == harness.sales())
        #expect(copy.sequence == harness.sequence)
    }

    @Test
    func theSameCommandsGiveTheSameEventsWhateverTheTablesKey() throws {
        var settings = ShardSettings()
        settings.tableKey = (0xFEED, 0xF00D)
        func run(_ harness: EngineHarness) throws -> [UInt8] {
            try harness.preload([ProductInput("a", 300), ProductInput("b", 300)])
            for number in 1...500 {
                try harness.reserve(
                    "u\(number % 50)", ["a": 1, "b": 1], request: number, hold: 1_000, partial: true
                )
                if number % 7 == 0 { harness.wait(300) }
            }
            harness.wait(5_000)
            return harness.log.bytes
        }
        #expect(try run(EngineHarness()) == run(EngineHarness(settings: settings)))
    }

    @Test
    func everySequenceNumberIsUsedOnceAndInOrder() throws {
        let harness = try self.lifeOfASale()
        var expected: UInt64 = 0
        harness.log.forEach { event in
            expected += 1
            let sequence = UInt64(
                littleEndian: event.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            #expect(sequence == expected)
        }
        #expect(expected == harness.sequence)
        #expect(UInt64(harness.log.count) == harness.sequence)
    }

    @Test
    func refusalsReadsAndReplaysMakeNoEvent() throws {
        let harness = try self.lifeOfASale()
        let before = harness.sequence
        let requests: [EngineRequest] = [
            .reserve("u1", ["a": 1, "b": 1], request: 1, hold: 9_000, order: "o-1"),
            .reserve("u1", ["zebra": 1], request: 200), .reserve("u1", ["a": 1], request: 201),
            .reserve("u1", ["a": 1], request: 99), .confirm(.request(1)), .confirm(.request(300)),
            .confirm(.request(5)), .cancel(.request(3), in: "sale-1"),
            .cancel(.request(1), in: "sale-1"), .cancel(.request(99), in: "sale-1"),
            .extend(.request(4), by: 1), .extend(.request(3), by: 1),
            .get(.request(1), in: "sale-1"), .stock(in: "sale-1"),
            .adjust("a", by: 7, request: 51), .adjust("a", by: -9_999, request: 202),
            .saleState(.paused, request: 52), .productState("b", .paused, request: 53),
        ]
        for request in requests {
            _ = harness.run(request)
            #expect(harness.sequence == before, "\(request)")
        }
    }

    @Test
    func anAnswerWaitsForTheNewestEventThatItReports() throws {
        let harness = try EngineHarness.open(limitA: 4)
        func visible(_ request: EngineRequest) -> UInt64 {
            _ = harness.run(request)
            return harness.visibleAfter[0]
        }
        #expect(visible(.reserve("u1", ["a": 4], request: 1)) == harness.sequence)
        let taken = harness.sequence
        #expect(visible(.reserve("u2", ["b": 1], request: 2)) == harness.sequence)
        // Limited or short: the product's newest event that took stock, or later.
        #expect(visible(.reserve("u1", ["a": 1], request: 3)) == taken)
        #expect(visible(.reserve("u1", ["zebra": 1], request: 4)) == 0)
        #expect(visible(.reserve("u1", ["a": 1], request: 5, sale: "nowhere")) == 0)
        #expect(visible(.reserve("u1", ["b": 1], request: 5, verdict: .riskRejected)) == 0)
        #expect(visible(.reserve("u1", ["b": 1], request: 5, verdict: .challengeRequired)) == 0)
        #expect(visible(.get(.request(77), in: "sale-1")) == 0)
        // Reads and replays report at least what they tell of.
        #expect(visible(.stock(in: "sale-1")) == harness.sequence)
        #expect(visible(.get(.request(1), in: "sale-1")) == harness.sequence)
        #expect(visible(.reserve("u1", ["a": 4], request: 1)) >= taken)
        #expect(visible(.confirm(.request(1))) == harness.sequence)
        #expect(visible(.cancel(.request(1), in: "sale-1")) == harness.sequence)
        #expect(visible(.cancel(.request(2), in: "sale-1")) == harness.sequence)
        #expect(visible(.saleState(.closed, request: 6)) == harness.sequence)
        #expect(visible(.reserve("u1", ["a": 1], request: 7)) == harness.sequence)
    }

    @Test
    func aSalesShardIsAlwaysTheSame() {
        let arena = TestArena()
        // Frozen: data directories are laid out by it.
        let known = ["sale-1", "sale-2", "sale-3", "活动"].map {
            Shard.index(ofSale: arena.view($0), shardCount: 64)
        }
        #expect(known == [26, 12, 57, 63])
        var used: Set<Int> = []
        for number in 0..<2_000 {
            let shard = Shard.index(ofSale: arena.view("campaign-\(number)"), shardCount: 64)
            #expect((0..<64).contains(shard))
            used.insert(shard)
        }
        #expect(used.count == 64, "sales spread over all shards")
    }
}
