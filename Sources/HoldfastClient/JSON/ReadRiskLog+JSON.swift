// What an operator reads of admission as JSON.

extension ReadRiskLogResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("entries", .array(self.entries.map(\.json))),
            ("nextPageToken", .string(self.nextPageToken)),
            ("rulesVersion", .integer(self.rulesVersion)),
            ("present", .array(self.present.map(\.json))),
        ])
    }
}

extension RiskLogEntry {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("atMs", .integer(self.atMilliseconds)),
            ("weight", .integer(Int(clamping: self.weight))),
            ("userId", .string(self.userID)),
            ("outcome", .string(self.outcome.protocolName)),
            ("score", .integer(self.score)),
            ("outcomeWithObserved", .string(self.outcomeWithObserved.protocolName)),
            ("scoreWithObserved", .integer(self.scoreWithObserved)),
            ("evidence", .array(self.evidence.map(\.json))),
            ("rulesVersion", .integer(self.rulesVersion)),
            ("limitedBy", .string(self.limitedBy)),
            ("retryAfterMs", .integer(self.retryAfterMilliseconds)),
            ("ip", .string(self.ip)),
            ("address", .string(self.address.protocolName)),
            ("device", .string(self.device.protocolName)),
            ("accountCreatedMs", .integer(self.accountCreatedMilliseconds)),
            ("quantity", .integer(self.quantity)),
            ("limitPerUser", .integer(self.limitPerUser)),
            ("amountMinor", .integer(self.amountMinor)),
            ("measures", .array(self.measures.map(\.json))),
            ("untracked", .bool(self.untracked)),
        ])
    }
}

extension RiskMeasure {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("feature", .string(self.feature)),
            ("windowMs", .integer(self.windowMilliseconds)),
            ("value", .integer(self.value)),
            ("atLeast", .bool(self.isAtLeast)),
        ])
    }
}

extension AdmissionInfo {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("mode", .string(self.mode)),
            ("rulesVersion", .integer(self.rulesVersion)),
            ("rulesTakenMs", .integer(self.rulesTakenMilliseconds)),
            ("rulesError", .string(self.rulesError)),
            ("limiterAllowed", .integer(Int(clamping: self.limiterAllowed))),
            ("limiterRefused", .array(self.limiterRefused.map(\.json))),
            ("bucketsUsedPerThousand", .integer(self.bucketsUsedPerThousand)),
            ("windowsUsedPerThousand", .integer(self.windowsUsedPerThousand)),
            ("riskEvaluated", .integer(Int(clamping: self.riskEvaluated))),
            ("riskChallenged", .integer(Int(clamping: self.riskChallenged))),
            ("riskRejected", .integer(Int(clamping: self.riskRejected))),
            ("rulesFired", .array(self.rulesFired.map(\.json))),
            ("missingAge", .integer(Int(clamping: self.missingAge))),
            ("missingDevice", .integer(Int(clamping: self.missingDevice))),
            ("missingAddress", .integer(Int(clamping: self.missingAddress))),
            ("untracked", .integer(Int(clamping: self.untracked))),
            ("forgotten", .integer(Int(clamping: self.forgotten))),
            ("buyersTracked", .integer(Int(clamping: self.buyersTracked))),
            ("addressesTracked", .integer(Int(clamping: self.addressesTracked))),
            ("restored", .integer(Int(clamping: self.restored))),
        ])
    }
}

extension NamedCount {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("name", .string(self.name)),
            ("count", .integer(Int(clamping: self.count))),
        ])
    }
}
