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

    let configuration: ClientConfiguration
    let context: TLSContext
    private let wakeDescriptor: Int32
    private let mailbox = Mutex(Mailbox())
    let lastHello = Mutex<ServerHello?>(nil)
    private let nextToken = Atomic<UInt64>(1)

    // The thread's own, shared with the extensions in the files beside this one.
    var calls: [UInt64: PendingCall] = [:]
    var waiting: [UInt64] = []
    var waitingStart = 0
    var timers = DeadlineHeap()
    var current: ClientConnection?
    var draining: [ClientConnection] = []
    var attempt: ConnectAttempt?
    var connectionCount: UInt64 = 0
    var backoff: Backoff
    var connectNotBeforeNanoseconds: UInt64 = 0
    var lastConnectFailure: ConnectFailure?
    var connectFailureCount = 0
    var isClosing = false
    var closeDeadlineNanoseconds = UInt64.max
    var closers: [CheckedContinuation<Void, Never>] = []

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
