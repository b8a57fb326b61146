// Snapshot, and what GetServerInfo says of journal and snapshots.

/// Asks for a snapshot. It is made in the background: GetServerInfo says when it is there.
public struct SnapshotRequest: Sendable, Hashable {

    /// Nothing to say.
    public init() {}
}

/// The answer to a Snapshot, at once.
public struct SnapshotResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: SnapshotOutcome
    /// The snapshot will hold everything up to here.
    public var targetLSN: UInt64
    /// As in GetServerInfo, with this request counted.
    public var newest: SnapshotInfo

    /// Makes one; the fields are described above.
    public init(
        outcome: SnapshotOutcome = .unspecified, targetLSN: UInt64 = 0,
        newest: SnapshotInfo = SnapshotInfo()
    ) {
        self.outcome = outcome
        self.targetLSN = targetLSN
        self.newest = newest
    }
}

/// The journal of a server. Counts and times are since the start of the process, unless they say otherwise.
public struct JournalInfo: Sendable, Hashable {
    /// `group` (an answer waits for the disk), `none` (written and not synced) or `memory` (there is no journal).
    public var sync: String
    /// LSN of the newest event, over the whole life of the instance.
    public var appendedLSN: UInt64
    /// LSN up to which everything is as safe as `sync` promises.
    public var syncedLSN: UInt64
    /// Groups of events written.
    public var groups: UInt64
    /// Bytes written.
    public var bytes: UInt64
    /// Writes of groups that the disk has confirmed, those of empty groups between them included.
    public var syncs: UInt64
    /// Time of all syncs together, writing included.
    public var syncMicrosecondsTotal: UInt64
    /// Time of the slowest one.
    public var syncMicrosecondsMax: UInt64
    /// Segment files that are there now.
    public var segments: Int
    /// Space that is reserved and not yet written.
    public var readyBytes: UInt64
    /// What takes room on disk is let in; false: it is refused STORAGE_FULL, and live holds can still end.
    public var hasRoom: Bool
    /// Bytes that wait to be written now.
    public var backlogBytes: UInt64
    /// Grows at each start.
    public var generation: Int

    /// Makes one; the fields are described above.
    public init(
        sync: String = "", appendedLSN: UInt64 = 0, syncedLSN: UInt64 = 0, groups: UInt64 = 0,
        bytes: UInt64 = 0, syncs: UInt64 = 0, syncMicrosecondsTotal: UInt64 = 0,
        syncMicrosecondsMax: UInt64 = 0, segments: Int = 0, readyBytes: UInt64 = 0,
        hasRoom: Bool = false, backlogBytes: UInt64 = 0, generation: Int = 0
    ) {
        self.sync = sync
        self.appendedLSN = appendedLSN
        self.syncedLSN = syncedLSN
        self.groups = groups
        self.bytes = bytes
        self.syncs = syncs
        self.syncMicrosecondsTotal = syncMicrosecondsTotal
        self.syncMicrosecondsMax = syncMicrosecondsMax
        self.segments = segments
        self.readyBytes = readyBytes
        self.hasRoom = hasRoom
        self.backlogBytes = backlogBytes
        self.generation = generation
    }
}

/// The snapshots of a server.
public struct SnapshotInfo: Sendable, Hashable {
    /// The newest one holds every event up to this LSN; 0 there is none.
    public var lsn: UInt64
    /// When it was finished, Unix milliseconds.
    public var madeMilliseconds: Int
    /// Its size.
    public var byteCount: UInt64
    /// How long it took to make.
    public var durationMilliseconds: Int
    /// One is being made, or was asked for and begins soon.
    public var isRunning: Bool
    /// Why the last attempt failed, for a person; empty: it did not, or one is running.
    public var lastError: String
    /// Snapshots that are kept.
    public var kept: Int

    /// Makes one; the fields are described above.
    public init(
        lsn: UInt64 = 0, madeMilliseconds: Int = 0, byteCount: UInt64 = 0,
        durationMilliseconds: Int = 0, isRunning: Bool = false, lastError: String = "",
        kept: Int = 0
    ) {
        self.lsn = lsn
        self.madeMilliseconds = madeMilliseconds
        self.byteCount = byteCount
        self.durationMilliseconds = durationMilliseconds
        self.isRunning = isRunning
        self.lastError = lastError
        self.kept = kept
    }
}

/// What became of a Snapshot.
public enum SnapshotOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// It was begun, or the newest one holds everything already.
    case started
    /// One is being made, begun earlier: what was acknowledged behind `targetLSN` is not in it. Ask again when it is done.
    case running
    /// The server keeps nothing on disk.
    case unavailableInMemory
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "SNAPSHOT_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"),
        (.started, "STARTED"),
        (.running, "RUNNING"),
        (.unavailableInMemory, "UNAVAILABLE_IN_MEMORY"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .started: 1
        case .running: 2
        case .unavailableInMemory: 3
        case .unrecognized(let number): number
        }
    }
}
