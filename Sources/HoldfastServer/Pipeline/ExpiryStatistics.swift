internal import HoldfastWire
internal import Synchronization

/// What ending what is over has cost one reactor. Written by it alone, read by anyone.
final class ExpiryStatistics: Sendable {
    private let lapsed = Atomic<UInt64>(0)
    private let bites = Atomic<UInt64>(0)
    private let biteNanoseconds = Atomic<UInt64>(0)
    private let biteNanosecondsMax = Atomic<UInt64>(0)
    private let turnNanosecondsMax = Atomic<UInt64>(0)
    private let bytesAheadMax = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - count: what it ended.
    ///   - nanoseconds: of the thread's processor time.
    ///   - bytesAhead: of events on their way to the disk behind it.
    func noteBite(count: Int, nanoseconds: UInt64, bytesAhead: Int) {
        self.lapsed.add(UInt64(count), ordering: .relaxed)
        self.bites.add(1, ordering: .relaxed)
        self.biteNanoseconds.add(nanoseconds, ordering: .relaxed)
        self.biteNanosecondsMax.max(nanoseconds, ordering: .relaxed)
        self.bytesAheadMax.max(UInt64(clamping: bytesAhead), ordering: .relaxed)
    }

    /// A turn that began and ended with holds left to end.
    func noteTurn(nanoseconds: UInt64) {
        self.turnNanosecondsMax.max(nanoseconds, ordering: .relaxed)
    }

    /// Adds this reactor to the facts of those before it.
    func add(to facts: inout ExpiryFacts) {
        facts.lapsedCount += self.lapsed.load(ordering: .relaxed)
        facts.biteCount += self.bites.load(ordering: .relaxed)
        facts.biteMicrosecondsTotal += self.biteNanoseconds.load(ordering: .relaxed) / 1_000
        facts.biteMicrosecondsMax = max(
            facts.biteMicrosecondsMax, self.biteNanosecondsMax.load(ordering: .relaxed) / 1_000)
        facts.turnMicrosecondsMax = max(
            facts.turnMicrosecondsMax, self.turnNanosecondsMax.load(ordering: .relaxed) / 1_000)
        facts.bytesAheadMax = max(
            facts.bytesAheadMax, self.bytesAheadMax.load(ordering: .relaxed))
    }
}
