import HoldfastEngine
import Testing

/// Deadlines, time that does not run backwards, mass expiry and the seal (RULES 5).
@Suite
struct TimeTests {
    @Test
    func aHoldLapsesAtItsDeadlineWhetherOrNotAnybodyHasExpiredIt() throws {
        let harness = try EngineHarness.open(limitA: 1, unitsA: 1)
        try harness.reserve("u1", ["a": 1], request: 1, hold: 1_000)
        harness.now += 999
        try harness.expect(.reserve("u2", ["a": 1], request: 2), "soldOut", "0+1+0")
        harness.now += 1
        try harness.expect(.reserve("u2", ["a": 1], request: 2), "reserved", "0+1+0", used: 0)
        #expect(try harness.get(.request(1)).state == .expired)
    }

    @Test
    func expiryGivesEveryLineBackOnce() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 2, "b": 3], hold: 1_000)
        #expect(harness.nextDeadline == harness.now + 1_000)
        harness.now += 1_000
        #expect(harness.expire() == 1)
        #expect(harness.expire() == 0)
        #expect(try harness.product("a", user: "u1").counts == "10+0+0")
        #expect(try harness.product("b", user: "u1").used == 0)
        harness.expectInvariants()
    }

    @Test
    func theNextDeadlineIsAlwaysTheLeast() throws {
        var settings = ShardSettings()
        settings.lapsesMax = 0
        let harness = try EngineHarness.open(unitsA: 1_000, settings: settings)
        var random = SplitMix64(seed: 4)
        var deadlines: [Int: Int64] = [:]
        for number in 1...400 {
            harness.now += Int64(random.below(40))
            harness.expireAll()
            deadlines = deadlines.filter { $0.value > harness.now }
            // More different lengths than any fixed number of queues.
            let hold = Int64(1_000 + random.below(9_000))
            let answer = try harness.reserve("u1", ["a": 1], request: number, hold: hold)
            deadlines[number] = answer.deadline
            if random.chance(30), let other = deadlines.keys.sorted().first {
                let extended = try harness.extend(
                    .request(other), by: Int64(1_000 + random.below(5_000)))
                deadlines[other] = extended.deadline
            }
            if random.chance(30), let other = deadlines.keys.sorted().last {
                try harness.cancel(.request(other))
                deadlines[other] = nil
            }
            if let least = deadlines.values.min() { #expect(harness.nextDeadline == least) }
            #expect(try harness.product("a").held == Int64(deadlines.count))
        }
        harness.expectInvariants()
    }

    @Test
    func timeNeverRunsBackwards() throws {
        let harness = try EngineHarness.open()
        try harness.reserve("u1", ["a": 1], request: 1, hold: 1_000)
        harness.wait(1_000)
        harness.now -= 900
        #expect(try harness.get(.request(1)).state == .expired)
        let answer = try harness.reserve("u1", ["a": 1], request: 2, hold: 1_000)
        #expect(answer.deadline == EngineHarness.epoch + 2_000)
        #expect(try harness.stock().serverTime == EngineHarness.epoch + 1_000)
    }

    @Test
    func expiryIsBoundedATurn() throws {
        let harness = try EngineHarness.open(unitsA: 5_000)
        self.fill(harness, count: 3_000)
        harness.now += 1_000
        #expect(harness.expire(limit: 10) == 10)
        #expect(harness.expire() == EngineLimits.expiriesPerTurnMax)
        harness.expireAll()
        #expect(try harness.product("a").counts == "5000+0+0")
        harness.expectInvariants()
    }

    /// `count` buyers hold one unit of `a` each for a second; requests 1 … count.
    private func fill(_ harness: EngineHarness, count: Int) {
        var number = 1
        while number <= count {
            let end = min(number + 999, count)
            let answers = harness.run(
                (number...end).map { .reserve("user-\($0)", ["a": 1], request: $0, hold: 1_000) })
            #expect(answers.allSatisfy { $0.brief == "reserved" })
            number = end + 1
        }
    }

    /// A sale of 6,000 units whose holds are all due, none expired: more than one turn can expire.
    private func stampede() throws -> EngineHarness {
        let harness = try EngineHarness.open(unitsA: 6_000)
        self.fill(harness, count: 6_000)
        harness.now += 1_000
        return harness
    }

    @Test
    func aDueHoldIsExpiredForWhoeverAsksThoughItsTurnHasNotCome() throws {
        let harness = try self.stampede()
        let answers = harness.run([
            .get(.request(6_000), in: "sale-1"), .extend(.request(5_999), by: 1_000),
            .cancel(.request(5_998), in: "sale-1"), .confirm(.request(5_997)),
            .reserve("user-5996", ["a": 1], request: 5_996, hold: 1_000),
        ])
        #expect(
            answers.map(\.brief) == [
                "found expired", "notHeld", "cancelled", "confirmed late", "reserved replayed",
            ])
        guard case .extend(let extend) = answers[1], case .reserve(let replay) = answers[4] else {
            return
        }
        #expect(extend.state == .expired)
        #expect(replay.state == .expired)
        harness.expireAll()
        #expect(try harness.product("a").counts == "5999+0+1")
        harness.expectInvariants()
    }

    @Test
    func aStampedeOfLapsesIsNeverSoldOut() throws {
        let harness = try self.stampede()
        // Enough has been expired for a small one; a large one is told to come again, not that it is sold out.
        try harness.expect(.reserve("u1", ["a": 100], request: 9_001), "reserved")
        var answer = harness.run(.reserve("u2", ["a": 5_900], request: 9_002))
        #expect(answer.brief == "refused expiryBacklog")
        var turns = 0
        while answer.brief != "reserved" && turns < 20 {
            answer = harness.run(.reserve("u2", ["a": 5_900], request: 9_002))
            #expect(["refused expiryBacklog", "reserved"].contains(answer.brief))
            turns += 1
        }
        #expect(answer.brief == "reserved")
        harness.expectInvariants()
    }

    @Test
    func aPartialReserveInAStampedeIsNotClippedByWhatIsDue() throws {
        let harness = try self.stampede()
        var answer = harness.run(.reserve("u1", ["a": 5_900], request: 9_001, partial: true))
        var turns = 0
        while answer == .refused(.expiryBacklog) && turns < 20 {
            answer = harness.run(.reserve("u1", ["a": 5_900], request: 9_001, partial: true))
            turns += 1
        }
        guard case .reserve(let reserve) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(reserve.lines.map(\.granted) == [5_900])
        harness.expectInvariants()
    }

    @Test
    func stockIsNeverShownWithDueHoldsInIt() throws {
        let harness = try self.stampede()
        var turns = 0
        while turns < 20 {
            let answer = harness.run(.stock(["a"], in: "sale-1"))
            if case .stock(let stock) = answer {
                #expect(stock.rows.first?.counts == "6000+0+0")
                break
            }
            #expect(answer == .refused(.expiryBacklog))
            turns += 1
        }
        #expect(turns < 20)
    }

    @Test
    func aBuyersOwnDueHoldsDoNotCountAgainstTheLimitOfAnotherProduct() throws {
        let harness = try EngineHarness.open(saleLimit: 5, unitsA: 6_000)
        try harness.reserve("me", ["b": 5], request: 50_000, hold: 2_000)
        harness.now += 1_000
        self.fill(harness, count: 1_000)
        harness.now += 1_000
        // All are due; those of `a` come first and are more than a batch expires unasked.
        try harness.expect(.reserve("me", ["a": 5], request: 50_001), "reserved", used: 5, by: "me")
        harness.expireAll()
        harness.expectInvariants()
    }

    @Test
    func aBuyersDueHoldsAreNotShownAsUsed() throws {
        let harness = try EngineHarness.open(saleLimit: 9, unitsA: 6_000)
        try harness.reserve("me", ["b": 5], request: 50_000, hold: 2_500)
        harness.now += 1_000
        self.fill(harness, count: 1_000)
        harness.now += 1_500
        // All are due, the buyer's own hold as the last: a batch does not reach it unasked.
        #expect(try harness.stock(["a"], user: "me").saleUsed == 0)
        try harness.expect(.reserve("me", ["a": 1], request: 50_001), "reserved")
        let replay = harness.run(.reserve("me", ["a": 1], request: 50_001))
        guard case .reserve(let answer) = replay else { return }
        #expect(answer.saleUsed == 1)
        #expect(try harness.stock(["b"], user: "me").rows.map(\.used) == [0])
    }

    @Test
    func lateConfirmsInAStampedeNeverGetAWrongVerdict() throws {
        let harness = try EngineHarness.open(unitsA: 3_000)
        try harness.reserve("me", ["a": 1], request: 50_000, hold: 1_000)
        harness.wait(1_000)
        self.fill(harness, count: 3_000)
        harness.now += 1_000
        // All of `a` is in due holds.
        try harness.expect(.confirm(.request(50_000)), "confirmed late")
        harness.expireAll()
        #expect(try harness.product("a", user: "me").counts == "2999+0+1")
    }

    // MARK: - The seal

    @Test
    func aSaleIsSealedARetentionAfterItsEnd() throws {
        let harness = try EngineHarness.open()
        let end = EngineHarness.epoch + 7 * EngineHarness.day
        try harness.reserve("u1", ["a": 1], request: 1)
        try harness.confirm(.request(1))
        let id = try harness.get(.request(1)).reservation
        harness.wait(end + EngineHarness.day - 1 - harness.now)
        try harness.expect(.get(.request(1), in: "sale-1"), "found confirmed")
        harness.wait(1)
        #expect(harness.sales()[0].state == .sealed)
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "ended")
        try harness.expect(.reserve("u1", ["zebra": 1], request: 2), "ended")
        let sealed: [EngineRequest] = [
            .confirm(.request(1)), .confirm(.request(9)), .cancel(.request(1), in: "sale-1"),
            .cancel(.request(9), in: "sale-1"), .extend(.request(1), by: 0),
            .refund(id, request: 3), .get(.request(1), in: "sale-1"), .stock(in: "sale-1"),
            .adjust("a", by: 1, request: 4), .saleState(.open, request: 5),
            .productState("a", .paused, request: 6), .release("u1", blacklisted: true),
        ]
        for request in sealed { #expect(harness.run(request) == .refused(.saleSealed)) }
    }

    @Test
    func aSaleWithALiveHoldIsNotSealed() throws {
        var settings = ShardSettings()
        settings.retentionMilliseconds = 1_000
        let harness = try EngineHarness.open(settings: settings)
        try harness.reconfigure { $0.endsAt = harness.now + 1_000 }
        try harness.reserve("u1", ["a": 1], request: 1, hold: 60_000)
        harness.wait(59_999)
        try harness.expect(.get(.request(1), in: "sale-1"), "found held")
        harness.wait(1)
        harness.wait(1_000)
        #expect(harness.sales()[0].state == .sealed)
        #expect(try harness.replayedSealIsSealed())
    }

    @Test
    func aSaleWhoseEndMovesIsSealedByItsNewEnd() throws {
        let harness = try EngineHarness.open()
        try harness.reconfigure { $0.endsAt = EngineHarness.epoch + EngineHarness.day }
        try harness.reconfigure { $0.endsAt = EngineHarness.epoch + 3 * EngineHarness.day }
        harness.wait(2 * EngineHarness.day)
        try harness.expect(.reserve("u1", ["a": 1], request: 1), "reserved")
        try harness.reconfigure { $0.endsAt = EngineHarness.epoch + EngineHarness.day }
        harness.wait(EngineHarness.day)
        #expect(harness.sales()[0].state == .sealed)
    }
}

extension EngineHarness {
    /// Whether a shard made of the events alone has the first sale sealed too.
    func replayedSealIsSealed() throws -> Bool { self.replayed().sales()[0].state == .sealed }
}
