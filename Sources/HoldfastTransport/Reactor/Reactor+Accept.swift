internal import CLinux
internal import COpenSSL
internal import Glibc
internal import Synchronization

/// How connections come in.
extension Reactor {
    func watch(listener number: Int) throws(TransportError) {
        precondition(number < 64, "at most 64 listeners")
        let token = Self.listenerToken + UInt64(number)
        let fd = self.listeners[number].fd
        guard
            holdfast_epoll_control(self.epoll, EPOLL_CTL_ADD, fd, holdfast_epoll_in, token) == 0
        else {
            throw TransportError(
                .resourceExhausted, "epoll_ctl: \(String(cString: strerror(errno)))",
                hint: "raise fs.epoll.max_user_watches")
        }
    }

    func acceptReady(_ ready: UInt64) {
        for number in self.listeners.indices where ready & (1 &<< UInt64(number)) != 0 {
            self.accept(number, countMax: Self.acceptsPerTurnMax)
        }
    }

    /// Everything that waits now.
    func acceptWaiting() {
        for number in self.listeners.indices { self.accept(number, countMax: 4_096) }
    }

    private func accept(_ number: Int, countMax: Int) {
        for _ in 0..<countMax {
            let listener = self.listeners[number]
            guard listener.fd >= 0 else { return }
            if self.handshakeCount >= self.limits.handshakesMax {
                // The queue of the kernel holds them meanwhile.
                return self.pauseListeners(milliseconds: 1_000)
            }
            var storage = sockaddr_storage()
            let fd = holdfast_accept(listener.fd, &storage)
            if fd < 0 {
                switch errno {
                case EAGAIN: return
                case EMFILE, ENFILE: return self.outOfDescriptors(number)
                case ENOBUFS, ENOMEM: return self.pauseListeners(milliseconds: 100)
                case EBADF, EFAULT, EINVAL, ENOTSOCK:
                    preconditionFailure("accept4 failed with \(errno)")
                default: continue
                }
            }
            guard let remote = IPAddress.read(&storage), self.admit(fd, number, remote) else {
                close(fd)
                continue
            }
        }
    }

    private func admit(
        _ fd: Int32, _ number: Int, _ remote: (address: IPAddress, port: UInt16)
    ) -> Bool {
        let count = self.shared.connectionCount.add(1, ordering: .relaxed).newValue
        var refusal: String?
        if count > self.limits.connectionsMax {
            self.statistics.refusedConnectionsMax &+= 1
            refusal = "all \(self.limits.connectionsMax) connections are taken"
        } else if self.isShortOfMemory {
            self.statistics.refusedMemory &+= 1
            refusal = "connection buffers are short"
        } else {
            switch self.shared.ledger.handshakeStarted(remote.address, now: self.now) {
            case .rate:
                self.statistics.refusedAddressRate &+= 1
                refusal = "its address connects too often"
            case .handshakes:
                self.statistics.refusedAddressMax &+= 1
                refusal = "its address has too many unfinished handshakes"
            case nil:
                break
            }
        }
        guard refusal == nil, let slot = self.takeSlot() else {
            self.shared.connectionCount.subtract(1, ordering: .relaxed)
            self.log(
                .warning, .refusedConnection, listener: number, remote.address,
                "refused a connection: \(refusal ?? "no slot is free")")
            if refusal == nil { self.shared.ledger.handshakeEnded(remote.address) }
            return false
        }
        _ = holdfast_set_no_delay(fd)
        let connection = Connection(
            number: self.shared.nextConnectionNumber(), listenerIndex: number, remote: remote,
            reactor: self, slot: slot, fd: fd, inputMax: self.listeners[number].inputBytesMax,
            now: self.now)
        connection.interest = holdfast_epoll_in
        self.handshakeCount += 1
        let added = holdfast_epoll_control(
            self.epoll, EPOLL_CTL_ADD, fd, holdfast_epoll_in, self.token(connection))
        guard added == 0 else {
            self.handshakeOver(connection)
            self.giveSlot(slot)
            self.shared.connectionCount.subtract(1, ordering: .relaxed)
            return false
        }
        self.connections[slot] = connection
        self.recordCounts[slot] = HoldfastRecordCounts()
        self.deadlines[slot] = .max
        self.setDeadline(slot, self.now &+ nanoseconds(self.limits.handshakeMilliseconds))
        self.liveCount += 1
        self.statistics.accepted &+= 1
        return true
    }

    /// No descriptor is left: with the spare one the oldest waiting peer is turned away instead of
    /// waiting for ever, and epoll does not report the listener in an endless loop.
    private func outOfDescriptors(_ number: Int) {
        self.statistics.refusedNoDescriptor &+= 1
        if self.spareDescriptor >= 0 {
            close(self.spareDescriptor)
            var storage = sockaddr_storage()
            let fd = holdfast_accept(self.listeners[number].fd, &storage)
            if fd >= 0 { close(fd) }
        }
        self.spareDescriptor = SpareDescriptor.open()
        self.log(
            .error, .outOfDescriptors, listener: number, nil,
            "no file descriptor is left for a connection; raise the limit on open files (ulimit -n)"
        )
        self.pauseListeners(milliseconds: 100)
    }

    private func pauseListeners(milliseconds: Int) {
        if self.acceptResumeAt == .max { self.setListenerInterest(0) }
        self.acceptResumeAt = self.now &+ nanoseconds(milliseconds)
    }

    func resumeListeners() {
        self.acceptResumeAt = .max
        if self.spareDescriptor < 0 { self.spareDescriptor = SpareDescriptor.open() }
        self.setListenerInterest(holdfast_epoll_in)
    }

    /// A handshake has ended: listeners that wait for one need not wait longer.
    func acceptSoon() {
        if self.acceptResumeAt != .max { self.acceptResumeAt = min(self.acceptResumeAt, self.now) }
    }

    private func setListenerInterest(_ events: UInt32) {
        for number in self.listeners.indices where self.listeners[number].fd >= 0 {
            let token = Self.listenerToken + UInt64(number)
            let result = holdfast_epoll_control(
                self.epoll, EPOLL_CTL_MOD, self.listeners[number].fd, events, token)
            precondition(result == 0, "epoll_ctl failed with \(errno)")
        }
    }

    func closeListeners() {
        for number in self.listeners.indices where self.listeners[number].fd >= 0 {
            close(self.listeners[number].fd)
            self.listeners[number].fd = -1
        }
        self.acceptResumeAt = .max
    }
}
