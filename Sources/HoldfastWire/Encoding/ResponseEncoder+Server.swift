internal import CHoldfastProto
internal import CProtobufC

/// What a server says of itself: GetServerInfo and Snapshot.
extension ResponseEncoder {
    /// The answer to GetServerInfo as a whole frame.
    package static func serverInfo(_ info: ServerInfo, callID: UInt32) -> [UInt8] {
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        var message = Holdfast__V1__GetServerInfoResponse()
        holdfast__v1__get_server_info_response__init(&message)
        let hello = arena.allocateAnswerArray(Holdfast__V1__Hello.self, count: 1)
        hello.initialize(to: Self.message(info.hello, &arena))
        message.hello = hello
        message.uptime_ms = info.uptimeMilliseconds
        message.shard_count = info.shardCount
        message.reactor_count = info.reactorCount
        message.connections = info.connections
        message.sales = info.sales
        message.live_holds = info.liveHolds
        message.reservations = info.reservations
        message.buyers = info.buyers
        message.events = info.events
        message.engine_bytes = info.engineBytes
        message.calls = info.calls
        message.durability = MessagePacker.text(info.durability, &arena)
        let journal = arena.allocateAnswerArray(Holdfast__V1__JournalInfo.self, count: 1)
        journal.initialize(to: Self.message(info.journal, &arena))
        message.journal = journal
        message.snapshot = Self.snapshot(info.snapshot, &arena)
        if let admission = info.admission {
            message.admission = Self.admission(admission, &arena)
        }
        message.expiry = Self.expiry(info.expiry, &arena)
        return MessagePacker.frame(.response, callID: callID, &message)
    }

    /// The answer to Snapshot as a whole frame.
    package static func snapshot(_ result: SnapshotRequestResult, callID: UInt32) -> [UInt8] {
        var arena = Arena(initialBytes: 1_024, callBytesMax: 1_024)
        var message = Holdfast__V1__SnapshotResponse()
        holdfast__v1__snapshot_response__init(&message)
        message.outcome = Holdfast__V1__SnapshotOutcome(result.outcome.rawValue)
        message.target_lsn = result.targetLSN
        message.newest = Self.snapshot(result.newest, &arena)
        return MessagePacker.frame(.response, callID: callID, &message)
    }

    private static func message(
        _ facts: JournalFacts, _ arena: inout Arena
    ) -> Holdfast__V1__JournalInfo {
        var message = Holdfast__V1__JournalInfo()
        holdfast__v1__journal_info__init(&message)
        message.sync = MessagePacker.text(facts.sync.rawValue, &arena)
        message.appended_lsn = facts.appendedLSN
        message.synced_lsn = facts.syncedLSN
        message.groups = facts.groupCount
        message.bytes = facts.byteCount
        message.syncs = facts.syncCount
        message.sync_microseconds_total = facts.syncMicrosecondsTotal
        message.sync_microseconds_max = facts.syncMicrosecondsMax
        message.segments = facts.segmentCount
        message.ready_bytes = facts.readyByteCount
        message.has_room = facts.hasRoom ? 1 : 0
        message.backlog_bytes = facts.backlogByteCount
        message.generation = facts.generation
        return message
    }

    /// Nil when there is nothing to say.
    private static func expiry(
        _ facts: ExpiryFacts, _ arena: inout Arena
    ) -> UnsafeMutablePointer<Holdfast__V1__ExpiryInfo>? {
        guard facts != ExpiryFacts() else { return nil }
        var message = Holdfast__V1__ExpiryInfo()
        holdfast__v1__expiry_info__init(&message)
        message.lapsed = facts.lapsedCount
        message.bites = facts.biteCount
        message.bite_microseconds_total = facts.biteMicrosecondsTotal
        message.bite_microseconds_max = facts.biteMicrosecondsMax
        message.turn_microseconds_max = facts.turnMicrosecondsMax
        message.bytes_ahead_max = facts.bytesAheadMax
        let room = arena.allocateAnswerArray(Holdfast__V1__ExpiryInfo.self, count: 1)
        room.initialize(to: message)
        return room
    }

    /// Nil when there is nothing to say.
    private static func snapshot(
        _ facts: SnapshotFacts, _ arena: inout Arena
    ) -> UnsafeMutablePointer<Holdfast__V1__SnapshotInfo>? {
        guard facts != SnapshotFacts() else { return nil }
        var message = Holdfast__V1__SnapshotInfo()
        holdfast__v1__snapshot_info__init(&message)
        message.lsn = facts.lsn
        message.made_ms = facts.madeMilliseconds
        message.byte_count = facts.byteCount
        message.duration_ms = facts.durationMilliseconds
        message.running = facts.isRunning ? 1 : 0
        message.last_error = MessagePacker.text(facts.lastError, &arena)
        message.kept = facts.keptCount
        let room = arena.allocateAnswerArray(Holdfast__V1__SnapshotInfo.self, count: 1)
        room.initialize(to: message)
        return room
    }
}
