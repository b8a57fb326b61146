import HoldfastTransport

/// Where to connect, as whom, and how often.
struct ConnectionPlan: Sendable {
    var host: String
    var port: UInt16
    var connectionCount: Int
    /// Calls in flight on one connection, at most.
    var inFlightMax: Int
    var tls: TLSClientConfiguration
    /// What the server certificate must be issued for.
    var serverName: String
}
