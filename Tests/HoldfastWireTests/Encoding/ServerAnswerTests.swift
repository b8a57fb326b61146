import HoldfastWire
import Testing

/// What a server says of journal and snapshots, every field with a value of its own.
@Suite struct ServerAnswerTests {
    private static let hello = HelloInfo(
        software: "", instanceID: [], bootEpoch: 0, role: "", limits: HelloLimits(), methods: [],
        serverTimeMilliseconds: 0)

    private static let newest: SnapshotFacts = {
        var newest = SnapshotFacts()
        newest.lsn = .max
        newest.madeMilliseconds = 22
        newest.byteCount = 23
        newest.durationMilliseconds = 24
        newest.isRunning = true
        newest.lastError = "no space"
        newest.keptCount = 25
        return newest
    }()
    private static let newestText = """
        { lsn: \(UInt64.max) made_ms: 22 byte_count: 23 duration_ms: 24 running: true \
        last_error: "no space" kept: 25 }
        """

    @Test func infoCarriesJournalAndSnapshots() throws {
        var info = ServerInfo(hello: Self.hello, durability: "disk")
        info.journal = JournalFacts(sync: .group)
        info.journal.appendedLSN = .max
        info.journal.syncedLSN = 2
        info.journal.groupCount = 3
        info.journal.byteCount = 4
        info.journal.syncCount = 5
        info.journal.syncMicrosecondsTotal = 6
        info.journal.syncMicrosecondsMax = 7
        info.journal.segmentCount = 8
        info.journal.readyByteCount = 9
        info.journal.hasRoom = true
        info.journal.backlogByteCount = 10
        info.journal.generation = 11
        info.snapshot = Self.newest
        let text = try Self.text(
            ResponseEncoder.serverInfo(info, callID: 7), "GetServerInfoResponse")
        let journal = """
            durability: "disk" journal { sync: "group" appended_lsn: \(UInt64.max) synced_lsn: 2 \
            groups: 3 bytes: 4 syncs: 5 sync_microseconds_total: 6 sync_microseconds_max: 7 \
            segments: 8 ready_bytes: 9 has_room: true backlog_bytes: 10 generation: 11 }
            """
        #expect(text.hasSuffix("\(journal) snapshot \(Self.newestText)"), "\(text)")
    }

    @Test func infoCarriesWhatExpiryCost() throws {
        var info = ServerInfo(hello: Self.hello, durability: "disk")
        info.expiry.lapsedCount = .max
        info.expiry.biteCount = 2
        info.expiry.biteMicrosecondsTotal = 3
        info.expiry.biteMicrosecondsMax = 4
        info.expiry.turnMicrosecondsMax = 5
        info.expiry.bytesAheadMax = 6
        let text = try Self.text(
            ResponseEncoder.serverInfo(info, callID: 7), "GetServerInfoResponse")
        let expiry = """
            expiry { lapsed: \(UInt64.max) bites: 2 bite_microseconds_total: 3 \
            bite_microseconds_max: 4 turn_microseconds_max: 5 bytes_ahead_max: 6 }
            """
        #expect(text.hasSuffix(expiry), "\(text)")
    }

    @Test func whatIsNotThereIsLeftOut() throws {
        var info = ServerInfo(hello: Self.hello, durability: "written")
        info.journal = JournalFacts(sync: .none)
        info.journal.hasRoom = false
        let text = try Self.text(
            ResponseEncoder.serverInfo(info, callID: 7), "GetServerInfoResponse")
        #expect(text.hasSuffix("durability: \"written\" journal { sync: \"none\" }"), "\(text)")
    }

    @Test(
        arguments: [
            (SnapshotRequestResult.Outcome.started, "STARTED"), (.running, "RUNNING"),
            (.unavailableInMemory, "UNAVAILABLE_IN_MEMORY"),
        ])
    func aSnapshotIsAnswered(_ outcome: SnapshotRequestResult.Outcome, _ name: String) throws {
        let empty = SnapshotRequestResult(outcome: outcome)
        #expect(
            try Self.text(ResponseEncoder.snapshot(empty, callID: 7), "SnapshotResponse")
                == "outcome: SNAPSHOT_OUTCOME_\(name)")
        let full = SnapshotRequestResult(outcome: outcome, targetLSN: .max, newest: Self.newest)
        #expect(
            try Self.text(ResponseEncoder.snapshot(full, callID: 7), "SnapshotResponse")
                == "outcome: SNAPSHOT_OUTCOME_\(name) target_lsn: \(UInt64.max) newest \(Self.newestText)"
        )
    }

    private static func text(_ frame: [UInt8], _ message: String) throws -> String {
        let answer = Answer(frame)
        #expect(answer.header.kind == 3 && answer.header.callID == 7)
        #expect(answer.header.methodOrCode == 0)
        return try #require(ProtoText.render(answer.body, AllDescriptors.byName[message]!))
    }
}
