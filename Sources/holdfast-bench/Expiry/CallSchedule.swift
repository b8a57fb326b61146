/// Calls at fixed times: the n-th is to start at origin + n / rate, whatever became of those before.
struct CallSchedule {
    private let originNanoseconds: UInt64
    private let nanosecondsPerCall: Double
    private var startedCount: UInt64 = 0

    init(origin: UInt64, callsPerSecond: Double) {
        precondition(callsPerSecond > 0)
        self.originNanoseconds = origin
        self.nanosecondsPerCall = 1e9 / callsPerSecond
    }

    /// When the next call was to start, if that is not ahead.
    func due(_ now: UInt64) -> UInt64? {
        let start =
            self.originNanoseconds + UInt64(Double(self.startedCount) * self.nanosecondsPerCall)
        return start <= now ? start : nil
    }

    mutating func started() { self.startedCount += 1 }
}
