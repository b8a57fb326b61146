internal import HoldfastAdmission
internal import HoldfastWire

extension RiskFacts {
    /// What the tables say of one call, in the wire's words.
    init(
        _ verdict: RiskVerdict, _ evidence: [RiskEvidence], _ limit: LimitDecision,
        rulesVersion: Int64, isEnforced: Bool
    ) {
        self.init(
            outcome: Self.outcome(verdict.decision),
            outcomeWithObserved: Self.outcome(verdict.decisionWithObserved))
        self.score = UInt32(clamping: verdict.score)
        self.scoreWithObserved = UInt32(clamping: verdict.scoreWithObserved)
        self.evidence = evidence.map { Evidence($0) }
        self.rulesVersion = rulesVersion
        self.isEnforced = isEnforced
        if case .refused(let dimension, let wait) = limit {
            self.limitedBy = dimension.name
            self.retryAfterMilliseconds = wait
        }
    }

    private static func outcome(_ decision: RiskDecision) -> Outcome {
        switch decision {
        case .allow: .allow
        case .challenge: .challenge
        case .reject: .reject
        }
    }
}

extension RiskFacts.Evidence {
    fileprivate init(_ evidence: RiskEvidence) {
        var adds = 0
        var raisesTo = 0
        switch evidence.rule.effect {
        case .add(let points): adds = points
        case .raiseTo(let points): raisesTo = points
        }
        self.init(
            rule: evidence.rule.id, feature: evidence.rule.feature.name, value: evidence.value,
            threshold: evidence.threshold, windowMilliseconds: evidence.rule.windowMilliseconds,
            adds: UInt32(clamping: adds), raisesTo: UInt32(clamping: raisesTo),
            isMissingInput: evidence.isMissingInput,
            isObserved: evidence.rule.mode == .observe)
    }
}
