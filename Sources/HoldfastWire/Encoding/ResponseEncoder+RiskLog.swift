internal import CHoldfastProto
internal import CProtobufC

/// Answers about admission to operators.
extension ResponseEncoder {
    /// The answer to ReadRiskLog as a whole frame. Entries that do not fit into it are left for the next page.
    package static func riskLog(_ facts: RiskLogFacts, callID: UInt32) -> [UInt8] {
        // An entry takes 4 KiB at most: 32 rules with ids of 32 bytes, 8 measures.
        var arena = Arena(initialBytes: 65_536, callBytesMax: 1 << 20)
        var message = Holdfast__V1__ReadRiskLogResponse()
        holdfast__v1__read_risk_log_response__init(&message)
        message.rules_version = facts.rulesVersion
        message.n_present = facts.present.count
        message.present = Self.measures(facts.present, &arena)
        var bytesLeft =
            Self.frameBytesMax - FrameHeader.byteCount - Self.fixedBytesMax
            - MessagePacker.packedByteCount(&message)
        let rows = MessagePacker.list(
            Holdfast__V1__RiskLogEntry.self, count: facts.entries.count, &arena)
        var fitting = 0
        while fitting < facts.entries.count {
            let row = rows[fitting]!  // `list` fills every pointer.
            row.initialize(to: Self.row(facts.entries[fitting], &arena))
            bytesLeft -= MessagePacker.packedByteCount(&row.pointee) + 4
            if bytesLeft < 0 { break }
            fitting += 1
        }
        message.n_entries = fitting
        message.entries = rows
        let token =
            fitting < facts.entries.count ? facts.entries[fitting - 1].next : facts.nextPageToken
        message.next_page_token = MessagePacker.text(token, &arena)
        return MessagePacker.frame(.response, callID: callID, &message)
    }

    private static func row(
        _ entry: RiskLogFacts.Entry, _ arena: inout Arena
    ) -> Holdfast__V1__RiskLogEntry {
        var row = Holdfast__V1__RiskLogEntry()
        holdfast__v1__risk_log_entry__init(&row)
        row.at_ms = entry.milliseconds
        row.weight = entry.weight
        row.user_id = MessagePacker.text(entry.user, &arena)
        row.outcome = Holdfast__V1__CheckRiskOutcome(entry.risk.outcome.rawValue)
        row.score = entry.risk.score
        row.outcome_with_observed = Holdfast__V1__CheckRiskOutcome(
            entry.risk.outcomeWithObserved.rawValue)
        row.score_with_observed = entry.risk.scoreWithObserved
        row.n_evidence = entry.risk.evidence.count
        row.evidence = Self.evidence(entry.risk.evidence, &arena)
        row.rules_version = entry.risk.rulesVersion
        row.limited_by = MessagePacker.text(entry.risk.limitedBy, &arena)
        row.retry_after_ms = entry.risk.retryAfterMilliseconds
        row.ip = MessagePacker.text(entry.ip, &arena)
        row.address = Holdfast__V1__RiskInputPresence(entry.address.rawValue)
        row.device = Holdfast__V1__RiskInputPresence(entry.device.rawValue)
        row.account_created_ms = entry.accountCreatedMilliseconds
        row.quantity = entry.quantity
        row.limit_per_user = entry.limitPerUser
        row.amount_minor = entry.amountMinor
        row.n_measures = entry.measures.count
        row.measures = Self.measures(entry.measures, &arena)
        row.untracked = entry.isUntracked ? 1 : 0
        return row
    }

    private static func measures(
        _ measures: [RiskLogFacts.Measure], _ arena: inout Arena
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__RiskMeasure>?> {
        let list = MessagePacker.list(
            Holdfast__V1__RiskMeasure.self, count: measures.count, &arena)
        for (index, measure) in measures.enumerated() {
            var raw = Holdfast__V1__RiskMeasure()
            holdfast__v1__risk_measure__init(&raw)
            raw.feature = MessagePacker.text(measure.feature, &arena)
            raw.window_ms = measure.windowMilliseconds
            raw.value = measure.value
            raw.at_least = measure.isAtLeast ? 1 : 0
            list[index]?.initialize(to: raw)
        }
        return list
    }

    /// Part of GetServerInfo.
    static func admission(
        _ facts: AdmissionFacts, _ arena: inout Arena
    ) -> UnsafeMutablePointer<Holdfast__V1__AdmissionInfo> {
        var message = Holdfast__V1__AdmissionInfo()
        holdfast__v1__admission_info__init(&message)
        message.mode = MessagePacker.text(facts.mode, &arena)
        message.rules_version = facts.rulesVersion
        message.rules_taken_ms = facts.rulesTakenMilliseconds
        message.rules_error = MessagePacker.text(facts.rulesError, &arena)
        message.limiter_allowed = facts.limiterAllowed
        message.n_limiter_refused = facts.limiterRefused.count
        message.limiter_refused = Self.counts(facts.limiterRefused, &arena)
        message.buckets_used_per_thousand = facts.bucketsUsedPerThousand
        message.windows_used_per_thousand = facts.windowsUsedPerThousand
        message.risk_evaluated = facts.riskEvaluated
        message.risk_challenged = facts.riskChallenged
        message.risk_rejected = facts.riskRejected
        message.n_rules_fired = facts.rulesFired.count
        message.rules_fired = Self.counts(facts.rulesFired, &arena)
        message.missing_age = facts.missingAge
        message.missing_device = facts.missingDevice
        message.missing_address = facts.missingAddress
        message.untracked = facts.untracked
        message.forgotten = facts.forgotten
        message.buyers_tracked = facts.buyersTracked
        message.addresses_tracked = facts.addressesTracked
        message.restored = facts.restored
        let room = arena.allocateAnswerArray(Holdfast__V1__AdmissionInfo.self, count: 1)
        room.initialize(to: message)
        return room
    }

    private static func counts(
        _ counts: [AdmissionFacts.Count], _ arena: inout Arena
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__NamedCount>?> {
        let list = MessagePacker.list(Holdfast__V1__NamedCount.self, count: counts.count, &arena)
        for (index, count) in counts.enumerated() {
            var raw = Holdfast__V1__NamedCount()
            holdfast__v1__named_count__init(&raw)
            raw.name = MessagePacker.text(count.name, &arena)
            raw.count = count.count
            list[index]?.initialize(to: raw)
        }
        return list
    }
}
