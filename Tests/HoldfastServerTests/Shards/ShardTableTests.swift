import Glibc
import HoldfastEngine
import HoldfastJournal
import Synchronization
import Testing

@testable import HoldfastServer

@Suite struct ShardTableTests {
    private static let now: Int64 = 1_800_000_000_000

    /// Sees that each shard's events arrive in its own order, one batch at a time.
    private final class OrderedLog: EventLog {
        private struct Seen {
            var sequences: [Int: UInt64] = [:]
            var count: UInt64 = 0
            var wrong = 0
        }

        private let seen = Mutex(Seen())

        func append(
            shard: Int, events: UnsafeRawBufferPointer, count: Int, lastSequence: UInt64
        ) -> LogPosition {
            self.seen.withLock { seen in
                let before = seen.sequences[shard] ?? 0
                if lastSequence != before + UInt64(count) || events.isEmpty { seen.wrong += 1 }
                seen.sequences[shard] = lastSequence
                seen.count += UInt64(count)
                return LogPosition(rawValue: seen.count)
            }
        }

        var syncedPosition: LogPosition {
            LogPosition(rawValue: self.seen.withLock { $0.count })
        }

        func kick() {}
        var unkickedCount: Int { 0 }
        func noteLiveHolds(_ count: Int) {}
        var roomByteCount: Int { .max }
        var backlogByteCount: Int { 0 }

        var appendedPosition: LogPosition { self.syncedPosition }

        var outOfOrderCount: Int { self.seen.withLock { $0.wrong } }
        var sequences: [Int: UInt64] { self.seen.withLock { $0.sequences } }
    }

    @Test func theLastUnitsAreSoldOnceHoweverManyThreadsAsk() throws {
        let log = OrderedLog()
        let table = TestSales.table(shards: 4, log: log)
        for sale in 1...6 {
            try TestSales.load(
                TestSales.json("sale-\(sale)", products: [("p1", 50)]), into: table)
        }
        let reserved = Atomic<Int>(0)
        let soldOut = Atomic<Int>(0)
        let other = Atomic<Int>(0)
        let threads = (0..<4).map { _ in NativeThread(name: "buyer") }
        for (number, thread) in threads.enumerated() {
            thread.start {
                for turn in 0..<300 {
                    let reserve = TestReserve(
                        sale: "sale-\(turn % 6 + 1)", user: "u\(number)-\(turn)", product: "p1",
                        request: UInt64(number * 1_000 + turn + 1))
                    switch reserve.execute(on: table, now: Self.now) {
                    case .reserved: reserved.add(1, ordering: .relaxed)
                    case .soldOut: soldOut.add(1, ordering: .relaxed)
                    default: other.add(1, ordering: .relaxed)
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        // 6 sales with 50 units; 200 buyers for each.
        #expect(reserved.load(ordering: .relaxed) == 300)
        #expect(soldOut.load(ordering: .relaxed) == 900)
        #expect(other.load(ordering: .relaxed) == 0)
        #expect(table.checkInvariants() == [])
        #expect(table.counts.liveHolds == 300)
        #expect(table.counts.sales == 6)
        #expect(log.outOfOrderCount == 0)
        for (shard, sequence) in log.sequences {
            #expect(table.sequence(shard: shard) == sequence)
        }
    }

    @Test func theNextDeadlineIsKnownWithoutTheLockAndExpiryMovesIt() throws {
        let table = TestSales.table(shards: 1)
        try TestSales.load(TestSales.json("sale-1"), into: table)
        #expect(table.expireDue(shard: 0, now: Self.now, limit: 10) == 0)
        let idle = table.nextDeadlineMilliseconds(shard: 0)
        let reserve = TestReserve(sale: "sale-1", user: "u", product: "p1", request: 1)
        #expect(reserve.execute(on: table, now: Self.now) == .reserved)
        let deadline = table.nextDeadlineMilliseconds(shard: 0)
        #expect(deadline == Self.now + 60_000)
        #expect(idle > deadline)
        #expect(table.expireDue(shard: 0, now: deadline - 1, limit: 10) == 0)
        #expect(table.counts.liveHolds == 1)
        #expect(table.expireDue(shard: 0, now: deadline, limit: 10) == 1)
        #expect(table.counts.liveHolds == 0)
        #expect(table.nextDeadlineMilliseconds(shard: 0) > deadline)
    }

    @Test func salesOfAllShardsComeInByteOrderAndInPages() throws {
        let table = TestSales.table(shards: 8)
        let names = (0..<25).map { "sale-\($0)" } + ["é", "z", "S"]
        for name in names { try TestSales.load(TestSales.json(name), into: table) }
        var found: [String] = []
        var token = ByteView.empty
        var pages = 0
        while true {
            let page = SalesPage.read(table, after: token, size: 10)
            found += page.sales.map { String(decoding: $0.saleID.buffer, as: UTF8.self) }
            pages += 1
            guard page.hasMore, let last = page.sales.last else { break }
            #expect(page.sales.count == 10)
            token = last.saleID
        }
        #expect(found == names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
        #expect(pages == 3)
    }
}
