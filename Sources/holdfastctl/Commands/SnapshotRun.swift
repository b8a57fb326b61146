import HoldfastClient

/// Asks for a snapshot and waits until the server has one that holds everything that was acknowledged before.
struct SnapshotRun {
    /// How it ended.
    enum End {
        /// It is there.
        case done
        /// Asked for, and nobody waits.
        case asked
        /// It is not there, with a sentence that says why.
        case ended(ExitReason, String)
    }

    private static let firstPauseMilliseconds = 50
    private static let pauseMillisecondsMax = 1_000

    private let server: HoldfastClient
    private let timeoutSeconds: Int
    private let startNanoseconds = MonotonicClock.nanoseconds()

    init(server: HoldfastClient, timeoutSeconds: Int) {
        self.server = server
        self.timeoutSeconds = timeoutSeconds
    }

    /// The answer is the newest Snapshot's, with `newest` as the server said last.
    mutating func run(waits: Bool) async throws(HoldfastError) -> (End, SnapshotResponse) {
        defer { Terminal.endProgress() }
        let before = try await self.server.getServerInfo()
        var response = try await self.server.snapshot()
        while true {
            switch response.outcome {
            case .started, .running: break
            case .unavailableInMemory:
                let text =
                    "the server keeps nothing on disk: there is nothing to write a snapshot of"
                return (.ended(.negative, text), response)
            case .unspecified, .unrecognized:
                let text =
                    "the server answers \(response.outcome.name), which this version does not know"
                return (.ended(.internalFault, text), response)
            }
            guard waits else { return (.asked, response) }
            if let end = try await self.wait(for: &response, bootEpoch: before.hello.bootEpoch) {
                return (end, response)
            }
            // It was begun before this command, and may miss what was acknowledged since.
            if response.targetLSN >= before.journal.syncedLSN { return (.done, response) }
            response = try await self.server.snapshot()
        }
    }

    /// Until a snapshot holds everything up to the target: nil. Updates `newest`.
    private func wait(
        for response: inout SnapshotResponse, bootEpoch: UInt64
    ) async throws(HoldfastError) -> End? {
        var pauseMilliseconds = Self.firstPauseMilliseconds
        while response.newest.lsn < response.targetLSN {
            let newest = response.newest
            if !newest.isRunning && !newest.lastError.isEmpty {
                let text = "the server could not make the snapshot: \(newest.lastError)"
                return .ended(.internalFault, text)
            }
            if !newest.isRunning {
                let text = "the server gave the snapshot up without a reason: ask again"
                return .ended(.outcomeUnknown, text)
            }
            guard self.elapsedSeconds < self.timeoutSeconds else {
                let text =
                    "the snapshot was not there after \(self.timeoutSeconds) s; the server goes on "
                    + "making it, and holdfastctl info shows it"
                return .ended(.outcomeUnknown, text)
            }
            Terminal.progress(
                "waiting for a snapshot up to LSN \(response.targetLSN), \(self.elapsedSeconds) s")
            // Nothing cancels this task; a shorter pause would do no harm.
            try? await Task.sleep(for: .milliseconds(pauseMilliseconds))
            pauseMilliseconds = min(pauseMilliseconds * 2, Self.pauseMillisecondsMax)
            let info = try await self.server.getServerInfo()
            response.newest = info.snapshot
            let isThere = response.newest.lsn >= response.targetLSN
            guard isThere || info.hello.bootEpoch == bootEpoch else {
                let text = "the server was restarted and has forgotten the request: ask again"
                return .ended(.outcomeUnknown, text)
            }
        }
        return nil
    }

    private var elapsedSeconds: Int {
        Int((MonotonicClock.nanoseconds() - self.startNanoseconds) / 1_000_000_000)
    }
}
