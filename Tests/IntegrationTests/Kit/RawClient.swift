import COpenSSL
import Glibc

/// How a raw peer introduces itself: one client SSL_CTX. Built once, then only read, so threads may share it.
final class RawIdentity: @unchecked Sendable {
    enum Version { case tls12, tls13 }

    let pointer: OpaquePointer

    /// - Parameters:
    ///   - files: Certificate and key as PEM files; nil: none is sent.
    ///   - alpn: Protocols to offer; empty: no ALPN extension.
    init(
        files: (certificate: String, key: String)?, alpn: [String] = ["holdfast/1"],
        version: Version = .tls13
    ) {
        let context = SSL_CTX_new(TLS_client_method())!
        let isVersioned =
            version == .tls13
            ? holdfast_ssl_ctx_require_tls13(context) : holdfast_ssl_ctx_require_tls12(context)
        precondition(isVersioned == 1)
        // Whom the client trusts is not the matter here.
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        if let files {
            precondition(SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1)
            precondition(SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1)
        }
        if !alpn.isEmpty {
            let wire = alpn.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            precondition(SSL_CTX_set_alpn_protos(context, wire, UInt32(wire.count)) == 0)
        }
        self.pointer = context
    }

    deinit { SSL_CTX_free(self.pointer) }
}

/// A TCP connection to loopback, blocking, that gives up after ten seconds of silence.
final class RawSocket {
    struct Failure: Error, CustomStringConvertible { let description: String }

    let fd: Int32

    init(port: UInt16) throws {
        self.fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let fd = self.fd
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            throw Failure(description: "connect: \(String(cString: strerror(errno)))")
        }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        var one: Int32 = 1
        setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(self.fd) }

    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(self.fd, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Everything up to the peer's end; nil: it did not end in time. A reset counts as an end.
    func readToEnd() -> [UInt8]? {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(self.fd, &chunk, chunk.count, 0)
            if count > 0 { all += chunk[..<count] }
            if count == 0 || (count < 0 && errno == ECONNRESET) { return all }
            if count < 0 && errno != EINTR { return nil }
        }
    }
}

/// A peer that sends what it likes: TLS by libssl, bytes by hand. One thread at a time.
final class RawClient {
    private static let ignoresBrokenPipes: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return true
    }()

    let socket: RawSocket
    private let ssl: OpaquePointer
    private var input: [UInt8] = []

    /// After the handshake as the client sees it; a refused certificate shows on the first read only.
    init(port: UInt16, _ identity: RawIdentity) throws {
        precondition(Self.ignoresBrokenPipes)
        self.socket = try RawSocket(port: port)
        self.ssl = SSL_new(identity.pointer)!
        SSL_set_fd(self.ssl, self.socket.fd)
        ERR_clear_error()
        guard SSL_connect(self.ssl) == 1 else {
            // `deinit` frees the session: every property is set.
            throw Refused(alert: Self.takeAlert())
        }
    }

    deinit { SSL_free(self.ssl) }

    /// The server refused the handshake with this alert; nil: in another way.
    struct Refused: Error { let alert: Int? }

    private static func takeAlert() -> Int? {
        let reason = ERR_GET_REASON(ERR_peek_error())
        ERR_clear_error()
        return reason >= 1_000 ? Int(reason) - 1_000 : nil
    }

    /// One TLS record (or more, if the bytes are many). What the peer no longer takes is dropped.
    func send(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        bytes.withUnsafeBytes { _ = SSL_write(self.ssl, $0.baseAddress, Int32($0.count)) }
    }

    func send(_ bytes: [UInt8]) { self.send(bytes[...]) }

    /// One TLS record a byte, with a breath between them so that the peer sees most of them alone.
    func sendByteByByte(_ bytes: [UInt8]) {
        for index in bytes.indices {
            self.send(bytes[index...index])
            usleep(20)
        }
    }

    /// close_notify: no more requests come; answers are still read.
    func finish() {
        ERR_clear_error()
        SSL_shutdown(self.ssl)
        shutdown(self.socket.fd, Int32(SHUT_WR))
    }

    enum Read {
        case frame(RawFrame)
        /// close_notify, or the end of the stream behind it.
        case closed
        /// The TLS alert with which the server refused.
        case alert(Int)
        /// Neither came in time, or the connection broke.
        case failed(String)
    }

    func next() -> Read {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            if let frame = RawFrame(takingFrom: &self.input) { return .frame(frame) }
            ERR_clear_error()
            errno = 0
            let count = SSL_read(self.ssl, &chunk, Int32(chunk.count))
            if count > 0 {
                self.input += chunk[..<Int(count)]
                continue
            }
            let error = SSL_get_error(self.ssl, count)
            if error == SSL_ERROR_ZERO_RETURN { return .closed }
            let systemError = errno
            if let alert = Self.takeAlert() { return .alert(alert) }
            return .failed("read error \(error): \(String(cString: strerror(systemError)))")
        }
    }

    /// Frames up to the end, and how it ended.
    func readToEnd() -> (frames: [RawFrame], end: Read) {
        var frames: [RawFrame] = []
        while true {
            let read = self.next()
            guard case .frame(let frame) = read else { return (frames, read) }
            frames.append(frame)
        }
    }
}
