import FaultKit
import Glibc
import HoldfastJournal
import Testing

@Suite struct GroupCommitTests {
    /// Batches of all kinds of sizes; some larger than a group should be.
    private static func batches(_ count: Int) -> [[TestEvent]] {
        (1...count).map { batch in
            (0..<(batch % 5 + 1)).map {
                TestEvent(
                    shard: UInt16(batch % 4), sequence: UInt64(batch * 10 + $0),
                    byteCount: batch % 50 == 0 ? 20_000 : 24 + (batch * 37 + $0) % 700)
            }
        }
    }

    @Test func whatWasKickedIsOnDiskInOrder() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        let batches = Self.batches(500)
        var count = 0
        for batch in batches {
            count += batch.count
            #expect(bench.journal.append(batch).rawValue == UInt64(count))
            #expect(bench.journal.appendedPosition.rawValue == UInt64(count))
            bench.journal.kick()
        }
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        let log = try bench.walked
        #expect(try log.events == batches.flatMap { $0 })
        #expect(log.groups.last?.kind == .cleanStop)
        #expect(bench.journal.syncedEnd == log.end)
        #expect(bench.failures.all.isEmpty)
    }

    @Test func aGroupIsWholeBatchesAndBoundedUnlessOneIsLarger() throws {
        let gate = TestGate()
        let bench = try JournalBench(before: { call in
            if call.kind == .write && call.path.hasSuffix(".seg") { gate.pass() }
        })
        try bench.journal.start()
        // Everything gathers behind one write, then goes out in groups.
        gate.close()
        let batches = Self.batches(400)
        var ends: Set<UInt64> = []
        var sizes: [UInt64: Int] = [:]
        for batch in batches {
            let position = bench.journal.append(batch).rawValue
            ends.insert(position)
            sizes[position] = batch.reduce(0) { $0 + $1.byteCount }
            bench.journal.kick()
        }
        gate.open()
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        let log = try bench.walked
        #expect(try log.events == batches.flatMap { $0 })
        let groups = log.groups.filter { $0.kind == .events }
        #expect(groups.count > 20)
        #expect(groups.allSatisfy { ends.contains($0.lastLSN) })
        let softMax = JournalBench.tinySettings.groupBytesSoftMax
        var oversized = 0
        for group in groups where 128 + group.body.count > softMax {
            oversized += 1
            #expect(sizes[group.lastLSN] == group.body.count, "one batch alone")
        }
        #expect(oversized == 8)
    }

    @Test func kicksDuringAWriteGatherIntoOneGroupAndUnkickedAppendsStayOut() throws {
        let gate = TestGate()
        let bench = try JournalBench(before: { call in
            if call.kind == .write && call.path.hasSuffix(".seg") { gate.pass() }
        })
        try bench.journal.start()
        gate.close()
        bench.journal.append([TestEvent(shard: 0, sequence: 1, byteCount: 100)])
        bench.journal.kick()
        #expect(JournalBench.waits { gate.waitingCount == 1 })
        for sequence in 2...11 {
            bench.journal.append([
                TestEvent(shard: 0, sequence: UInt64(sequence), byteCount: 100)
            ])
            bench.journal.kick()
        }
        // A turn that is not complete yet.
        bench.journal.append([TestEvent(shard: 1, sequence: 12, byteCount: 300)])
        bench.journal.append([TestEvent(shard: 2, sequence: 13, byteCount: 200)])
        gate.open()
        #expect(JournalBench.waits { bench.journal.syncedPosition.rawValue == 11 })
        #expect(bench.journal.backlogBytes == 500)
        bench.journal.append([TestEvent(shard: 3, sequence: 14, byteCount: 50)])
        bench.journal.kick()
        #expect(bench.waitUntilSynced())
        #expect(bench.journal.backlogBytes == 0)
        bench.journal.stop()
        let groups = try bench.walked.groups.filter { $0.kind == .events }
        #expect(groups.map(\.lastLSN) == [1, 11, 14])
        #expect(try bench.walked.events.map(\.sequence) == Array(1...14))
    }

    @Test(arguments: [true, false])
    func noGroupBeginsBeforeTheOneBeforeIsSafe(isDirect: Bool) throws {
        // Without O_DIRECT when the probe's write is refused.
        let refused = FaultyFileSystem.Plan(
            callNumber: 1, kinds: [.write], fault: .fail(EINVAL), isForEver: true,
            pathContains: "probe")
        let bench = try JournalBench(plan: isDirect ? nil : refused)
        #expect(bench.journal.statistics.method == (isDirect ? .direct : .flushed))
        try bench.journal.start()
        for sequence in 1...200 {
            bench.journal.append([
                TestEvent(shard: 0, sequence: UInt64(sequence), byteCount: 3_000)
            ])
            bench.journal.kick()
        }
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        #expect(bench.journal.statistics.segments > 3)
        // The writer's calls, in order: in segments that have their name.
        let calls = bench.files.calls.filter {
            $0.path.hasSuffix(".seg") && ($0.kind == .write || $0.kind == .synchronizeData)
        }
        #expect(calls.count > 20)
        if isDirect {
            #expect(calls.allSatisfy { $0.kind == .write && $0.isSynchronous })
        } else {
            for (index, call) in calls.enumerated() {
                #expect(call.kind == (index % 2 == 0 ? .write : .synchronizeData))
                if index % 2 == 1 { #expect(call.path == calls[index - 1].path) }
            }
        }
    }

    /// The other tests write to memory, where a device's rules of alignment do not hold.
    @Test(arguments: [WriteMethod.direct, .flushed, .unsynced])
    func theSameOnADisk(method: WriteMethod) throws {
        var settings = JournalBench.tinySettings
        if method == .unsynced { settings.sync = .none }
        let refused = FaultyFileSystem.Plan(
            callNumber: 1, kinds: [.write], fault: .fail(EINVAL), isForEver: true,
            pathContains: "probe")
        let bench = try JournalBench(
            settings, onDisk: true, plan: method == .flushed ? refused : nil)
        // Not every file system has O_DIRECT.
        #expect(bench.journal.statistics.method == method || method == .direct)
        try bench.journal.start()
        // Now and then a write that goes on in the middle of a group.
        bench.files.set(
            .init(callNumber: 3, fault: .short, isForEver: true, pathContains: ".seg"))
        let batches = Self.batches(60)
        for batch in batches {
            bench.journal.append(batch)
            bench.journal.kick()
        }
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        #expect(bench.failures.all.isEmpty)
        #expect(try bench.walked.events == batches.flatMap { $0 })
        #expect(bench.files.faultCount > 0)
    }

    @Test func aPositionIsPublishedOnlyBehindItsSync() throws {
        let gate = TestGate()
        let refused = FaultyFileSystem.Plan(
            callNumber: 1, kinds: [.write], fault: .fail(EINVAL), isForEver: true,
            pathContains: "probe")
        let bench = try JournalBench(
            plan: refused,
            before: { call in
                if call.kind == .synchronizeData && call.path.hasSuffix(".seg") { gate.pass() }
            })
        try bench.journal.start()
        gate.close()
        bench.journal.append([TestEvent(shard: 0, sequence: 1, byteCount: 100)])
        bench.journal.kick()
        #expect(JournalBench.waits { gate.waitingCount == 1 })
        // Written, not synced.
        #expect(try bench.walked.end.lsn == 1)
        #expect(bench.journal.syncedPosition.rawValue == 0)
        #expect(bench.journal.syncedEnd.lsn == 0)
        gate.open()
        #expect(JournalBench.waits { bench.journal.syncedPosition.rawValue == 1 })
        bench.journal.stop()
    }

    @Test func withoutSyncingNothingIsSynced() throws {
        var settings = JournalBench.tinySettings
        settings.sync = .none
        let bench = try JournalBench(settings)
        try bench.journal.start()
        for sequence in 1...50 {
            bench.journal.append([
                TestEvent(shard: 0, sequence: UInt64(sequence), byteCount: 3_000)
            ])
            bench.journal.kick()
        }
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        #expect(try bench.walked.events.count == 50)
        #expect(bench.journal.statistics.method == .unsynced)
        let groupCalls = bench.files.calls.filter { $0.path.hasSuffix(".seg") }
        #expect(!groupCalls.contains { $0.isSynchronous || $0.kind == .synchronizeData })
    }

    @Test func anIdleWriterSealsOnceAndAgainBehindTheNextGroup() throws {
        var settings = JournalBench.tinySettings
        settings.sealAfterMicroseconds = 1_000
        let bench = try JournalBench(settings)
        try bench.journal.start()
        for round in 1...3 {
            bench.journal.append([TestEvent(shard: 0, sequence: UInt64(round), byteCount: 80)])
            bench.journal.kick()
            #expect(JournalBench.waits { bench.journal.statistics.seals == UInt64(round) })
            // Twenty times as long as a seal takes to come: no second one does.
            usleep(20_000)
            #expect(bench.journal.statistics.seals == UInt64(round))
        }
        bench.journal.stop()
        #expect(
            try bench.walked.groups.map(\.kind) == [
                .events, .seal, .events, .seal, .events, .seal, .cleanStop,
            ])
    }

    @Test func eightThreadsKeepEachShardsOrderAndShareEveryNumberOnce() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        let journal = bench.journal
        let perThread = 2_000
        let threads = (0..<8).map { shard in
            TestThread {
                var sequence: UInt64 = 0
                var last: UInt64 = 0
                while sequence < UInt64(perThread) {
                    let count = Int(sequence % 3) + 1
                    let batch = (1...count).map {
                        TestEvent(
                            shard: UInt16(shard), sequence: sequence + UInt64($0), byteCount: 40)
                    }
                    sequence += UInt64(count)
                    let position = journal.append(batch).rawValue
                    precondition(position >= last + UInt64(count))
                    last = position
                    if sequence % 4 == 0 { journal.kick() }
                }
                journal.kick()
            }
        }
        for thread in threads { thread.join() }
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        let log = try bench.walked
        let events = try log.events
        #expect(events.count == Int(log.end.lsn))
        for shard in 0..<8 {
            let own = events.filter { $0.shard == UInt16(shard) }.map(\.sequence)
            #expect(own == Array(1...UInt64(own.count)))
            #expect(own.count >= perThread)
        }
    }

    /// The next group's header would lie behind the buffer: growing must not read there.
    @Test func aGroupThatBeginsWhereTheBufferEndsGrowsIt() throws {
        let bench = try JournalBench()
        // Not started: all gathers. Groups of the soft maximum fill the buffer's powers of two to the byte.
        for sequence in 1...40 {
            bench.journal.append([
                TestEvent(shard: 0, sequence: UInt64(sequence), byteCount: (16 << 10) - 128)
            ])
        }
        bench.journal.kick()
        try bench.journal.start()
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        #expect(try bench.walked.events.map(\.sequence) == Array(1...40))
    }

    @Test func memoryOfAnExceptionalBatchIsGivenBack() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        let usual = bench.journal.statistics.bufferBytes
        bench.journal.append(
            (1...64).map { TestEvent(shard: 0, sequence: UInt64($0), byteCount: 1 << 16) })
        #expect(bench.journal.statistics.bufferBytes > 4 << 20)
        bench.journal.kick()
        #expect(bench.waitUntilSynced())
        #expect(JournalBench.waits { bench.journal.statistics.bufferBytes <= usual })
        bench.journal.stop()
        #expect(try bench.walked.events.count == 64)
    }
}
