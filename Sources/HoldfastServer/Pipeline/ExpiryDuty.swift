internal import Glibc
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
    /// A flood is taken in bites with a rest between them, in which calls are read, groups written and answers sent:
    /// 10,000 holds in 6 ms, a million in half a second.
    private static let holdsPerBite = 512
    private static let restNanoseconds: UInt64 = 200_000

    private let shardCount: Int
    private let first: Int
    private let step: Int
    private var lookedAt: UInt64 = 0
    /// Shards were left with due holds when the turn's share was used up.
    private var hasBacklog = false
    /// When to go on with a backlog.
    private var restingUntil: UInt64 = 0
    /// Where the next look begins, so that one shard's flood does not starve the others.
    private var start: Int
    private let statistics: ExpiryStatistics
    /// The thread's processor time when the last turn ended with a backlog; 0: it ended with none.
    private var turnStarted: UInt64 = 0

    init(
        shardCount: Int, reactorIndex: Int, reactorCount: Int, statistics: ExpiryStatistics
    ) {
        self.shardCount = shardCount
        self.first = reactorIndex
        self.step = reactorCount
        self.start = reactorIndex
        self.statistics = statistics
    }

    /// At a turn's end: expires what is due, `holdsPerBite` holds at most.
    mutating func run(
        _ shards: ShardTable, log: any EventLog, clock: ServerClock, nowNanoseconds: UInt64
    ) {
        self.bite(shards, log: log, clock: clock, nowNanoseconds: nowNanoseconds)
        // Only while there is a backlog: reading a thread's processor time is a system call.
        guard self.hasBacklog || self.turnStarted != 0 else { return }
        let now = Self.processorNanoseconds
        if self.turnStarted != 0 {
            self.statistics.noteTurn(nanoseconds: now &- self.turnStarted)
        }
        self.turnStarted = self.hasBacklog ? now : 0
    }

    private mutating func bite(
        _ shards: ShardTable, log: any EventLog, clock: ServerClock, nowNanoseconds: UInt64
    ) {
        guard self.first < self.shardCount else { return }
        guard
            self.hasBacklog
                ? nowNanoseconds >= self.restingUntil
                : nowNanoseconds &- self.lookedAt >= Self.lookIntervalNanoseconds
        else { return }
        if self.hasBacklog && log.backlogByteCount > Self.logBytesMax {
            self.restingUntil = nowNanoseconds &+ Self.restNanoseconds
            return
        }
        self.lookedAt = nowNanoseconds
        self.hasBacklog = false
        let now = clock.milliseconds(at: nowNanoseconds)
        var budget = Self.holdsPerBite
        var shard = self.start
        var started: UInt64 = 0
        defer {
            if started != 0 {
                self.statistics.noteBite(
                    count: Self.holdsPerBite - budget,
                    nanoseconds: Self.processorNanoseconds &- started,
                    bytesAhead: log.backlogByteCount)
            }
        }
        repeat {
            if shards.nextDeadlineMilliseconds(shard: shard) <= now {
                if started == 0 { started = Self.processorNanoseconds }
                budget -= shards.expireDue(shard: shard, now: now, limit: budget)
                if budget <= 0 {
                    self.hasBacklog = true
                    self.restingUntil = nowNanoseconds &+ Self.restNanoseconds
                    self.start = self.following(shard)
                    return
                }
            }
            shard = self.following(shard)
        } while shard != self.start
    }

    /// When to run again, in nanoseconds of CLOCK_BOOTTIME.
    func nextWakeNanoseconds(_ shards: ShardTable, clock: ServerClock) -> UInt64 {
        if self.hasBacklog { return self.restingUntil }
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

    /// Of the calling thread: what others take of the processor does not count.
    private static var processorNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    private func following(_ shard: Int) -> Int {
        let next = shard + self.step
        return next < self.shardCount ? next : self.first
    }
}
