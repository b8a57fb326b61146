internal import Glibc

/// The clock of the reactors: CLOCK_BOOTTIME, which counts through suspend and never steps.
package enum BootClock {
    package static func nowNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

/// Milliseconds, as settings give them, in nanoseconds, as the clock gives them.
@inline(__always)
func nanoseconds(_ milliseconds: Int) -> UInt64 { UInt64(milliseconds) &* 1_000_000 }
