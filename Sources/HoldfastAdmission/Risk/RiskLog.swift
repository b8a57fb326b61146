/// One measure of a logged call.
package struct RiskMeasurement: Hashable, Sendable, BitwiseCopyable {
    package var feature: RiskFeature
    package var windowMilliseconds: Int64
    package var value: Int64
    /// The list kept no more than this: the true count is `value` or more.
    package var isAtLeast: Bool
}

/// A call as the rules saw it: enough to judge it again by other rules.
package struct RiskLogEntry: Sendable, BitwiseCopyable {
    /// Server time, Unix milliseconds.
    package var milliseconds: Int64
    /// How many calls of its kind this one stands for: itself and those not logged before it.
    package var weight: UInt64
    package var input: RiskInput
    package var verdict: RiskVerdict
    package var rulesVersion: Int64
    private var userBytes: InlineArray<64, UInt8>
    private var userByteCount: UInt8
    private var measurements: InlineArray<8, RiskMeasurement>
    private var measurementCount: UInt8

    init(
        milliseconds: Int64, weight: UInt64, input: RiskInput, verdict: RiskVerdict,
        user: UnsafeRawBufferPointer, tables: borrowing RiskTables
    ) {
        self.milliseconds = milliseconds
        self.weight = weight
        self.input = input
        self.verdict = verdict
        self.rulesVersion = tables.compiled.source.version
        self.userBytes = InlineArray(repeating: 0)
        self.userByteCount = UInt8(min(user.count, 64))
        for index in 0..<Int(self.userByteCount) { self.userBytes[index] = user[index] }
        self.measurements = InlineArray(
            repeating: RiskMeasurement(
                feature: .callsPerUser, windowMilliseconds: 0, value: 0, isAtLeast: false))
        self.measurementCount = UInt8(tables.compiled.measures.count)
        for (index, measure) in tables.compiled.measures.enumerated() {
            let isAccounts = measure.feature == .accountsPerAddress
            let most =
                isAccounts
                ? tables.compiled.accountCountMax(network: tables.measuredNetwork)
                : tables.keeping(measure.feature).countMax
            // Without an address there is nothing that was counted.
            let value = isAccounts && input.network != .present ? 0 : tables.measured[index]
            self.measurements[index] = RiskMeasurement(
                feature: measure.feature, windowMilliseconds: measure.windowMilliseconds,
                value: value, isAtLeast: value >= Int64(most))
        }
    }

    /// The buyer's id, as far as 64 bytes go.
    package var user: String {
        String(decoding: (0..<Int(self.userByteCount)).map { self.userBytes[$0] }, as: UTF8.self)
    }

    package var measures: [RiskMeasurement] {
        (0..<Int(self.measurementCount)).map { self.measurements[$0] }
    }
}

/// The latest judged calls, in two rings of fixed size: those not simply allowed, and a thin sample of the others, which a
/// flood of refusals cannot push out.
///
/// Of the refusals of one second the first `fullPerSecond` are kept all and the rest ever more thinly (a million leave about
/// ten times `fullPerSecond`). Each entry carries how many calls it stands for, so sums over the log estimate what
/// happened. Owner's thread only; nothing allocates after it is made.
package struct RiskLog: ~Copyable {
    package struct Settings: Sendable, Hashable {
        package var refusalCapacity: Int
        package var allowedCapacity: Int
        package var fullPerSecond: Int
        /// One in so many calls that were simply allowed is kept.
        package var allowedOneIn: Int

        package init(
            refusalCapacity: Int = 16_384, allowedCapacity: Int = 4_096, fullPerSecond: Int = 128,
            allowedOneIn: Int = 1_024
        ) {
            precondition(
                refusalCapacity > 0 && allowedCapacity > 0 && fullPerSecond > 0
                    && allowedOneIn > 0, "a log keeps something")
            self.refusalCapacity = refusalCapacity
            self.allowedCapacity = allowedCapacity
            self.fullPerSecond = fullPerSecond
            self.allowedOneIn = allowedOneIn
        }
    }

    private struct Ring {
        let entries: UnsafeMutablePointer<RiskLogEntry>
        let capacity: Int
        /// Entries ever written.
        var written = 0
        /// Calls since the last entry.
        var pending: UInt64 = 0

        init(capacity: Int) {
            self.entries = .allocate(capacity: capacity)
            self.capacity = capacity
        }

        mutating func append(_ entry: RiskLogEntry) {
            (self.entries + self.written % self.capacity).initialize(to: entry)
            self.written += 1
            self.pending = 0
        }

        var count: Int { min(self.written, self.capacity) }

        /// 0: the newest.
        func entry(_ back: Int) -> RiskLogEntry {
            self.entries[(self.written - 1 - back) % self.capacity]
        }
    }

    private let settings: Settings
    private var refusals: Ring
    private var allowed: Ring
    private var second: Int64 = .min
    private var countInSecond = 0
    private var nextInSecond = 0

    package init(settings: Settings = Settings()) {
        self.settings = settings
        self.refusals = Ring(capacity: settings.refusalCapacity)
        self.allowed = Ring(capacity: settings.allowedCapacity)
    }

    deinit {
        self.refusals.entries.deallocate()
        self.allowed.entries.deallocate()
    }

    package var refusalCount: Int { self.refusals.count }
    package var allowedCount: Int { self.allowed.count }

    /// Notes a call right after `tables` judged it: what was measured is still there.
    /// - Parameter user: the buyer's id as it came.
    @inline(__always)
    package mutating func note(
        _ input: RiskInput, _ verdict: RiskVerdict, user: UnsafeRawBufferPointer, now: Int64,
        of tables: borrowing RiskTables
    ) {
        if verdict.decision == .allow && verdict.decisionWithObserved == .allow {
            self.allowed.pending &+= 1
            if self.allowed.pending < UInt64(self.settings.allowedOneIn) { return }
            self.allowed.append(
                RiskLogEntry(
                    milliseconds: now, weight: self.allowed.pending, input: input,
                    verdict: verdict, user: user, tables: tables))
        } else {
            self.noteRefusal(input, verdict, user, now, tables)
        }
    }

    @inline(never)
    private mutating func noteRefusal(
        _ input: RiskInput, _ verdict: RiskVerdict, _ user: UnsafeRawBufferPointer, _ now: Int64,
        _ tables: borrowing RiskTables
    ) {
        if now / 1_000 != self.second {
            self.second = now / 1_000
            self.countInSecond = 0
            self.nextInSecond = 0
        }
        self.refusals.pending &+= 1
        self.countInSecond += 1
        guard self.countInSecond > self.nextInSecond else { return }
        self.nextInSecond = self.countInSecond + self.countInSecond / self.settings.fullPerSecond
        self.refusals.append(
            RiskLogEntry(
                milliseconds: now, weight: self.refusals.pending, input: input, verdict: verdict,
                user: user, tables: tables))
    }

    /// What the log has of a buyer, newest first: refusals, then allowed samples.
    package func entries(of user: AdmissionKey, countMax: Int) -> [RiskLogEntry] {
        var found: [RiskLogEntry] = []
        self.forEach { entry in
            if found.count < countMax && entry.input.subject.user == user { found.append(entry) }
        }
        return found
    }

    /// Every entry: refusals from the newest to the oldest, then allowed samples.
    package func forEach(_ body: (RiskLogEntry) -> Void) {
        for back in 0..<self.refusals.count { body(self.refusals.entry(back)) }
        for back in 0..<self.allowed.count { body(self.allowed.entry(back)) }
    }
}
