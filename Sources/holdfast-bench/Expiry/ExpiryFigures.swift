/// How long calls of one kind took, by when they were to start.
struct PhaseLatencies: ~Copyable {
    enum Phase {
        /// Before the first deadline.
        case before
        /// From then until all stock was back.
        case meanwhile
        case after
    }

    private(set) var before = LatencyHistogram()
    private(set) var meanwhile = LatencyHistogram()
    private(set) var after = LatencyHistogram()

    mutating func record(_ nanoseconds: UInt64, _ phase: Phase) {
        switch phase {
        case .before: self.before.record(nanoseconds)
        case .meanwhile: self.meanwhile.record(nanoseconds)
        case .after: self.after.record(nanoseconds)
        }
    }
}

/// What a run has measured.
struct ExpiryFigures: ~Copyable {
    /// Reserves of the steady product in the sale whose holds lapse.
    var sameSale = PhaseLatencies()
    /// Reserves in the other sale.
    var otherSale = PhaseLatencies()
    /// GetStocks of the lapsing product.
    var reads = PhaseLatencies()

    /// Holds that were granted, and how long that took.
    var holdCount = 0
    var fillNanoseconds: UInt64 = 0
    /// Of all holds, by the server's clock, Unix milliseconds.
    var firstDeadlineMilliseconds = Int.max
    var lastDeadlineMilliseconds = 0

    /// The first GetStock that saw no hold any more, by the server's clock; 0: none did.
    var allBackMilliseconds = 0
    /// When its answer was read, by the tool's clock.
    var allBackNanoseconds: UInt64 = 0
    /// GetStocks that were told that due holds are still being given back.
    var backlogAnswerCount = 0
}
