// Lease answers as JSON. The fencing token is text, as protobuf's mapping has it: it may need all 64 bits.

extension AcquireLeaseResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("fencingToken", .string(String(self.fencingToken))),
            ("deadlineMs", .integer(self.deadlineMilliseconds)),
            ("replayed", .bool(self.replayed)),
            ("holder", .string(self.holder)),
        ])
    }
}

extension RenewLeaseResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("fencingToken", .string(String(self.fencingToken))),
            ("deadlineMs", .integer(self.deadlineMilliseconds)),
        ])
    }
}

extension ReleaseLeaseResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("holder", .string(self.holder)),
        ])
    }
}
