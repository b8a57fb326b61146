import COpenSSL
import Glibc
import HoldfastTransport

/// Peers that our own client side refuses to be, straight on libssl with a blocking socket.
enum ForeignClient {
    /// The alert with which the server refused the handshake; nil when it did not. A refused client
    /// certificate shows on the first read only.
    static func alert(
        port: UInt16, version13: Bool, alpn: String?,
        identity: TestCertificates.Identity? = nil
    ) throws -> Int? {
        let context = SSL_CTX_new(TLS_client_method())
        defer { SSL_CTX_free(context) }
        let versioned =
            version13
            ? holdfast_ssl_ctx_require_tls13(context) : holdfast_ssl_ctx_require_tls12(context)
        precondition(versioned == 1)
        if let alpn {
            let wire = [UInt8(alpn.utf8.count)] + Array(alpn.utf8)
            SSL_CTX_set_alpn_protos(context, wire, UInt32(wire.count))
        }
        if let identity {
            precondition(SSL_CTX_use_certificate_chain_file(context, identity.certificateFile) == 1)
            precondition(
                SSL_CTX_use_PrivateKey_file(context, identity.keyFile, SSL_FILETYPE_PEM) == 1)
        }
        let raw = try RawClient(port: port)
        let flags = fcntl(raw.fd, F_GETFL)
        _ = fcntl(raw.fd, F_SETFL, flags & ~O_NONBLOCK)
        let ssl = SSL_new(context)
        defer { SSL_free(ssl) }
        SSL_set_fd(ssl, raw.fd)
        ERR_clear_error()
        var byte: UInt8 = 0
        if SSL_connect(ssl) == 1 && SSL_read(ssl, &byte, 1) > 0 { return nil }
        let reason = ERR_GET_REASON(ERR_peek_error())
        ERR_clear_error()
        return reason >= 1000 ? Int(reason) - 1000 : nil
    }
}
