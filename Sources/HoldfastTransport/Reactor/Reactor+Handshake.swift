internal import CLinux
internal import COpenSSL
internal import Glibc

/// From the first byte to an open connection.
extension Reactor {
    private static let handshakeRecord: UInt8 = 0x16
    private static let httpMethods = [
        "GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ",
        "PRI ",
    ]

    func handshake(_ connection: Connection) {
        self.handshakeStepCount += 1
        guard self.handshakeStepCount <= Self.handshakeStepsPerTurnMax else { return }
        if connection.state == .fresh {
            guard self.looksLikeTLS(connection) else { return }
            guard self.makeSession(connection) else {
                return self.kill(connection, .handshakeFailed)
            }
            connection.state = .handshaking
        }
        guard let session = connection.session else {
            preconditionFailure("a handshake without a session")
        }
        let result = TLSCalls.handshake(session)
        connection.isWriteBlocked = result == TLSCalls.wantWrite
        switch result {
        case 1:
            self.opened(connection, session)
        case TLSCalls.wantRead, TLSCalls.wantWrite:
            self.updateInterest(connection)
        default:
            let failure = TLSCalls.failure(session)
            self.statistics.handshakesFailed &+= 1
            let isWorthANotice = failure.code != .unexpectedEnd && failure.code != .socket
            self.log(
                isWorthANotice ? .notice : .debug, .handshakeFailed, connection,
                "the TLS handshake failed: \(failure.message)")
            self.abandon(connection, .handshakeFailed)
        }
    }

    private func makeSession(_ connection: Connection) -> Bool {
        ERR_clear_error()
        let context = self.listeners[connection.listenerIndex].context
        guard let session = SSL_new(context.pointer) else { return false }
        connection.session = session
        guard SSL_set_fd(session, connection.fd) == 1 else { return false }
        SSL_set_accept_state(session)
        holdfast_ssl_count_records(session, self.recordCounts + connection.slot)
        return true
    }

    private func opened(_ connection: Connection, _ session: OpaquePointer) {
        connection.storedPeer = PeerCertificate(of: session)
        // A resumed session brings its certificate from a ticket: its dates are not checked again.
        if let peer = connection.storedPeer, peer.notAfterUnixSeconds < self.shared.unixSeconds() {
            self.statistics.handshakesFailed &+= 1
            return self.abandon(connection, .certificateExpired)
        }
        if connection.storedPeer == nil {
            guard self.shared.ledger.anonymousOpened(connection.remoteAddress) else {
                self.statistics.refusedAddressMax &+= 1
                self.log(
                    .warning, .refusedConnection, connection,
                    "refused a connection: its address has too many without a certificate")
                return self.abandon(connection, .addressLimit)
            }
            connection.isCountedAnonymous = true
        }
        self.handshakeOver(connection)
        self.statistics.handshakesDone &+= 1
        self.recordCounts[connection.slot].keyUpdates = 0
        connection.state = .open
        connection.wasOpened = true
        connection.receivedAt = self.now
        connection.sentAt = self.now
        connection.ownsRecordBuffers = true
        self.setDeadline(connection.slot, self.now &+ Self.quietNanoseconds)
        self.updateInterest(connection)
        self.delegate?.connectionOpened(connection)
        // The first request may have come together with the end of the handshake.
        if connection.state == .open && SSL_has_pending(session) == 1 { self.carry(connection) }
    }

    /// Looks at the first byte without taking it. A peer that speaks no TLS is told so.
    private func looksLikeTLS(_ connection: Connection) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 8) { first in
            let count = recv(connection.fd, first.baseAddress!, first.count, Int32(MSG_PEEK))
            if count > 0 {
                if first[0] == Self.handshakeRecord { return true }
                self.answerPlaintext(
                    connection, UnsafeBufferPointer(rebasing: first[0..<count]))
            } else if count == 0 {
                self.kill(connection, .peerVanished)
            } else if errno != EAGAIN && errno != EINTR {
                self.kill(connection, .peerReset)
            }
            return false
        }
    }

    private func answerPlaintext(_ connection: Connection, _ first: UnsafeBufferPointer<UInt8>) {
        self.statistics.plaintextPeers &+= 1
        let context = self.listeners[connection.listenerIndex].context
        let protocolName = context.protocolName
        var answer =
            "this port speaks \(protocolName) over TLS 1.3: connect with TLS and ALPN "
            + "\(protocolName)\r\n"
        let isHTTP = Self.httpMethods.contains { method in
            zip(method.utf8, first).allSatisfy { $0 == $1 }
        }
        if isHTTP {
            answer =
                "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: \(answer.utf8.count)\r\nConnection: close\r\n\r\n\(answer)"
        }
        self.log(
            .notice, .plaintextPeer, connection,
            isHTTP ? "the peer speaks HTTP without TLS" : "the peer does not speak TLS")
        let bytes = Array(answer.utf8)
        // A fresh socket takes so little at once, or nobody is there to read it.
        _ = send(connection.fd, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        self.abandon(connection, .plaintext)
    }
}
