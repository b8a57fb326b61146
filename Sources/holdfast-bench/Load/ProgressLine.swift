import Glibc

/// One line a second on standard error while a run goes on.
struct ProgressLine {
    private let isShown: Bool
    private var beginNanoseconds: UInt64 = 0
    private var nextNanoseconds: UInt64 = .max
    private var lastNanoseconds: UInt64 = 0

    private static let intervalNanoseconds: UInt64 = 1_000_000_000

    init(isShown: Bool) {
        self.isShown = isShown
    }

    mutating func begin(at now: UInt64) {
        self.beginNanoseconds = now
        self.lastNanoseconds = now
        self.nextNanoseconds = now + Self.intervalNanoseconds
    }

    func isDue(_ now: UInt64) -> Bool { now >= self.nextNanoseconds }

    /// `backlog`: calls of an open loop that are due and could not be started.
    mutating func show(_ now: UInt64, tally: inout AnswerTally, backlog: UInt64) {
        let rate = Double(tally.recentCount) / (Double(now - self.lastNanoseconds) / 1e9)
        let (p50, p99) = tally.takeRecent()
        self.lastNanoseconds = now
        self.nextNanoseconds = now + Self.intervalNanoseconds
        guard self.isShown else { return }
        let seconds = (now - self.beginNanoseconds) / 1_000_000_000
        var line =
            "\(seconds) s  \(Int(rate))/s  p50 \(Microseconds(p50))  p99 \(Microseconds(p99))"
        if backlog > 0 { line += "  \(backlog) calls behind" }
        line += "\n"
        let bytes = Array(line.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}

/// A duration for people.
struct Microseconds: CustomStringConvertible {
    let value: Double

    init(_ nanoseconds: UInt64) {
        self.value = (Double(nanoseconds) / 100).rounded() / 10
    }

    var description: String { "\(self.value) µs" }
}
