import CHoldfastProto
import HoldfastWire

/// Bytes of GetServerInfo and Snapshot turned back, by protobuf-c, into what the server would have said.
enum ReadServerAnswer {
    static func info(_ body: [UInt8], hello: HelloInfo) -> ServerInfo {
        let raw = holdfast__v1__get_server_info_response__unpack(nil, body.count, body)!
        defer { holdfast__v1__get_server_info_response__free_unpacked(raw, nil) }
        let message = raw.pointee
        var info = ServerInfo(hello: hello, durability: String(cString: message.durability))
        info.uptimeMilliseconds = message.uptime_ms
        info.shardCount = message.shard_count
        info.reactorCount = message.reactor_count
        info.connections = message.connections
        info.sales = message.sales
        info.liveHolds = message.live_holds
        info.reservations = message.reservations
        info.buyers = message.buyers
        info.events = message.events
        info.engineBytes = message.engine_bytes
        info.calls = message.calls
        info.journal = Self.journal(message.journal.pointee)
        info.snapshot = Self.snapshot(message.snapshot)
        if let admission = message.admission {
            info.admission = ReadRiskAnswer.admission(admission.pointee)
        }
        if let expiry = message.expiry { info.expiry = Self.expiry(expiry.pointee) }
        return info
    }

    static func snapshot(_ body: [UInt8]) -> SnapshotRequestResult {
        let raw = holdfast__v1__snapshot_response__unpack(nil, body.count, body)!
        defer { holdfast__v1__snapshot_response__free_unpacked(raw, nil) }
        return SnapshotRequestResult(
            outcome: SnapshotRequestResult.Outcome(rawValue: raw.pointee.outcome.rawValue)!,
            targetLSN: raw.pointee.target_lsn, newest: Self.snapshot(raw.pointee.newest))
    }

    private static func journal(_ message: Holdfast__V1__JournalInfo) -> JournalFacts {
        var facts = JournalFacts(sync: JournalFacts.Sync(rawValue: String(cString: message.sync))!)
        facts.appendedLSN = message.appended_lsn
        facts.syncedLSN = message.synced_lsn
        facts.groupCount = message.groups
        facts.byteCount = message.bytes
        facts.syncCount = message.syncs
        facts.syncMicrosecondsTotal = message.sync_microseconds_total
        facts.syncMicrosecondsMax = message.sync_microseconds_max
        facts.segmentCount = message.segments
        facts.readyByteCount = message.ready_bytes
        facts.hasRoom = message.has_room != 0
        facts.backlogByteCount = message.backlog_bytes
        facts.generation = message.generation
        return facts
    }

    private static func expiry(_ message: Holdfast__V1__ExpiryInfo) -> ExpiryFacts {
        var facts = ExpiryFacts()
        facts.lapsedCount = message.lapsed
        facts.biteCount = message.bites
        facts.biteMicrosecondsTotal = message.bite_microseconds_total
        facts.biteMicrosecondsMax = message.bite_microseconds_max
        facts.turnMicrosecondsMax = message.turn_microseconds_max
        facts.bytesAheadMax = message.bytes_ahead_max
        return facts
    }

    private static func snapshot(
        _ message: UnsafeMutablePointer<Holdfast__V1__SnapshotInfo>?
    ) -> SnapshotFacts {
        var facts = SnapshotFacts()
        guard let message = message?.pointee else { return facts }
        facts.lsn = message.lsn
        facts.madeMilliseconds = message.made_ms
        facts.byteCount = message.byte_count
        facts.durationMilliseconds = message.duration_ms
        facts.isRunning = message.running != 0
        facts.lastError = String(cString: message.last_error)
        facts.keptCount = message.kept
        return facts
    }
}
