import CHoldfastProto
import HoldfastWire

/// Bytes of answers about admission turned back, by protobuf-c, into what the server would have said.
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
        facts.evidence = Self.evidence(message.evidence, message.n_evidence)
        return facts
    }

    static func log(_ body: [UInt8]) -> RiskLogFacts {
        let raw = holdfast__v1__read_risk_log_response__unpack(nil, body.count, body)!
        defer { holdfast__v1__read_risk_log_response__free_unpacked(raw, nil) }
        let message = raw.pointee
        var facts = RiskLogFacts()
        facts.nextPageToken = String(cString: message.next_page_token)
        facts.rulesVersion = message.rules_version
        facts.present = Self.measures(message.present, message.n_present)
        facts.entries = (0..<message.n_entries).map { index in
            let row = message.entries[index]!.pointee
            var risk = RiskFacts(
                outcome: RiskFacts.Outcome(rawValue: row.outcome.rawValue)!,
                outcomeWithObserved: RiskFacts.Outcome(
                    rawValue: row.outcome_with_observed.rawValue)!)
            risk.score = row.score
            risk.scoreWithObserved = row.score_with_observed
            risk.evidence = Self.evidence(row.evidence, row.n_evidence)
            risk.rulesVersion = row.rules_version
            risk.limitedBy = String(cString: row.limited_by)
            risk.retryAfterMilliseconds = row.retry_after_ms
            var entry = RiskLogFacts.Entry(risk: risk)
            entry.milliseconds = row.at_ms
            entry.weight = row.weight
            entry.user = String(cString: row.user_id)
            entry.ip = String(cString: row.ip)
            entry.address = RiskLogFacts.Presence(rawValue: row.address.rawValue)!
            entry.device = RiskLogFacts.Presence(rawValue: row.device.rawValue)!
            entry.accountCreatedMilliseconds = row.account_created_ms
            entry.quantity = row.quantity
            entry.limitPerUser = row.limit_per_user
            entry.amountMinor = row.amount_minor
            entry.measures = Self.measures(row.measures, row.n_measures)
            entry.isUntracked = row.untracked != 0
            return entry
        }
        return facts
    }

    static func admission(_ message: Holdfast__V1__AdmissionInfo) -> AdmissionFacts {
        var facts = AdmissionFacts(mode: String(cString: message.mode))
        facts.rulesVersion = message.rules_version
        facts.rulesTakenMilliseconds = message.rules_taken_ms
        facts.rulesError = String(cString: message.rules_error)
        facts.limiterAllowed = message.limiter_allowed
        facts.limiterRefused = Self.counts(message.limiter_refused, message.n_limiter_refused)
        facts.bucketsUsedPerThousand = message.buckets_used_per_thousand
        facts.windowsUsedPerThousand = message.windows_used_per_thousand
        facts.riskEvaluated = message.risk_evaluated
        facts.riskChallenged = message.risk_challenged
        facts.riskRejected = message.risk_rejected
        facts.rulesFired = Self.counts(message.rules_fired, message.n_rules_fired)
        facts.missingAge = message.missing_age
        facts.missingDevice = message.missing_device
        facts.missingAddress = message.missing_address
        facts.untracked = message.untracked
        facts.forgotten = message.forgotten
        facts.buyersTracked = message.buyers_tracked
        facts.addressesTracked = message.addresses_tracked
        facts.restored = message.restored
        return facts
    }

    private static func counts(
        _ list: UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__NamedCount>?>?,
        _ count: Int
    ) -> [AdmissionFacts.Count] {
        (0..<count).map { index in
            let entry = list![index]!.pointee
            return AdmissionFacts.Count(name: String(cString: entry.name), count: entry.count)
        }
    }

    private static func measures(
        _ list: UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__RiskMeasure>?>?,
        _ count: Int
    ) -> [RiskLogFacts.Measure] {
        (0..<count).map { index in
            let entry = list![index]!.pointee
            return RiskLogFacts.Measure(
                feature: String(cString: entry.feature), windowMilliseconds: entry.window_ms,
                value: entry.value, isAtLeast: entry.at_least != 0)
        }
    }

    private static func evidence(
        _ list: UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__RiskEvidence>?>?,
        _ count: Int
    ) -> [RiskFacts.Evidence] {
        (0..<count).map { index in
            let line = list![index]!.pointee
            return RiskFacts.Evidence(
                rule: String(cString: line.rule), feature: String(cString: line.feature),
                value: line.value, threshold: line.threshold, windowMilliseconds: line.window_ms,
                adds: line.adds, raisesTo: line.raises_to, isMissingInput: line.missing != 0,
                isObserved: line.observed != 0)
        }
    }
}
