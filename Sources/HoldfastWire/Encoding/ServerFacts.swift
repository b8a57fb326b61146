/// What HELLO says of the limits (proto `Limits`). Milliseconds, bytes and counts as named.
package struct HelloLimits: Sendable {
    package var frameBytesMax: UInt32 = 64 << 10
    package var callsInFlightMax: UInt32 = 1_024
    package var controlFramesPerSecondMax: UInt32 = 10
    package var idleMilliseconds: UInt32 = 60_000
    package var defaultTimeoutMilliseconds: UInt32 = 1_000
    package var linesMax: UInt32 = 16
    package var holdMillisecondsMin: Int64 = 1_000
    package var holdMillisecondsMax: Int64 = 4 * 3_600_000
    package var connectionsMax: UInt32 = 10_000
    package var connectionsPerIPMax: UInt32 = 64

    package init() {}
}

/// The body of HELLO.
package struct HelloInfo: Sendable {
    /// The protocol's name, also the ALPN.
    package static let protocolName = "holdfast/1"

    /// Name and version, like `holdfast 0.1.0`.
    package var software: String
    /// 16 bytes.
    package var instanceID: [UInt8]
    package var bootEpoch: UInt64
    package var role: String
    package var limits: HelloLimits
    package var methods: [Method]
    /// Unix milliseconds.
    package var serverTimeMilliseconds: Int64
    package var unsafeSettings: [String]
    /// The caller's name out of its certificate; empty without one.
    package var caller: String

    package init(
        software: String, instanceID: [UInt8], bootEpoch: UInt64, role: String,
        limits: HelloLimits, methods: [Method], serverTimeMilliseconds: Int64,
        unsafeSettings: [String] = [], caller: String = ""
    ) {
        self.software = software
        self.instanceID = instanceID
        self.bootEpoch = bootEpoch
        self.role = role
        self.limits = limits
        self.methods = methods
        self.serverTimeMilliseconds = serverTimeMilliseconds
        self.unsafeSettings = unsafeSettings
        self.caller = caller
    }
}

/// The body of a GetServerInfo answer.
package struct ServerInfo: Sendable {
    package var hello: HelloInfo
    package var uptimeMilliseconds: Int64 = 0
    package var shardCount: UInt32 = 0
    package var reactorCount: UInt32 = 0
    package var connections: UInt32 = 0
    package var sales: UInt64 = 0
    package var liveHolds: UInt64 = 0
    package var reservations: UInt64 = 0
    package var buyers: UInt64 = 0
    package var events: UInt64 = 0
    package var engineBytes: UInt64 = 0
    package var calls: UInt64 = 0
    /// What an acknowledged change rests on.
    package var durability: String
    package var journal = JournalFacts(sync: .memory)
    package var snapshot = SnapshotFacts()
    /// Nil: the server does not say.
    package var admission: AdmissionFacts?
    package var expiry = ExpiryFacts()

    package init(hello: HelloInfo, durability: String) {
        self.hello = hello
        self.durability = durability
    }
}
