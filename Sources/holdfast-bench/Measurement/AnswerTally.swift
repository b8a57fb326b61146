/// What came back from the calls of one window.
struct AnswerTally: ~Copyable {
    static let codeCountMax = 32
    static let outcomeCountMax = 128
    static let refusalByteCountMax = 4096

    /// Latencies since the last progress line, and of the whole window before it.
    private var recent = LatencyHistogram()
    private(set) var total = LatencyHistogram()
    private let codes: UnsafeMutablePointer<UInt64>
    private let outcomes: UnsafeMutablePointer<UInt64>
    /// The body of the first answer that was not OK, so that the report can say why.
    private(set) var firstRefusal: [UInt8] = []

    init() {
        self.codes = .allocate(capacity: Self.codeCountMax)
        self.codes.initialize(repeating: 0, count: Self.codeCountMax)
        self.outcomes = .allocate(capacity: Self.outcomeCountMax)
        self.outcomes.initialize(repeating: 0, count: Self.outcomeCountMax)
    }

    deinit {
        self.codes.deallocate()
        self.outcomes.deallocate()
    }

    var recentCount: UInt64 { self.recent.count }

    mutating func record(latencyNanoseconds: UInt64) {
        self.recent.record(latencyNanoseconds)
    }

    /// Counts an OK answer by its first field, which is the outcome; 0 when that is absent or out of range.
    mutating func countOutcome(_ body: UnsafeRawBufferPointer) {
        self.codes[0] &+= 1
        let isOutcome = body.count >= 2 && body[0] == 0x08 && body[1] < Self.outcomeCountMax
        self.outcomes[isOutcome ? Int(body[1]) : 0] &+= 1
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
        self.total.add(self.recent)
        self.recent.clear()
        return result
    }

    mutating func clear() {
        self.recent.clear()
        self.total.clear()
        self.codes.update(repeating: 0, count: Self.codeCountMax)
        self.outcomes.update(repeating: 0, count: Self.outcomeCountMax)
        self.firstRefusal = []
    }

    /// Numbers and their counts, where there are any.
    var codeCounts: [(number: Int, count: UInt64)] {
        Self.nonZero(self.codes, count: Self.codeCountMax)
    }

    var outcomeCounts: [(number: Int, count: UInt64)] {
        Self.nonZero(self.outcomes, count: Self.outcomeCountMax)
    }

    private static func nonZero(
        _ counts: UnsafeMutablePointer<UInt64>, count: Int
    ) -> [(number: Int, count: UInt64)] {
        (0..<count).filter { counts[$0] != 0 }.map { ($0, counts[$0]) }
    }
}
