internal import CLinux
internal import COpenSSL
internal import Glibc

/// An SSL_CTX: TLS 1.3 only, no early data, no renegotiation, no compression.
///
/// Unchecked Sendable because an SSL_CTX may be used by any thread once it is built, and nothing
/// here changes it afterwards.
package final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    package let isServer: Bool
    /// One protocol in wire form, which the ALPN callback reads; lives as long as the context.
    private let protocolBytes: UnsafeMutablePointer<UInt8>
    let protocolName: String

    package convenience init(server: TLSConfiguration) throws(TransportError) {
        try self.init(isServer: true, alpn: server.alpn)
        let loader = CertificateLoader(context: self.pointer)
        try loader.useIdentity(
            certificateChainFile: server.certificateChainFile,
            privateKeyFile: server.privateKeyFile)
        if server.clientCertificate != .none {
            guard let clientCAFile = server.clientCAFile else {
                throw TransportError(
                    .authorityUnreadable, "client certificates are asked for but no CA is named",
                    hint: "name the file with the CA that signs client certificates")
            }
            try loader.trust(clientCAFile)
            try loader.nameAuthorities(clientCAFile)
            let demand =
                server.clientCertificate == .required
                ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER
            SSL_CTX_set_verify(self.pointer, demand, nil)
        } else {
            SSL_CTX_set_verify(self.pointer, SSL_VERIFY_NONE, nil)
        }
        precondition(server.ticketCount >= 0 && server.ticketCount <= 8)
        SSL_CTX_set_num_tickets(self.pointer, server.ticketCount)
        // A ticket must not outlive the certificate by much, nor its key stay valid for days.
        SSL_CTX_set_timeout(self.pointer, 2 * 60 * 60)
        let sessionContext = Array(server.alpn.utf8.prefix(Int(SSL_MAX_SID_CTX_LENGTH)))
        SSL_CTX_set_session_id_context(
            self.pointer, sessionContext, UInt32(sessionContext.count))
        holdfast_ssl_ctx_set_server_options(self.pointer)
        holdfast_ssl_ctx_serve_alpn(self.pointer, self.protocolBytes)
    }

    package convenience init(client: TLSClientConfiguration) throws(TransportError) {
        try self.init(isServer: false, alpn: client.alpn)
        let loader = CertificateLoader(context: self.pointer)
        try loader.trust(client.serverCAFile)
        switch (client.certificateChainFile, client.privateKeyFile) {
        case (let chain?, let key?):
            try loader.useIdentity(certificateChainFile: chain, privateKeyFile: key)
        case (nil, nil):
            break
        default:
            throw TransportError(
                .certificateUnreadable, "a client certificate needs both a certificate and a key",
                hint: "name both files, or neither")
        }
        SSL_CTX_set_verify(self.pointer, SSL_VERIFY_PEER, nil)
        let byteCount = UInt32(client.alpn.utf8.count + 1)
        precondition(SSL_CTX_set_alpn_protos(self.pointer, self.protocolBytes, byteCount) == 0)
    }

    private init(isServer: Bool, alpn: String) throws(TransportError) {
        precondition(!alpn.utf8.isEmpty && alpn.utf8.count < 256, "ALPN names have 1 to 255 bytes")
        // OpenSSL writes with write(2): a peer that has left must not kill the process.
        holdfast_ignore_sigpipe()
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method())
        else {
            throw TransportError(
                .library, "libssl gives no context: \(OpenSSLErrors.drain())",
                hint: "check that libssl 3 is installed whole")
        }
        self.pointer = pointer
        self.isServer = isServer
        self.protocolName = alpn
        self.protocolBytes = .allocate(capacity: alpn.utf8.count + 1)
        self.protocolBytes[0] = UInt8(alpn.utf8.count)
        for (index, byte) in alpn.utf8.enumerated() { self.protocolBytes[index + 1] = byte }

        precondition(holdfast_ssl_ctx_require_tls13(pointer) == 1)
        precondition(
            SSL_CTX_set_ciphersuites(
                pointer,
                "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1)
        precondition(holdfast_ssl_ctx_set_groups(pointer, "X25519:P-256") == 1)
        // RELEASE_BUFFERS is left off: it frees and takes both record buffers in every turn. The
        // reactor frees them itself once a connection has been quiet for a second.
        let modes = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        holdfast_ssl_ctx_set_mode(pointer, Int(modes))
        holdfast_ssl_ctx_clear_mode(pointer, Int(SSL_MODE_AUTO_RETRY))
        holdfast_ssl_ctx_set_read_ahead(pointer)
        holdfast_ssl_ctx_disable_session_cache(pointer)
        SSL_CTX_set_verify_depth(pointer, 2)
        SSL_CTX_set_max_early_data(pointer, 0)
        SSL_CTX_set_default_passwd_cb(pointer, holdfast_no_passphrase)
    }

    deinit {
        SSL_CTX_free(self.pointer)
        self.protocolBytes.deallocate()
    }
}
