import HoldfastEngine
import Testing

@testable import HoldfastJournal

/// Replay of groups into shards on several threads: the same shards, and nothing that cannot be is applied or traps.
@Suite struct ReplayDriverTests {
    private static let shardCount = 4

    private static func shards() -> SaleShards {
        let shards = SaleShards(shardCount: self.shardCount)
        shards.open()
        for number in 0..<300 { shards.reserve(in: number * number % self.shardCount) }
        return shards
    }

    /// Feeds events from `lsn` on, so many a group.
    private static func feed(
        _ driver: ReplayDriver, _ events: ArraySlice<[UInt8]>, groupEvents: Int,
        afterLSN: UInt64 = 0
    ) throws(JournalFailure) {
        var index = events.startIndex
        while index < events.endIndex {
            let end = min(events.endIndex, index + groupEvents)
            let body = Array(events[index..<end].joined())
            try self.add(
                driver, body, firstLSN: UInt64(index + 1), lastLSN: UInt64(end),
                afterLSN: afterLSN)
            index = end
        }
    }

    private static func add(
        _ driver: ReplayDriver, _ body: [UInt8], firstLSN: UInt64, lastLSN: UInt64,
        afterLSN: UInt64 = 0
    ) throws(JournalFailure) {
        // In memory that is gone afterwards.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: body.count, alignment: 8)
        copy.copyBytes(from: body)
        defer {
            copy.initializeMemory(as: UInt8.self, repeating: 0xDB)
            copy.deallocate()
        }
        try driver.add(
            UnsafeRawBufferPointer(copy), firstLSN: firstLSN, lastLSN: lastLSN,
            path: "journal/1.seg", afterLSN: afterLSN)
    }

    @Test(arguments: [(1, 1), (1, 7), (2, 50), (3, 1_000)])
    func shardsAreTheSameHoweverTheyAreFed(threads: Int, groupEvents: Int) throws {
        let live = Self.shards()
        let copy = ShadowShards(count: Self.shardCount)
        let driver = ReplayDriver(copy, threadCount: threads)
        try Self.feed(driver, live.events[...], groupEvents: groupEvents)
        try driver.finish()
        for shard in 0..<Self.shardCount {
            #expect(SaleShards.image(copy, shard) == live.image(shard))
        }
        #expect(driver.progress.eventCount == UInt64(live.events.count))
        #expect(driver.progress.byteCount == UInt64(live.events.joined().count))
        #expect(driver.progress.lsn == UInt64(live.events.count))
        #expect(driver.newestTimeMilliseconds == live.newestTime)
    }

    /// A group may begin before a snapshot's end and go past it.
    @Test func whatIsKnownIsLeftOut() throws {
        let live = Self.shards()
        let copy = ShadowShards(count: Self.shardCount)
        let first = ReplayDriver(copy, threadCount: 2)
        try Self.feed(first, live.events[..<100], groupEvents: 30)
        try first.finish()
        let second = ReplayDriver(copy, threadCount: 2)
        try Self.feed(second, live.events[90...], groupEvents: 64, afterLSN: 100)
        try second.finish()
        for shard in 0..<Self.shardCount {
            #expect(SaleShards.image(copy, shard) == live.image(shard))
        }
    }

    private func failure(
        _ events: [[UInt8]], lastLSN: UInt64? = nil, threads: Int = 2
    ) -> JournalFailure? {
        let driver = ReplayDriver(ShadowShards(count: Self.shardCount), threadCount: threads)
        do throws(JournalFailure) {
            try Self.add(
                driver, Array(events.joined()), firstLSN: 1,
                lastLSN: lastLSN ?? UInt64(events.count))
            try driver.finish()
            return nil
        } catch {
            return error
        }
    }

    @Test func anEventThatCannotBeIsNamed() throws {
        let live = Self.shards()
        let events = Array(live.events.prefix(60))
        #expect(self.failure(events) == nil)
        let changes: [(Int, UInt8, JournalFailure.Code)] = [
            (0, 1, .damaged), (1, 1, .damaged), (4, 0x80, .newerVersion), (5, 2, .newerVersion),
            (6, 0x40, .damaged), (6, 1, .damaged), (8, 1, .damaged), (24, 2, .damaged),
            (72, 0xFF, .damaged), (76, 0xFF, .damaged), (77, 0xFF, .damaged),
        ]
        let target = try #require(events.lastIndex { $0[4] == 7 })
        for (offset, mask, code) in changes {
            var changed = events
            changed[target][offset] ^= mask
            let failure = self.failure(changed)
            #expect(failure?.code == code, "byte \(offset)")
            #expect(
                failure?.message.contains("event \(target + 1) in journal/1.seg") == true
                    || offset < 2, "\(failure?.message ?? "applied")")
        }
        #expect(self.failure(events, lastLSN: 59)?.code == .damaged)
        #expect(self.failure(events, lastLSN: 61)?.code == .damaged)
        var missing = events
        missing.remove(at: 30)
        #expect(self.failure(missing)?.code == .damaged)
        var doubled = events
        doubled.insert(doubled[30], at: 31)
        #expect(self.failure(doubled)?.code == .damaged)
    }

    @Test func everyFlippedByteIsAnErrorOrAnEvent() throws {
        let events = Array(Self.shards().events.prefix(40))
        let target = events.count - 1
        var refused = 0
        for offset in events[target].indices {
            var changed = events
            changed[target][offset] ^= 0x81
            if self.failure(changed, threads: 1) != nil { refused += 1 }
        }
        #expect(refused > 40)
    }
}
