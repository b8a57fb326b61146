/// Server time out of two clocks, as a pure function of what they showed (RULES 5).
///
/// Server time = an offset + CLOCK_BOOTTIME. The offset is the wall clock's at the start; when the wall clock goes
/// another way later, the offset follows it by at most 500 millionths of the time that has passed, so that server time
/// never jumps and never runs backward.
package struct ClockSlew: Sendable, Equatable {
    /// 500 ppm.
    package static let nanosecondsPerMillisecondMax: Int64 = 500
    /// From here on a difference is a step, worth a line in the log: no drift makes 50 ms between two looks.
    package static let stepNanosecondsMin: Int64 = 50_000_000

    /// Added to CLOCK_BOOTTIME gives Unix nanoseconds.
    package private(set) var offsetNanoseconds: Int64
    private var lastBootNanoseconds: Int64
    /// Wall clock less boot clock at the last look.
    private var lastDifference: Int64

    package init(wallNanoseconds: Int64, bootNanoseconds: Int64) {
        self.offsetNanoseconds = wallNanoseconds - bootNanoseconds
        self.lastBootNanoseconds = bootNanoseconds
        self.lastDifference = self.offsetNanoseconds
    }

    /// A look at both clocks. Moves the offset toward the wall clock; the size of the step that the wall clock made
    /// since the last look, 0 for none.
    package mutating func follow(wallNanoseconds: Int64, bootNanoseconds: Int64) -> Int64 {
        let elapsed = bootNanoseconds - self.lastBootNanoseconds
        guard elapsed > 0 else { return 0 }
        self.lastBootNanoseconds = bootNanoseconds
        let difference = wallNanoseconds - bootNanoseconds
        let step = difference - self.lastDifference
        self.lastDifference = difference
        let bound = elapsed / 1_000_000 * Self.nanosecondsPerMillisecondMax
        let error = difference - self.offsetNanoseconds
        self.offsetNanoseconds += min(max(error, -bound), bound)
        return abs(step) >= Self.stepNanosecondsMin ? step : 0
    }

    /// Server time is set forward by so much; the wall clock is followed from there.
    package mutating func advance(nanoseconds: Int64) {
        precondition(nanoseconds >= 0, "server time never runs backwards")
        self.offsetNanoseconds += nanoseconds
    }

    /// How far server time still is from the wall clock.
    package var remainingNanoseconds: Int64 { self.lastDifference - self.offsetNanoseconds }
}
