import FaultKit
import Glibc
import HoldfastJournal
import Testing

/// What must be on disk before what. Read off the system calls, since no test can cut the power.
@Suite struct SyncOrderTests {
    private typealias Call = FaultyFileSystem.Call

    /// How the writer writes: with a plan that refuses O_DIRECT, by write and fdatasync.
    private static func plan(isDirect: Bool) -> FaultyFileSystem.Plan? {
        isDirect
            ? nil
            : .init(
                callNumber: 1, kinds: [.write], fault: .fail(EINVAL), isForEver: true,
                pathContains: "probe")
    }

    /// A first start, rolls to ready files, one to a file of its own.
    private static func life(isDirect: Bool) throws -> JournalBench {
        let bench = try JournalBench(plan: self.plan(isDirect: isDirect))
        try bench.journal.start()
        var sequence: UInt64 = 0
        for batch in 0..<20 {
            let count = batch % 8 == 7 ? 3 : 1
            bench.journal.append(
                (0..<count).map { _ in
                    sequence += 1
                    return TestEvent(
                        shard: 0, sequence: sequence, byteCount: count == 3 ? 30_000 : 14_000)
                })
            bench.journal.kick()
            #expect(bench.waitUntilSynced())
        }
        bench.journal.stop()
        #expect(bench.failures.all.isEmpty)
        return bench
    }

    @Test(arguments: [true, false]) func everyNameIsMadeToLast(isDirect: Bool) throws {
        let bench = try Self.life(isDirect: isDirect)
        let calls = bench.files.calls
        let folder = bench.directory.journalPath
        let renames = calls.filter { $0.kind == .rename && $0.path.hasPrefix(folder + "/") }
        let ready = calls.filter { $0.kind == .synchronize && $0.path.contains("/ready-") }
        let synced = calls.filter { $0.kind == .synchronize && $0.path == folder }
        // One for each name that is given, one for each file that is made ready.
        #expect(renames.count > 7 && ready.count > 5)
        #expect(synced.count == renames.count + ready.count)
    }

    /// What the kernel has of a failed write is unknown: a second one that works proves nothing.
    @Test(arguments: [FaultyFileSystem.Kind.write, .synchronizeData])
    func whatFailedOnceIsNotTriedAgain(kind: FaultyFileSystem.Kind) throws {
        let bench = try JournalBench(plan: Self.plan(isDirect: kind == .write))
        try bench.journal.start()
        let before = bench.files.callCount
        bench.files.set(
            .init(callNumber: 1, kinds: [kind], fault: .fail(EIO), pathContains: ".seg"))
        bench.journal.append([TestEvent(shard: 0, sequence: 1, byteCount: 100)])
        bench.journal.kick()
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        #expect(bench.failures.all.map(\.code) == [.io])
        #expect(bench.journal.syncedPosition.rawValue == 0)
        let own = bench.files.calls[before...].filter { $0.path.hasSuffix(".seg") }
        #expect(own.filter { $0.kind == kind }.count == 1)
    }

    /// A seal costs a page, which the end of a hold may need.
    @Test func whereSpaceIsShortNothingIsSealed() throws {
        var settings = JournalBench.tinySettings
        settings.sealAfterMicroseconds = 1_000
        let bench = try JournalBench(settings)
        try bench.journal.start()
        #expect(JournalBench.waits { bench.journal.hasRoom })
        bench.files.set(
            .init(
                callNumber: 1, kinds: [.open], fault: .fail(ENOSPC), isForEver: true,
                pathContains: "/ready-"))
        bench.journal.liveHolds = 100_000
        #expect(!bench.journal.hasRoom)
        bench.journal.append([TestEvent(shard: 0, sequence: 1, byteCount: 100)])
        bench.journal.kick()
        #expect(bench.waitUntilSynced())
        // Many times as long as a seal takes to come.
        usleep(30_000)
        #expect(bench.journal.statistics.seals == 0)
        bench.journal.liveHolds = 0
        #expect(JournalBench.waits { bench.journal.statistics.seals == 1 })
        bench.journal.stop()
    }
}
