internal import CHoldfastProto
internal import CProtobufC

extension ResponseEncoder {
    /// The answer to CheckRisk as a whole frame.
    package static func checkRisk(_ facts: RiskFacts, callID: UInt32) -> [UInt8] {
        // 32 rules at most, with ids of 32 bytes.
        var arena = Arena(initialBytes: 4_096, callBytesMax: 16_384)
        var message = Holdfast__V1__CheckRiskResponse()
        holdfast__v1__check_risk_response__init(&message)
        message.outcome = Holdfast__V1__CheckRiskOutcome(facts.outcome.rawValue)
        message.score = facts.score
        message.rules_version = facts.rulesVersion
        message.outcome_with_observed = Holdfast__V1__CheckRiskOutcome(
            facts.outcomeWithObserved.rawValue)
        message.score_with_observed = facts.scoreWithObserved
        message.limited_by = MessagePacker.text(facts.limitedBy, &arena)
        message.retry_after_ms = facts.retryAfterMilliseconds
        message.enforced = facts.isEnforced ? 1 : 0
        message.n_evidence = facts.evidence.count
        message.evidence = Self.evidence(facts.evidence, &arena)
        return MessagePacker.frame(.response, callID: callID, &message)
    }

    static func evidence(
        _ entries: [RiskFacts.Evidence], _ arena: inout Arena
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__RiskEvidence>?> {
        let list = MessagePacker.list(
            Holdfast__V1__RiskEvidence.self, count: entries.count, &arena)
        for (index, entry) in entries.enumerated() {
            var line = Holdfast__V1__RiskEvidence()
            holdfast__v1__risk_evidence__init(&line)
            line.rule = MessagePacker.text(entry.rule, &arena)
            line.feature = MessagePacker.text(entry.feature, &arena)
            line.value = entry.value
            line.threshold = entry.threshold
            line.window_ms = entry.windowMilliseconds
            line.adds = entry.adds
            line.raises_to = entry.raisesTo
            line.missing = entry.isMissingInput ? 1 : 0
            line.observed = entry.isObserved ? 1 : 0
            list[index]?.initialize(to: line)
        }
        return list
    }
}
