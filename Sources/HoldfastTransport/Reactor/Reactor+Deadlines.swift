internal import COpenSSL

/// Time: one scan over an array of deadlines, at most every 100 ms.
///
/// Activity does not move a deadline. When one passes, the connection is asked what it really waits
/// for, and gets the next: so a busy connection costs one look a second.
extension Reactor {
    /// After so long without traffic libssl's record buffers (2 × 16 KiB) are freed.
    static let quietNanoseconds: UInt64 = 1_000_000_000

    var isShortOfMemory: Bool { self.pool.usedByteCount > self.shedLimitByteCount }

    /// What a connection may leave unsent while memory is short.
    var outputBytesShed: Int { self.limits.outputBytesMax / 8 }

    func scan() {
        self.scannedAt = self.now
        let now = self.now
        var earliest = UInt64.max
        if self.isShortOfMemory { self.shed() }
        for slot in 0..<self.slotEnd {
            if self.deadlines[slot] <= now, let connection = self.connections[slot] {
                self.deadlines[slot] = .max
                self.check(connection)
            }
            if self.deadlines[slot] < earliest { earliest = self.deadlines[slot] }
        }
        if self.isShortOfMemory { earliest = min(earliest, now &+ Self.scanIntervalNanoseconds) }
        self.nextDeadline = earliest
    }

    private func check(_ connection: Connection) {
        switch connection.state {
        case .fresh, .handshaking:
            let due = connection.openedAt &+ nanoseconds(self.limits.handshakeMilliseconds)
            if due > self.now { return self.setDeadline(connection.slot, due) }
            self.statistics.handshakesFailed &+= 1
            self.log(
                .debug, .handshakeTimedOut, connection,
                "the TLS handshake took longer than \(self.limits.handshakeMilliseconds) ms")
            self.kill(connection, .handshakeTimedOut)
        case .open:
            self.checkOpen(connection)
        case .halfClosed:
            guard connection.isWriteBlocked else { return }
            let due = connection.sentAt &+ nanoseconds(self.limits.outputStallMilliseconds)
            if due > self.now { return self.setDeadline(connection.slot, due) }
            self.kill(connection, .outputStalled)
        case .flushing, .lingering:
            if connection.closeAt > self.now {
                return self.setDeadline(connection.slot, connection.closeAt)
            }
            self.kill(connection, connection.closeReason)
        case .dead:
            break
        }
    }

    private func checkOpen(_ connection: Connection) {
        let now = self.now
        if let peer = connection.storedPeer, peer.notAfterUnixSeconds < self.shared.unixSeconds() {
            self.logMisbehaviour(connection, "holds a certificate that has expired meanwhile")
            return self.endWithGrace(connection, .certificateExpired)
        }
        if connection.overBudgetSince != 0 {
            let due =
                connection.overBudgetSince &+ nanoseconds(self.limits.outputStallMilliseconds)
            if due <= now {
                self.logMisbehaviour(connection, "does not read its answers")
                return self.kill(connection, .outputStalled)
            }
            self.setDeadline(connection.slot, due)
        }
        if connection.inputStart != connection.inputEnd && !connection.isReadPaused {
            let due = connection.inputStarted &+ nanoseconds(self.limits.frameMilliseconds)
            if due <= now {
                self.logMisbehaviour(connection, "began a message and did not finish it")
                return self.endWithGrace(connection, .messageTimedOut)
            }
            self.setDeadline(connection.slot, due)
        }
        let lastTraffic = max(connection.receivedAt, connection.sentAt)
        if connection.ownsRecordBuffers, let session = connection.session {
            let due = lastTraffic &+ Self.quietNanoseconds
            if due <= now && SSL_free_buffers(session) == 1 {
                connection.ownsRecordBuffers = false
            } else {
                self.setDeadline(connection.slot, max(due, now &+ Self.quietNanoseconds / 2))
            }
        }
        let idle = nanoseconds(self.limits.idleMilliseconds)
        let idleAt = lastTraffic &+ idle
        if idleAt > now {
            self.setDeadline(connection.slot, idleAt)
        } else if connection.storedHold > 0 {
            self.setDeadline(connection.slot, now &+ min(idle, Self.quietNanoseconds))
        } else {
            self.endWithGrace(connection, .idle)
        }
    }

    private func endWithGrace(_ connection: Connection, _ reason: CloseReason) {
        self.closeGracefully(
            connection, reason, graceMilliseconds: self.limits.lingerMilliseconds)
    }

    /// Buffers are about to run out: the connections that hold the most without taking their
    /// answers, or without finishing their message, go.
    private func shed() {
        self.log(.warning, .memoryShed, nil, "connection buffers reach 80 % of their budget")
        // The dead give their buffers back at the end of the turn, so what they hold is counted here.
        var excess = self.pool.usedByteCount - self.shedLimitByteCount
        for slot in 0..<self.slotEnd {
            guard excess > 0 else { break }
            guard let connection = self.connections[slot], connection.state == .open else {
                continue
            }
            let blocked =
                connection.isWriteBlocked && connection.unsentByteCount > self.outputBytesShed
            let hoarding =
                connection.inputCapacity > BufferPool.blockByteCount
                && self.now &- connection.inputStarted > Self.quietNanoseconds
            if blocked || hoarding {
                excess -= connection.inputCapacity + connection.outputCapacity
                self.kill(connection, .memoryShed)
            }
        }
    }
}
