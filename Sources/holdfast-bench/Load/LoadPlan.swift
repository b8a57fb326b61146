/// What one run does: the checked form of the command's options.
struct LoadPlan: Sendable {
    /// How the next call is chosen to be sent.
    enum Pace: Sendable {
        /// Each connection keeps its calls in flight: a new one starts when one has been answered.
        case closedLoop
        /// Calls start at fixed times, whether or not earlier ones were answered.
        case openLoop(callsPerSecond: Double)
    }

    /// Its calls in flight are kept in a closed loop, not exceeded in an open one.
    var connections: ConnectionPlan
    var pace: Pace
    var warmUpSeconds: Double
    var durationSeconds: Double
    /// Sent with each call: how long the caller waits.
    var timeoutMilliseconds: UInt32
    var traffic: TrafficSettings
    var mix: MethodMix
    /// The server's process on this machine, for its processor time.
    var serverProcessID: Int32?
    /// Tell that process by SIGUSR1 when the measured window begins and when it ends.
    var signalsWindow: Bool
    var showsProgress: Bool

    /// Calls that are still unanswered this long after the window count as unanswered.
    static let drainSeconds = 5.0
}
