// AdminService answers and HELLO as JSON.

extension PreloadResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("replayed", .bool(self.replayed)),
            ("productsAdded", .integer(self.productsAdded)),
            ("productsUpdated", .integer(self.productsUpdated)),
            ("purchasesSet", .integer(self.purchasesSet)),
            ("rejects", .array(self.rejects.map(\.json))),
        ])
    }
}

extension AdjustStockResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("total", .integer(self.total)),
            ("available", .integer(self.available)),
            ("held", .integer(self.held)),
            ("sold", .integer(self.sold)),
            ("replayed", .bool(self.replayed)),
        ])
    }
}

extension SetSaleStateResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("state", .string(self.state.protocolName)),
            ("replayed", .bool(self.replayed)),
        ])
    }
}

extension SetProductStateResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("state", .string(self.state.protocolName)),
            ("replayed", .bool(self.replayed)),
        ])
    }
}

extension ListSalesResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("sales", .array(self.sales.map(\.json))),
            ("nextPageToken", .string(self.nextPageToken)),
        ])
    }
}

extension GetServerInfoResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("hello", self.hello.json),
            ("uptimeMs", .integer(self.uptimeMilliseconds)),
            ("shardCount", .integer(self.shardCount)),
            ("reactorCount", .integer(self.reactorCount)),
            ("connections", .integer(self.connections)),
            ("sales", .integer(Int(clamping: self.sales))),
            ("liveHolds", .integer(Int(clamping: self.liveHolds))),
            ("reservations", .integer(Int(clamping: self.reservations))),
            ("buyers", .integer(Int(clamping: self.buyers))),
            ("events", .integer(Int(clamping: self.events))),
            ("engineBytes", .integer(Int(clamping: self.engineBytes))),
            ("calls", .integer(Int(clamping: self.calls))),
            ("durability", .string(self.durability)),
            ("journal", self.journal.json),
            ("snapshot", self.snapshot.json),
            ("admission", self.admission.json),
            ("expiry", self.expiry.json),
        ])
    }
}

extension SnapshotResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("targetLsn", .integer(Int(clamping: self.targetLSN))),
            ("newest", self.newest.json),
        ])
    }
}

extension JournalInfo {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("sync", .string(self.sync)),
            ("appendedLsn", .integer(Int(clamping: self.appendedLSN))),
            ("syncedLsn", .integer(Int(clamping: self.syncedLSN))),
            ("groups", .integer(Int(clamping: self.groups))),
            ("bytes", .integer(Int(clamping: self.bytes))),
            ("syncs", .integer(Int(clamping: self.syncs))),
            ("syncMicrosecondsTotal", .integer(Int(clamping: self.syncMicrosecondsTotal))),
            ("syncMicrosecondsMax", .integer(Int(clamping: self.syncMicrosecondsMax))),
            ("segments", .integer(self.segments)),
            ("readyBytes", .integer(Int(clamping: self.readyBytes))),
            ("hasRoom", .bool(self.hasRoom)),
            ("backlogBytes", .integer(Int(clamping: self.backlogBytes))),
            ("generation", .integer(self.generation)),
        ])
    }
}

extension ExpiryInfo {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("lapsed", .integer(Int(clamping: self.lapsed))),
            ("bites", .integer(Int(clamping: self.bites))),
            ("biteMicrosecondsTotal", .integer(Int(clamping: self.biteMicrosecondsTotal))),
            ("biteMicrosecondsMax", .integer(Int(clamping: self.biteMicrosecondsMax))),
            ("turnMicrosecondsMax", .integer(Int(clamping: self.turnMicrosecondsMax))),
            ("bytesAheadMax", .integer(Int(clamping: self.bytesAheadMax))),
        ])
    }
}

extension SnapshotInfo {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("lsn", .integer(Int(clamping: self.lsn))),
            ("madeMs", .integer(self.madeMilliseconds)),
            ("byteCount", .integer(Int(clamping: self.byteCount))),
            ("durationMs", .integer(self.durationMilliseconds)),
            ("running", .bool(self.isRunning)),
            ("lastError", .string(self.lastError)),
            ("kept", .integer(self.kept)),
        ])
    }
}

extension ServerHello {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("protocol", .string(self.protocolVersion)),
            ("software", .string(self.software)),
            ("instanceId", .string(ProtobufReader.hex(self.instanceID))),
            ("bootEpoch", .integer(Int(clamping: self.bootEpoch))),
            ("role", .string(self.role)),
            ("limits", self.limits.json),
            ("methods", .array(self.methods.map(\.json))),
            ("serverTimeMs", .integer(self.serverTimeMilliseconds)),
            ("unsafeSettings", .array(self.unsafeSettings.map { .string($0) })),
            ("caller", .string(self.caller)),
        ])
    }
}

extension PreloadReject {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("field", .string(self.field)),
            ("description", .string(self.description)),
        ])
    }
}

extension SaleSummary {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("saleId", .string(self.saleID)),
            ("name", .string(self.name)),
            ("state", .string(self.state.protocolName)),
            ("startsAtMs", .integer(self.startsAtMilliseconds)),
            ("endsAtMs", .integer(self.endsAtMilliseconds)),
            ("currency", .string(self.currency)),
            ("holdMs", .integer(self.holdMilliseconds)),
            ("limitPerUser", .integer(self.limitPerUser)),
            ("productCount", .integer(self.productCount)),
            ("total", .integer(self.total)),
            ("available", .integer(self.available)),
            ("held", .integer(self.held)),
            ("sold", .integer(self.sold)),
            ("liveHolds", .integer(self.liveHolds)),
        ])
    }
}

extension ConnectionLimits {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("frameBytesMax", .integer(self.frameBytesMax)),
            ("callsInFlightMax", .integer(self.callsInFlightMax)),
            ("controlFramesPerSecondMax", .integer(self.controlFramesPerSecondMax)),
            ("idleMs", .integer(self.idleMilliseconds)),
            ("defaultTimeoutMs", .integer(self.defaultTimeoutMilliseconds)),
            ("linesMax", .integer(self.linesMax)),
            ("holdMsMin", .integer(self.holdMillisecondsMin)),
            ("holdMsMax", .integer(self.holdMillisecondsMax)),
            ("connectionsMax", .integer(self.connectionsMax)),
            ("connectionsPerIpMax", .integer(self.connectionsPerAddressMax)),
        ])
    }
}

extension MethodInfo {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("number", .integer(self.number)),
            ("name", .string(self.name)),
        ])
    }
}
