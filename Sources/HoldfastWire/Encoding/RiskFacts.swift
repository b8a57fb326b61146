/// What admission would say of a Reserve: the answer to CheckRisk as values.
package struct RiskFacts: Equatable, Sendable {
    /// As the wire numbers them.
    package enum Outcome: UInt32, Sendable, CaseIterable {
        case allow = 1
        case challenge = 2
        case reject = 3
        case blacklisted = 4
    }

    /// One rule that fired.
    package struct Evidence: Equatable, Sendable {
        package var rule: String
        package var feature: String
        package var value: Int64
        package var threshold: Int64
        /// 0: the rule counts nothing.
        package var windowMilliseconds: Int64
        package var adds: UInt32
        package var raisesTo: UInt32
        package var isMissingInput: Bool
        package var isObserved: Bool

        package init(
            rule: String, feature: String, value: Int64, threshold: Int64,
            windowMilliseconds: Int64, adds: UInt32, raisesTo: UInt32, isMissingInput: Bool,
            isObserved: Bool
        ) {
            self.rule = rule
            self.feature = feature
            self.value = value
            self.threshold = threshold
            self.windowMilliseconds = windowMilliseconds
            self.adds = adds
            self.raisesTo = raisesTo
            self.isMissingInput = isMissingInput
            self.isObserved = isObserved
        }
    }

    package var outcome: Outcome
    /// 0 … 1,000.
    package var score: UInt32 = 0
    package var evidence: [Evidence] = []
    package var rulesVersion: Int64 = 0
    package var outcomeWithObserved: Outcome
    package var scoreWithObserved: UInt32 = 0
    /// Empty: the limiter lets it in.
    package var limitedBy = ""
    package var retryAfterMilliseconds: Int64 = 0
    package var isEnforced = false

    package init(outcome: Outcome, outcomeWithObserved: Outcome) {
        self.outcome = outcome
        self.outcomeWithObserved = outcomeWithObserved
    }
}
