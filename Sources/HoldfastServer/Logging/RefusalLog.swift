internal import HoldfastTransport
internal import Logging

/// Log lines about connections and calls that were refused: so many a second for each reason, the rest is counted. The
/// count stands in the reason's next line, or in a line of its own once a second has passed without one.
///
/// Owner: one reactor. Reasons are the server's own words, never a peer's, so there are as many windows as reasons.
final class RefusalLog {
    private let log: Logger
    private let linesPerSecondMax: Int
    private var windows: [String: LogWindow] = [:]
    /// When `reportLeftOut` has something to say, CLOCK_BOOTTIME; UInt64.max: nothing was left out.
    private(set) var dueNanoseconds = UInt64.max

    init(log: Logger, linesPerSecondMax: Int) {
        precondition(linesPerSecondMax > 0)
        self.log = log
        self.linesPerSecondMax = linesPerSecondMax
    }

    /// One line, or one more that is left out.
    func write(
        _ level: Logger.Level, reason: String, _ message: @autoclosure () -> String,
        _ metadata: @autoclosure () -> Logger.Metadata
    ) {
        guard self.log.logLevel <= level else { return }
        guard let leftOutCount = self.admit(reason, BootClock.nowNanoseconds()) else { return }
        var metadata = metadata()
        metadata["reason"] = "\(reason)"
        if leftOutCount > 0 { metadata["left_out"] = "\(leftOutCount)" }
        self.log.log(level: level, "\(message())", metadata: metadata)
    }

    /// Says how many lines were left out of reasons that had no line since.
    func reportLeftOut(nowNanoseconds: UInt64) {
        guard self.dueNanoseconds <= nowNanoseconds else { return }
        self.dueNanoseconds = .max
        for (reason, window) in self.windows where window.leftOutCount > 0 {
            guard window.endNanoseconds <= nowNanoseconds else {
                self.dueNanoseconds = min(self.dueNanoseconds, window.endNanoseconds)
                continue
            }
            guard let leftOutCount = self.admit(reason, nowNanoseconds) else { continue }
            self.log.notice(
                "lines about refusals were left out",
                metadata: ["reason": "\(reason)", "left_out": "\(leftOutCount)"])
        }
    }

    private func admit(_ reason: String, _ nowNanoseconds: UInt64) -> Int? {
        var window = self.windows[reason] ?? LogWindow()
        let leftOutCount = window.admit(
            nowNanoseconds: nowNanoseconds, linesPerSecondMax: self.linesPerSecondMax)
        self.windows[reason] = window
        if leftOutCount == nil {
            self.dueNanoseconds = min(self.dueNanoseconds, window.endNanoseconds)
        }
        return leftOutCount
    }
}
