internal import HoldfastAdmission
internal import HoldfastEngine
internal import HoldfastJournal
internal import HoldfastTransport
internal import HoldfastWire
internal import Logging

/// One reactor's way of a request: frames → session → role table → decoder → calls of the turn; at the turn's end the
/// calls go to their shards, a shard at a time, and the answers straight into the connections' output.
///
/// Owner: one reactor's thread. Once warm a request costs no allocation of ours: calls, groups and decoded messages lie
/// in buffers that are emptied at the end of the turn and kept.
final class RequestPipeline: ReactorDelegate {
    let core: ServerCore
    let index: Int
    let statistics: GatewayStatistics
    let refusals: RefusalLog
    private let goodbyes: Goodbyes

    // Behind pointers, since a class property that is passed inout is checked for exclusive access at run time, several
    // times a request (docs/WORKAROUNDS.md).
    let arenas: UnsafeMutablePointer<Arenas>
    let pending: UnsafeMutablePointer<TurnBuffer<PendingCall>>
    /// Calls of this turn by shard, in order of arrival.
    let grouped: UnsafeMutablePointer<TurnBuffer<UnsafeMutablePointer<Call>>>
    /// Per shard: calls of this turn; then where its group ends.
    let groupCounts: UnsafeMutablePointer<Int32>
    /// Shards that have calls in this turn.
    let touchedShards: UnsafeMutablePointer<TurnBuffer<Int32>>
    /// What a Reserve says of its buyer's device, while it is looked at.
    let clientScratch: UnsafeMutablePointer<ClientInfo>
    /// Calls of this turn that admission judges.
    let admission: UnsafeMutablePointer<AdmissionBatch>
    let sales: SaleMemo
    /// Nil: admission is off. A copy, so that a Reserve need not hold on to the gate.
    let callReader: CallReader?
    /// Log position of the blacklist's newest change that barred a Reserve of this turn, 0: it barred none.
    var banPosition: UInt64 = 0
    let overload: UnsafeMutablePointer<OverloadShed>
    /// Answers that wait for the journal, across turns.
    let held: UnsafeMutablePointer<HeldAnswers>
    /// The log's synced position when last looked at.
    var syncedPosition: UInt64 = 0
    /// Calls that wait for a lease, across turns.
    let waiting: UnsafeMutablePointer<WaitingCalls>
    var localCalls: [LocalCall] = []
    var statuses: [Status] = []
    /// Contexts that closed while calls of theirs may be pending, kept to the turn's end.
    private var closedContexts: [ConnectionContext] = []
    /// Connections to say goodbye to once the turn's answers are written.
    private var violators: [ConnectionContext] = []
    private var openContexts: [ConnectionContext] = []
    private(set) var isDraining = false
    /// The journal is so far behind that no more work is taken in: looked at once a turn.
    private(set) var isBacklogged = false
    /// What the journal may be behind before calls are refused: seconds of a slow disk, not memory without end.
    private static let backlogBytesMax = 64 << 20
    var expiry: ExpiryDuty
    var kicks = KickTiming()

    init(core: ServerCore, index: Int) {
        self.core = core
        self.index = index
        self.statistics = core.statistics[index]
        let configuration = core.configuration
        self.refusals = RefusalLog(
            log: core.log, linesPerSecondMax: configuration.transportLimits.logLinesPerSecondMax)
        self.goodbyes = Goodbyes(core: core, refusals: self.refusals)
        // Decoding takes at most 16 times the frame (the densest messages are empty sub-messages).
        self.arenas = .allocate(capacity: 1)
        self.arenas.initialize(
            to: Arenas(
                stock: Arena(
                    initialBytes: 1 << 20, callBytesMax: 16 * configuration.stockFrameBytesMax),
                admin: Arena(
                    initialBytes: 64 << 10, callBytesMax: 16 * configuration.adminFrameBytesMax)))
        self.pending = .allocate(capacity: 1)
        self.pending.initialize(to: TurnBuffer(capacity: 4_096))
        self.grouped = .allocate(capacity: 1)
        self.grouped.initialize(to: TurnBuffer(capacity: 4_096))
        self.touchedShards = .allocate(capacity: 1)
        self.touchedShards.initialize(to: TurnBuffer(capacity: core.shards.totalCount))
        self.clientScratch = .allocate(capacity: 1)
        self.admission = .allocate(capacity: 1)
        self.admission.initialize(to: AdmissionBatch())
        self.overload = .allocate(capacity: 1)
        self.overload.initialize(
            to: OverloadShed(queueMilliseconds: configuration.transportLimits.queueMilliseconds))
        self.callReader = core.admission?.reader
        self.sales = SaleMemo(
            shardCount: core.shards.count, hasher: core.admission?.reader.hasher)
        self.held = .allocate(capacity: 1)
        self.held.initialize(to: HeldAnswers())
        self.waiting = .allocate(capacity: 1)
        self.waiting.initialize(to: WaitingCalls())
        self.groupCounts = .allocate(capacity: core.shards.totalCount)
        self.groupCounts.initialize(repeating: 0, count: core.shards.totalCount)
        self.expiry = ExpiryDuty(
            shardCount: core.shards.totalCount, reactorIndex: index,
            reactorCount: core.reactorCount, statistics: core.expiryStatistics[index])
    }

    deinit {
        self.arenas.deinitialize(count: 1)
        self.arenas.deallocate()
        self.pending.deinitialize(count: 1)
        self.pending.deallocate()
        self.grouped.deinitialize(count: 1)
        self.grouped.deallocate()
        self.touchedShards.deinitialize(count: 1)
        self.touchedShards.deallocate()
        self.groupCounts.deallocate()
        self.admission.deinitialize(count: 1)
        self.admission.deallocate()
        self.overload.deinitialize(count: 1)
        self.overload.deallocate()
        self.held.deinitialize(count: 1)
        self.held.deallocate()
        self.waiting.deinitialize(count: 1)
        self.waiting.deallocate()
        self.clientScratch.deallocate()
    }

    /// One arena a port: their messages have different caps.
    struct Arenas: ~Copyable {
        var stock: Arena
        var admin: Arena
    }

    // MARK: Connections

    func connectionOpened(_ connection: Connection) {
        guard let listener = ListenerKind(rawValue: connection.listenerIndex) else {
            preconditionFailure("a connection of listener \(connection.listenerIndex)")
        }
        let verdict = self.core.configuration.identities.identify(connection.peer)
        let role: Role
        var caller = ""
        switch verdict {
        case .caller(let known, let uri):
            role = known
            caller = uri
        case .withoutCertificate:
            let isGateway =
                listener == .stock && self.core.configuration.anonymousRole == .gateway
            role = isGateway ? .gateway : .anonymous
        case .unauthenticated(let reason, let message):
            self.goodbyes.refuse(
                connection, code: .unauthenticated, reason: reason, message: message)
            return
        case .denied(let reason, let message):
            self.goodbyes.refuse(
                connection, code: .permissionDenied, reason: reason, message: message)
            return
        }
        let context = ConnectionContext(
            connection: connection, listener: listener, role: role, caller: caller,
            limits: self.core.configuration.sessionLimits(of: listener))
        connection.context = context
        context.index = self.openContexts.count
        self.openContexts.append(context)
        self.core.connectionOpened()
        connection.write(ResponseEncoder.hello(self.hello(for: context)))
        if self.isDraining { self.goodbyes.drain(connection) }
    }

    func connectionClosed(_ connection: Connection, reason: CloseReason) {
        guard let context = connection.context as? ConnectionContext else { return }
        connection.context = nil
        context.connection = nil
        self.closedContexts.append(context)
        if !context.waitingTickets.isEmpty { self.withdrawWaiting(of: context) }
        let last = self.openContexts.removeLast()
        if last !== context {
            last.index = context.index
            self.openContexts[context.index] = last
        }
        self.core.connectionClosed()
        self.core.log.debug(
            "connection closed",
            metadata: [
                "peer": "\(connection.remoteAddress)", "caller": "\(context.caller)",
                "reason": "\(reason.rawValue)",
            ])
    }

    func connectionHalfClosed(_ connection: Connection) {
        // Answers of calls that were read are still written; the transport closes behind them. Who stands in line leaves
        // it: most likely nobody is there any more to use a lease.
        guard let context = connection.context as? ConnectionContext,
            !context.waitingTickets.isEmpty
        else { return }
        for callID in Array(context.waitingTickets.keys) {
            self.takeBackWaiting(callID, of: context)
        }
    }

    func drainStarted() {
        self.isDraining = true
        if !self.waiting.pointee.isEmpty { self.drainWaiting() }
        for context in self.openContexts {
            if let connection = context.connection { self.goodbyes.drain(connection) }
        }
    }

    func hello(for context: ConnectionContext) -> HelloInfo {
        self.core.hello(
            listener: context.listener, role: context.role, caller: context.caller,
            nowNanoseconds: BootClock.nowNanoseconds())
    }

    // MARK: Bytes

    func connectionReceived(_ connection: Connection) {
        guard let object = connection.context else {
            // Refused at the door: whatever it sends is not read.
            connection.consume(connection.input.count)
            return
        }
        let context = unsafeDowncast(object, to: ConnectionContext.self)
        while context.violation == nil {
            let bytes = connection.input
            if bytes.isEmpty { break }
            let started = connection.inputStartedNanoseconds
            switch context.session.pointee.next(bytes, nowNanoseconds: started) {
            case .needMore:
                connection.hold = context.session.pointee.callsInFlight
                return
            case .request(let header, let body, let byteCount):
                connection.consume(byteCount)
                if connection.isLate && OverloadShed.applies(to: header.methodOrCode),
                    self.overload.pointee.takes(
                        waitedNanoseconds: connection.waitedNanoseconds)
                {
                    self.shed(header, connection, context)
                } else {
                    self.accept(header, body, startedNanoseconds: started, context)
                }
            case .refuse(let header, let status, let byteCount):
                connection.consume(byteCount)
                self.refuse(header, status, context, isCounted: false)
            case .ping(let payload, let byteCount):
                let room = connection.reserveOutput(ResponseEncoder.pingBytesMax)
                connection.commitOutput(ResponseEncoder.pong(payload: payload, to: room))
                connection.consume(byteCount)
            case .cancelCall(let callID, let byteCount):
                connection.consume(byteCount)
                self.takeBack(callID, of: context)
            case .ignore(let byteCount):
                connection.consume(byteCount)
            case .close(let violation):
                context.violation = violation
                self.violators.append(context)
            }
        }
        if context.violation != nil { connection.consume(connection.input.count) }
        connection.hold = context.session.pointee.callsInFlight
    }

    // MARK: The turn

    func turnEnded(nowNanoseconds: UInt64) {
        if self.pending.pointee.count > 0 { self.finishCalls() }
        if !self.waiting.pointee.isEmpty {
            self.expireForWaiting(nowNanoseconds: nowNanoseconds)
            self.answerSettled()
        }
        self.expiry.run(
            self.core.shards, log: self.core.events, clock: self.core.clock,
            nowNanoseconds: nowNanoseconds)
        self.kicks.turnEnded(self.core.events)
        self.isBacklogged = self.core.events.backlogByteCount > Self.backlogBytesMax
        self.releaseHeld()
        if !self.violators.isEmpty {
            // The calls before the violation are answered first.
            self.violators.removeAll { context in
                guard context.heldCount == 0 else { return false }
                self.goodbyes.violation(context)
                return true
            }
        }
        if !self.closedContexts.isEmpty {
            self.closedContexts.removeAll { $0.heldCount == 0 }
        }
        if self.index == 0 {
            self.followWallClock(nowNanoseconds)
            self.core.events.noteLiveHolds(self.core.shards.liveHoldCount)
        }
        self.refusals.reportLeftOut(nowNanoseconds: nowNanoseconds)
        self.overload.pointee.report(self.core.log, nowNanoseconds: nowNanoseconds)
    }

    func foundNothingReady() { self.kicks.foundNothingReady(self.core.events) }

    func nextWakeNanoseconds() -> UInt64 {
        let wake = min(
            self.expiry.nextWakeNanoseconds(self.core.shards, clock: self.core.clock),
            self.refusals.dueNanoseconds)
        if self.waiting.pointee.isEmpty { return wake }
        return min(wake, self.nextWaitingNanoseconds())
    }

    private func followWallClock(_ nowNanoseconds: UInt64) {
        let step = self.core.clock.follow(nowNanoseconds: nowNanoseconds)
        guard step != 0 else { return }
        self.core.log.warning(
            "the wall clock was set; server time follows it by at most 500 millionths",
            metadata: ["step_ms": "\(step)"])
    }
}

extension Connection {
    /// Appends bytes to the output. For what is sent once a connection, not for answers.
    func write(_ bytes: [UInt8]) {
        let room = self.reserveOutput(bytes.count)
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress {
                room.copyMemory(from: base, byteCount: source.count)
            }
        }
        self.commitOutput(bytes.count)
    }
}
