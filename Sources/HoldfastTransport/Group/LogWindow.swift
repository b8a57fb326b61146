/// Thins out one kind of line of a log: so many are written a second, the rest is counted, so that no peer can fill the
/// log. A value of one thread.
package struct LogWindow {
    private static let nanoseconds: UInt64 = 1_000_000_000

    private var startedNanoseconds: UInt64 = 0
    private var lineCount = 0
    /// Lines left out since the last one that was written.
    package private(set) var leftOutCount = 0

    package init() {}

    /// Counts a line. Returns how many were left out before it; nil: it is left out as well.
    package mutating func admit(nowNanoseconds: UInt64, linesPerSecondMax: Int) -> Int? {
        if nowNanoseconds &- self.startedNanoseconds >= Self.nanoseconds {
            self.startedNanoseconds = nowNanoseconds
            self.lineCount = 0
        }
        guard self.lineCount < linesPerSecondMax else {
            self.leftOutCount += 1
            return nil
        }
        self.lineCount += 1
        defer { self.leftOutCount = 0 }
        return self.leftOutCount
    }

    /// From then on a line is written again.
    package var endNanoseconds: UInt64 { self.startedNanoseconds &+ Self.nanoseconds }
}
