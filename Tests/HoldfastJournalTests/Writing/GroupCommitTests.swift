import HoldfastJournal
import Testing

@Suite struct GroupCommitTests {
    @Test func whatWasKickedIsOnDiskInOrder() throws {
        let bench = try JournalBench()
        try bench.journal.start()
        var expected: [TestEvent] = []
        for sequence in 1...500 {
            let batch = (0..<(sequence % 5 + 1)).map {
                TestEvent(
                    shard: UInt16(sequence % 4), sequence: UInt64(sequence * 10 + $0),
                    byteCount: 24 + (sequence * 7 + $0) % 200)
            }
            expected.append(contentsOf: batch)
            #expect(bench.journal.append(batch).rawValue == UInt64(expected.count))
            bench.journal.kick()
        }
        #expect(bench.waitUntilSynced())
        bench.journal.stop()
        let log = try bench.walked
        #expect(try log.events == expected)
        #expect(log.groups.last?.kind == .cleanStop)
        #expect(bench.failures.all.isEmpty)
    }
}
