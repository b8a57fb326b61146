import FaultKit
import Glibc
import HoldfastJournal
import Testing

@Suite struct SegmentAllocatorTests {
    /// A rush of new holds tells the allocator each turn that more is wanted. While a segment is ready, the next one still takes
    /// only every other stretch of the device's time.
    @Test func whileOneIsReadyTheNextIsMadeAtHalfSpeedHoweverOftenMoreIsWanted() throws {
        let writeMicroseconds: UInt32 = 10_000
        let pieceCount = 8
        var settings = JournalBench.tinySettings
        settings.segmentBytes = pieceCount << 20
        let times = Kept<(path: String, nanoseconds: UInt64)>()
        let bench = try JournalBench(
            settings,
            before: { call in
                guard call.kind == .write, call.path.contains("ready-") else { return }
                times.append((call.path, Self.nanoseconds))
                usleep(writeMicroseconds)
            })
        try bench.journal.start()
        var holds = 0
        let isMade = JournalBench.waits {
            holds += 1
            bench.journal.liveHolds = holds
            return bench.journal.statistics.readySegments == 2
        }
        #expect(isMade && holds > 10)
        bench.journal.stop()
        let second = times.all.filter { $0.path.contains("ready-1") }.map(\.nanoseconds)
        try #require(second.count == pieceCount)
        // Between two pieces lie the first one's writing and a rest as long.
        let least = UInt64(pieceCount - 1) * 2 * UInt64(writeMicroseconds) * 1_000
        #expect(second[pieceCount - 1] - second[0] >= least)
    }

    private static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
