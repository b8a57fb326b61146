// Ping: liveness.

/// Liveness.
public struct PingRequest: Sendable, Hashable {
    /// Sent back as it came, 64 bytes at most.
    public var payload: [UInt8]

    /// Makes one; the fields are described above.
    public init(
        payload: [UInt8] = []
    ) {
        self.payload = payload
    }
}

/// The answer to a Ping.
public struct PingResponse: Sendable, Hashable {
    /// What was sent.
    public var payload: [UInt8]
    /// Server time, Unix milliseconds.
    public var serverTimeMilliseconds: Int

    /// Makes one; the fields are described above.
    public init(
        payload: [UInt8] = [], serverTimeMilliseconds: Int = 0
    ) {
        self.payload = payload
        self.serverTimeMilliseconds = serverTimeMilliseconds
    }
}
