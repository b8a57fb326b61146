internal import CLinux
internal import COpenSSL
internal import Glibc
internal import Synchronization

/// The ways out.
///
/// Gracefully: flush, close_notify, shutdown of the sending side, read to the peer's end or until
/// the grace is over, close. Closing a socket with unread bytes resets the connection and loses
/// answers that were written, hence the reading.
extension Reactor {
    func closeGracefully(_ connection: Connection, _ reason: CloseReason, graceMilliseconds: Int) {
        switch connection.state {
        case .open, .halfClosed:
            connection.closeReason = reason
            connection.state = .flushing
            connection.closeAt = self.now &+ nanoseconds(graceMilliseconds)
            self.setDeadline(connection.slot, connection.closeAt)
            self.updateInterest(connection)
            self.markDirty(connection)
        case .fresh, .handshaking:
            self.kill(connection, reason)
        case .flushing, .lingering, .dead:
            // The end is under way; at most it comes sooner.
            let closeAt = self.now &+ nanoseconds(graceMilliseconds)
            if closeAt < connection.closeAt {
                connection.closeAt = closeAt
                self.setDeadline(connection.slot, closeAt)
            }
        }
    }

    /// After the last byte of output: close_notify, then shut our side and wait for the peer's.
    func startLingering(_ connection: Connection) {
        if let session = connection.session {
            guard TLSCalls.sendCloseNotify(session) else {
                connection.isWriteBlocked = true
                self.updateInterest(connection)
                return
            }
            self.freeSession(connection)
        }
        connection.isWriteBlocked = false
        connection.state = .lingering
        self.giveOutput(connection)
        if shutdown(connection.fd, Int32(SHUT_WR)) != 0 {
            self.kill(connection, connection.closeReason)
            return
        }
        self.updateInterest(connection)
    }

    /// The session is broken, or there never was one; what was written to the socket (an alert, a
    /// word to a plaintext peer) still has to arrive.
    func abandon(_ connection: Connection, _ reason: CloseReason) {
        guard connection.state != .dead && connection.state != .lingering else { return }
        self.handshakeOver(connection)
        self.freeSession(connection)
        if connection.state != .flushing { connection.closeReason = reason }
        connection.state = .flushing
        connection.closeAt = self.now &+ nanoseconds(self.limits.lingerMilliseconds)
        self.setDeadline(connection.slot, connection.closeAt)
        self.startLingering(connection)
    }

    /// Closed at the end of this turn, whatever is unsent.
    func kill(_ connection: Connection, _ reason: CloseReason) {
        guard connection.state != .dead else { return }
        switch connection.state {
        case .flushing, .lingering: break
        default: connection.closeReason = reason
        }
        connection.state = .dead
        self.deadList[self.deadCount] = Int32(truncatingIfNeeded: connection.slot)
        self.deadCount &+= 1
    }

    /// Takes the dead apart. The delegate may kill others meanwhile: they are taken in the same go.
    func reap() {
        var index = 0
        while index < self.deadCount {
            let slot = Int(self.deadList[index])
            index &+= 1
            guard let connection = self.connections[slot] else {
                preconditionFailure("a dead connection lost its slot")
            }
            self.handshakeOver(connection)
            self.freeSession(connection)
            self.giveInput(connection)
            self.giveOutput(connection)
            close(connection.fd)
            connection.isReaped = true
            self.connections[slot] = nil
            self.deadlines[slot] = .max
            self.liveCount -= 1
            self.shared.connectionCount.subtract(1, ordering: .relaxed)
            if connection.isCountedAnonymous {
                self.shared.ledger.anonymousClosed(connection.remoteAddress)
            }
            if connection.wasOpened {
                self.delegate?.connectionClosed(connection, reason: connection.closeReason)
            }
            connection.storedContext = nil
            self.giveSlot(slot)
        }
        self.deadCount = 0
    }

    func freeSession(_ connection: Connection) {
        guard let session = connection.session else { return }
        holdfast_ssl_count_records(session, nil)
        SSL_free(session)
        connection.session = nil
        connection.ownsRecordBuffers = false
    }

    func handshakeOver(_ connection: Connection) {
        guard connection.isHandshakeCounted else { return }
        connection.isHandshakeCounted = false
        self.handshakeCount -= 1
        self.shared.ledger.handshakeEnded(connection.remoteAddress)
        if self.handshakeCount < self.limits.handshakesMax { self.acceptSoon() }
    }

    // MARK: The end of the group

    func startDraining() {
        self.isDraining = true
        // Whoever connected before is served: closing a listener resets what waits in its queue.
        self.acceptWaiting()
        self.closeListeners()
        self.delegate?.drainStarted()
    }

    /// The deadline is in nanoseconds of CLOCK_BOOTTIME.
    func closeAll(deadline: UInt64) {
        self.closeDeadline = deadline
        self.closeListeners()
        let left = deadline > self.now ? Int((deadline - self.now) / 1_000_000) : 0
        for slot in 0..<self.slotEnd {
            guard let connection = self.connections[slot] else { continue }
            self.closeGracefully(connection, .shutdown, graceMilliseconds: left)
        }
    }
}
