internal import HoldfastJournal

/// When a reactor has the journal begin with what its turns appended. Owner: the reactor.
///
/// A group costs the reactor's core some 60 µs of the kernel's work, however small it is. A reactor that finds something to read
/// after each turn is short of time, and begins a group every few turns only: their answers leave at the end of a later one
/// anyhow. One that found nothing has time, and its callers are waiting: it begins one with each turn. What is owed is begun
/// as soon as nothing is ready, so nothing waits for a timer.
struct KickTiming {
    /// Turns that share a group: some 500 calls of those that clients pipeline.
    static let turnsPerGroup = 3
    /// Turns whose events wait for those of the next ones.
    private var turnsOwed = 0
    /// Nothing was ready between the last turn and this one.
    private var hasTime = true

    /// The end of a turn.
    mutating func turnEnded(_ log: any EventLog) {
        // None: nothing came, or another reactor has kicked it along with its own.
        if log.unkickedCount == 0 {
            self.turnsOwed = 0
        } else if self.turnsOwed &+ 1 == Self.turnsPerGroup || self.hasTime {
            self.kick(log)
        } else {
            self.turnsOwed &+= 1
        }
        self.hasTime = false
    }

    /// Nothing is ready.
    mutating func foundNothingReady(_ log: any EventLog) {
        self.hasTime = true
        if self.turnsOwed > 0 { self.kick(log) }
    }

    private mutating func kick(_ log: any EventLog) {
        log.kick()
        self.turnsOwed = 0
    }
}
