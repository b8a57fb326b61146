internal import Glibc
internal import HoldfastTransport
internal import Synchronization

/// The server's time for all reactors. Reading is one atomic load on top of the turn's own CLOCK_BOOTTIME; looking at
/// the wall clock is the work of whoever calls `follow`, ten times a second at most.
package final class ServerClock: Sendable {
    private static let followIntervalNanoseconds: UInt64 = 100_000_000

    private let offset: Atomic<Int64>
    private let followedAt: Atomic<UInt64>
    private let slew: Mutex<ClockSlew>
    package let startedNanoseconds: UInt64

    package init() {
        let boot = BootClock.nowNanoseconds()
        let slew = ClockSlew(
            wallNanoseconds: Self.wallNanoseconds(), bootNanoseconds: Int64(boot))
        self.startedNanoseconds = boot
        self.offset = Atomic(slew.offsetNanoseconds)
        self.followedAt = Atomic(boot)
        self.slew = Mutex(slew)
    }

    /// Server time goes on from there at normal speed if the wall clock is behind it: to be called before anything is
    /// decided, with the newest time that the journal holds (RULES 5). The wall clock is then followed as after a step.
    /// - Returns: How far the wall clock is behind, in milliseconds; 0: it is not.
    package func goOn(fromMilliseconds newest: Int64) -> Int64 {
        self.slew.withLock { slew in
            let boot = BootClock.nowNanoseconds()
            let behind = newest - self.milliseconds(at: boot)
            guard behind > 0 else { return 0 }
            slew.advance(nanoseconds: behind * 1_000_000)
            self.offset.store(slew.offsetNanoseconds, ordering: .relaxed)
            return behind
        }
    }

    /// Server time in Unix milliseconds at a moment of CLOCK_BOOTTIME.
    @inline(__always)
    package func milliseconds(at bootNanoseconds: UInt64) -> Int64 {
        (Int64(bitPattern: bootNanoseconds) &+ self.offset.load(ordering: .relaxed)) / 1_000_000
    }

    /// The moment of CLOCK_BOOTTIME at which server time reaches that Unix millisecond; the past is 0.
    package func bootNanoseconds(ofMilliseconds milliseconds: Int64) -> UInt64 {
        guard milliseconds < Int64.max / 1_000_000 else { return .max }
        let time = milliseconds * 1_000_000 - self.offset.load(ordering: .relaxed)
        return time <= 0 ? 0 : UInt64(time)
    }

    /// Looks at the wall clock if the last look is long enough ago. Any thread, one at a time.
    /// - Returns: The step that the wall clock made, in milliseconds; 0: none.
    package func follow(nowNanoseconds: UInt64) -> Int64 {
        let last = self.followedAt.load(ordering: .relaxed)
        guard nowNanoseconds &- last >= Self.followIntervalNanoseconds, nowNanoseconds > last
        else { return 0 }
        return self.slew.withLock { slew in
            let boot = BootClock.nowNanoseconds()
            let step = slew.follow(
                wallNanoseconds: Self.wallNanoseconds(), bootNanoseconds: Int64(boot))
            self.offset.store(slew.offsetNanoseconds, ordering: .relaxed)
            self.followedAt.store(boot, ordering: .relaxed)
            return step / 1_000_000
        }
    }

    private static func wallNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
