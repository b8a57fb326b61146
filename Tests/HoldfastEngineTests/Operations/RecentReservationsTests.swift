import HoldfastEngine
import Testing

/// What a shard knows of when its reservations were made: admission asks once, after recovery.
@Suite struct RecentReservationsTests {
    private func recent(
        _ harness: EngineHarness, since: Int64 = 0, countMax: Int = .max
    ) -> [(made: Int64, user: String)] {
        harness.shard.takeRecentReservations(since: since, now: harness.now, countMax: countMax)
            .map { entry in
                let reservation = harness.shard.recentReservation(entry.slot)
                #expect(
                    String(decoding: reservation.saleID.buffer, as: UTF8.self)
                        == EngineRequest.sale)
                return (
                    entry.madeMilliseconds,
                    String(decoding: reservation.userID.buffer, as: UTF8.self)
                )
            }
    }

    /// Six reservations with hold times of all kinds: held, confirmed, cancelled, extended, expired.
    private func scene() throws -> (harness: EngineHarness, made: [Int64]) {
        let harness = try EngineHarness.open(unitsA: 100)
        var made: [Int64] = []
        let holds: [Int64] = [0, 1_000, 0, 4 * 3_600_000, 0, 2_000]
        for (number, hold) in holds.enumerated() {
            harness.now += 1_000
            made.append(harness.now)
            try harness.reserve("user \(number)", ["a": 1], request: number + 1, hold: hold)
        }
        try harness.confirm(.request(1))
        try harness.cancel(.request(3))
        try harness.extend(.request(5), by: 60_000)
        harness.wait(10_000)
        return (harness, made)
    }

    @Test func whatIsReplayedIsDatedByItsEvents() throws {
        let (harness, made) = try self.scene()
        let found = self.recent(harness.replayed())
        #expect(found.map(\.made) == made.reversed())
        #expect(found.map(\.user) == (0..<6).reversed().map { "user \($0)" })
        // Only what is newer, and only the newest.
        #expect(self.recent(harness.replayed(), since: made[3]).map(\.made) == [made[5], made[4]])
        #expect(self.recent(harness.replayed(), countMax: 2).map(\.made) == [made[5], made[4]])
    }

    @Test func whatASnapshotBringsIsDatedByItsFirstDeadline() throws {
        let harness = try EngineHarness.open(unitsA: 100)
        var made: [Int64] = []
        for number in 0..<5 {
            harness.now += 1_000
            made.append(harness.now)
            try harness.reserve("user \(number)", ["a": 1], request: number + 1)
        }
        try harness.confirm(.request(1))
        try harness.cancel(.request(2))
        try harness.extend(.request(3), by: 60_000)
        let copy = try harness.restored(harness.image())
        #expect(self.recent(copy).map(\.made) == made.reversed())
    }

    @Test func aHoldTimeOfTheCallsOwnDatesNobodyElseWrong() throws {
        let (harness, made) = try self.scene()
        let copy = try harness.restored(harness.image())
        let found = Array(self.recent(copy).reversed())
        #expect(found.map(\.user) == (0..<6).map { "user \($0)" })
        for number in [0, 2, 4] { #expect(found[number].made == made[number]) }
        // They asked for seconds and look older than they are; four hours look newer, but not newer than now.
        #expect(found[1].made < made[1] && found[5].made < made[5])
        #expect(found[3].made == harness.now)
        #expect(harness.violations().isEmpty)
    }

    @Test func aSnapshotAndWhatCameBehindItGoTogether() throws {
        let harness = try EngineHarness.open(unitsA: 100)
        harness.now += 1_000
        try harness.reserve("before", ["a": 1])
        let copy = try harness.restored(harness.image())
        copy.now += 5_000
        try copy.reserve("behind", ["a": 1], hold: 1_000)
        // The copy has decided this one itself; its events are replayed onto the same image.
        let again = try harness.restored(harness.image())
        copy.log.forEach { again.shard.apply(encoded: $0) }
        again.now = copy.now
        let found = self.recent(again)
        #expect(found.map(\.user) == ["behind", "before"])
        #expect(found.map(\.made) == [copy.now, harness.now])
    }

    @Test func manyInOneInstantTakeOneNote() throws {
        let harness = try EngineHarness.open(unitsA: 1_000)
        for number in 0..<200 {
            // Ten in a millisecond.
            if number % 10 == 0 { harness.now += 1 }
            try harness.reserve("user \(number)", ["a": 1], hold: 1_000)
        }
        let found = self.recent(harness.replayed())
        #expect(found.count == 200)
        // At most 64 ms too early, never too late.
        #expect(found.allSatisfy { $0.made <= harness.now && $0.made > harness.now - 64 })
    }

    @Test func theSearchEndsWhereNothingIsRecent() throws {
        let harness = try EngineHarness.open(unitsA: 100_000)
        for number in 0..<6_000 { try harness.reserve("old \(number)", ["a": 1]) }
        harness.now += 2 * 3_600_000
        for number in 0..<3 { try harness.reserve("new \(number)", ["a": 1]) }
        let copy = try harness.restored(harness.image())
        #expect(
            self.recent(copy, since: harness.now - 1_000).map(\.user) == [
                "new 2", "new 1", "new 0",
            ])
    }
}
