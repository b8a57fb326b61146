import Glibc
import HoldfastEngine
import Testing

/// Measures what `docs/TESTING.md` says under "Drills". In release, by hand: HOLDFAST_DRILLS=1.
@Suite("Drill: a million holds lapse", .serialized, .enabled(if: getenv("HOLDFAST_DRILLS") != nil))
struct ExpiryDrill {
    private static let holdCount = 1_000_000
    private static let holdMilliseconds: Int64 = 600_000

    @Test("10,000 holds lapse in any 10 ms: stock is back within 10 ms", arguments: [1, 64])
    func steadyLapse(products: Int) throws {
        let drill = DrillShard(productCount: products)
        // Made over one second of the shard's time, so they lapse over one second.
        drill.fill(Self.holdCount, spreadMilliseconds: 1_000, hold: Self.holdMilliseconds)
        let run = drill.lapse(from: Self.holdMilliseconds, seconds: 3)
        print(
            "drill: \(products) products, 1,000,000 holds lapse over 1 s: at most \(run.lateMaxMilliseconds) ms late, "
                + "all back after \(run.allBackMilliseconds) ms, longest execute \(run.executeMaxMicroseconds) µs of "
                + "\(run.executeCount), longest expireDue \(run.expireMaxMicroseconds) µs")
        #expect(run.lateMaxMilliseconds <= 10)
        #expect(run.wrongCount == 0)
        #expect(drill.liveHolds == run.reservedCount)
    }

    @Test("a million holds lapse at one instant: all back within 1 s", arguments: [1, 64])
    func lapseAtOnce(products: Int) throws {
        let drill = DrillShard(productCount: products)
        drill.fill(Self.holdCount, spreadMilliseconds: 0, hold: Self.holdMilliseconds)
        let run = drill.lapse(from: Self.holdMilliseconds, seconds: 3)
        print(
            "drill: \(products) products, 1,000,000 holds lapse at once: all back after "
                + "\(run.allBackMilliseconds) ms, longest execute \(run.executeMaxMicroseconds) µs of "
                + "\(run.executeCount), longest expireDue \(run.expireMaxMicroseconds) µs, "
                + "\(run.reservedCount) reserved meanwhile, \(run.backlogCount) told EXPIRY_BACKLOG"
        )
        #expect(run.allBackMilliseconds <= 1_000)
        #expect(run.executeMaxMicroseconds <= 5_000)
        #expect(run.wrongCount == 0)
        #expect(drill.liveHolds == run.reservedCount)
    }
}
