import Testing

@testable import HoldfastServer

@Suite struct ClockSlewTests {
    private static let second: Int64 = 1_000_000_000
    private static let wall: Int64 = 1_800_000_000 * second

    /// Looks every 100 ms for so long, with the wall clock off by `shift`; server time at the end less what the boot
    /// clock alone would say.
    private func follow(_ slew: inout ClockSlew, from start: Int64, looks: Int64, shift: Int64)
        -> [Int64]
    {
        var steps: [Int64] = []
        for look in 1...looks {
            let boot = start + look * Self.second / 10
            let step = slew.follow(wallNanoseconds: Self.wall + boot + shift, bootNanoseconds: boot)
            if step != 0 { steps.append(step) }
        }
        return steps
    }

    @Test func withoutAStepServerTimeIsTheWallClock() {
        var slew = ClockSlew(wallNanoseconds: Self.wall, bootNanoseconds: 0)
        #expect(self.follow(&slew, from: 0, looks: 600, shift: 0) == [])
        #expect(slew.offsetNanoseconds == Self.wall)
    }

    @Test func aStepIsReportedOnceAndFollowedAt500PPM() {
        var slew = ClockSlew(wallNanoseconds: Self.wall, bootNanoseconds: 0)
        // An hour forward: after ten seconds 5 ms of it are made up.
        let steps = self.follow(&slew, from: 0, looks: 100, shift: 3_600 * Self.second)
        #expect(steps == [3_600 * Self.second])
        #expect(slew.offsetNanoseconds - Self.wall == 5_000_000)
        #expect(slew.remainingNanoseconds == 3_600 * Self.second - 5_000_000)
    }

    @Test func aStepBackwardNeverMakesServerTimeRunBackward() {
        var slew = ClockSlew(wallNanoseconds: Self.wall, bootNanoseconds: 0)
        var last = slew.offsetNanoseconds
        for look in 1...1_000 as ClosedRange<Int64> {
            let boot = look * Self.second / 100
            _ = slew.follow(
                wallNanoseconds: Self.wall + boot - 86_400 * Self.second, bootNanoseconds: boot)
            let time = slew.offsetNanoseconds + boot
            #expect(time > last)
            last = time
        }
        #expect(slew.offsetNanoseconds == Self.wall - 5_000_000)
    }

    @Test func aSmallDifferenceIsMadeUpWholly() {
        var slew = ClockSlew(wallNanoseconds: Self.wall, bootNanoseconds: 0)
        // 1 ms takes two seconds; drift is no step.
        #expect(self.follow(&slew, from: 0, looks: 30, shift: 1_000_000) == [])
        #expect(slew.offsetNanoseconds == Self.wall + 1_000_000)
        #expect(slew.remainingNanoseconds == 0)
    }

    @Test func aStepThatIsTakenBackIsReportedTwiceAndForgotten() {
        var slew = ClockSlew(wallNanoseconds: Self.wall, bootNanoseconds: 0)
        #expect(self.follow(&slew, from: 0, looks: 10, shift: Self.second) == [Self.second])
        #expect(
            self.follow(&slew, from: Self.second, looks: 20, shift: 0) == [-Self.second])
        #expect(slew.offsetNanoseconds == Self.wall)
    }

    @Test func aLookWithoutElapsedTimeChangesNothing() {
        var slew = ClockSlew(wallNanoseconds: Self.wall, bootNanoseconds: 10)
        #expect(slew.follow(wallNanoseconds: 5, bootNanoseconds: 10) == 0)
        #expect(slew == ClockSlew(wallNanoseconds: Self.wall, bootNanoseconds: 10))
    }

    @Test func timeGoesOnFromTheJournalWhenTheWallClockIsBehindIt() {
        let clock = ServerClock()
        let boot = clock.startedNanoseconds
        let before = clock.milliseconds(at: boot)
        #expect(clock.goOn(fromMilliseconds: before - 1_000) == 0)
        #expect(clock.milliseconds(at: boot) == before)
        let behind = clock.goOn(fromMilliseconds: before + 3_600_000)
        #expect(behind > 3_590_000 && behind <= 3_600_000)
        let after = clock.milliseconds(at: boot)
        #expect(after - before == behind)
        // At normal speed, whatever the wall clock says.
        #expect(clock.milliseconds(at: boot + 1_000_000_000) == after + 1_000)
    }

    @Test func serverClockAgreesWithTheWallClockAndItself() {
        let clock = ServerClock()
        let boot = clock.startedNanoseconds
        let milliseconds = clock.milliseconds(at: boot)
        #expect(clock.bootNanoseconds(ofMilliseconds: milliseconds + 5) > boot)
        #expect(clock.bootNanoseconds(ofMilliseconds: milliseconds + 5) <= boot + 5_000_000)
        #expect(clock.bootNanoseconds(ofMilliseconds: 0) == 0)
        #expect(clock.bootNanoseconds(ofMilliseconds: .max) == .max)
        #expect(clock.milliseconds(at: boot + 7_000_000) == milliseconds + 7)
    }
}
