import Glibc
import HoldfastEngine
import Testing

/// How a shard's tables grow, measured by hand in release:
///
///     HOLDFAST_DRILLS=1 swift test -c release -Xswiftc -enable-testing --filter GrowthDrill
///
/// One shard goes from 0 to 5,000,000 live holds of distinct buyers with ids of 36 bytes, 16 calls a batch. Prints the bytes a
/// hold takes and the longest batch, in time of this thread (what a waiting Reserve would see of the growth itself) and
/// on the wall (with whatever else the machine did).
@Suite(.enabled(if: getenv("HOLDFAST_DRILLS") != nil, "set HOLDFAST_DRILLS=1"))
struct GrowthDrill {
    private static let holds = 5_000_000
    private static let batch = 16

    @Test func fiveMillionHoldsTakeAtMost200BytesEach() throws {
        var shard = Shard(index: 0, settings: ShardSettings(), blocks: DrillBlocks(count: 16_000))
        var events = EventBuffer()
        var memory = DrillMemory()
        shard.execute(memory.importBatch(), now: 1_000, events: &events)

        var now: Int64 = 1_000
        var worst: [(holds: Int, threadNanoseconds: UInt64, wallNanoseconds: UInt64)] = []
        var worstThread: UInt64 = 0
        var worstWall: UInt64 = 0
        var spent: UInt64 = 0
        for start in stride(from: 0, to: Self.holds, by: Self.batch) {
            let batch = memory.reserveBatch(Self.batch)
            events.removeAll()
            now += start % 1_600 == 0 ? 1 : 0
            let wall = Self.time(CLOCK_MONOTONIC)
            let thread = Self.time(CLOCK_THREAD_CPUTIME_ID)
            shard.execute(batch, now: now, events: &events)
            let threadTime = Self.time(CLOCK_THREAD_CPUTIME_ID) - thread
            let wallTime = Self.time(CLOCK_MONOTONIC) - wall
            spent += threadTime
            worstThread = max(worstThread, threadTime)
            worstWall = max(worstWall, wallTime)
            if (start + Self.batch) % 1_000_000 == 0 {
                worst.append((start + Self.batch, worstThread, worstWall))
                worstThread = 0
                worstWall = 0
            }
        }
        let counts = shard.counts
        #expect(counts.liveHolds == UInt64(Self.holds))
        #expect(counts.buyers == UInt64(Self.holds))
        let bytes = Double(counts.tableBytes) / Double(Self.holds)
        print(
            "\(Self.holds) live holds: \(bytes) bytes a hold, \(spent / UInt64(Self.holds)) ns a Reserve"
        )
        for row in worst {
            print(
                "up to \(row.holds): longest batch of \(Self.batch) "
                    + "\(row.threadNanoseconds / 1_000) µs of the thread, "
                    + "\(row.wallNanoseconds / 1_000) µs on the wall")
        }
        #expect(bytes <= 200)
    }

    private static func time(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}
