/// How each round ends.
enum CrashEnding: Sendable {
    /// kill -9 at a random moment.
    case kill
    /// SIGTERM: the server drains and ends with status 0.
    case terminate
    /// Nothing ends: the ledger is compared with the living server. Shows that the ledger itself is right.
    case quiesce
    /// strace makes system calls of the running server fail; then the server ends by itself, or goes on and is killed.
    case inject(FaultInjection)
    /// The file system runs full for a while; then kill -9.
    case fillDisk
}

/// What is done to the data behind the server's back, so that the checks can show that they bite.
enum CrashSabotage: String, CaseIterable, Sendable {
    case none
    /// The data directory is emptied between kill and restart.
    case wipe
    /// An older copy of the data directory is put in its place.
    case rewind
    /// The last written bytes of the journal are zeroed, as by a disk that lied about its cache.
    case tail
    /// One bit in the middle of the journal is turned over: the next start must refuse.
    case flip
}

/// What one run of the crash test does: the checked form of the command's options.
struct CrashPlan: Sendable {
    var binary: String
    /// Each server gets a directory of its own in here.
    var directory: String
    /// nil: in the server's directory.
    var dataPath: String?
    var roundCount: Int
    /// Rounds with the same data before a new server is made.
    var roundsPerServer: Int
    var connectionCount: Int
    /// Callers a connection.
    var callersPerConnection: Int
    var buyerCount: Int
    /// The load of a round runs for at most so long before its end comes.
    var loadMillisecondsMax: Int
    var jobsPerRoundMax: Int
    /// How many of a hundred restarts are killed while they recover.
    var recoveryKillPercent: Int
    /// How many of a hundred kills come right after a snapshot was asked for.
    var snapshotPercent: Int
    var seed: UInt64
    /// Settings of the server, like `journal.sync`.
    var settings: [String: String]
    var ending: CrashEnding
    var sabotage: CrashSabotage

    /// A load shorter than this hardly reaches the server.
    static let loadMillisecondsMin = 60
    /// The rush begins so long before the end at most.
    static let rushLeadMicrosecondsMax: UInt64 = 25_000
}
