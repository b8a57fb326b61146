internal import HoldfastEngine
internal import HoldfastJournal

/// A reactor's share of expiring holds: the shards whose number it gets by remainder. Any reactor may execute calls of
/// any shard; only expiry is shared out.
struct ExpiryDuty {
    /// Shards are looked at this often at most. A hold lasts a second at least and a lease as long as we sleep, so a new
    /// one is never missed; calls that wait for a lease wake their own reactor.
    private static let lookIntervalNanoseconds: UInt64 = 2_000_000
    /// Other reactors add holds to our shards without waking us, so we look again after this long at most.
    private static let sleepNanosecondsMax: UInt64 = 100_000_000

    /// Answers wait for the group in front of theirs: with more than this on its way to the disk, expiry lets them pass.
    /// Due holds count as lapsed meanwhile, whoever asks.
    private static let logBytesMax = 64 << 10
    private static let pauseNanoseconds: UInt64 = 1_000_000

    private let shardCount: Int
    private let first: Int
    private let step: Int
    private var lookedAt: UInt64 = 0
    /// Shards were left with due holds when the turn's share was used up.
    private var hasBacklog = false
    /// When to go on with a backlog, 0 at once.
    private var pausedUntil: UInt64 = 0
    /// Where the next look begins, so that one shard's flood does not starve the others.
    private var start: Int

    init(shardCount: Int, reactorIndex: Int, reactorCount: Int) {
        self.shardCount = shardCount
        self.first = reactorIndex
        self.step = reactorCount
        self.start = reactorIndex
    }

    /// Expires what is due, `EngineLimits.expiriesPerTurnMax` holds at most.
    mutating func run(
        _ shards: ShardTable, log: any EventLog, clock: ServerClock, nowNanoseconds: UInt64
    ) {
        guard self.first < self.shardCount else { return }
        guard self.hasBacklog || nowNanoseconds &- self.lookedAt >= Self.lookIntervalNanoseconds
        else { return }
        if self.hasBacklog && log.backlogByteCount > Self.logBytesMax {
            self.pausedUntil = nowNanoseconds &+ Self.pauseNanoseconds
            return
        }
        self.lookedAt = nowNanoseconds
        self.pausedUntil = 0
        self.hasBacklog = false
        let now = clock.milliseconds(at: nowNanoseconds)
        var budget = EngineLimits.expiriesPerTurnMax
        var shard = self.start
        repeat {
            if shards.nextDeadlineMilliseconds(shard: shard) <= now {
                budget -= shards.expireDue(shard: shard, now: now, limit: budget)
                if budget <= 0 {
                    self.hasBacklog = true
                    self.start = self.following(shard)
                    return
                }
            }
            shard = self.following(shard)
        } while shard != self.start
    }

    /// When to run again, in nanoseconds of CLOCK_BOOTTIME.
    func nextWakeNanoseconds(_ shards: ShardTable, clock: ServerClock) -> UInt64 {
        if self.hasBacklog { return self.pausedUntil }
        var wake = self.lookedAt &+ Self.sleepNanosecondsMax
        guard self.first < self.shardCount else { return wake }
        var earliest = Int64.max
        var shard = self.first
        while shard < self.shardCount {
            earliest = min(earliest, shards.nextDeadlineMilliseconds(shard: shard))
            shard += self.step
        }
        if earliest != .max {
            let due = clock.bootNanoseconds(ofMilliseconds: earliest)
            wake = min(wake, max(due, self.lookedAt &+ Self.lookIntervalNanoseconds))
        }
        return wake
    }

    private func following(_ shard: Int) -> Int {
        let next = shard + self.step
        return next < self.shardCount ? next : self.first
    }
}
