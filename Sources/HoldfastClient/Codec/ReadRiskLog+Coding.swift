// What an operator reads of admission, to and from protobuf bytes, by way of protobuf-c.

import CHoldfastProto
import CProtobufC
package import HoldfastWire

extension ReadRiskLogRequest: WireRequest {
    package typealias Response = ReadRiskLogResponse
    package static var method: Method { .readRiskLog }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__ReadRiskLogRequest()
        holdfast__v1__read_risk_log_request__init(&raw)
        raw.user_id = scratch.string(self.userID, "user_id")
        raw.page_size = UInt32(clamping: self.pageSize)
        raw.page_token = scratch.string(self.pageToken, "page_token")
        return scratch.packed(&raw)
    }
}

extension ReadRiskLogResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__read_risk_log_response__unpack,
            holdfast__v1__read_risk_log_response__free_unpacked,
            Self.init)
    }
}

extension ReadRiskLogResponse {
    init(_ raw: Holdfast__V1__ReadRiskLogResponse) {
        self.init(
            entries: ProtobufReader.messages(raw.entries, raw.n_entries).map { RiskLogEntry($0) },
            nextPageToken: ProtobufReader.string(raw.next_page_token),
            rulesVersion: Int(raw.rules_version),
            present: ProtobufReader.messages(raw.present, raw.n_present).map { RiskMeasure($0) })
    }
}

extension RiskLogEntry {
    init(_ raw: Holdfast__V1__RiskLogEntry) {
        self.init(
            atMilliseconds: Int(raw.at_ms),
            weight: raw.weight,
            userID: ProtobufReader.string(raw.user_id),
            outcome: CheckRiskOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            score: Int(raw.score),
            outcomeWithObserved: CheckRiskOutcome(
                number: Int32(bitPattern: raw.outcome_with_observed.rawValue)),
            scoreWithObserved: Int(raw.score_with_observed),
            evidence: ProtobufReader.messages(raw.evidence, raw.n_evidence).map {
                RiskEvidence($0)
            },
            rulesVersion: Int(raw.rules_version),
            limitedBy: ProtobufReader.string(raw.limited_by),
            retryAfterMilliseconds: Int(raw.retry_after_ms),
            ip: ProtobufReader.string(raw.ip),
            address: RiskInputPresence(number: Int32(bitPattern: raw.address.rawValue)),
            device: RiskInputPresence(number: Int32(bitPattern: raw.device.rawValue)),
            accountCreatedMilliseconds: Int(raw.account_created_ms),
            quantity: Int(raw.quantity),
            limitPerUser: Int(raw.limit_per_user),
            amountMinor: Int(raw.amount_minor),
            measures: ProtobufReader.messages(raw.measures, raw.n_measures).map { RiskMeasure($0) },
            untracked: raw.untracked != 0)
    }
}

extension RiskMeasure {
    init(_ raw: Holdfast__V1__RiskMeasure) {
        self.init(
            feature: ProtobufReader.string(raw.feature),
            windowMilliseconds: Int(raw.window_ms),
            value: Int(raw.value),
            isAtLeast: raw.at_least != 0)
    }
}

extension AdmissionInfo {
    init(_ raw: Holdfast__V1__AdmissionInfo) {
        self.init(
            mode: ProtobufReader.string(raw.mode),
            rulesVersion: Int(raw.rules_version),
            rulesTakenMilliseconds: Int(raw.rules_taken_ms),
            rulesError: ProtobufReader.string(raw.rules_error),
            limiterAllowed: raw.limiter_allowed,
            limiterRefused: ProtobufReader.messages(raw.limiter_refused, raw.n_limiter_refused).map
            { NamedCount($0) },
            bucketsUsedPerThousand: Int(raw.buckets_used_per_thousand),
            windowsUsedPerThousand: Int(raw.windows_used_per_thousand),
            riskEvaluated: raw.risk_evaluated,
            riskChallenged: raw.risk_challenged,
            riskRejected: raw.risk_rejected,
            rulesFired: ProtobufReader.messages(raw.rules_fired, raw.n_rules_fired).map {
                NamedCount($0)
            },
            missingAge: raw.missing_age,
            missingDevice: raw.missing_device,
            missingAddress: raw.missing_address,
            untracked: raw.untracked,
            forgotten: raw.forgotten,
            buyersTracked: raw.buyers_tracked,
            addressesTracked: raw.addresses_tracked,
            restored: raw.restored)
    }
}

extension NamedCount {
    init(_ raw: Holdfast__V1__NamedCount) {
        self.init(
            name: ProtobufReader.string(raw.name),
            count: raw.count)
    }
}
