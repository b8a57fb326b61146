/// What a run did, for its report.
struct CrashStatistics: Encodable, Sendable {
    var rounds = 0
    var servers = 0
    var kills = 0
    var killsDuringRecovery = 0
    /// Kills that left a snapshot half written behind.
    var killsDuringSnapshot = 0
    var snapshotsAskedFor = 0
    var terminations = 0
    var faultsInjected = 0
    /// System calls that strace saw, by name.
    var tracedCalls: [String: Int] = [:]
    var disksFilled = 0
    var sabotages = 0
    var reservations = 0
    /// Calls that had no answer when the server ended; each was settled after the restart.
    var openCalls = 0
    var restartMillisecondsMax = 0
}
