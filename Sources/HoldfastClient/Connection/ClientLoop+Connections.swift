import HoldfastTransport
import Synchronization

/// How connections are made, served, retired and dropped. All on the loop's thread.
extension ClientLoop {
    func connect(now: UInt64) {
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

    func handle(_ progress: ConnectAttempt.Progress, now: UInt64) {
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

    func noteConnectFailure(_ failure: ConnectFailure, now: UInt64) {
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

    func serve(_ connection: ClientConnection, isReady: Bool, now: UInt64) {
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

    func flushAll(now: UInt64) {
        for connection in self.draining + (self.current.map { [$0] } ?? []) {
            if let end = connection.flush() { self.drop(connection, end, now: now) }
        }
        for connection in self.draining where connection.callsInFlight == 0 {
            connection.sayGoodbye()
            self.draining.removeAll { $0 === connection }
        }
    }

    /// No new calls on this connection; the old ones are still answered.
    func retire(_ connection: ClientConnection) {
        self.draining.append(connection)
        self.current = nil
    }

    func drop(_ connection: ClientConnection, _ end: ClientConnection.End, now: UInt64) {
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
}
