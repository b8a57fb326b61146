import CLinux
import Glibc
import HoldfastTransport
import HoldfastWire
import Synchronization

/// The thread behind a client: it connects, sends, receives and keeps time for every call. Tasks hand it commands
/// through a mailbox and an eventfd; it hands answers back through their continuations.
///
/// Unchecked Sendable because everything but the mailbox and the last HELLO belongs to the thread.
final class ClientLoop: @unchecked Sendable {
    enum Command: Sendable {
        case call(PendingCall)
        case cancel(token: UInt64)
        case resolved(attempt: UInt64, ResolveResult)
        case close(CheckedContinuation<Void, Never>?)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isStopped = false
    }

    private let configuration: ClientConfiguration
    private let context: TLSContext
    private let wakeDescriptor: Int32
    private let mailbox = Mutex(Mailbox())
    private let lastHello = Mutex<ServerHello?>(nil)
    private let nextToken = Atomic<UInt64>(1)

    // The thread's own.
    private var calls: [UInt64: PendingCall] = [:]
    private var waiting: [UInt64] = []
    private var waitingStart = 0
    private var timers = DeadlineHeap()
    private var current: ClientConnection?
    private var draining: [ClientConnection] = []
    private var attempt: ConnectAttempt?
    private var connectionCount: UInt64 = 0
    private var backoff: Backoff
    private var connectNotBeforeNanoseconds: UInt64 = 0
    private var lastConnectFailure: ConnectFailure?
    private var connectFailureCount = 0
    private var isClosing = false
    private var closeDeadlineNanoseconds = UInt64.max
    private var closers: [CheckedContinuation<Void, Never>] = []

    init(configuration: ClientConfiguration, context: TLSContext) throws(HoldfastError) {
        self.configuration = configuration
        self.context = context
        self.backoff = Backoff(
            initial: configuration.retryPolicy.backoffInitial,
            max: configuration.retryPolicy.backoffMax)
        self.wakeDescriptor = holdfast_event_fd()
        guard self.wakeDescriptor >= 0 else {
            throw .connect(
                .configuration, "no eventfd: \(String(cString: strerror(errno)))",
                hint: "raise the limit of open files")
        }
        guard LoopThread.start(name: "holdfast-client", { self.run() }) else {
            Glibc.close(self.wakeDescriptor)
            throw .connect(
                .configuration, "the system gives no thread", hint: "raise the limit of threads")
        }
    }

    // MARK: Any thread

    /// The HELLO of the newest connection.
    var hello: ServerHello? { self.lastHello.withLock { $0 } }

    /// A name for one attempt of a call.
    func makeToken() -> UInt64 {
        self.nextToken.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    /// Hands a command over; false once the thread has ended.
    @discardableResult
    func post(_ command: Command) -> Bool {
        self.mailbox.withLock { mailbox in
            guard !mailbox.isStopped else { return false }
            mailbox.commands.append(command)
            if mailbox.commands.count == 1 {
                // Under the lock, since the thread closes the descriptor once it has set `isStopped`.
                var one: UInt64 = 1
                _ = write(self.wakeDescriptor, &one, MemoryLayout<UInt64>.size)
            }
            return true
        }
    }

    // MARK: The thread

    private func run() {
        while self.turn() {}
        Glibc.close(self.wakeDescriptor)
    }

    /// One wait and what follows from it; false when the loop is over.
    private func turn() -> Bool {
        let commands = self.mailbox.withLock { mailbox in
            defer { mailbox.commands = [] }
            return mailbox.commands
        }
        var now = MonotonicClock.nanoseconds()
        for command in commands { self.execute(command, now: now) }
        self.expire(now: now)
        self.pump(now: now)
        self.flushAll(now: now)
        if self.isClosing && self.finishClosing(now: now) { return false }

        let connections = self.draining + (self.current.map { [$0] } ?? [])
        var polled = [pollfd(fd: self.wakeDescriptor, events: Int16(POLLIN), revents: 0)]
        polled += connections.map { pollfd(fd: $0.descriptor, events: $0.pollEvents, revents: 0) }
        if let attempt = self.attempt, attempt.descriptor >= 0 {
            polled.append(pollfd(fd: attempt.descriptor, events: attempt.pollEvents, revents: 0))
        }
        let wake = self.nextWakeNanoseconds(connections)
        now = MonotonicClock.nanoseconds()
        // Rounded up, so that a time that has come is a time that has passed.
        let wait = (min(wake, .max - 999_999) - min(wake, now) + 999_999) / 1_000_000
        let hasMail = self.mailbox.withLock { !$0.commands.isEmpty }
        let milliseconds = hasMail ? 0 : Int32(clamping: min(wait, 3_600_000))
        let readyCount = poll(&polled, nfds_t(polled.count), milliseconds)
        now = MonotonicClock.nanoseconds()
        if polled[0].revents != 0 { self.drainWake() }
        for (index, connection) in connections.enumerated() {
            let isReady = readyCount > 0 && polled[index + 1].revents != 0
            self.serve(connection, isReady: isReady, now: now)
        }
        if let attempt = self.attempt {
            let isReady =
                readyCount > 0 && polled.count == connections.count + 2
                && polled[connections.count + 1].revents != 0
            self.handle(attempt.check(isReady: isReady, now: now), now: now)
        }
        return true
    }

    private func drainWake() {
        var count: UInt64 = 0
        _ = read(self.wakeDescriptor, &count, MemoryLayout<UInt64>.size)
    }

    private func nextWakeNanoseconds(_ connections: [ClientConnection]) -> UInt64 {
        var wake = self.timers.earliestNanoseconds ?? .max
        for connection in connections { wake = min(wake, connection.nextWakeNanoseconds) }
        if let attempt = self.attempt { wake = min(wake, attempt.nextWakeNanoseconds) }
        if self.needsConnection && self.attempt == nil {
            wake = min(wake, self.connectNotBeforeNanoseconds)
        }
        return min(wake, self.closeDeadlineNanoseconds)
    }

    private func execute(_ command: Command, now: UInt64) {
        switch command {
        case .call(let call):
            self.accept(call, now: now)
        case .cancel(let token):
            guard let call = self.calls[token] else { return }
            self.release(call, tellsServer: true, now: now) { wasSent in
                .failure(.cancelled(wasSent: wasSent))
            }
        case .resolved(let number, let result):
            guard let attempt = self.attempt, number == self.connectionCount else { return }
            self.handle(attempt.resolved(result, now: now), now: now)
        case .close(let continuation):
            if let continuation { self.closers.append(continuation) }
            guard !self.isClosing else { return }
            self.isClosing = true
            self.closeDeadlineNanoseconds = now + 1_000_000_000
            for call in self.calls.values where call.place == .waiting {
                self.finish(call, .failure(.closed))
            }
        }
    }

    private func accept(_ call: PendingCall, now: UInt64) {
        guard !self.isClosing else { return call.finish(.failure(.closed)) }
        guard self.waitingCount < self.configuration.waitingCallsMax else {
            return call.finish(
                .failure(
                    HoldfastError(
                        code: .resourceExhausted, reason: "TOO_MANY_WAITING",
                        message: "\(self.waitingCount) calls already wait for the connection",
                        outcome: .notSent)))
        }
        self.calls[call.token] = call
        self.waiting.append(call.token)
        self.timers.insert(call.deadlineNanoseconds, token: call.token)
        if call.connectByNanoseconds < call.deadlineNanoseconds {
            self.timers.insert(call.connectByNanoseconds, token: call.token)
        }
    }

    // MARK: Calls

    private var waitingCount: Int { self.waiting.count - self.waitingStart }

    private var needsConnection: Bool {
        self.waitingCount > 0 && (self.current == nil || self.current!.isDraining)
            && !self.isClosing
    }

    /// Sends waiting calls as far as there is a connection with room, and sees to a connection if there is none.
    private func pump(now: UInt64) {
        if let connection = self.current, connection.isDraining { self.retire(connection) }
        while self.waitingStart < self.waiting.count {
            guard var call = self.calls[self.waiting[self.waitingStart]] else {
                self.waitingStart += 1
                continue
            }
            guard let connection = self.current, connection.hasRoom else { break }
            self.waitingStart += 1
            switch connection.send(call, now: now) {
            case .success(let callID):
                call.place = .inFlight(connection: connection.number, callID: callID)
                self.calls[call.token] = call
            case .failure(let error):
                self.finish(call, .failure(error))
            }
        }
        if self.waitingStart == self.waiting.count || self.waitingStart > 4_096 {
            self.waiting.removeFirst(self.waitingStart)
            self.waitingStart = 0
        }
        if self.needsConnection { self.connect(now: now) }
    }

    /// Ends calls whose time has come.
    private func expire(now: UInt64) {
        while let entry = self.timers.popDue(now) {
            guard let call = self.calls[entry.token] else { continue }
            let isOver = now >= call.deadlineNanoseconds
            let lacksConnection = call.place == .waiting && self.current == nil
            guard isOver || lacksConnection else { continue }
            self.release(call, tellsServer: false, now: now) { wasSent in
                .failure(self.timeoutError(call, wasSent: wasSent))
            }
        }
        if self.timers.count > 2 * self.calls.count + 1_024 {
            self.timers.compact { self.calls[$0] != nil }
        }
    }

    private func timeoutError(_ call: PendingCall, wasSent: Bool) -> HoldfastError {
        if call.place == .waiting && self.current == nil {
            if let failure = self.lastConnectFailure ?? self.attempt?.timeout() {
                var error = failure.error
                if self.connectFailureCount > 1 {
                    error.message += " (\(self.connectFailureCount) attempts)"
                }
                return error
            }
            return .connect(.tcp, "no connection to \(self.configuration.endpoint) in time")
        }
        var error = HoldfastError(
            code: .deadlineExceeded, reason: "TIMEOUT",
            message: wasSent
                ? "\(call.method.name): no answer in time"
                : "\(call.method.name): could not be sent in time",
            outcome: wasSent ? .unknown : .notSent)
        if wasSent && self.current?.hello == nil && self.draining.isEmpty { error.phase = .hello }
        return error
    }

    /// Ends a call early, wherever it is.
    private func release(
        _ call: PendingCall, tellsServer: Bool, now: UInt64,
        _ result: (_ wasSent: Bool) -> AttemptResult
    ) {
        var wasSent = false
        if case .inFlight(let number, let callID) = call.place {
            let all = self.draining + (self.current.map { [$0] } ?? [])
            if let connection = all.first(where: { $0.number == number }) {
                wasSent = connection.wasSent(callID)
                connection.abandon(callID, tellsServer: tellsServer, now: now)
            }
        }
        self.finish(call, result(wasSent))
    }

    private func finish(_ call: PendingCall, _ result: AttemptResult) {
        self.calls[call.token] = nil
        call.finish(result)
    }

    // MARK: Connections

    private func connect(now: UInt64) {
        guard self.attempt == nil && now >= self.connectNotBeforeNanoseconds else { return }
        self.connectionCount += 1
        let attempt = ConnectAttempt(
            configuration: self.configuration, context: self.context, now: now)
        self.attempt = attempt
        let (host, port) = (self.configuration.host, self.configuration.port)
        if let addresses = NameResolver.numeric(host, port: port) {
            return self.handle(attempt.resolved(.addresses(addresses), now: now), now: now)
        }
        let number = self.connectionCount
        let isStarted = NameResolver.lookUp(host, port: port) { [weak self] result in
            self?.post(.resolved(attempt: number, result))
        }
        if !isStarted {
            self.handle(
                attempt.resolved(.failed("the system gives no thread"), now: now), now: now)
        }
    }

    private func handle(_ progress: ConnectAttempt.Progress, now: UInt64) {
        switch progress {
        case .pending:
            return
        case .open:
            self.current = ClientConnection(
                number: self.connectionCount, attempt: self.attempt!,
                configuration: self.configuration, now: now)
            self.attempt = nil
        case .failed(let failure):
            self.attempt = nil
            self.noteConnectFailure(failure, now: now)
        }
    }

    private func noteConnectFailure(_ failure: ConnectFailure, now: UInt64) {
        self.lastConnectFailure = failure
        self.connectFailureCount += 1
        self.connectNotBeforeNanoseconds = now + self.backoff.nextWaitNanoseconds()
        for token in self.waiting[self.waitingStart...] {
            guard let call = self.calls[token] else { continue }
            if failure.isFinal || now >= call.connectByNanoseconds {
                self.finish(call, .failure(failure.error))
            }
        }
    }

    private func serve(_ connection: ClientConnection, isReady: Bool, now: UInt64) {
        var end: ClientConnection.End?
        if isReady {
            end = connection.receive(now: now) { event in
                switch event {
                case .hello(let hello):
                    self.lastHello.withLock { $0 = hello }
                    self.backoff.reset()
                    self.connectFailureCount = 0
                    self.lastConnectFailure = nil
                case .answer(let token, let result):
                    if let call = self.calls[token] { self.finish(call, result) }
                case .goaway:
                    break
                }
            }
        }
        if let end = end ?? connection.checkTime(now: now) {
            self.drop(connection, end, now: now)
        }
    }

    private func flushAll(now: UInt64) {
        for connection in self.draining + (self.current.map { [$0] } ?? []) {
            if let end = connection.flush() { self.drop(connection, end, now: now) }
        }
        for connection in self.draining where connection.callsInFlight == 0 {
            connection.sayGoodbye()
            self.draining.removeAll { $0 === connection }
        }
    }

    /// No new calls on this connection; the old ones are still answered.
    private func retire(_ connection: ClientConnection) {
        self.draining.append(connection)
        self.current = nil
    }

    private func drop(_ connection: ClientConnection, _ end: ClientConnection.End, now: UInt64) {
        let wasConfirmed = connection.hello != nil
        if self.current === connection { self.current = nil }
        self.draining.removeAll { $0 === connection }
        let error: HoldfastError
        switch end {
        case .clean:
            error = .lost("the server closed it")
        case .lost(let reason):
            error = .lost(reason)
            if !wasConfirmed {
                self.noteConnectFailure(
                    ConnectFailure(
                        .connect(
                            .hello, "\(self.configuration.endpoint): \(reason)",
                            hint: "if the server asks for client certificates, give one that "
                                + "its CA signed"), isFinal: false), now: now)
            }
        case .refused(let failure):
            self.noteConnectFailure(failure, now: now)
            error = failure.error
        }
        for (token, wasSent) in connection.waitingTokens() {
            guard let call = self.calls[token] else { continue }
            var callError = error
            if !wasSent { callError.outcome = .notSent }
            // A server that is silent after the handshake may still have read the call.
            if wasSent && callError.phase == .hello { callError.outcome = .unknown }
            if !wasConfirmed && callError.outcome == .unknown { callError.phase = .hello }
            self.finish(call, .failure(callError))
        }
    }

    // MARK: The end

    /// Whether nothing is left to wait for; then everything is let go.
    private func finishClosing(now: UInt64) -> Bool {
        if !self.calls.isEmpty && now < self.closeDeadlineNanoseconds { return false }
        for call in self.calls.values {
            self.release(call, tellsServer: false, now: now) { wasSent in
                wasSent ? .failure(.lost("this client was closed")) : .failure(.closed)
            }
        }
        for connection in self.draining + (self.current.map { [$0] } ?? []) {
            connection.sayGoodbye()
        }
        self.draining = []
        self.current = nil
        self.attempt = nil
        let late = self.mailbox.withLock { mailbox in
            mailbox.isStopped = true
            defer { mailbox.commands = [] }
            return mailbox.commands
        }
        for command in late {
            if case .call(let call) = command { call.finish(.failure(.closed)) }
            if case .close(let continuation?) = command { self.closers.append(continuation) }
        }
        for closer in self.closers { closer.resume() }
        self.closers = []
        return true
    }
}
