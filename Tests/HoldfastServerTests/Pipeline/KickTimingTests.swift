import HoldfastJournal
import Testing

@testable import HoldfastServer

@Suite struct KickTimingTests {
    private let log = CountingLog()
    private var kicks = KickTiming()

    @Test mutating func withoutEventsThereIsNothingToKick() {
        self.kicks.turnEnded(self.log)
        self.kicks.foundNothingReady(self.log)
        self.kicks.turnEnded(self.log)
        #expect(self.log.kickCount == 0)
    }

    @Test mutating func whoHasTimeKicksWithEachTurn() {
        for turn in 1...5 {
            self.log.appended += 1
            self.kicks.turnEnded(self.log)
            #expect(self.log.kickCount == turn)
            self.kicks.foundNothingReady(self.log)
            #expect(self.log.kickCount == turn)
        }
    }

    @Test mutating func whoIsBusyKicksEveryFewTurns() {
        // The first turn comes after a wait.
        self.log.appended += 500
        self.kicks.turnEnded(self.log)
        #expect(self.log.kickCount == 1)
        for turn in 1...6 {
            self.log.appended += 500
            self.kicks.turnEnded(self.log)
            #expect(self.log.kickCount == 1 + turn / KickTiming.turnsPerGroup)
        }
    }

    @Test mutating func whatIsOwedIsKickedAsSoonAsNothingIsReady() {
        for _ in 0..<2 {
            self.log.appended += 500
            self.kicks.turnEnded(self.log)
        }
        #expect(self.log.kickCount == 1)
        self.kicks.foundNothingReady(self.log)
        #expect(self.log.kickCount == 2)
        self.kicks.foundNothingReady(self.log)
        #expect(self.log.kickCount == 2)
    }

    @Test mutating func aTurnThatAppendsNothingKicksForThoseBefore() {
        for _ in 0..<KickTiming.turnsPerGroup {
            self.log.appended += 500
            self.kicks.turnEnded(self.log)
        }
        #expect(self.log.kickCount == 1)
        self.kicks.turnEnded(self.log)
        #expect(self.log.kickCount == 2)
    }

    @Test mutating func whatAnotherReactorKickedIsNoLongerOwed() {
        for _ in 0..<2 {
            self.log.appended += 10
            self.kicks.turnEnded(self.log)
        }
        self.log.kick()
        #expect(self.log.kickCount == 2)
        self.kicks.turnEnded(self.log)
        self.kicks.foundNothingReady(self.log)
        #expect(self.log.kickCount == 2)
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
