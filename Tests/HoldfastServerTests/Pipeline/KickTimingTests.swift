import Glibc
import HoldfastJournal
import Synchronization
import Testing

@testable import HoldfastServer

@Suite struct KickTimingTests {
    private let log = CountingLog()
    private var kicks = KickTiming()

    private mutating func findNothing() -> Bool {
        let found = self.kicks.foundNothingReady(self.log)
        return found
    }

    @Test mutating func withoutEventsThereIsNothingToKick() {
        self.kicks.turnEnded(self.log)
        #expect(self.kicks.dueNanoseconds == .max)
        let again = self.findNothing()
        #expect(!again)
        #expect(self.log.kickCount == 0)
    }

    @Test mutating func aSmallTurnIsKickedAsSoonAsNothingIsReady() {
        self.log.appended = 63
        self.kicks.turnEnded(self.log)
        #expect(self.log.kickCount == 0)
        #expect(self.kicks.dueNanoseconds <= Self.now)
        let kicked = self.findNothing()
        #expect(kicked)
        #expect(self.log.kickCount == 1)
        #expect(self.kicks.dueNanoseconds == .max)
        let again = self.findNothing()
        #expect(!again)
    }

    @Test mutating func aLargeTurnWaitsAMomentForTheNext() {
        self.log.appended = 64
        let before = Self.now
        self.kicks.turnEnded(self.log)
        #expect(self.kicks.dueNanoseconds >= before + 200_000)
        #expect(self.kicks.dueNanoseconds <= Self.now + 200_000)
        while Self.now < self.kicks.dueNanoseconds {}
        let kicked = self.findNothing()
        #expect(kicked)
        #expect(self.log.kickCount == 1)
    }

    @Test mutating func theSecondTurnKicksForBothAndTheThirdBeginsAnew() {
        for turn in 1...6 {
            self.log.appended += 500
            self.kicks.turnEnded(self.log)
            #expect(self.log.kickCount == turn / 2)
        }
        // A turn that appends nothing kicks for the one before it, too.
        self.log.appended += 500
        self.kicks.turnEnded(self.log)
        self.kicks.turnEnded(self.log)
        #expect(self.log.kickCount == 4)
        #expect(self.kicks.dueNanoseconds == .max)
    }

    @Test mutating func whatAnotherReactorKickedIsNoLongerOwed() {
        self.log.appended = 10
        self.kicks.turnEnded(self.log)
        self.log.kick()
        self.kicks.turnEnded(self.log)
        #expect(self.kicks.dueNanoseconds == .max)
        #expect(self.log.kickCount == 1)
    }

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A log of numbers.
private final class CountingLog: EventLog, @unchecked Sendable {
    var appended = 0
    private var kicked = 0
    private(set) var kickCount = 0

    func append(
        shard: Int, events: UnsafeRawBufferPointer, count: Int, lastSequence: UInt64
    ) -> LogPosition {
        self.appended += count
        return self.appendedPosition
    }

    func kick() {
        self.kicked = self.appended
        self.kickCount += 1
    }

    var unkickedCount: Int { self.appended - self.kicked }
    var appendedPosition: LogPosition { LogPosition(rawValue: UInt64(self.appended)) }
    var syncedPosition: LogPosition { LogPosition(rawValue: UInt64(self.kicked)) }
    func noteLiveHolds(_ count: Int) {}
    var roomByteCount: Int { .max }
    var backlogByteCount: Int { 0 }
}
