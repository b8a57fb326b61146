import Foundation
import HoldfastWire
import Testing

/// `holdfastctl snapshot` and what `info` says of journal and snapshots: what is asked, printed and returned.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct SnapshotCommandTests {
    private typealias State = SnapshotServer.State

    private static func newest(_ run: ToolRun) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        return try #require((object as? [String: Any])?["newest"] as? [String: Any])
    }

    private static func started(_ target: UInt64, newest lsn: UInt64 = 0) -> SnapshotRequestResult {
        SnapshotRequestResult(
            outcome: .started, targetLSN: target,
            newest: SnapshotServer.newest(lsn, isRunning: lsn < target))
    }

    @Test func itWaitsUntilTheSnapshotIsThere() throws {
        let calls = SnapshotServer(
            infos: [
                State(syncedLSN: 40, snapshot: SnapshotServer.newest(10, lastError: "an old one")),
                State(syncedLSN: 50, snapshot: SnapshotServer.newest(10, isRunning: true)),
                State(syncedLSN: 60, snapshot: SnapshotServer.newest(42)),
            ],
            answers: [Self.started(42, newest: 10)])
        let server = calls.serve()
        let run = try ToolRun(["snapshot", "-o", "json"], adminPort: server.port)
        #expect(run.status == 0, "\(run.notes)")
        #expect(run.field("outcome") == "SNAPSHOT_OUTCOME_STARTED")
        let newest = try Self.newest(run)
        #expect(newest["lsn"] as? Int == 42 && newest["running"] as? Bool == false)
        #expect(newest["byteCount"] as? Int == 4_200 && newest["kept"] as? Int == 2)
        // Once before it asked, then until it was there and no longer.
        #expect(calls.infoCount == 3 && calls.snapshotCount == 1)
    }

    @Test func whatIsThereAlreadyIsNotWaitedFor() throws {
        let calls = SnapshotServer(
            infos: [State(syncedLSN: 42)], answers: [Self.started(42, newest: 42)])
        let server = calls.serve()
        let run = try ToolRun(["snapshot"], adminPort: server.port)
        #expect(run.status == 0, "\(run.notes)")
        #expect(run.output.contains("STARTED") && run.output.contains("up to LSN 42, 4200 bytes"))
        #expect(calls.infoCount == 1 && calls.snapshotCount == 1)
    }

    @Test func oneThatWasBegunBeforeIsFollowedByAnother() throws {
        let running = SnapshotRequestResult(
            outcome: .running, targetLSN: 30, newest: SnapshotServer.newest(10, isRunning: true))
        let calls = SnapshotServer(
            infos: [
                State(syncedLSN: 40, snapshot: SnapshotServer.newest(10, isRunning: true)),
                State(syncedLSN: 40, snapshot: SnapshotServer.newest(30)),
                State(syncedLSN: 40, snapshot: SnapshotServer.newest(41)),
            ],
            answers: [running, Self.started(41, newest: 30)])
        let server = calls.serve()
        let run = try ToolRun(["snapshot", "-o", "json"], adminPort: server.port)
        #expect(run.status == 0, "\(run.notes)")
        #expect(try Self.newest(run)["lsn"] as? Int == 41)
        #expect(calls.snapshotCount == 2)

        // One that holds enough is enough.
        let enough = SnapshotServer(
            infos: [
                State(syncedLSN: 30, snapshot: SnapshotServer.newest(10, isRunning: true)),
                State(syncedLSN: 40, snapshot: SnapshotServer.newest(30)),
            ],
            answers: [running])
        let other = enough.serve()
        #expect(try ToolRun(["snapshot"], adminPort: other.port).status == 0)
        #expect(enough.snapshotCount == 1)
    }

    @Test func aSnapshotThatFailsEndsWithTheServersWords() throws {
        let calls = SnapshotServer(
            infos: [
                State(syncedLSN: 40, snapshot: SnapshotServer.newest(10)),
                State(
                    syncedLSN: 40,
                    snapshot: SnapshotServer.newest(10, lastError: "No space left on device")),
            ],
            answers: [Self.started(40, newest: 10)])
        let server = calls.serve()
        let run = try ToolRun(["snapshot", "-o", "json"], adminPort: server.port)
        #expect(run.status == 70)
        #expect(run.notes.contains("No space left on device"), "\(run.notes)")
        #expect(try Self.newest(run)["lsn"] as? Int == 10)
    }

    @Test func aRestartForgetsTheRequest() throws {
        let calls = SnapshotServer(
            infos: [
                State(syncedLSN: 40, snapshot: SnapshotServer.newest(10)),
                State(syncedLSN: 40, bootEpoch: 2, snapshot: SnapshotServer.newest(10)),
            ],
            answers: [Self.started(40, newest: 10)])
        let server = calls.serve()
        let run = try ToolRun(["snapshot"], adminPort: server.port)
        #expect(run.status == 75)
        #expect(run.notes.contains("restarted"), "\(run.notes)")

        // One that was finished before the restart is as good as any.
        let done = SnapshotServer(
            infos: [
                State(syncedLSN: 40, snapshot: SnapshotServer.newest(10)),
                State(syncedLSN: 40, bootEpoch: 2, snapshot: SnapshotServer.newest(40)),
            ],
            answers: [Self.started(40, newest: 10)])
        let other = done.serve()
        #expect(try ToolRun(["snapshot"], adminPort: other.port).status == 0)
    }

    @Test func whoDoesNotWaitOnlyAsks() throws {
        let calls = SnapshotServer(
            infos: [State(syncedLSN: 40)], answers: [Self.started(40, newest: 10)])
        let server = calls.serve()
        let run = try ToolRun(["snapshot", "--no-wait"], adminPort: server.port)
        #expect(run.status == 0, "\(run.notes)")
        #expect(run.output.contains("being made") && run.notes.contains("background"))
        #expect(calls.infoCount == 1 && calls.snapshotCount == 1)
    }

    @Test func timeIsUpAtSomePoint() throws {
        let calls = SnapshotServer(
            infos: [State(syncedLSN: 40, snapshot: SnapshotServer.newest(10, isRunning: true))],
            answers: [Self.started(40, newest: 10)])
        let server = calls.serve()
        let run = try ToolRun(["snapshot", "--timeout", "1"], adminPort: server.port)
        #expect(run.status == 75)
        #expect(run.notes.contains("not there after 1 s"), "\(run.notes)")
    }

    @Test func answersThatAreNoEndWithTheirStatus() throws {
        let calls = SnapshotServer(
            infos: [State()], answers: [SnapshotRequestResult(outcome: .unavailableInMemory)])
        let server = calls.serve()
        let run = try ToolRun(["snapshot"], adminPort: server.port)
        #expect(run.status == 1 && run.output.contains("UNAVAILABLE_IN_MEMORY"))
        for arguments in [["--timeout", "0"], ["--timeout", "86401"], ["sale-1"]] {
            #expect(try ToolRun(["snapshot"] + arguments).status == 64, "\(arguments)")
        }
    }

    @Test func infoShowsJournalAndSnapshots() throws {
        let calls = SnapshotServer(
            infos: [
                State(
                    syncedLSN: 40,
                    snapshot: SnapshotServer.newest(30, lastError: "No space left on device"))
            ],
            answers: [Self.started(40)])
        let server = calls.serve()
        let run = try ToolRun(["info"], adminPort: server.port)
        #expect(run.status == 0, "\(run.notes)")
        for words in [
            "journal sync  group", "up to LSN 43", "up to LSN 40", "12 groups, 49152 bytes",
            "mean 400 µs, slowest 900 µs", "4, 134217728 bytes ready ahead", "STORAGE_FULL",
            "up to LSN 30, 3000 bytes", "2023-11-14T22:13:20Z, took 250 ms",
            "No space left on device",
        ] {
            #expect(run.output.contains(words), "\(words) is not in\n\(run.output)")
        }
    }
}
