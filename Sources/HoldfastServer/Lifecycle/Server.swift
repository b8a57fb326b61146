internal import Glibc
package import HoldfastEngine
package import HoldfastJournal
package import HoldfastTransport
internal import HoldfastWire
package import Logging
internal import Synchronization

/// The server, put together: shards and their memory, reactors and their pipelines, a beginning and an end.
///
/// In order: `init` checks certificates and binds nothing; `start` loads sales, binds and serves; `drain` says goodbye and
/// waits; `stop` ends what is left. Several can run in one process, each with its own state.
package final class Server: Sendable {
    /// Regions of 2 MiB that stay touched ahead of the tables' growth.
    private static let regionsAhead = 8
    /// For flush, close_notify and the peer's end, once draining is over.
    private static let closeGraceMilliseconds = 500
    private static let drainPollMilliseconds = 5

    package let configuration: ServerConfiguration
    private let log: Logger
    private let contexts: [TLSContext]
    private let blocks: BlockPool
    private let clock: ServerClock
    private let shards: ShardTable
    private let mailboxes: LeaseMailboxes
    private let syncWaiters: SyncWaiters
    private let reactorCount: Int
    /// Nil: admission is off.
    package let admission: AdmissionGate?
    /// Nil: there is no rules file to look at.
    private let rulesWatch: RulesWatch?

    private struct State {
        var core: ServerCore?
        var group: ReactorGroup?
        var isStopped = false
    }

    private let state = Mutex(State())

    /// - Throws: `StartupFailure` when certificates or keys cannot be used.
    package init(configuration: ServerConfiguration, log: Logger) throws(StartupFailure) {
        self.configuration = configuration
        self.log = log
        self.contexts = try ListenerKind.allCases.map { listener throws(StartupFailure) in
            try Self.makeContext(configuration, listener)
        }
        let memory =
            configuration.memoryBudgetBytes == 0
            ? Machine.memoryBytes / 2 : configuration.memoryBudgetBytes
        var settings = ShardSettings()
        settings.tableKey = Self.randomKey()
        settings.lapsesMax = configuration.lapsesMax
        settings.retentionMilliseconds = configuration.retentionMilliseconds
        let pressure = MemoryPressure(budgetBytes: memory)
        self.blocks = BlockPool(
            regionsAhead: Self.regionsAhead,
            prefaultedRegions: configuration.memoryPrefaultBytes / BlockPool.regionBytes,
            pressure: pressure)
        let clock = ServerClock()
        self.clock = clock
        self.reactorCount =
            configuration.reactorCount == 0
            ? Machine.usableCoreCount : configuration.reactorCount
        self.admission = try AdmissionGate.make(
            configuration.admission, keys: Self.randomKey(),
            now: self.clock.milliseconds(at: BootClock.nowNanoseconds()))
        self.rulesWatch = self.admission.flatMap { gate in
            configuration.admission.rulesFile.map {
                RulesWatch(
                    path: $0, gate: gate, log: log,
                    now: { clock.milliseconds(at: BootClock.nowNanoseconds()) })
            }
        }
        self.mailboxes = LeaseMailboxes(reactorCount: self.reactorCount)
        self.syncWaiters = SyncWaiters(reactorCount: self.reactorCount)
        self.shards = ShardTable(
            count: configuration.shardCount, settings: settings, blocks: self.blocks,
            pressure: pressure, mailboxes: self.mailboxes, controlEvents: self.admission)
    }

    /// Checks what can be checked without serving: settings, certificates, keys, sale files.
    package static func check(
        _ configuration: ServerConfiguration, log: Logger
    ) throws(StartupFailure) {
        let server = try Server(configuration: configuration, log: log)
        // Into memory: a check leaves the data directory alone, whoever has it open.
        server.shards.attach(MemoryEventLog())
        _ = try server.loadSales()
    }

    /// Opens the data directory, replays what it holds, loads sales, binds both ports and serves.
    ///
    /// - Parameter events: In place of the data directory, for tests: nothing is kept.
    package func start(
        events: ((SyncWaiters) -> any EventLog)? = nil
    ) throws(StartupFailure) -> BoundAddresses {
        // Nothing is logged before the ports are bound: whoever fails to start says one line.
        let store: DataStore
        if let events {
            store = DataStore(memory: events(self.syncWaiters))
        } else {
            store = try self.openStore()
        }
        self.shards.attach(store.events)
        self.admission?.load(from: self.shards)
        let core = ServerCore(
            configuration: self.configuration, shards: self.shards, store: store,
            mailboxes: self.mailboxes, syncWaiters: self.syncWaiters, clock: self.clock,
            log: self.log, reactorCount: self.reactorCount, admission: self.admission)
        do throws(StartupFailure) {
            return try self.serve(core, store)
        } catch {
            // The directory is whole and may be opened by the next attempt.
            store.stop()
            throw error
        }
    }

    private func serve(
        _ core: ServerCore, _ store: DataStore
    ) throws(StartupFailure) -> BoundAddresses {
        let sales = try self.loadSales()
        store.settle()
        let restored = self.restoreAdmission()
        let log = self.log
        let group: ReactorGroup
        do {
            group = try ReactorGroup(
                reactorCount: core.reactorCount, listeners: self.listeners(),
                limits: self.configuration.transportLimits,
                log: { TransportLog.write($0, to: log) },
                makeDelegate: { index, reactor in
                    core.mailboxes.attach(reactor)
                    core.syncWaiters.attach(reactor)
                    return RequestPipeline(core: core, index: index)
                })
        } catch {
            throw StartupFailure(error, settings: "stock.host, stock.port, admin.host, admin.port")
        }
        for name in self.configuration.unsafeSettings {
            self.log.warning("unsafe setting", metadata: ["setting": "\(name)"])
        }
        if let report = store.recovered { self.log(report) }
        if let restored { self.log(restored) }
        for result in sales { self.log(result) }
        let stock = group.boundAddresses[ListenerKind.stock.rawValue]
        let admin = group.boundAddresses[ListenerKind.admin.rawValue]
        self.state.withLock { state in
            precondition(state.group == nil && !state.isStopped, "a server starts once")
            state.group = group
            state.core = core
        }
        self.blocks.start()
        self.rulesWatch?.start()
        group.start()
        return BoundAddresses(
            stockHost: stock.host, stockPort: stock.port, adminHost: admin.host,
            adminPort: admin.port)
    }

    /// Says goodbye on each connection and waits until all have left, for `limits.drain_ms` at most. Calls that come
    /// meanwhile are answered UNAVAILABLE `DRAINING`. Blocks: not for the cooperative pool.
    package func drain() {
        guard let group = self.state.withLock({ $0.group }) else { return }
        self.log.notice("draining", metadata: ["connections": "\(group.connectionCount)"])
        group.beginDrain()
        let end =
            BootClock.nowNanoseconds() + UInt64(self.configuration.drainMilliseconds) * 1_000_000
        while group.connectionCount > 0 && BootClock.nowNanoseconds() < end {
            usleep(UInt32(Self.drainPollMilliseconds) * 1_000)
        }
    }

    /// Flushes and closes every connection and ends every thread. Blocks; a second call does nothing.
    package func stop() {
        let (group, core) = self.state.withLock { state -> (ReactorGroup?, ServerCore?) in
            guard !state.isStopped else { return (nil, nil) }
            state.isStopped = true
            return (state.group, state.core)
        }
        guard let group, let core else { return }
        // Answers that wait for the disk leave before their connections do.
        let end =
            BootClock.nowNanoseconds() + UInt64(Self.closeGraceMilliseconds) * 1_000_000
        while core.syncWaiters.isAnyWaiting && BootClock.nowNanoseconds() < end {
            usleep(UInt32(Self.drainPollMilliseconds) * 1_000)
        }
        group.closeAll(graceMilliseconds: Self.closeGraceMilliseconds)
        group.join()
        core.store.stop()
        self.rulesWatch?.stop()
        self.blocks.stop()
        self.log.notice("stopped")
    }

    /// Counters of all reactors.
    package var statistics: [GatewayStatistics] {
        self.state.withLock { $0.core }?.statistics ?? []
    }

    /// Sums over all shards.
    package var shardCounts: ShardCounts { self.shards.counts }

    package func transportStatistics() -> TransportStatistics? {
        self.state.withLock { $0.group }?.statistics()
    }

    /// A sentence for each invariant of the engine that does not hold. Slow: for tests.
    package func checkInvariants() -> [String] { self.shards.checkInvariants() }

    private func openStore() throws(StartupFailure) -> DataStore {
        do throws(JournalFailure) {
            return try StoreOpening(
                configuration: self.configuration, shards: self.shards, clock: self.clock,
                waiters: self.syncWaiters, log: self.log
            ).open()
        } catch {
            throw StartupFailure(error)
        }
    }

    /// Nil: admission is off.
    private func restoreAdmission() -> AdmissionRestore? {
        guard let admission = self.admission else {
            self.shards.forgetReplayedTimes()
            return nil
        }
        let began = BootClock.nowNanoseconds()
        var report = admission.restore(from: self.shards, now: self.clock.milliseconds(at: began))
        report.milliseconds = Int64((BootClock.nowNanoseconds() - began) / 1_000_000)
        return report
    }

    private func log(_ report: AdmissionRestore) {
        guard report.reservationCount > 0 else { return }
        self.log.info(
            "admission's windows filled from the journal",
            metadata: [
                "reservations": "\(report.reservationCount)", "ms": "\(report.milliseconds)",
                "all": "\(!report.isCut)",
            ])
    }

    private func log(_ report: RecoveryReport) {
        if report.isNew {
            self.log.info(
                "data directory made", metadata: ["path": "\(self.configuration.dataDirectory)"])
            return
        }
        self.log.info(
            "journal replayed",
            metadata: [
                "events": "\(report.eventCount)", "snapshot_lsn": "\(report.snapshotLSN)",
                "last_lsn": "\(report.lastLSN)", "generation": "\(report.generation)",
                "ms": "\(report.milliseconds)",
                "stopped_in_order": "\(report.hasStoppedInOrder)",
            ])
        if report.cutByteCount > 0 {
            self.log.warning(
                "a torn tail was cut: nothing in it was ever answered",
                metadata: ["bytes": "\(report.cutByteCount)"])
        }
        for note in report.notes { self.log.notice("\(note)") }
    }

    private func loadSales() throws(StartupFailure) -> [SaleLoader.Result] {
        let loader = SaleLoader(shards: self.shards, clock: self.clock)
        var results: [SaleLoader.Result] = []
        for file in self.configuration.saleFiles {
            do {
                results.append(
                    try loader.load(file: file, nowNanoseconds: BootClock.nowNanoseconds()))
            } catch {
                throw StartupFailure(error)
            }
        }
        return results
    }

    private func log(_ result: SaleLoader.Result) {
        switch result {
        case .loaded(let saleID, let products, let purchases):
            self.log.info(
                "sale loaded",
                metadata: [
                    "sale": "\(Printable.text(saleID))", "products": "\(products)",
                    "purchases": "\(purchases)",
                ])
        case .known(let saleID):
            self.log.info(
                "sale known already, file left alone",
                metadata: ["sale": "\(Printable.text(saleID))"])
        }
    }

    private func listeners() -> [ListenerConfiguration] {
        ListenerKind.allCases.map { listener in
            let isStock = listener == .stock
            return ListenerConfiguration(
                name: listener.name,
                host: isStock ? self.configuration.stockHost : self.configuration.adminHost,
                port: isStock ? self.configuration.stockPort : self.configuration.adminPort,
                context: self.contexts[listener.rawValue],
                inputBytesMax: self.configuration.sessionLimits(of: listener).frameBytesMax + 4)
        }
    }

    private static func makeContext(
        _ configuration: ServerConfiguration, _ listener: ListenerKind
    ) throws(StartupFailure) -> TLSContext {
        do {
            return try TLSContext(
                server: TLSConfiguration(
                    certificateChainFile: configuration.certificateFile,
                    privateKeyFile: configuration.privateKeyFile,
                    clientCAFile: configuration.clientCAFile,
                    clientCertificate: listener == .stock
                        ? configuration.stockClientCertificate : .required,
                    ticketCount: listener == .stock ? 1 : 0))
        } catch {
            throw StartupFailure(error, settings: "tls.certificate, tls.key, tls.client_ca")
        }
    }

    private static func randomKey() -> (UInt64, UInt64) {
        let bytes = LibCrypto.randomBytes(16)
        return bytes.withUnsafeBytes {
            (
                $0.loadUnaligned(as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            )
        }
    }
}
