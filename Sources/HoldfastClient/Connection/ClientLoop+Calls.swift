import HoldfastWire

/// What happens to calls between the mailbox and their answers. All on the loop's thread.
extension ClientLoop {
    var waitingCount: Int { self.waiting.count - self.waitingStart }

    var needsConnection: Bool {
        self.waitingCount > 0 && (self.current == nil || self.current!.isDraining)
            && !self.isClosing
    }

    /// Sends waiting calls as far as there is a connection with room, and sees to a connection if there is none.
    func pump(now: UInt64) {
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
    func expire(now: UInt64) {
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

    func timeoutError(_ call: PendingCall, wasSent: Bool) -> HoldfastError {
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
    func release(
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

    func finish(_ call: PendingCall, _ result: AttemptResult) {
        self.calls[call.token] = nil
        call.finish(result)
    }
}
