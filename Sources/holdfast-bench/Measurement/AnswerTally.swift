/// What came back from the calls of one window.
struct AnswerTally: ~Copyable {
    static let codeCountMax = 32
    static let outcomeCountMax = 128
    /// Method numbers of the StockService are below this.
    static let methodCountMax = 16
    private static let outcomeCellCount = Self.methodCountMax * Self.outcomeCountMax

    static let refusalByteCountMax = 4096

    /// Latencies since the last progress line. Not an HdrHistogram: its percentiles and its reset take a millisecond
    /// together, which the calls of every second would wait for.
    private var recent = RecentLatencies()
    /// Of the whole window.
    private(set) var total = LatencyHistogram()
    private let codes: UnsafeMutablePointer<UInt64>
    /// By method, then by outcome.
    private let outcomes: UnsafeMutablePointer<UInt64>
    /// The body of the first answer that was not OK, so that the report can say why.
    private(set) var firstRefusal: [UInt8] = []

    init() {
        self.codes = .allocate(capacity: Self.codeCountMax)
        self.codes.initialize(repeating: 0, count: Self.codeCountMax)
        self.outcomes = .allocate(capacity: Self.outcomeCellCount)
        self.outcomes.initialize(repeating: 0, count: Self.outcomeCellCount)
    }

    deinit {
        self.codes.deallocate()
        self.outcomes.deallocate()
    }

    var recentCount: UInt64 { self.recent.count }

    mutating func record(latencyNanoseconds: UInt64) {
        self.recent.record(latencyNanoseconds)
        self.total.record(latencyNanoseconds)
    }

    /// Counts an OK answer by its first field, which is the outcome; 0 when that is absent or out of range.
    mutating func countOutcome(_ body: UnsafeRawBufferPointer, method: UInt16) {
        self.codes[0] &+= 1
        let isOutcome = body.count >= 2 && body[0] == 0x08 && body[1] < Self.outcomeCountMax
        precondition(method < Self.methodCountMax, "the tool sends StockService calls")
        let row = Int(method) &* Self.outcomeCountMax
        self.outcomes[row &+ (isOutcome ? Int(body[1]) : 0)] &+= 1
    }

    mutating func countRefusal(code: UInt16, body: UnsafeRawBufferPointer) {
        self.codes[min(Int(code), Self.codeCountMax - 1)] &+= 1
        if self.firstRefusal.isEmpty {
            self.firstRefusal = Array(body.prefix(Self.refusalByteCountMax))
        }
    }

    /// The median and the 99th percentile since the last call of this.
    mutating func takeRecent() -> (p50: UInt64, p99: UInt64) {
        let result = (self.recent.value(atFraction: 0.5), self.recent.value(atFraction: 0.99))
        self.recent.clear()
        return result
    }

    mutating func clear() {
        self.recent.clear()
        self.total.clear()
        self.codes.update(repeating: 0, count: Self.codeCountMax)
        self.outcomes.update(repeating: 0, count: Self.outcomeCellCount)
        self.firstRefusal = []
    }

    /// Numbers and their counts, where there are any.
    var codeCounts: [(number: Int, count: UInt64)] {
        Self.nonZero(self.codes, count: Self.codeCountMax)
    }

    func outcomeCounts(method: UInt16) -> [(number: Int, count: UInt64)] {
        Self.nonZero(
            self.outcomes + Int(method) * Self.outcomeCountMax, count: Self.outcomeCountMax)
    }

    private static func nonZero(
        _ counts: UnsafeMutablePointer<UInt64>, count: Int
    ) -> [(number: Int, count: UInt64)] {
        (0..<count).filter { counts[$0] != 0 }.map { ($0, counts[$0]) }
    }
}
