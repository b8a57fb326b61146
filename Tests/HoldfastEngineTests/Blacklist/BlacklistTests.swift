import Testing

@testable import HoldfastEngine

/// The control shard's blacklist: entries, ends, retries, and what a journal and an image keep of them.
@Suite struct BlacklistTests {
    private let now = EngineHarness.epoch

    @Test(
        "an entry is added, replaced by value and removed by id or value; each kind is for itself")
    func addReplaceRemove() {
        let shard = EngineHarness()
        #expect(shard.ban([BanInput("eve"), BanInput("eve", .device)]) == ["added 1", "added 2"])
        #expect(
            shard.ban([BanInput("eve", reason: "again")], by: "zoe") == ["replaced 3 of 1 (why)"])
        #expect(
            shard.banned() == [
                "2 device eve by ann since \(self.now) (why)",
                "3 user eve by zoe since \(self.now) (again)",
            ])
        #expect(
            shard.unban(ids: [3, 1, 3], [BanInput("eve", .device), BanInput("eve", .network)])
                == ["removed 3 (again)", "notFound", "notFound", "removed 2 (why)", "notFound"])
        #expect(shard.banned() == [])
        // Ids are never given twice.
        #expect(shard.ban("eve") == ["added 4"])
        #expect(shard.violations() == [])
    }

    @Test("ids are compared as bytes")
    func bytes() {
        let shard = EngineHarness()
        #expect(shard.ban([BanInput("\u{e9}"), BanInput("e\u{301}")]) == ["added 1", "added 2"])
        #expect(shard.banned(values: [BanInput("e\u{301}")]).count == 1)
    }

    @Test("one value twice in a call is one entry, the later one")
    func twiceInOneCall() {
        let shard = EngineHarness()
        #expect(
            shard.ban([BanInput("a", reason: "1"), BanInput("b"), BanInput("a", reason: "2")])
                == ["added 1", "added 2", "replaced 3 of 1"])
        #expect(shard.banned().count == 2)
        #expect(shard.violations() == [])
        #expect(shard.replayed().image() == shard.image())
    }

    @Test("a retry answers as the first call, by whoever it is sent, and changes nothing")
    func retries() {
        let shard = EngineHarness()
        let rows = [BanInput("a"), BanInput("old", until: self.now), BanInput("b")]
        shard.ban([BanInput("b", reason: "before")])
        #expect(
            shard.ban(rows, request: 1, by: "ann")
                == ["added 2", "lapsed", "replaced 3 of 1 (before)"])
        let sequence = shard.sequence
        let again = ["replayed", "added 2", "lapsed", "replaced 3 of 1"]
        #expect(shard.ban(rows, request: 1, by: "bob") == again)
        #expect(shard.unban(ids: [2, 9], request: 2) == ["removed 2 (why)", "notFound"])
        #expect(shard.unban(ids: [2, 9], request: 2) == ["replayed", "removed 2", "notFound"])
        // Also when what it made is gone, and after a replay.
        #expect(shard.ban(rows, request: 1) == again)
        #expect(shard.sequence == sequence + 1)
        let replayed = shard.replayed()
        #expect(replayed.ban(rows, request: 1) == again)
        #expect(replayed.unban(ids: [2, 9], request: 2) == ["replayed", "removed 2", "notFound"])
        // Another payload, or another method.
        #expect(shard.ban([BanInput("c")], request: 1) == ["refused requestIDReused"])
        #expect(shard.unban(ids: [3], request: 1) == ["refused requestIDReused"])
        #expect(shard.unban(ids: [3], request: 2) == ["refused requestIDReused"])
        #expect(shard.ban(rows, request: 2) == ["refused requestIDReused"])
    }

    @Test("what changes nothing is not remembered and makes no event")
    func nothingChanges() {
        let shard = EngineHarness()
        #expect(shard.ban("late", until: self.now, request: 1) == ["lapsed"])
        #expect(shard.ban([BanInput("x")], request: 1, validateOnly: true) == ["added"])
        #expect(shard.unban([BanInput("x")], request: 1) == ["notFound"])
        #expect(shard.sequence == 0)
        #expect(shard.ban("x", request: 1) == ["added 1"])
        #expect(shard.unban(ids: [1], validateOnly: true) == ["removed 1 (why)"])
        #expect(shard.banned().count == 1)
        #expect(shard.sequence == 1)
    }

    @Test("an entry ends at its very millisecond, for lists and for the shard's duty")
    func ends() {
        let shard = EngineHarness()
        shard.ban([
            BanInput("a", until: self.now + 100), BanInput("b", until: self.now + 50),
            BanInput("c"),
        ])
        #expect(shard.nextDeadline == self.now + 50)
        shard.now += 49
        #expect(shard.expire() == 0)
        #expect(shard.banned(values: [BanInput("b")]).count == 1)
        shard.now += 1
        #expect(shard.expire() == 1)
        #expect(shard.nextDeadline == self.now + 100)
        #expect(shard.unban(ids: [2]) == ["notFound"])
        // A replaced or removed entry has no end any more.
        shard.ban("a", until: self.now + 500)
        #expect(shard.nextDeadline == self.now + 500)
        shard.unban([BanInput("a")])
        #expect(shard.nextDeadline == .max)
        #expect(shard.banned().count == 1)
        #expect(shard.violations() == [])
        #expect(shard.replayed().image() == shard.image())
    }

    @Test("lapsed entries go a bounded number at a time")
    func lapseIsBounded() {
        let shard = EngineHarness()
        for chunk in 0..<30 {
            shard.ban((0..<100).map { BanInput("u\(chunk)-\($0)", until: self.now + 1) })
        }
        shard.now += 1
        let first = shard.expire(limit: 1_024)
        #expect(first == 1_024)
        shard.expireAll()
        #expect(shard.shard.blacklist.count == 0)
        #expect(shard.shard.blacklist.byteCount == 0)
        #expect(shard.violations() == [])
    }

    @Test("a full disk takes no entries; removals go on, and lapsed entries wait")
    func fullDisk() {
        let shard = EngineHarness()
        shard.ban([BanInput("a"), BanInput("b", until: self.now + 10)])
        shard.storageRoomBytes = -1
        #expect(shard.ban("c") == ["refused storageFull"])
        #expect(shard.unban(ids: [1]) == ["removed 1 (why)"])
        shard.now += 10
        #expect(shard.nextDeadline == .max)
        #expect(shard.expire() == 0)
        #expect(shard.banned() == [])
        shard.storageRoomBytes = .max
        #expect(shard.expire() == 1)
    }

    @Test("a full memory takes no entries, and what is known still works")
    func fullMemory() {
        let shard = EngineHarness()
        shard.ban("a", request: 1)
        shard.shard.isMemoryLow = true
        #expect(shard.ban("b") == ["refused memoryFull"])
        #expect(shard.ban("a", request: 1) == ["replayed", "added 1"])
        #expect(shard.unban(ids: [1]) == ["removed 1 (why)"])
    }

    @Test("pages are in the order of ids, by kind, and go on behind any id")
    func pages() {
        let shard = EngineHarness()
        for number in 0..<25 {
            shard.ban([
                BanInput("u\(number)"), BanInput("10.0.0.\(number)/32", .network),
            ])
        }
        shard.unban(ids: [3])
        var seen: [String] = []
        var after: UInt64 = 0
        var pages = 0
        while true {
            var page = shard.banned(after: after, kind: .user, rowsMax: 7)
            pages += 1
            guard let last = page.last, last.hasPrefix("next ") else {
                seen += page
                break
            }
            page.removeLast()
            seen += page
            after = UInt64(last.dropFirst(5)) ?? 0
            #expect(page.count == 7)
        }
        #expect(pages == 4)
        #expect(seen.count == 24 && seen[0].hasPrefix("1 user u0 "))
        #expect(seen.last?.hasPrefix("49 user u24 ") == true)
        #expect(shard.banned(after: 1 << 60) == [])
    }

    @Test("a page looks at a bounded number of entries, and says where to go on")
    func longWay() {
        let shard = EngineHarness()
        for chunk in 0..<100 {
            shard.ban((0..<100).map { BanInput("u\(chunk)-\($0)") })
        }
        shard.ban([BanInput("d", .device)])
        #expect(shard.banned(kind: .device) == ["next 8192"])
        #expect(shard.banned(after: 8_192, kind: .device).count == 1)
    }

    @Test("the memory of calls is bounded and drops the oldest")
    func memoryOfCalls() {
        var memory = BlacklistMemory()
        let call = RememberedBlacklistCall(
            payload: PayloadHash(first: 1, second: 2), isRemoval: true,
            ids: Array(repeating: 1, count: 100), replaced: [])
        let most = EngineLimits.blacklistCallItemsMax / 100
        for number in 1...(most + 5_000) {
            memory.remember(CommandBuilder.requestID(number), call)
        }
        #expect(memory.count == most)
        #expect(memory[CommandBuilder.requestID(5_000)] == nil)
        #expect(memory[CommandBuilder.requestID(5_001)] == call)
        var order: [RequestID] = []
        memory.forEach { request, _ in order.append(request) }
        #expect(order == (5_001...(most + 5_000)).map { CommandBuilder.requestID($0) })
    }

    @Test("memory follows what is there, not what ever was")
    func memoryFollows() {
        let shard = EngineHarness()
        for round in 0..<60 {
            shard.ban((0..<100).map { BanInput("r\(round)-\($0)") })
            if round > 0 {
                shard.unban((0..<100).map { BanInput("r\(round - 1)-\($0)") })
            }
        }
        #expect(shard.shard.blacklist.count == 100)
        #expect(shard.shard.blacklistDeadlines.count == 0)
        #expect(shard.violations() == [])
        #expect(shard.replayed().image() == shard.image())
    }

    @Test("an image holds entries and remembered calls; without any it is of version 1")
    func images() throws {
        let shard = EngineHarness()
        shard.acquire("lock", 1)
        let without = shard.image()
        #expect(without[8] == 1 && without[10] == 11)
        shard.ban([BanInput("a", until: self.now + 5), BanInput("b")], request: 1)
        shard.unban(ids: [2], request: 2)
        let image = shard.image()
        #expect(image[8] == 2 && image[10] == 12)
        let restored = try shard.restored(image)
        #expect(restored.image() == image)
        #expect(restored.nextDeadline == shard.nextDeadline)
        #expect(
            restored.ban([BanInput("a", until: self.now + 5), BanInput("b")], request: 1)
                == ["replayed", "added 1", "added 2"])
        #expect(restored.ban("c") == ["added 3"])
        // What is empty again still knows its ids.
        restored.unban(ids: [1, 3])
        #expect(
            try restored.restored(restored.image()).ban("d", request: 9)
                == ["added 4"])
        // An old image is one of a shard without a blacklist.
        #expect(try shard.restored(without).ban("e") == ["added 1"])
    }

    @Test("events that do not follow are refused, not applied")
    func badEvents() throws {
        let shard = EngineHarness()
        shard.ban([BanInput("a"), BanInput("b")], request: 1)
        shard.unban(ids: [1], request: 2)
        shard.ban([BanInput("b", reason: "2")], request: 3)
        let log = shard.log.bytes
        let first = Int(log[0]) | Int(log[1]) << 8
        var refused = 0
        for index in log.indices {
            var bytes = log
            bytes[index] ^= 0x01
            // Lengths are the journal's to check.
            if index < 4 || (index >= first && index < first + 4) { continue }
            let copy = EngineHarness()
            let second = first + Int(log[first])
            if index >= second && index < second + 4 { continue }
            do {
                try bytes.withUnsafeBytes { try copy.replay($0) }
            } catch {
                refused += 1
            }
            #expect(copy.violations() == [], "byte \(index)")
        }
        #expect(refused > 60)
    }
}
