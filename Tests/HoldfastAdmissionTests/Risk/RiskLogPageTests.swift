import HoldfastAdmission
import Testing

/// Reading the log in pages, while it grows.
@Suite struct RiskLogPageTests {
    private struct Scene: ~Copyable {
        var tables: RiskTables
        var log: RiskLog
        private var request: UInt64 = 0

        init(capacity: Int) throws {
            self.tables = try RiskKit.tables()
            self.log = RiskLog(
                settings: RiskLog.Settings(
                    refusalCapacity: capacity, limitedCapacity: capacity, allowedCapacity: capacity,
                    fullPerSecond: 1_000_000, allowedOneIn: 1))
        }

        mutating func call(_ user: String, ip: String?, limit: LimitDecision = .allowed) {
            self.request += 1
            let input = RiskKit.input(user, request: self.request, ip: ip)
            let now = RiskKit.start + Int64(self.request)
            let verdict = self.tables.evaluate(input, now: now)
            var name = user
            name.withUTF8 {
                self.log.note(
                    input, verdict, user: UnsafeRawBufferPointer($0), limit: limit, now: now,
                    of: &self.tables)
            }
        }

        /// Everything, by pages.
        func read(_ user: String?, countMax: Int, lookMax: Int) -> [RiskLogEntry] {
            let key = user.map { RiskKit.hasher.key(.user, $0) }
            var all: [RiskLogEntry] = []
            var cursor: RiskLog.Cursor? = .start
            while let from = cursor {
                let page = self.log.page(from: from, of: key, countMax: countMax, lookMax: lookMax)
                #expect(page.entries.count <= countMax)
                all += page.entries.map(\.entry)
                cursor = page.next
            }
            return all
        }
    }

    @Test func pagesOfAnySizeGiveTheWholeLogOnce() throws {
        var scene = try Scene(capacity: 64)
        for number in 0..<20 {
            // Without an address a gateway's call is refused: two rules fire.
            scene.call("a \(number % 3)", ip: nil)
            scene.call(
                "b \(number)", ip: "10.0.0.\(number)",
                limit: .refused(.user, retryAfterMilliseconds: 9))
            scene.call("c \(number)", ip: "10.0.1.\(number)")
        }
        #expect(scene.log.refusalCount == 20 && scene.log.limitedCount == 20)
        #expect(scene.log.allowedCount == 20)
        let whole = scene.read(nil, countMax: 1_000, lookMax: 1_000)
        #expect(whole.count == 60)
        var byForEach: [Int64] = []
        scene.log.forEach { byForEach.append($0.milliseconds) }
        #expect(whole.map(\.milliseconds) == byForEach)
        for (count, look) in [(1, 1), (1, 7), (7, 1), (3, 100), (20, 20), (59, 61), (60, 60)] {
            let pages = scene.read(nil, countMax: count, lookMax: look)
            #expect(pages.map(\.milliseconds) == byForEach, "\(count) \(look)")
        }
        let own = scene.read("a 1", countMax: 2, lookMax: 5)
        #expect(own.count == 7 && own.allSatisfy { $0.user == "a 1" })
        #expect(own.map(\.milliseconds) == own.map(\.milliseconds).sorted(by: >))
        #expect(scene.read("nobody", countMax: 5, lookMax: 5).isEmpty)
        #expect(whole[20].limit == .refused(.user, retryAfterMilliseconds: 9))
    }

    @Test func aReaderMissesNothingThatIsStillThereWhileTheLogGrows() throws {
        var scene = try Scene(capacity: 16)
        for _ in 0..<16 { scene.call("a", ip: nil) }
        let first = scene.log.page(from: .start, of: nil, countMax: 4, lookMax: 100)
        let seen = first.entries.map(\.entry.milliseconds)
        let oldest = seen[3]
        // Eight more push eight out: what is left of the old ones is read, and nothing twice.
        for _ in 0..<8 { scene.call("a", ip: nil) }
        let second = scene.log.page(
            from: try #require(first.next), of: nil, countMax: 100, lookMax: 100)
        #expect(
            second.entries.map(\.entry.milliseconds) == [
                oldest - 1, oldest - 2, oldest - 3, oldest - 4,
            ])
        #expect(second.next == nil)
    }

    @Test func aTokenOfAnotherLogIsTheEndAndNoTrap() throws {
        var scene = try Scene(capacity: 4)
        scene.call("a", ip: nil)
        let cursors = [
            RiskLog.Cursor(ring: 15, below: 3), RiskLog.Cursor(ring: 2, below: 0),
            RiskLog.Cursor(ring: 0, below: 0),
        ]
        for cursor in cursors {
            let page = scene.log.page(from: cursor, of: nil, countMax: 4, lookMax: 4)
            #expect(page.entries.isEmpty && page.next == nil)
        }
        let all = scene.log.page(
            from: RiskLog.Cursor(ring: 0, below: .max - 1), of: nil, countMax: 4, lookMax: 4)
        #expect(all.entries.count == 1)
    }

    @Test func whatTheLimiterRefusedPushesNoRefusalOut() throws {
        var scene = try Scene(capacity: 8)
        scene.call("victim", ip: nil)
        for number in 0..<100 {
            scene.call(
                "flood \(number)", ip: "10.0.\(number).1",
                limit: .refused(.address, retryAfterMilliseconds: 1))
        }
        #expect(scene.log.limitedCount == 8)
        #expect(scene.read("victim", countMax: 5, lookMax: 100).count == 1)
    }

    @Test func evidenceOfAnEntryIsThatOfTheCall() throws {
        var tables = try RiskKit.tables()
        var log = RiskLog(settings: RiskLog.Settings(allowedOneIn: 1))
        var request: UInt64 = 0
        for (created, ip) in [
            (RiskKit.start - 400 * RiskKit.day, "203.0.113.7"), (0, "203.0.113.7"), (0, nil),
            (RiskKit.start - 1, "2001:db8::1"),
        ] {
            for number in 0..<12 {
                request += 1
                let input = RiskKit.input(
                    "user \(number)", request: request, device: "device \(request)", ip: ip,
                    created: created, quantity: 9, limit: 3)
                let verdict = tables.evaluate(input, now: RiskKit.start)
                var name = "user"
                name.withUTF8 {
                    log.note(
                        input, verdict, user: UnsafeRawBufferPointer($0), now: RiskKit.start,
                        of: &tables)
                }
                let page = log.page(
                    from: RiskLog.Cursor(ring: verdict.decision == .allow ? 2 : 0, below: .max),
                    of: nil, countMax: 1, lookMax: 1)
                let entry = try #require(page.entries.first?.entry)
                #expect(
                    RiskReplay(rules: .defaults).evidence(of: entry)
                        == tables.evidence(of: verdict, input))
            }
        }
    }

    @Test func aBuyersPresentCountsAreThoseThatTheRulesSee() throws {
        var tables = try RiskKit.tables()
        let ann = RiskKit.hasher.key(.user, "ann")
        #expect(tables.measures(of: ann, now: RiskKit.start).allSatisfy { $0.value == 0 })
        for number in 0..<7 {
            _ = tables.evaluate(
                RiskKit.input(request: UInt64(number % 5), device: "device \(number % 3)"),
                now: RiskKit.start + Int64(number))
        }
        func value(_ feature: RiskFeature, _ window: Int64, _ now: Int64) -> Int64? {
            tables.measures(of: ann, now: now).first {
                $0.feature == feature && $0.windowMilliseconds == window
            }?.value
        }
        let now = RiskKit.start + 7
        #expect(value(.purchasesPerUser, RiskKit.minute, now) == 5)
        #expect(value(.devicesPerUser, RiskKit.day, now) == 3)
        #expect(value(.callsPerUser, RiskKit.second, now) == 7)
        #expect(value(.callsPerUser, RiskKit.second, now + 2_000) == 0)
        #expect(value(.purchasesPerUser, RiskKit.minute, now + RiskKit.minute) == 0)
    }
}
