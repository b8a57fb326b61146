import HoldfastAdmission
import Testing

/// Bounded memory: what happens to those for whom there is no room, and that room comes back.
@Suite struct RiskMemoryTests {
    private static func tables(users: Int, addresses: Int = 4_096) throws -> RiskTables {
        try RiskKit.tables(
            capacity: RiskCapacity(users: users, addresses: addresses, listWords: 1 << 14))
    }

    @Test func aBuyerWithoutRoomIsChallengedAndCounted() throws {
        var tables = try Self.tables(users: 100)
        for index in 0..<100 {
            let verdict = tables.evaluate(
                RiskKit.input("user \(index)", request: 1, ip: "10.0.0.\(index)"),
                now: RiskKit.start)
            #expect(verdict.decision == .allow)
        }
        let late = RiskKit.input("late", request: 1, ip: "10.0.1.1")
        #expect(tables.peek(late, now: RiskKit.start).isUntracked)
        let verdict = tables.evaluate(late, now: RiskKit.start)
        #expect(verdict.isUntracked && verdict.score == 450 && verdict.decision == .challenge)
        #expect(tables.counters.untracked == 1)
        // Those who are known go on as before, and are not forgotten for a newcomer.
        for request in 2...9 {
            let known = tables.evaluate(
                RiskKit.input("user 5", request: UInt64(request), ip: "10.0.0.5"),
                now: RiskKit.start + Int64(request))
            #expect(known.decision == .allow)
        }
        _ = tables.evaluate(
            RiskKit.input("user 5", request: 10, ip: "10.0.0.5"), now: RiskKit.start + 20)
        let eleventh = tables.evaluate(
            RiskKit.input("user 5", request: 11, ip: "10.0.0.5"), now: RiskKit.start + 20)
        #expect(eleventh.decision == .reject)
    }

    @Test func anAddressWithoutRoomIsChallengedAndCounted() throws {
        var tables = try Self.tables(users: 1_000, addresses: 10)
        for index in 0..<10 {
            _ = tables.evaluate(
                RiskKit.input("user \(index)", request: 1, ip: "10.0.0.\(index)"),
                now: RiskKit.start)
        }
        let verdict = tables.evaluate(
            RiskKit.input("late", request: 1, ip: "10.0.1.1"), now: RiskKit.start)
        #expect(verdict.isUntracked && verdict.decision == .challenge)
    }

    @Test func roomComesBackWhenWindowsPass() throws {
        var tables = try Self.tables(users: 50)
        var untracked = 0
        // Two hours of new buyers, one every 80 seconds: 45 an hour, and of the older ones only a device counts.
        for index in 0..<90 {
            let verdict = tables.evaluate(
                RiskKit.input("user \(index)", request: 1, ip: "10.0.0.1"),
                now: RiskKit.start + Int64(index) * 80_000)
            if verdict.isUntracked { untracked += 1 }
        }
        #expect(untracked == 0)
        #expect(tables.counters.forgotten > 0)
        #expect(tables.userCount <= 50)
        tables.sweep(now: RiskKit.start + 3 * RiskKit.day, recordCount: 1_000)
        #expect(tables.userCount == 0 && tables.addressCount == 0)
    }

    @Test func listsThatFindNoRoomKeepTheNewestAndSaySo() throws {
        // 1,024 words: the lists of a few busy buyers use them up.
        var tables = try RiskKit.tables(
            capacity: RiskCapacity(users: 1_000, addresses: 1_000, listWords: 1_024))
        var untracked = 0
        for round in 0..<60 {
            for user in 0..<40 {
                let verdict = tables.evaluate(
                    RiskKit.input(
                        "user \(user)", request: UInt64(round), ip: "10.0.0.\(user)"),
                    now: RiskKit.start + Int64(round) * 10)
                if verdict.isUntracked { untracked += 1 }
                if verdict.isUntracked { #expect(verdict.decision >= .challenge) }
            }
        }
        #expect(untracked > 0)
        // Once all windows have passed the room is there again.
        let later = RiskKit.start + 2 * RiskKit.day
        tables.sweep(now: later, recordCount: 1_000)
        #expect(tables.userCount == 0)
        for request in 0..<9 {
            let verdict = tables.evaluate(
                RiskKit.input(request: UInt64(request)), now: later)
            #expect(!verdict.isUntracked && verdict.decision == .allow)
        }
    }
}
