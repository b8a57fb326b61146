// The answer to a CheckRisk as JSON.

extension CheckRiskResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("score", .integer(self.score)),
            ("evidence", .array(self.evidence.map(\.json))),
            ("rulesVersion", .integer(self.rulesVersion)),
            ("outcomeWithObserved", .string(self.outcomeWithObserved.protocolName)),
            ("scoreWithObserved", .integer(self.scoreWithObserved)),
            ("limitedBy", .string(self.limitedBy)),
            ("retryAfterMs", .integer(self.retryAfterMilliseconds)),
            ("enforced", .bool(self.enforced)),
        ])
    }
}

extension RiskEvidence {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("rule", .string(self.rule)),
            ("feature", .string(self.feature)),
            ("value", .integer(self.value)),
            ("threshold", .integer(self.threshold)),
            ("windowMs", .integer(self.windowMilliseconds)),
            ("adds", .integer(self.adds)),
            ("raisesTo", .integer(self.raisesTo)),
            ("missing", .bool(self.missing)),
            ("observed", .bool(self.observed)),
        ])
    }
}
