internal import COpenSSL

/// One TLS session over a connected, non-blocking socket. For clients and load programs; the
/// reactors use the same calls. Not thread-safe: all calls of one session come from one thread at a
/// time. The descriptor stays the caller's, who closes it after the session is gone.
package struct TLSSession: ~Copyable {
    private let ssl: OpaquePointer
    /// What the session received below application data; libssl writes it.
    private let counts: UnsafeMutablePointer<HoldfastRecordCounts>
    private var hasFailed = false
    private var hasFinishedHandshake = false
    private var lastFailure: TLSFailure?

    /// `serverName` is what the server's certificate must be issued for, a DNS name or an IP
    /// address; nil on the server's side. Nil on a client skips the check of the name: only for
    /// peers that are told apart by their CA alone.
    package init(
        context: TLSContext, fd: Int32, isServer: Bool, serverName: String? = nil
    ) throws(TransportError) {
        precondition(context.isServer == isServer, "a context is for one side only")
        ERR_clear_error()
        guard let ssl = SSL_new(context.pointer), SSL_set_fd(ssl, fd) == 1 else {
            throw TransportError(
                .resourceExhausted, "no TLS session: \(OpenSSLErrors.drain())",
                hint: "free memory on this machine")
        }
        if isServer { SSL_set_accept_state(ssl) } else { SSL_set_connect_state(ssl) }
        if let serverName, !isServer, !Self.expect(serverName, of: ssl) {
            SSL_free(ssl)
            throw TransportError(
                .serverNameInvalid, "\"\(serverName)\" is no server name",
                hint: "give the DNS name or the IP address in the server's certificate")
        }
        self.ssl = ssl
        self.counts = .allocate(capacity: 1)
        self.counts.initialize(to: HoldfastRecordCounts())
        holdfast_ssl_count_records(ssl, self.counts)
    }

    deinit {
        SSL_free(self.ssl)
        self.counts.deallocate()
    }

    /// `bytes(0)` when done. `closed` never comes from here.
    package mutating func handshake() -> TLSResult {
        guard !self.hasFailed else { return .failed(self.lastFailure!) }
        let result = TLSCalls.handshake(self.ssl)
        if result == 1 {
            self.hasFinishedHandshake = true
            return .bytes(0)
        }
        if result == TLSCalls.closed { return self.fail() }
        return self.result(result)
    }

    /// After `bytes`, read again while `hasPending`: the socket does not show what is buffered here.
    package mutating func read(into target: UnsafeMutableRawBufferPointer) -> TLSResult {
        guard !self.hasFailed else { return .failed(self.lastFailure!) }
        precondition(target.count > 0, "reading into no room")
        while true {
            let recordCount = self.counts.pointee.records
            let result = TLSCalls.read(self.ssl, target.baseAddress!, target.count)
            // A ticket or a KeyUpdate ends a read early although data may lie behind it.
            if result == TLSCalls.wantRead && self.counts.pointee.records != recordCount
                && SSL_has_pending(self.ssl) == 1
            {
                continue
            }
            return self.result(result)
        }
    }

    /// At most one record of 16 KiB a call. After `wantWrite` the same bytes must come again, at
    /// least as many.
    package mutating func write(_ source: UnsafeRawBufferPointer) -> TLSResult {
        guard !self.hasFailed else { return .failed(self.lastFailure!) }
        guard let base = source.baseAddress, source.count > 0 else { return .bytes(0) }
        let result = TLSCalls.write(self.ssl, base, source.count)
        return result == TLSCalls.closed ? self.fail() : self.result(result)
    }

    /// Bytes were taken off the socket but not read yet.
    package var hasPending: Bool { SSL_has_pending(self.ssl) == 1 }

    /// Nil when the peer sent none. Meaningful after the handshake.
    package func peerCertificate() -> PeerCertificate? { PeerCertificate(of: self.ssl) }

    /// Says that no more data follows; reading goes on. To be called after all is written. False
    /// when the socket takes nothing now: call again once it does.
    @discardableResult
    package mutating func sendCloseNotify() -> Bool {
        guard !self.hasFailed && self.hasFinishedHandshake else { return true }
        return TLSCalls.sendCloseNotify(self.ssl)
    }

    package var negotiatedALPN: String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(self.ssl, &bytes, &count)
        guard let bytes, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    /// What the failure was; nil while the session lives.
    package var lastErrorText: String? { self.lastFailure?.message }

    /// Asks the peer for new keys and takes new ones here; sent with the next write.
    package mutating func updateKeys() -> Bool {
        ERR_clear_error()
        return SSL_key_update(self.ssl, SSL_KEY_UPDATE_REQUESTED) == 1
    }

    private mutating func result(_ value: Int) -> TLSResult {
        switch value {
        case 1...: return .bytes(value)
        case TLSCalls.wantRead: return .wantRead
        case TLSCalls.wantWrite: return .wantWrite
        case TLSCalls.closed: return .closed
        default: return self.fail()
        }
    }

    private mutating func fail() -> TLSResult {
        let failure = TLSCalls.failure(self.ssl)
        self.hasFailed = true
        self.lastFailure = failure
        return .failed(failure)
    }

    /// False when the name can be no server's.
    private static func expect(_ serverName: String, of ssl: OpaquePointer) -> Bool {
        guard !serverName.isEmpty else { return false }
        defer { ERR_clear_error() }
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), serverName) == 1 { return true }
        SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        return SSL_set1_host(ssl, serverName) == 1
            && holdfast_ssl_set_server_name(ssl, serverName) == 1
    }
}
