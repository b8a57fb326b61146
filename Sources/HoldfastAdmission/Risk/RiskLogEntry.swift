/// One measure of a logged call.
package struct RiskMeasurement: Hashable, Sendable, BitwiseCopyable {
    package var feature: RiskFeature
    package var windowMilliseconds: Int64
    package var value: Int64
    /// The list kept no more than this: the true count is `value` or more.
    package var isAtLeast: Bool

    package init(
        feature: RiskFeature, windowMilliseconds: Int64, value: Int64, isAtLeast: Bool
    ) {
        self.feature = feature
        self.windowMilliseconds = windowMilliseconds
        self.value = value
        self.isAtLeast = isAtLeast
    }
}

/// A call as the rules saw it: enough to judge it again by other rules.
package struct RiskLogEntry: Sendable, BitwiseCopyable {
    /// Server time, Unix milliseconds.
    package var milliseconds: Int64
    /// How many calls of its kind this one stands for: itself and those not logged before it.
    package var weight: UInt64
    package var input: RiskInput
    package var verdict: RiskVerdict
    /// What the limiter said of the same call.
    package var limit: LimitDecision
    package var rulesVersion: Int64
    /// Which rules the verdict's bits mean: `RiskTables.rulesGeneration` of that time.
    package var rulesGeneration: UInt32
    private var userBytes: InlineArray<64, UInt8>
    private var userByteCount: UInt8
    private var measurements: InlineArray<8, RiskMeasurement>
    private var measurementCount: UInt8

    init(
        milliseconds: Int64, weight: UInt64, input: RiskInput, verdict: RiskVerdict,
        limit: LimitDecision, user: UnsafeRawBufferPointer, tables: borrowing RiskTables
    ) {
        self.init(
            milliseconds: milliseconds, weight: weight, input: input, verdict: verdict,
            limit: limit, rulesVersion: tables.compiled.source.version,
            rulesGeneration: tables.rulesGeneration, user: user)
        self.measurementCount = UInt8(tables.compiled.measures.count)
        for index in tables.compiled.measures.indices {
            let measure = tables.compiled.measures[index]
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

    /// One that was read over the network.
    /// - Parameter measures: at most 8.
    package init(
        milliseconds: Int64, weight: UInt64, input: RiskInput, verdict: RiskVerdict,
        limit: LimitDecision, rulesVersion: Int64, user: String, measures: [RiskMeasurement]
    ) {
        precondition(measures.count <= RiskRules.measureCountMax, "more measures than rules have")
        var user = user
        self = user.withUTF8 {
            RiskLogEntry(
                milliseconds: milliseconds, weight: weight, input: input, verdict: verdict,
                limit: limit, rulesVersion: rulesVersion, rulesGeneration: 0,
                user: UnsafeRawBufferPointer($0))
        }
        self.measurementCount = UInt8(measures.count)
        for (index, measure) in measures.enumerated() { self.measurements[index] = measure }
    }

    private init(
        milliseconds: Int64, weight: UInt64, input: RiskInput, verdict: RiskVerdict,
        limit: LimitDecision, rulesVersion: Int64, rulesGeneration: UInt32,
        user: UnsafeRawBufferPointer
    ) {
        self.milliseconds = milliseconds
        self.weight = weight
        self.input = input
        self.verdict = verdict
        self.limit = limit
        self.rulesVersion = rulesVersion
        self.rulesGeneration = rulesGeneration
        self.userBytes = InlineArray(repeating: 0)
        self.userByteCount = UInt8(min(user.count, 64))
        for index in 0..<Int(self.userByteCount) { self.userBytes[index] = user[index] }
        self.measurements = InlineArray(
            repeating: RiskMeasurement(
                feature: .callsPerUser, windowMilliseconds: 0, value: 0, isAtLeast: false))
        self.measurementCount = 0
    }

    /// The buyer's id, as far as 64 bytes go.
    package var user: String {
        String(decoding: (0..<Int(self.userByteCount)).map { self.userBytes[$0] }, as: UTF8.self)
    }

    package var measures: [RiskMeasurement] {
        (0..<Int(self.measurementCount)).map { self.measurements[$0] }
    }
}
