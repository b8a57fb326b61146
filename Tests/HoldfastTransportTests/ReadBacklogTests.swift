import Testing

@testable import HoldfastTransport

@Suite("How long bytes wait before they are read")
struct ReadBacklogTests {
    private static let target: UInt64 = 50_000_000
    private static let interval = target * ReadBacklog.targetsPerInterval

    /// Reads that each find bytes which have waited `wait`, for `duration`, a millisecond apart; whether any was late.
    private static func play(
        _ backlog: inout ReadBacklog, from start: UInt64, for duration: UInt64, wait: UInt64
    ) -> Bool {
        var isLate = false
        for now in stride(from: start, to: start + duration, by: 1_000_000) {
            backlog.mark(1_000, now: now - wait)
            if backlog.isLate(now: now, target: Self.target) { isLate = true }
            backlog.didRead(1_000)
        }
        return isLate
    }

    @Test("what was counted has waited since then until so many bytes were read, and no longer")
    func marks() {
        var backlog = ReadBacklog()
        #expect(backlog.isUnmarked && backlog.waited(now: 1_000) == 0)
        backlog.mark(100, now: 1_000)
        backlog.didRead(99)
        #expect(!backlog.isUnmarked && backlog.waited(now: 5_000) == 4_000)
        backlog.didRead(1)
        #expect(backlog.isUnmarked && backlog.waited(now: 5_000) == 0)
        backlog.mark(100, now: 6_000)
        backlog.drained()
        #expect(backlog.isUnmarked && backlog.waited(now: 9_000) == 0)
        backlog.mark(0, now: 6_000)
        #expect(backlog.isUnmarked)
    }

    @Test("a burst that waits is not late; a queue that stands for ten targets is")
    func standing() {
        let start: UInt64 = 10_000_000_000
        var backlog = ReadBacklog()
        let burst = Self.play(
            &backlog, from: start, for: Self.interval, wait: Self.target + 1)
        #expect(!burst)
        let behind = Self.play(
            &backlog, from: start + Self.interval, for: 2_000_000, wait: Self.target + 1)
        #expect(behind)
        var prompt = ReadBacklog()
        let never = Self.play(
            &prompt, from: start, for: 10 * Self.interval, wait: Self.target)
        #expect(!never)
    }

    @Test("an interval without waiting ends it; a shorter pause does not")
    func pauses() {
        let start: UInt64 = 10_000_000_000
        let over = Self.target + 1
        for (pause, isLate) in [(Self.interval / 2, true), (Self.interval + 2_000_000, false)] {
            var backlog = ReadBacklog()
            _ = Self.play(&backlog, from: start, for: 2 * Self.interval, wait: over)
            let again = start + 2 * Self.interval + pause
            let late = Self.play(&backlog, from: again, for: 1_000_000, wait: over)
            #expect(late == isLate)
        }
    }

    @Test("without a target nothing is late")
    func off() {
        var backlog = ReadBacklog()
        backlog.mark(1, now: 1)
        for now in stride(from: 2 as UInt64, to: 1 << 60, by: 1 << 55) {
            let late = backlog.isLate(now: now, target: 0)
            #expect(!late)
        }
    }
}
