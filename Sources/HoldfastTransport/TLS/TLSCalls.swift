internal import COpenSSL
internal import Glibc

/// Calls into a session, with the rules of OpenSSL kept in one place: the thread's error queue is
/// empty before each call, and it is read and emptied after each failure.
///
/// Results are plain integers on purpose, since read and write are on the path of every request.
enum TLSCalls {
    static let wantRead = -1
    static let wantWrite = -2
    static let failed = -3
    /// From `read` only: the peer's close_notify.
    static let closed = 0

    @inline(__always)
    static func read(_ ssl: OpaquePointer, _ target: UnsafeMutableRawPointer, _ room: Int) -> Int {
        if ERR_peek_error() != 0 { ERR_clear_error() }
        let count = SSL_read(ssl, target, Int32(truncatingIfNeeded: min(room, 1 << 30)))
        return count > 0 ? Int(count) : self.judge(ssl, count)
    }

    @inline(__always)
    static func write(_ ssl: OpaquePointer, _ source: UnsafeRawPointer, _ byteCount: Int) -> Int {
        if ERR_peek_error() != 0 { ERR_clear_error() }
        let count = SSL_write(ssl, source, Int32(truncatingIfNeeded: min(byteCount, 1 << 30)))
        return count > 0 ? Int(count) : self.judge(ssl, count)
    }

    /// 1 when the handshake is done.
    static func handshake(_ ssl: OpaquePointer) -> Int {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        return result == 1 ? 1 : self.judge(ssl, result)
    }

    /// Sends close_notify and never waits for the peer's. False when the socket takes nothing now:
    /// call again once it does. Not to be called on a failed session.
    static func sendCloseNotify(_ ssl: OpaquePointer) -> Bool {
        ERR_clear_error()
        let result = SSL_shutdown(ssl)
        if result >= 0 { return true }
        let wantsWrite = SSL_get_error(ssl, result) == SSL_ERROR_WANT_WRITE
        ERR_clear_error()
        return !wantsWrite
    }

    @inline(never)
    private static func judge(_ ssl: OpaquePointer, _ result: Int32) -> Int {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return self.wantRead
        case SSL_ERROR_WANT_WRITE: return self.wantWrite
        case SSL_ERROR_ZERO_RETURN: return self.closed
        default: return self.failed
        }
    }

    /// What the last `failed` was. To be called at once, on the same thread.
    static func failure(_ ssl: OpaquePointer) -> TLSFailure {
        let systemError = errno
        let error = ERR_peek_error()
        let text = OpenSSLErrors.drain()
        guard error != 0 else {
            let words = systemError == 0 ? "end of stream" : String(cString: strerror(systemError))
            return TLSFailure(code: .socket, message: "connection lost: \(words)", alert: nil)
        }
        let reason = ERR_GET_REASON(error)
        if ERR_GET_LIB(error) == ERR_LIB_SYS {
            return TLSFailure(code: .socket, message: "connection lost: \(text)", alert: nil)
        }
        switch reason {
        case SSL_R_UNEXPECTED_EOF_WHILE_READING:
            return TLSFailure(
                code: .unexpectedEnd, message: "the peer left without close_notify", alert: nil)
        case SSL_R_CALLBACK_FAILED, SSL_R_NO_APPLICATION_PROTOCOL:
            return TLSFailure(
                code: .noApplicationProtocol,
                message: "the peer does not offer our protocol by ALPN", alert: nil)
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return TLSFailure(
                code: .certificateMissing, message: "the peer sent no client certificate",
                alert: nil)
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            let verdict = SSL_get_verify_result(ssl)
            let words = X509_verify_cert_error_string(verdict).map { String(cString: $0) }
            return TLSFailure(
                code: .certificateRefused,
                message: "the peer's certificate was refused: \(words ?? text)", alert: nil)
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_VERSION_NUMBER,
            SSL_R_UNKNOWN_PROTOCOL:
            return TLSFailure(
                code: .protocolVersion, message: "the peer does not speak TLS 1.3", alert: nil)
        case 1000...1255:
            return TLSFailure(
                code: .peerAlert, message: "the peer refused: \(text)", alert: Int(reason) - 1000)
        default:
            return TLSFailure(code: .protocolError, message: text, alert: nil)
        }
    }
}

/// The thread's queue of OpenSSL errors.
enum OpenSSLErrors {
    /// Empties the queue; the reasons, oldest first.
    static func drain() -> String {
        var reasons: [String] = []
        while true {
            let error = ERR_get_error()
            if error == 0 { break }
            if let reason = ERR_reason_error_string(error) {
                reasons.append(String(cString: reason))
            } else {
                reasons.append("error \(String(error, radix: 16))")
            }
        }
        return reasons.isEmpty ? "unknown error" : reasons.joined(separator: ", ")
    }
}
