internal import CLinux
internal import COpenSSL
internal import Glibc

/// What goes out.
extension Reactor {
    /// AES-GCM keys are good for 2^24.5 records; both sides renew them long before.
    private static let writesPerKey: UInt32 = 1 << 22

    func makeOutputRoom(_ connection: Connection, _ byteCount: Int) {
        // Nobody will read it: only the room has to be there.
        if !connection.isWritable {
            connection.outputStart = 0
            connection.outputEnd = 0
        }
        let unsent = connection.unsentByteCount
        let capacity = connection.outputCapacity
        if capacity - unsent >= byteCount && connection.outputStart >= capacity / 2 {
            let base = connection.outputBase!
            memmove(base, base + connection.outputStart, unsent)
            connection.outputStart = 0
            connection.outputEnd = unsent
            return
        }
        var larger = max(capacity, BufferPool.blockByteCount)
        while larger < unsent + byteCount || larger == capacity { larger *= 2 }
        let moved: UnsafeMutableRawPointer
        if connection.isReaped {
            moved = .allocate(byteCount: larger, alignment: 64)
            connection.outputBase?.deallocate()
        } else {
            moved = self.pool.take(byteCount: larger)
            if let base = connection.outputBase {
                moved.copyMemory(from: base + connection.outputStart, byteCount: unsent)
                self.pool.give(base, byteCount: capacity)
            }
        }
        connection.outputBase = moved
        connection.outputCapacity = larger
        connection.outputStart = 0
        connection.outputEnd = unsent
    }

    func giveOutput(_ connection: Connection) {
        connection.outputStart = 0
        connection.outputEnd = 0
        guard let base = connection.outputBase else { return }
        self.pool.give(base, byteCount: connection.outputCapacity)
        connection.outputBase = nil
        connection.outputCapacity = 0
    }

    func flushDirty() {
        var index = 0
        while index < self.dirtyCount {
            if let connection = self.connections[Int(self.dirtyList[index])] {
                connection.isDirty = false
                self.flush(connection)
            }
            index &+= 1
        }
        self.dirtyCount = 0
    }

    private func flush(_ connection: Connection) {
        guard connection.isWritable, let session = connection.session else {
            if connection.state == .lingering { self.giveOutput(connection) }
            return
        }
        if connection.outputStart != connection.outputEnd && !connection.isWriteBlocked {
            guard self.write(connection, session) else { return }
        }
        if connection.outputStart == connection.outputEnd {
            self.giveOutput(connection)
            if connection.state != .open {
                self.finishIfDone(connection)
                return
            }
            if connection.writesSinceKeyUpdate >= Self.writesPerKey {
                connection.writesSinceKeyUpdate = 0
                ERR_clear_error()
                if SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED) != 1 { ERR_clear_error() }
            }
        }
        if connection.isReadPaused || connection.isWriteBlocked { self.judgeBacklog(connection) }
    }

    /// One SSL_write a record of output. False when the connection is dead.
    private func write(_ connection: Connection, _ session: OpaquePointer) -> Bool {
        while connection.outputStart != connection.outputEnd {
            let result = TLSCalls.write(
                session, connection.outputBase.unsafelyUnwrapped + connection.outputStart,
                connection.outputEnd &- connection.outputStart)
            self.statistics.writes &+= 1
            if result > 0 {
                connection.outputStart &+= result
                connection.sentAt = self.now
                connection.writesSinceKeyUpdate &+= 1
                self.statistics.bytesSent &+= UInt64(truncatingIfNeeded: result)
            } else if result == TLSCalls.wantWrite || result == TLSCalls.wantRead {
                // After the handshake TLS 1.3 writes never wait for input.
                connection.isWriteBlocked = true
                self.updateInterest(connection)
                return true
            } else {
                let failure = TLSCalls.failure(session)
                self.kill(connection, failure.code == .socket ? .peerReset : .tlsFailed)
                return false
            }
        }
        if !connection.ownsRecordBuffers {
            connection.ownsRecordBuffers = true
            self.setDeadline(connection.slot, self.now &+ Self.quietNanoseconds)
        }
        return true
    }

    /// Stops reading a connection that does not take its answers, and starts again once it has
    /// taken half of them.
    private func judgeBacklog(_ connection: Connection) {
        let unsent = connection.unsentByteCount
        let unsentMax = self.isShortOfMemory ? self.outputBytesShed : self.limits.outputBytesMax
        if unsent > unsentMax {
            if connection.overBudgetSince == 0 { connection.overBudgetSince = self.now }
            if !connection.isReadPaused {
                connection.isReadPaused = true
                self.setDeadline(
                    connection.slot,
                    self.now &+ nanoseconds(self.limits.outputStallMilliseconds))
            }
        } else if connection.isReadPaused && unsent <= unsentMax / 2 {
            connection.isReadPaused = false
            connection.overBudgetSince = 0
            // What came meanwhile waited for the peer to read, not for us.
            connection.backlog.drained()
            // The clock of a started message stood still meanwhile.
            connection.inputStarted = self.now
            if connection.state == .open {
                self.carry(connection)
                self.setDeadline(
                    connection.slot, self.now &+ nanoseconds(self.limits.frameMilliseconds))
            }
        }
        self.updateInterest(connection)
    }

    /// Output of a closing connection is out: go on to the next step.
    private func finishIfDone(_ connection: Connection) {
        switch connection.state {
        case .halfClosed where connection.storedHold == 0:
            self.closeGracefully(
                connection, .peerFinished, graceMilliseconds: self.limits.lingerMilliseconds)
            self.startLingering(connection)
        case .flushing:
            self.startLingering(connection)
        default:
            self.updateInterest(connection)
        }
    }

    func updateInterest(_ connection: Connection) {
        var wanted: UInt32 = 0
        switch connection.state {
        case .fresh, .lingering:
            wanted = holdfast_epoll_in
        case .handshaking:
            wanted = holdfast_epoll_in
            if connection.isWriteBlocked { wanted |= holdfast_epoll_out }
        case .open:
            if !connection.isReadPaused { wanted = holdfast_epoll_in }
            if connection.isWriteBlocked || connection.readWantsWrite {
                wanted |= holdfast_epoll_out
            }
        case .halfClosed, .flushing:
            if connection.isWriteBlocked { wanted = holdfast_epoll_out }
        case .dead:
            return
        }
        guard wanted != connection.interest else { return }
        connection.interest = wanted
        let result = holdfast_epoll_control(
            self.epoll, EPOLL_CTL_MOD, connection.fd, wanted, self.token(connection))
        precondition(result == 0, "epoll_ctl failed with \(errno)")
    }

    func token(_ connection: Connection) -> UInt64 {
        UInt64(UInt32(truncatingIfNeeded: connection.number)) &<< 32 | UInt64(connection.slot)
    }
}
