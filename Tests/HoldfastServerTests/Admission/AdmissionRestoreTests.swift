import HoldfastAdmission
import HoldfastEngine
import HoldfastWire
import Testing

@testable import HoldfastServer

/// Windows and buckets after a restart, out of what the shards know.
@Suite struct AdmissionRestoreTests {
    private static let start: Int64 = 1_800_000_000_000

    private static func gate(_ flags: [String] = [], now: Int64) throws -> AdmissionGate {
        let settings = try ServerConfiguration.parse(
            flags: ["--admission-risk-users", "1024"] + flags, file: nil
        ).admission
        return try #require(try AdmissionGate.make(settings, keys: (1, 2), now: now))
    }

    /// Sales whose hold time is what the test's calls ask for, so that their records tell when they were made.
    private static func table(_ sales: [String] = ["s1"]) throws -> ShardTable {
        let table = TestSales.table(shards: 4)
        for sale in sales {
            try TestSales.load(
                TestSales.json(sale, products: [("p1", 1_000_000)], extra: "\"hold_ms\":60000,"),
                into: table)
        }
        return table
    }

    private static func buy(
        _ table: ShardTable, _ user: String, _ request: UInt64, at now: Int64, sale: String = "s1"
    ) {
        #expect(
            TestReserve(sale: sale, user: user, product: "p1", request: request).execute(
                on: table, now: now) == .reserved)
    }

    private static func input(
        _ gate: AdmissionGate, _ user: String, request: UInt64 = 999_999, sale: String = "s1"
    ) -> RiskInput {
        let subject = AdmissionSubject(
            user: gate.hasher.key(.user, user), sale: gate.hasher.key(.sale, sale))
        return RiskInput(
            subject: subject,
            request: gate.hasher.key(
                ofRequest: (request, 7), in: subject.sale),
            device: .notApplicable, network: .notApplicable,
            accountCreatedMilliseconds: 1_500_000_000_000)
    }

    @Test(
        "ten purchases in the last minute make the eleventh one too many; a minute later it is not")
    func purchasesOfAMinute() throws {
        let table = try Self.table()
        for number in 0..<10 {
            Self.buy(table, "ann", UInt64(number + 1), at: Self.start + Int64(number) * 1_000)
        }
        let now = Self.start + 20_000
        let gate = try Self.gate(now: now)
        #expect(gate.peek(Self.input(gate, "ann"), now: now).facts.outcome == .allow)
        let report = gate.restore(from: table, now: now)
        #expect(report.reservationCount == 10 && !report.isCut)
        #expect(gate.facts.restored == 10)
        let facts = gate.peek(Self.input(gate, "ann"), now: now).facts
        #expect(facts.outcome == .reject)
        #expect(facts.evidence.first { $0.rule == "purchases_1m" }?.value == 11)
        #expect(gate.peek(Self.input(gate, "bob"), now: now).facts.outcome == .allow)
        // The first leaves the minute a minute after it was made.
        #expect(
            gate.peek(Self.input(gate, "ann"), now: Self.start + 59_999).facts.outcome == .reject)
        #expect(
            gate.peek(Self.input(gate, "ann"), now: Self.start + 60_000).facts.outcome == .allow)
        // Nothing that was restored counts as judged.
        #expect(gate.riskCounters.evaluations == 0 && gate.limitCounters.allowed == 0)
    }

    @Test("a request id of before is no new purchase")
    func knownRequestIDs() throws {
        let table = try Self.table()
        for number in 0..<10 { Self.buy(table, "ann", UInt64(number + 1), at: Self.start) }
        let gate = try Self.gate(now: Self.start)
        _ = gate.restore(from: table, now: Self.start)
        let again = gate.peek(Self.input(gate, "ann", request: 10), now: Self.start).facts
        #expect(again.outcome == .allow)
        #expect(
            gate.peek(Self.input(gate, "ann", request: 11), now: Self.start).facts.outcome
                == .reject)
    }

    @Test("purchases over several sales and shards come together in the order of time")
    func severalShards() throws {
        let sales = (0..<12).map { "sale-\($0)" }
        let table = try Self.table(sales)
        for (number, sale) in sales.enumerated().reversed() {
            Self.buy(
                table, "ann", UInt64(number + 1), at: Self.start - Int64(number) * 10_000,
                sale: sale)
        }
        let gate = try Self.gate(now: Self.start)
        #expect(gate.restore(from: table, now: Self.start).reservationCount == 12)
        // Six lie in the last minute: 0, 10, … 50 s ago.
        let facts = gate.peek(Self.input(gate, "ann"), now: Self.start).facts
        #expect(facts.outcome == .allow)
        let key = gate.hasher.key(.user, "ann")
        let counts = gate.present(of: key, now: Self.start)
        #expect(counts.first { $0.windowMilliseconds == 60_000 }?.value == 6)
        #expect(counts.first { $0.windowMilliseconds == 3_600_000 }?.value == 12)
    }

    @Test("a bucket is as full as the time since has made it")
    func buckets() throws {
        let table = try Self.table()
        for number in 0..<3 {
            Self.buy(table, "ann", UInt64(number + 1), at: Self.start + Int64(number) * 100)
        }
        // Three at once, and one more every 20 s: the first of them was spent at 0.
        func limited(after milliseconds: Int64) throws -> Int64? {
            let now = Self.start + milliseconds
            let gate = try Self.gate(["--admission-user-limit", "3/m burst 3"], now: now)
            _ = gate.restore(from: table, now: now)
            let facts = gate.peek(Self.input(gate, "ann"), now: now).facts
            return facts.limitedBy == "user" ? facts.retryAfterMilliseconds : nil
        }
        #expect(try limited(after: 200) == 19_800)
        #expect(try limited(after: 5_000) == 15_000)
        #expect(try limited(after: 19_999) == 1)
        #expect(try limited(after: 20_000) == nil)
        #expect(try limited(after: 3_600_000) == nil)
    }

    @Test("what is older than every window is not looked at, and what is too much is cut")
    func bounds() throws {
        let table = try Self.table()
        for number in 0..<5 {
            Self.buy(table, "old \(number)", UInt64(number + 1), at: Self.start)
        }
        let later = Self.start + 3_600_000 + 60_000
        for number in 0..<3 {
            Self.buy(table, "new \(number)", UInt64(number + 100), at: later)
        }
        let gate = try Self.gate(now: later)
        #expect(gate.restore(from: table, now: later).reservationCount == 3)
        #expect(gate.facts.buyersTracked == 3)
        // A second time there is nothing that counts twice: it is asked for once.
        let empty = try Self.gate(now: later)
        #expect(empty.restore(from: try Self.table(), now: later).reservationCount == 0)
    }

    @Test("the newest come first when there are more than there is room for")
    func newestFirst() throws {
        let table = try Self.table()
        for number in 0..<20 {
            Self.buy(table, "user \(number)", UInt64(number + 1), at: Self.start + Int64(number))
        }
        let shard = (0..<4).first { shard in
            !table.takeRecentReservations(
                shard: shard, since: 0, now: Self.start + 100, countMax: 1
            ).isEmpty
        }
        let slots = table.takeRecentReservations(
            shard: try #require(shard), since: 0, now: Self.start + 100, countMax: 5)
        #expect(slots.map(\.madeMilliseconds) == (15..<20).reversed().map { Self.start + $0 })
    }

    @Test("a record that claims the future is dated now")
    func longHolds() throws {
        let table = TestSales.table(shards: 1)
        // The sale's hold time is a second, the calls asked for a minute: 59 s too late.
        try TestSales.load(
            TestSales.json("s1", products: [("p1", 10)], extra: "\"hold_ms\":1000,"), into: table)
        Self.buy(table, "ann", 1, at: Self.start)
        let slots = table.takeRecentReservations(
            shard: 0, since: 0, now: Self.start + 5, countMax: 5)
        #expect(slots.map(\.madeMilliseconds) == [Self.start + 5])
    }
}
