internal import HoldfastJournal
internal import HoldfastTransport

/// When a reactor has the journal begin with what its turns appended. Owner: the reactor.
///
/// A group costs the reactor's core some 60 µs of the kernel's work, however small it is, so a busy reactor begins one every
/// other turn: answers of both turns leave at the end of a later one anyhow. When nothing is ready to be read, nobody gains by
/// waiting; only behind a large turn the next one is most likely on its way, since its callers have just been answered.
struct KickTiming {
    /// Events that make a turn a large one.
    private static let largeEventCount = 64
    /// How long a large turn's events wait for company while nothing is ready.
    private static let idleNanosecondsMax: UInt64 = 200_000

    /// When nothing is ready from then on, it is time; 0: nothing waits.
    private var idleDue: UInt64 = 0

    /// When to look whether anything is ready, in nanoseconds of CLOCK_BOOTTIME; `UInt64.max`: never.
    var dueNanoseconds: UInt64 { self.idleDue == 0 ? .max : self.idleDue }

    /// The end of a turn.
    mutating func turnEnded(_ log: any EventLog) {
        let count = log.unkickedCount
        if count == 0 {
            // Nothing came, or another reactor has kicked it along with its own.
            self.idleDue = 0
        } else if self.idleDue != 0 {
            self.kick(log)
        } else {
            let now = BootClock.nowNanoseconds()
            self.idleDue = count < Self.largeEventCount ? now : now &+ Self.idleNanosecondsMax
        }
    }

    /// Nothing is ready.
    /// - Returns: whether the journal was kicked.
    mutating func foundNothingReady(_ log: any EventLog) -> Bool {
        guard self.idleDue != 0, BootClock.nowNanoseconds() >= self.idleDue else { return false }
        self.kick(log)
        return true
    }

    private mutating func kick(_ log: any EventLog) {
        log.kick()
        self.idleDue = 0
    }
}
