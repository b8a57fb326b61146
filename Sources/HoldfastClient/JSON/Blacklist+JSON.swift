// Blacklist answers as JSON. Ids are text, as protobuf's mapping has 64-bit ones.

extension BlacklistValue {
    /// The field's name in protobuf's JSON mapping, and its value.
    fileprivate var field: (key: String, value: JSONValue) {
        switch self {
        case .user(let id): ("userId", .string(id))
        case .device(let id): ("deviceId", .string(id))
        case .network(let range): ("network", .string(range))
        case .unrecognized: ("value", .null)
        }
    }
}

extension BlacklistEntry {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("id", .string(String(self.id))), self.value.field,
            ("expiresAtMs", .integer(self.expiresAtMilliseconds)),
            ("reason", .string(self.reason)), ("source", .string(self.source)),
            ("operatorName", .string(self.operatorName)),
            ("createdAtMs", .integer(self.createdAtMilliseconds)),
        ])
    }
}

extension BlacklistResult {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        var fields: [(key: String, value: JSONValue)] = [
            ("outcome", .string(self.outcome.protocolName)), ("id", .string(String(self.id))),
            ("replacedId", .string(String(self.replacedID))),
        ]
        if let entry = self.entry { fields.append(("entry", entry.json)) }
        if self.outcome == .wide { fields.append(("addressesHit", .integer(self.addressesHit))) }
        return .object(fields)
    }
}

extension BlacklistAddResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("results", .array(self.results.map(\.json))), ("replayed", .bool(self.replayed)),
            ("addressesSeen", .integer(self.addressesSeen)),
        ])
    }
}

extension BlacklistRemoveResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("results", .array(self.results.map(\.json))), ("replayed", .bool(self.replayed)),
        ])
    }
}

extension BlacklistListResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("entries", .array(self.entries.map(\.json))),
            ("nextPageToken", .string(self.nextPageToken)),
            ("entryCount", .string(String(self.entryCount))),
        ])
    }
}
