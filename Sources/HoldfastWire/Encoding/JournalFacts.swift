/// What a server says of its journal (proto `JournalInfo`). Counts and times are since the start of the process.
package struct JournalFacts: Sendable, Equatable {
    /// What an answer waits for.
    package enum Sync: String, Sendable {
        /// The disk.
        case group
        /// Nothing: written and not synced.
        case none
        /// There is no journal.
        case memory
    }

    package var sync: Sync
    /// LSN of the newest event, over the whole life of the instance.
    package var appendedLSN: UInt64 = 0
    package var syncedLSN: UInt64 = 0
    package var groupCount: UInt64 = 0
    package var byteCount: UInt64 = 0
    package var syncCount: UInt64 = 0
    package var syncMicrosecondsTotal: UInt64 = 0
    package var syncMicrosecondsMax: UInt64 = 0
    /// Files that are there now.
    package var segmentCount: UInt32 = 0
    /// Reserved and not yet written.
    package var readyByteCount: UInt64 = 0
    /// False: what takes room on disk is refused STORAGE_FULL.
    package var hasRoom = true
    /// What waits to be written now.
    package var backlogByteCount: UInt64 = 0
    package var generation: UInt32 = 0

    package init(sync: Sync) {
        self.sync = sync
    }
}

/// What a server says of its snapshots (proto `SnapshotInfo`).
package struct SnapshotFacts: Sendable, Equatable {
    /// The newest holds every event up to here; 0 there is none.
    package var lsn: UInt64 = 0
    /// When it was finished, Unix milliseconds.
    package var madeMilliseconds: Int64 = 0
    package var byteCount: UInt64 = 0
    /// How long it took to make.
    package var durationMilliseconds: Int64 = 0
    /// One is being made, or was asked for and begins soon: true as soon as a request was answered.
    package var isRunning = false
    /// Why the last attempt failed; empty: it did not, or one is running. It goes over the network: no paths.
    package var lastError = ""
    /// How many are kept.
    package var keptCount: UInt32 = 0

    package init() {}
}

/// The answer to a Snapshot.
package struct SnapshotRequestResult: Sendable, Equatable {
    /// The proto enum `SnapshotOutcome`.
    package enum Outcome: UInt32, Sendable, CaseIterable {
        /// It was begun, or the newest one holds everything already.
        case started = 1
        /// One is being made that was begun earlier: what was acknowledged behind `targetLSN` is not in it.
        case running = 2
        /// Nothing is kept on disk.
        case unavailableInMemory = 3
    }

    package var outcome: Outcome
    /// The snapshot will hold everything up to here.
    package var targetLSN: UInt64
    /// With this request counted.
    package var newest: SnapshotFacts

    package init(outcome: Outcome, targetLSN: UInt64 = 0, newest: SnapshotFacts = SnapshotFacts()) {
        self.outcome = outcome
        self.targetLSN = targetLSN
        self.newest = newest
    }
}
