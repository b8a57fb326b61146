import CHoldfastProto
import HoldfastWire

/// Bytes of a CheckRisk's answer turned back, by protobuf-c, into what the server would have said.
enum ReadRiskAnswer {
    static func facts(_ body: [UInt8]) -> RiskFacts {
        let raw = holdfast__v1__check_risk_response__unpack(nil, body.count, body)!
        defer { holdfast__v1__check_risk_response__free_unpacked(raw, nil) }
        let message = raw.pointee
        var facts = RiskFacts(
            outcome: RiskFacts.Outcome(rawValue: message.outcome.rawValue)!,
            outcomeWithObserved: RiskFacts.Outcome(
                rawValue: message.outcome_with_observed.rawValue)!)
        facts.score = message.score
        facts.scoreWithObserved = message.score_with_observed
        facts.rulesVersion = message.rules_version
        facts.limitedBy = String(cString: message.limited_by)
        facts.retryAfterMilliseconds = message.retry_after_ms
        facts.isEnforced = message.enforced != 0
        facts.evidence = (0..<message.n_evidence).map { index in
            let line = message.evidence[index]!.pointee
            return RiskFacts.Evidence(
                rule: String(cString: line.rule), feature: String(cString: line.feature),
                value: line.value, threshold: line.threshold, windowMilliseconds: line.window_ms,
                adds: line.adds, raisesTo: line.raises_to, isMissingInput: line.missing != 0,
                isObserved: line.observed != 0)
        }
        return facts
    }
}
