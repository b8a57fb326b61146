import HoldfastAdmission
import Testing

/// The log of refusals: bounded, sampled with honest weights, and good for trying other rules.
@Suite struct RiskLogTests {
    private static func note(
        _ log: inout RiskLog, _ tables: inout RiskTables, _ user: String, _ input: RiskInput,
        _ now: Int64
    ) {
        let verdict = tables.evaluate(input, now: now)
        var user = user
        user.withUTF8 {
            log.note(input, verdict, user: UnsafeRawBufferPointer($0), now: now, of: &tables)
        }
    }

    private static func entries(_ log: borrowing RiskLog) -> [RiskLogEntry] {
        var entries: [RiskLogEntry] = []
        log.forEach { entries.append($0) }
        return entries
    }

    @Test func aFloodIsThinnedAndTheWeightsStillAddUp() throws {
        var tables = try RiskKit.tables()
        var log = RiskLog(
            settings: .init(
                refusalCapacity: 8_192, allowedCapacity: 64, fullPerSecond: 100,
                allowedOneIn: 10))
        for index in 0..<30_000 {
            Self.note(
                &log, &tables, "bot", RiskKit.input("bot", request: UInt64(index)),
                RiskKit.start + Int64(index) / 30)
        }
        let refusals = Self.entries(log).filter { $0.verdict.decision != .allow }
        // 29,990 refusals in one second: the first hundreds all, the rest ever thinner.
        #expect(refusals.count > 300 && refusals.count < 1_500, "\(refusals.count)")
        let total = refusals.reduce(0) { $0 + $1.weight }
        #expect(total <= 29_990 && total > 29_000, "\(total)")
        #expect(refusals.suffix(100).allSatisfy { $0.weight == 1 })
    }

    @Test func refusalsPushOutNoSampleOfTheAllowed() throws {
        var tables = try RiskKit.tables()
        var log = RiskLog(
            settings: .init(
                refusalCapacity: 16, allowedCapacity: 8, fullPerSecond: 1_000, allowedOneIn: 2))
        for index in 0..<40 {
            Self.note(
                &log, &tables, "good \(index)",
                RiskKit.input("good \(index)", request: 1, ip: "10.0.\(index).1"), RiskKit.start)
        }
        for index in 0..<100 {
            Self.note(
                &log, &tables, "bot", RiskKit.input("bot", request: UInt64(index)),
                RiskKit.start + 1)
        }
        #expect(log.refusalCount == 16 && log.allowedCount == 8)
        let samples = Self.entries(log).filter { $0.verdict.decision == .allow }
        #expect(samples.allSatisfy { $0.weight == 2 })
        #expect(samples.first?.user == "bot", "\(samples.map(\.user))")
    }

    @Test func aBuyersRefusalsAreFoundWithTheirEvidence() throws {
        var tables = try RiskKit.tables()
        var log = RiskLog()
        for index in 0..<12 {
            Self.note(
                &log, &tables, "eve", RiskKit.input("eve", request: UInt64(index)),
                RiskKit.start + Int64(index))
        }
        let key = RiskKit.hasher.key(.user, "eve")
        let found = log.entries(of: key, countMax: 10)
        #expect(found.map(\.milliseconds) == [RiskKit.start + 11, RiskKit.start + 10])
        #expect(found.first?.user == "eve")
        #expect(found.first?.rulesVersion == 1)
        let minute = found.first?.measures.first {
            $0.feature == .purchasesPerUser && $0.windowMilliseconds == RiskKit.minute
        }
        #expect(minute?.value == 12)
        #expect(log.entries(of: key, countMax: 1).count == 1)
        #expect(log.entries(of: RiskKit.hasher.key(.user, "bob"), countMax: 10).isEmpty)
    }

    @Test func theSameRulesGiveTheSameVerdicts() throws {
        var random = SplitMix64(seed: 5)
        var tables = try RiskKit.tables()
        var log = RiskLog(settings: .init(fullPerSecond: 100_000, allowedOneIn: 1))
        var time = RiskKit.start
        for _ in 0..<3_000 {
            time += Int64(random.next() % 2_000)
            let user = "user \(random.next() % 12)"
            let input = RiskKit.input(
                user, request: random.next() % 400,
                device: random.next() % 9 == 0 ? nil : "device \(random.next() % 7)",
                ip: random.next() % 50 == 0 ? nil : "10.0.0.\(random.next() % 6)",
                created: random.next() % 5 == 0 ? 0 : time - Int64(random.next() % 172_800_000),
                quantity: Int64(1 + random.next() % 3), limit: 2)
            Self.note(&log, &tables, user, input, time)
        }
        let replay = RiskReplay(rules: .defaults)
        var decisions: Set<RiskDecision> = []
        for entry in Self.entries(log) {
            let result = replay.judge(entry)
            guard result.least == entry.verdict, result.most == entry.verdict,
                result.undecided == 0
            else {
                Issue.record("\(entry.verdict) became \(result)")
                return
            }
            decisions.insert(entry.verdict.decision)
        }
        #expect(decisions.count == 3)
    }

    @Test func aTestOfOtherRulesShowsWhatWouldChange() throws {
        var tables = try RiskKit.tables()
        var log = RiskLog(settings: .init(allowedOneIn: 1))
        for index in 0..<20 {
            Self.note(
                &log, &tables, "eve", RiskKit.input("eve", request: UInt64(index)),
                RiskKit.start + Int64(index))
        }
        var softer = RiskRules.defaults
        softer.rules[4].condition = .over(11)
        // The list keeps 101 moments for the rule over an hour, so up to 100 a minute can be decided.
        let report = RiskReplayReport(log, rules: softer)
        #expect(report.undecidedCalls == 0)
        #expect(report.calls == [[10, 0, 0], [0, 0, 0], [1, 0, 9]])
        #expect(report.changed.count == 1)
        var stricter = RiskRules.defaults
        stricter.rules[4].condition = .over(4)
        let strict = RiskReplayReport(log, rules: stricter)
        #expect(strict.calls == [[4, 0, 6], [0, 0, 0], [0, 0, 10]])
        // A window that was not measured: what a shorter or longer one says decides, or nothing does.
        var other = RiskRules.defaults
        other.rules[4].windowMilliseconds = 30_000
        let unknown = RiskReplayReport(log, rules: other)
        #expect(unknown.undecidedCalls == 10)
        other.rules[4].windowMilliseconds = 120_000
        let longer = RiskReplayReport(log, rules: other)
        #expect(longer.undecidedCalls == 0)
        #expect(longer.calls == [[10, 0, 0], [0, 0, 0], [0, 0, 10]])
    }
}
