internal import HoldfastEngine
internal import HoldfastJournal
internal import HoldfastTransport
internal import HoldfastWire
internal import Logging
internal import Synchronization

/// What all reactors share: the shards, the clock, the configuration and who this server is.
final class ServerCore: Sendable {
    let configuration: ServerConfiguration
    let shards: ShardTable
    let events: any EventLog
    let mailboxes: LeaseMailboxes
    let clock: ServerClock
    let log: Logger
    let store: DataStore
    /// Nil: admission is off.
    let admission: AdmissionGate?
    let reactorCount: Int
    /// One a reactor, by its index.
    let statistics: [GatewayStatistics]
    let expiryStatistics: [ExpiryStatistics]
    let syncWaiters: SyncWaiters
    private let connectionCounter = Atomic<Int>(0)

    init(
        configuration: ServerConfiguration, shards: ShardTable, store: DataStore,
        mailboxes: LeaseMailboxes, syncWaiters: SyncWaiters, clock: ServerClock, log: Logger,
        reactorCount: Int, admission: AdmissionGate?
    ) {
        self.configuration = configuration
        self.shards = shards
        self.events = store.events
        self.store = store
        self.mailboxes = mailboxes
        self.syncWaiters = syncWaiters
        self.clock = clock
        self.log = log
        self.reactorCount = reactorCount
        self.admission = admission
        self.statistics = (0..<reactorCount).map { _ in GatewayStatistics() }
        self.expiryStatistics = (0..<reactorCount).map { _ in ExpiryStatistics() }
    }

    func connectionOpened() { self.connectionCounter.add(1, ordering: .relaxed) }

    func connectionClosed() { self.connectionCounter.subtract(1, ordering: .relaxed) }

    /// Connections whose handshake is done.
    var connectionCount: Int { self.connectionCounter.load(ordering: .relaxed) }

    func hello(
        listener: ListenerKind, role: Role, caller: String, nowNanoseconds: UInt64
    ) -> HelloInfo {
        let configuration = self.configuration
        var limits = HelloLimits()
        limits.frameBytesMax = UInt32(configuration.sessionLimits(of: listener).frameBytesMax)
        limits.callsInFlightMax = UInt32(configuration.callsInFlightMax)
        limits.controlFramesPerSecondMax = UInt32(configuration.controlFramesPerSecondMax)
        limits.idleMilliseconds = UInt32(configuration.transportLimits.idleMilliseconds)
        limits.defaultTimeoutMilliseconds = configuration.defaultTimeoutMilliseconds
        limits.linesMax = UInt32(EngineLimits.linesMax)
        limits.holdMillisecondsMin = EngineLimits.holdMillisecondsMin
        limits.holdMillisecondsMax = EngineLimits.holdMillisecondsMax
        limits.connectionsMax = UInt32(configuration.transportLimits.connectionsMax)
        limits.connectionsPerIPMax = UInt32(configuration.transportLimits.connectionsPerAddressMax)
        return HelloInfo(
            software: HoldfastVersion.software, instanceID: self.store.instanceID,
            bootEpoch: self.store.bootEpoch, role: role.name, limits: limits,
            methods: Method.allCases.filter {
                $0.isAvailable && RoleTable.isServed($0, on: listener)
            },
            serverTimeMilliseconds: self.clock.milliseconds(at: nowNanoseconds),
            unsafeSettings: configuration.unsafeSettings, caller: caller)
    }

    func info(hello: HelloInfo, nowNanoseconds: UInt64) -> ServerInfo {
        let counts = self.shards.counts
        var info = ServerInfo(hello: hello, durability: self.store.durability.rawValue)
        info.uptimeMilliseconds = Int64(
            (nowNanoseconds &- self.clock.startedNanoseconds) / 1_000_000)
        info.shardCount = UInt32(self.shards.count)
        info.reactorCount = UInt32(self.reactorCount)
        info.connections = UInt32(clamping: self.connectionCount)
        info.sales = counts.sales
        info.liveHolds = counts.liveHolds
        info.reservations = counts.reservations
        info.buyers = counts.buyers
        info.events = counts.events
        info.engineBytes = counts.tableBytes
        info.journal = self.store.journalFacts
        info.snapshot = self.store.snapshotFacts
        info.admission =
            self.admission?.facts
            ?? AdmissionFacts(mode: AdmissionSettings.Mode.off.rawValue)
        for reactor in self.expiryStatistics { reactor.add(to: &info.expiry) }
        info.calls = self.statistics.reduce(0) { $0 &+ $1.callCount }
        return info
    }
}

/// Name and version of the software.
package enum HoldfastVersion {
    package static let number = "0.1.0"
    package static let software = "holdfast \(HoldfastVersion.number)"
}
