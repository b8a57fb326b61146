internal import CLinux
internal import COpenSSL
internal import Glibc

/// What comes in.
extension Reactor {
    func ready(_ connection: Connection, _ events: UInt32) {
        let isBroken = events & (holdfast_epoll_error | holdfast_epoll_hang_up) != 0
        switch connection.state {
        case .open:
            if events & holdfast_epoll_out != 0 { self.becameWritable(connection) }
            if connection.isReadPaused {
                if isBroken { self.kill(connection, .peerReset) }
            } else if isBroken || events & holdfast_epoll_in != 0 {
                self.readInTurn(connection, isBroken: isBroken)
            }
        case .fresh, .handshaking:
            self.handshake(connection)
        case .halfClosed, .flushing:
            if isBroken {
                self.kill(connection, .peerReset)
            } else if events & holdfast_epoll_out != 0 {
                self.becameWritable(connection)
            }
        case .lingering:
            self.discard(connection)
        case .dead:
            break
        }
    }

    private func becameWritable(_ connection: Connection) {
        connection.isWriteBlocked = false
        self.markDirty(connection)
        if connection.readWantsWrite {
            connection.readWantsWrite = false
            self.updateInterest(connection)
            self.carry(connection)
        }
    }

    /// Connections of which an earlier turn left bytes, as far as this turn's bytes go.
    func readCarried() {
        // Reading carries the connection again, behind all others.
        for _ in 0..<self.carryCount {
            if self.turnByteCount >= self.limits.readBytesPerTurnTotal { return }
            guard let connection = self.connections[self.takeCarried()], connection.isCarried
            else { continue }
            connection.isCarried = false
            if connection.state == .open && !connection.isReadPaused { self.read(connection) }
        }
    }

    /// Who is carried has a place in line; who comes when the turn has read enough gets one.
    @inline(__always)
    private func readInTurn(_ connection: Connection, isBroken: Bool) {
        if !isBroken {
            if connection.isCarried { return }
            if self.turnByteCount >= self.limits.readBytesPerTurnTotal {
                self.noteWaiting(connection)
                self.carry(connection)
                return
            }
        }
        self.read(connection)
    }

    /// Something is left unread: from now on it is known since when.
    private func noteWaiting(_ connection: Connection) {
        guard connection.backlog.isUnmarked, self.limits.queueMilliseconds > 0 else { return }
        connection.backlog.mark(Int(holdfast_unread_byte_count(connection.fd)), now: self.now)
    }

    private func read(_ connection: Connection) {
        guard connection.readTurn != self.turn, let session = connection.session else { return }
        connection.readTurn = self.turn
        guard self.makeInputRoom(connection) else { return }
        connection.storedWaited = connection.backlog.waited(now: self.now)
        connection.storedIsLate = connection.backlog.isLate(
            now: self.now, target: nanoseconds(self.limits.queueMilliseconds))
        let base = connection.inputBase.unsafelyUnwrapped
        let counts = self.recordCounts + connection.slot
        let budget = self.limits.readBytesPerTurn
        var received = 0
        var last = 0
        while true {
            let room = connection.inputCapacity &- connection.inputEnd
            if room == 0 || received >= budget {
                self.carry(connection)
                break
            }
            let recordCount = counts.pointee.records
            last = TLSCalls.read(session, base + connection.inputEnd, room)
            self.statistics.reads &+= 1
            if counts.pointee.keyUpdates != 0 && self.isKeyUpdateFlood(connection) {
                ERR_clear_error()
                self.kill(connection, .keyUpdateFlood)
                return
            }
            if last > 0 {
                connection.inputEnd &+= last
                received &+= last
                if SSL_has_pending(session) == 0 { break }
            } else if last != TLSCalls.wantRead || counts.pointee.records == recordCount
                || SSL_has_pending(session) == 0
            {
                // A record without application data ends a read early although data may lie behind
                // it, so only a read that took no record has really run dry.
                break
            }
        }
        self.turnByteCount &+= received
        if connection.isCarried || received >= BufferPool.blockByteCount / 2 {
            connection.backlog.didRead(received)
            self.noteWaiting(connection)
        } else {
            connection.backlog.drained()
        }
        // Before the delegate is called: the error queue belongs to whoever calls libcrypto next.
        let failure = last == TLSCalls.failed ? TLSCalls.failure(session) : nil
        if received > 0 {
            self.deliver(connection, received)
        } else if connection.inputStart == connection.inputEnd {
            // Part of a record, or none: whoever has nothing to parse owns no buffer.
            self.giveInput(connection)
        }
        if last == TLSCalls.closed {
            self.peerFinished(connection)
        } else if let failure {
            self.readFailed(connection, failure)
        } else if last == TLSCalls.wantWrite && connection.state == .open {
            connection.readWantsWrite = true
            self.updateInterest(connection)
        }
    }

    @inline(__always)
    private func deliver(_ connection: Connection, _ received: Int) {
        self.statistics.bytesReceived &+= UInt64(truncatingIfNeeded: received)
        connection.receivedAt = self.now
        if connection.inputEnd &- connection.inputStart == received {
            connection.inputStarted = self.now
        }
        if !connection.ownsRecordBuffers {
            connection.ownsRecordBuffers = true
            self.setDeadline(connection.slot, self.now &+ Self.quietNanoseconds)
        }
        self.readList[self.readCount] = Int32(truncatingIfNeeded: connection.slot)
        self.readCount &+= 1
        self.delegate?.connectionReceived(connection)
        if connection.inputStart != connection.inputEnd {
            self.setDeadline(
                connection.slot,
                connection.inputStarted &+ nanoseconds(self.limits.frameMilliseconds))
        }
    }

    /// Moves what is left of the last turn to the front and sees that there is room behind it. A
    /// buffer grows only once bytes that really came fill half of it.
    private func makeInputRoom(_ connection: Connection) -> Bool {
        guard let base = connection.inputBase else {
            connection.inputBase = self.pool.take()
            connection.inputCapacity = BufferPool.blockByteCount
            return true
        }
        let leftover = connection.inputEnd &- connection.inputStart
        if connection.inputStart > 0 {
            if leftover > 0 { memmove(base, base + connection.inputStart, leftover) }
            connection.inputStart = 0
            connection.inputEnd = leftover
        }
        guard leftover > connection.inputCapacity / 2 else { return true }
        let capacity = connection.inputCapacity
        let capacityMax = max(connection.inputMax, BufferPool.blockByteCount)
        if capacity < capacityMax {
            let larger = min(2 * capacity, capacityMax)
            let moved = self.pool.take(byteCount: larger)
            moved.copyMemory(from: base, byteCount: leftover)
            self.pool.give(base, byteCount: capacity)
            connection.inputBase = moved
            connection.inputCapacity = larger
        } else if leftover == capacity {
            self.logMisbehaviour(connection, "sent a message larger than this port takes")
            self.closeGracefully(
                connection, .messageTooLarge, graceMilliseconds: self.limits.lingerMilliseconds)
            return false
        }
        return true
    }

    /// After `turnEnded`: whoever was read and has nothing left gives its buffer back.
    func releaseInput() {
        for index in 0..<self.readCount {
            guard let connection = self.connections[Int(self.readList[index])] else { continue }
            if connection.inputStart == connection.inputEnd { self.giveInput(connection) }
        }
        self.readCount = 0
    }

    func giveInput(_ connection: Connection) {
        guard let base = connection.inputBase else { return }
        self.pool.give(base, byteCount: connection.inputCapacity)
        connection.inputBase = nil
        connection.inputCapacity = 0
        connection.inputStart = 0
        connection.inputEnd = 0
    }

    private func peerFinished(_ connection: Connection) {
        guard connection.state == .open else { return }
        connection.state = .halfClosed
        self.updateInterest(connection)
        self.delegate?.connectionHalfClosed(connection)
        self.markDirty(connection)
    }

    private func readFailed(_ connection: Connection, _ failure: TLSFailure) {
        guard connection.state != .dead else { return }
        switch failure.code {
        case .unexpectedEnd:
            self.kill(connection, .peerVanished)
        case .socket:
            self.kill(connection, .peerReset)
        default:
            self.logMisbehaviour(connection, "broke TLS: \(failure.message)")
            self.abandon(connection, .tlsFailed)
        }
    }

    /// True once the peer has sent more KeyUpdates within a second than it may.
    @inline(never)
    private func isKeyUpdateFlood(_ connection: Connection) -> Bool {
        let counts = self.recordCounts + connection.slot
        if self.now &- connection.keyUpdateWindowStart >= 1_000_000_000 {
            connection.keyUpdateWindowStart = self.now
            connection.keyUpdateWindowCount = 0
        }
        connection.keyUpdateWindowCount &+= counts.pointee.keyUpdates
        counts.pointee.keyUpdates = 0
        guard Int(connection.keyUpdateWindowCount) > self.limits.keyUpdatesPerSecond else {
            return false
        }
        self.logMisbehaviour(connection, "sent too many TLS KeyUpdates")
        return true
    }

    /// Bytes that come while we only wait for the peer's end.
    private func discard(_ connection: Connection) {
        withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 16) { scratch in
            let count = recv(connection.fd, scratch.baseAddress!, scratch.count, 0)
            if count > 0 { return }
            if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            self.kill(connection, connection.closeReason)
        }
    }
}
