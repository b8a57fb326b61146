// GetServerInfo, and the HELLO that every connection begins with.

/// Asks for versions, limits and counts.
public struct GetServerInfoRequest: Sendable, Hashable {

    /// Nothing to say.
    public init() {}
}

/// What this server is.
public struct GetServerInfoResponse: Sendable, Hashable {
    /// The same as the connection's HELLO.
    public var hello: ServerHello
    /// Milliseconds since the start.
    public var uptimeMilliseconds: Int
    /// Shards.
    public var shardCount: Int
    /// Reactor threads.
    public var reactorCount: Int
    /// Open connections.
    public var connections: Int
    /// Sales.
    public var sales: UInt64
    /// Live holds.
    public var liveHolds: UInt64
    /// Reservations in memory, live or not.
    public var reservations: UInt64
    /// Buyers in memory.
    public var buyers: UInt64
    /// Events decided since the start.
    public var events: UInt64
    /// Bytes that the engine's tables take.
    public var engineBytes: UInt64
    /// Calls answered since the start.
    public var calls: UInt64
    /// What an acknowledged change rests on: `disk` (synced), `written` (not synced) or `memory` (gone with the process).
    public var durability: String
    /// The journal.
    public var journal: JournalInfo
    /// Snapshots.
    public var snapshot: SnapshotInfo
    /// Limiter and risk rules.
    public var admission: AdmissionInfo
    /// Holds whose time is over, and what they cost the others.
    public var expiry: ExpiryInfo

    /// Makes one; the fields are described above.
    public init(
        hello: ServerHello = ServerHello(), uptimeMilliseconds: Int = 0, shardCount: Int = 0,
        reactorCount: Int = 0, connections: Int = 0, sales: UInt64 = 0, liveHolds: UInt64 = 0,
        reservations: UInt64 = 0, buyers: UInt64 = 0, events: UInt64 = 0, engineBytes: UInt64 = 0,
        calls: UInt64 = 0, durability: String = "", journal: JournalInfo = JournalInfo(),
        snapshot: SnapshotInfo = SnapshotInfo(), admission: AdmissionInfo = AdmissionInfo(),
        expiry: ExpiryInfo = ExpiryInfo()
    ) {
        self.hello = hello
        self.uptimeMilliseconds = uptimeMilliseconds
        self.shardCount = shardCount
        self.reactorCount = reactorCount
        self.connections = connections
        self.sales = sales
        self.liveHolds = liveHolds
        self.reservations = reservations
        self.buyers = buyers
        self.events = events
        self.engineBytes = engineBytes
        self.calls = calls
        self.durability = durability
        self.journal = journal
        self.snapshot = snapshot
        self.admission = admission
        self.expiry = expiry
    }
}

/// The server's first frame on a connection.
public struct ServerHello: Sendable, Hashable {
    /// The protocol, `holdfast/1`.
    public var protocolVersion: String
    /// Name and version of the software.
    public var software: String
    /// 16 random bytes made when the data directory was made.
    public var instanceID: [UInt8]
    /// Counts the starts of this instance.
    public var bootEpoch: UInt64
    /// The role that this connection was given.
    public var role: String
    /// The limits of this connection.
    public var limits: ConnectionLimits
    /// The methods that this port answers.
    public var methods: [MethodInfo]
    /// Server time, Unix milliseconds.
    public var serverTimeMilliseconds: Int
    /// Names of settings that are unsafe in production.
    public var unsafeSettings: [String]
    /// The caller's name out of its certificate, empty without one.
    public var caller: String

    /// Makes one; the fields are described above.
    public init(
        protocolVersion: String = "", software: String = "", instanceID: [UInt8] = [],
        bootEpoch: UInt64 = 0, role: String = "", limits: ConnectionLimits = ConnectionLimits(),
        methods: [MethodInfo] = [], serverTimeMilliseconds: Int = 0,
        unsafeSettings: [String] = [], caller: String = ""
    ) {
        self.protocolVersion = protocolVersion
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

/// What one connection may do.
public struct ConnectionLimits: Sendable, Hashable {
    /// Largest value of a frame's length field.
    public var frameBytesMax: Int
    /// Calls that may be in flight.
    public var callsInFlightMax: Int
    /// Control frames a second.
    public var controlFramesPerSecondMax: Int
    /// A connection without a frame for so long is closed. Milliseconds.
    public var idleMilliseconds: Int
    /// Timeout of a call that names none. Milliseconds.
    public var defaultTimeoutMilliseconds: Int
    /// Lines of one Reserve.
    public var linesMax: Int
    /// Shortest hold.
    public var holdMillisecondsMin: Int
    /// Longest hold.
    public var holdMillisecondsMax: Int
    /// Connections of the whole server.
    public var connectionsMax: Int
    /// Connections of one IP address without a client certificate.
    public var connectionsPerAddressMax: Int

    /// Makes one; the fields are described above.
    public init(
        frameBytesMax: Int = 0, callsInFlightMax: Int = 0, controlFramesPerSecondMax: Int = 0,
        idleMilliseconds: Int = 0, defaultTimeoutMilliseconds: Int = 0, linesMax: Int = 0,
        holdMillisecondsMin: Int = 0, holdMillisecondsMax: Int = 0, connectionsMax: Int = 0,
        connectionsPerAddressMax: Int = 0
    ) {
        self.frameBytesMax = frameBytesMax
        self.callsInFlightMax = callsInFlightMax
        self.controlFramesPerSecondMax = controlFramesPerSecondMax
        self.idleMilliseconds = idleMilliseconds
        self.defaultTimeoutMilliseconds = defaultTimeoutMilliseconds
        self.linesMax = linesMax
        self.holdMillisecondsMin = holdMillisecondsMin
        self.holdMillisecondsMax = holdMillisecondsMax
        self.connectionsMax = connectionsMax
        self.connectionsPerAddressMax = connectionsPerAddressMax
    }
}

/// One entry of the method table.
public struct MethodInfo: Sendable, Hashable {
    /// Number as in the frame's header.
    public var number: Int
    /// Name like `StockService/Reserve`.
    public var name: String

    /// Makes one; the fields are described above.
    public init(
        number: Int = 0, name: String = ""
    ) {
        self.number = number
        self.name = name
    }
}
