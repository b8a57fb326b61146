// CheckRisk to and from protobuf bytes, by way of protobuf-c.

import CHoldfastProto
import CProtobufC
package import HoldfastWire

extension CheckRiskRequest: WireRequest {
    package typealias Response = CheckRiskResponse
    package static var method: Method { .checkRisk }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__CheckRiskRequest()
        holdfast__v1__check_risk_request__init(&raw)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        raw.user_id = scratch.string(self.userID, "user_id")
        raw.n_lines = self.lines.count
        raw.lines = scratch.pointers(
            self.lines.enumerated().map { index, value in
                scratch.message(holdfast__v1__line__init, "lines[\(index)].") {
                    value.fill(&$0, scratch)
                }
            })
        if let client = self.client {
            raw.client = scratch.message(holdfast__v1__client__init, "client.") {
                client.fill(&$0, scratch)
            }
        }
        return scratch.packed(&raw)
    }
}

extension CheckRiskResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__check_risk_response__unpack,
            holdfast__v1__check_risk_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__CheckRiskResponse) {
        self.init(
            outcome: CheckRiskOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            score: Int(raw.score),
            evidence: ProtobufReader.messages(raw.evidence, raw.n_evidence).map {
                RiskEvidence($0)
            },
            rulesVersion: Int(raw.rules_version),
            outcomeWithObserved: CheckRiskOutcome(
                number: Int32(bitPattern: raw.outcome_with_observed.rawValue)),
            scoreWithObserved: Int(raw.score_with_observed),
            limitedBy: ProtobufReader.string(raw.limited_by),
            retryAfterMilliseconds: Int(raw.retry_after_ms),
            enforced: raw.enforced != 0)
    }
}

extension RiskEvidence {
    init(_ raw: Holdfast__V1__RiskEvidence) {
        self.init(
            rule: ProtobufReader.string(raw.rule),
            feature: ProtobufReader.string(raw.feature),
            value: Int(raw.value),
            threshold: Int(raw.threshold),
            windowMilliseconds: Int(raw.window_ms),
            adds: Int(raw.adds),
            raisesTo: Int(raw.raises_to),
            missing: raw.missing != 0,
            observed: raw.observed != 0)
    }
}
