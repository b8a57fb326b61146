internal import Synchronization

/// Makes snapshots in the background: when asked, after so much journal, after so long. A failure is told, remembered in
/// `status` and tried again; it never ends the server. The work is done by a thread that runs when nothing else wants the
/// processor; what takes a lock that others take is not. Any thread may call anything.
package final class SnapshotMaker: Sendable {
    private struct State {
        var status = SnapshotStatus()
        var isStopping = false
    }

    private static let lookMicroseconds = 1_000_000

    private let directory: DataDirectory
    private let identity: DataIdentity
    private let shardCount: Int
    private let settings: SnapshotSettings
    private let source: SnapshotSource
    private let now: @Sendable () -> Int64
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let signal = ThreadSignal()
    private let stopping = Atomic(false)
    private let thread = Mutex<JournalThread?>(nil)

    /// - Parameters:
    ///   - directory: Open until `stop` has returned.
    ///   - shardCount: All shards, the control shard included.
    ///   - now: Unix milliseconds.
    ///   - log: What an operator should read. The maker's thread.
    package init(
        directory: DataDirectory, identity: DataIdentity, shardCount: Int,
        settings: SnapshotSettings, source: SnapshotSource, now: @escaping @Sendable () -> Int64,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory
        self.identity = identity
        self.shardCount = shardCount
        self.settings = settings
        self.source = source
        self.now = now
        self.log = log
    }

    /// Once.
    package func start() {
        // What the start had to replay counts: a server that starts often gets its snapshots all the same. Read here, since
        // what is written before the thread gets a processor counts, too.
        let lastBytes = self.source.writtenBytes() &- self.source.replayedBytes
        self.thread.withLock { thread in
            precondition(thread == nil, "a maker is started once")
            thread = JournalThread(name: "snapshots") { [self] in self.run(lastBytes) }
        }
    }

    /// Ends the thread; a snapshot that is being made is given up.
    package func stop() {
        self.stopping.store(true, ordering: .releasing)
        self.signal.wake()
        self.thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    /// Asks for a snapshot of everything that is synced now. Returns a ticket: settled when
    /// `status.settledTicket` has reached it.
    package func request() -> UInt64 {
        let ticket = self.state.withLock { state in
            state.status.requestedTicket += 1
            return state.status.requestedTicket
        }
        self.signal.wake()
        return ticket
    }

    /// What the start found on disk.
    package func noteFound(_ newest: SnapshotFooterInfo, keptCount: Int) {
        self.state.withLock { state in
            state.status.lastLSN = newest.lsn
            state.status.lastByteCount = newest.byteCount
            state.status.lastMadeMilliseconds = newest.createdMilliseconds
            state.status.keptCount = keptCount
        }
    }

    package var status: SnapshotStatus { self.state.withLock { $0.status } }

    // MARK: - The thread

    private var isStopping: Bool { self.stopping.load(ordering: .acquiring) }

    private func run(_ firstBytes: UInt64) {
        var lastBytes = firstBytes
        var last = MonotonicClock.nanoseconds
        var retryAt: UInt64 = 0
        while !self.isStopping {
            self.signal.forget()
            let status = self.status
            let now = MonotonicClock.nanoseconds
            let isAsked = status.requestedTicket > status.settledTicket
            let isDue =
                now >= retryAt && self.isDue(lastBytes, milliseconds: Int((now - last) / 1_000_000))
            guard isAsked || isDue else {
                self.signal.wait(microseconds: Self.lookMicroseconds)
                continue
            }
            let bytes = self.source.writtenBytes()
            switch self.make(status.requestedTicket) {
            case .upToDate:
                lastBytes = bytes
                last = MonotonicClock.nanoseconds
                retryAt = 0
            case .nothingSynced:
                // What is written may be on disk any moment: it is still owed a snapshot.
                last = MonotonicClock.nanoseconds
                retryAt = last + UInt64(Self.lookMicroseconds) * 1_000
            case .failed:
                retryAt =
                    MonotonicClock.nanoseconds
                    + UInt64(self.settings.retryMilliseconds) * 1_000_000
            }
        }
    }

    private func isDue(_ lastBytes: UInt64, milliseconds: Int) -> Bool {
        let bytes = self.source.writtenBytes() &- lastBytes
        if self.settings.journalBytes > 0 && bytes >= self.settings.journalBytes { return true }
        return self.settings.intervalMilliseconds > 0 && bytes > 0
            && milliseconds >= self.settings.intervalMilliseconds
    }

    private enum Attempt {
        /// There is a snapshot of all that was synced.
        case upToDate
        /// Nothing to make one of.
        case nothingSynced
        case failed
    }

    private func make(_ ticket: UInt64) -> Attempt {
        self.state.withLock { $0.status.isRunning = true }
        let begin = MonotonicClock.nanoseconds
        let run = SnapshotRun(
            snapshotFolder: self.directory.snapshotPath, journalFolder: self.directory.journalPath,
            identity: self.identity, shardCount: self.shardCount, files: self.directory.files,
            source: self.source, settings: self.settings, nowMilliseconds: self.now(),
            shouldStop: { self.isStopping }, log: self.log)
        var result: SnapshotRun.Result?
        var failure: JournalFailure?
        do throws(JournalFailure) {
            result = try run.run()
        } catch {
            failure = error
            self.log("no snapshot: \(error)")
        }
        let milliseconds = Int((MonotonicClock.nanoseconds - begin) / 1_000_000)
        self.state.withLock { state in
            state.status.isRunning = false
            if let result {
                if let info = result.info {
                    state.status.lastLSN = info.lsn
                    state.status.lastByteCount = info.byteCount
                    state.status.lastMadeMilliseconds = info.createdMilliseconds
                }
                state.status.keptCount = result.keptCount
                state.status.deletedSegmentCount += result.deletedSegments
                if result.isNew {
                    state.status.madeCount += 1
                    state.status.lastDurationMilliseconds = milliseconds
                }
            }
            state.status.lastError = failure?.description
            if failure != nil { state.status.failedCount += 1 }
            // Given up because the server stops: nobody is told that it is done.
            if result != nil || failure != nil { state.status.settledTicket = ticket }
        }
        if failure != nil { return .failed }
        return result?.info == nil ? .nothingSynced : .upToDate
    }
}
