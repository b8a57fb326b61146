import HoldfastClient
import HoldfastWire
import Synchronization

/// A scripted server that answers GetServerInfo and Snapshot from two lists; behind the end of a list its last entry
/// is given again.
final class SnapshotServer: Sendable {
    /// What GetServerInfo says.
    struct State: Sendable {
        var syncedLSN: UInt64 = 0
        var bootEpoch: UInt64 = 1
        var snapshot = SnapshotFacts()
    }

    private struct Seen {
        var infoCount = 0
        var snapshotCount = 0
    }

    private let infos: [State]
    private let answers: [SnapshotRequestResult]
    private let seen = Mutex(Seen())

    init(infos: [State], answers: [SnapshotRequestResult]) {
        self.infos = infos
        self.answers = answers
    }

    var infoCount: Int { self.seen.withLock(\.infoCount) }
    var snapshotCount: Int { self.seen.withLock(\.snapshotCount) }

    func serve() -> ScriptedServer {
        ScriptedServer { side, _ in
            guard side.greet() else { return }
            while let frame = side.receive() {
                let callID = frame.header.callID
                if frame.header.kind == FrameKind.ping.rawValue {
                    side.send(.pong, body: frame.body)
                } else if frame.calls(.getServerInfo) {
                    let index = self.seen.withLock { seen in
                        defer { seen.infoCount += 1 }
                        return seen.infoCount
                    }
                    let state = self.infos[min(index, self.infos.count - 1)]
                    side.send(ResponseEncoder.serverInfo(Self.info(state), callID: callID))
                } else if frame.calls(.snapshot) {
                    let index = self.seen.withLock { seen in
                        defer { seen.snapshotCount += 1 }
                        return seen.snapshotCount
                    }
                    let answer = self.answers[min(index, self.answers.count - 1)]
                    side.send(ResponseEncoder.snapshot(answer, callID: callID))
                }
            }
        }
    }

    /// What there is up to `lsn`.
    static func newest(
        _ lsn: UInt64, isRunning: Bool = false, lastError: String = ""
    ) -> SnapshotFacts {
        var facts = SnapshotFacts()
        facts.lsn = lsn
        facts.madeMilliseconds = lsn == 0 ? 0 : 1_700_000_000_000
        facts.byteCount = lsn * 100
        facts.durationMilliseconds = 250
        facts.isRunning = isRunning
        facts.lastError = lastError
        facts.keptCount = lsn == 0 ? 0 : 2
        return facts
    }

    private static func info(_ state: State) -> ServerInfo {
        let hello = HelloInfo(
            software: "holdfast/test", instanceID: [], bootEpoch: state.bootEpoch, role: "admin",
            limits: HelloLimits(), methods: [.getServerInfo, .snapshot], serverTimeMilliseconds: 5)
        var info = ServerInfo(hello: hello, durability: "disk")
        info.journal = JournalFacts(sync: .group)
        info.journal.appendedLSN = state.syncedLSN + 3
        info.journal.syncedLSN = state.syncedLSN
        info.journal.groupCount = 12
        info.journal.byteCount = 49_152
        info.journal.syncCount = 10
        info.journal.syncMicrosecondsTotal = 4_000
        info.journal.syncMicrosecondsMax = 900
        info.journal.segmentCount = 4
        info.journal.readyByteCount = 134_217_728
        info.journal.hasRoom = false
        info.journal.backlogByteCount = 288
        info.journal.generation = 6
        info.snapshot = state.snapshot
        return info
    }
}
