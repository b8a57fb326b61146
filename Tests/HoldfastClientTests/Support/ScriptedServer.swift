import CLinux
import Foundation
import HoldfastTransport
import HoldfastWire
import Synchronization

/// A real TLS server on a loopback port, one thread a connection, that does what a test's script says. The script runs
/// once a connection, with the connection's number from 0; when it returns the connection is closed.
final class ScriptedServer: Sendable {
    typealias Script = @Sendable (ServerSide, _ number: Int) -> Void

    let port: UInt16
    private let listener: Int32
    private let accepted = Atomic<Int>(0)

    var acceptedCount: Int { self.accepted.load(ordering: .relaxed) }

    /// With `certificate` nil the connection stays plain TCP; with port 0 the system picks one.
    init(
        port: UInt16 = 0, files: TestCertificates = .shared, certificate: String? = "server",
        clientCertificate: TLSConfiguration.ClientCertificate = .optional,
        alpn: String = "holdfast/1", _ script: @escaping Script
    ) {
        let context = certificate.map { name in
            try! TLSContext(
                server: TLSConfiguration(
                    certificateChainFile: files.certificate(name), privateKeyFile: files.key(name),
                    clientCAFile: files.authority, clientCertificate: clientCertificate,
                    alpn: alpn))
        }
        self.listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var isOn: Int32 = 1
        setsockopt(
            self.listener, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(bind(listener, generic, length) == 0)
                precondition(listen(listener, 64) == 0)
                precondition(getsockname(listener, generic, &length) == 0)
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else { return }
                guard let self else {
                    close(socket)
                    return
                }
                let number = self.accepted.wrappingAdd(1, ordering: .relaxed).oldValue
                Thread.detachNewThread {
                    let side = ServerSide(socket: socket, context: context)
                    script(side, number)
                    side.end()
                }
            }
        }
    }

    deinit {
        shutdown(self.listener, Int32(SHUT_RDWR))
        close(self.listener)
    }
}

/// One connection as the script sees it. Used by its thread alone.
final class ServerSide {
    struct Frame {
        let header: FrameHeader
        let body: [UInt8]

        /// The body without its metadata.
        var message: [UInt8] {
            guard self.header.hasMetadata else { return self.body }
            let count = Int(self.body[0]) << 8 | Int(self.body[1])
            return Array(self.body[(2 + count)...])
        }
    }

    let socket: Int32
    private var session: TLSSession?
    private var input: [UInt8] = []
    private(set) var isDropped = false

    init(socket: Int32, context: TLSContext?) {
        self.socket = socket
        // No script waits for ever, even when its test has failed.
        var time = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(
            socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        if let context {
            self.session = try? TLSSession(context: context, fd: socket, isServer: true)
        }
    }

    /// True when the handshake is done.
    func handshake() -> Bool {
        for _ in 0..<100 {
            switch self.session!.handshake() {
            case .bytes: return true
            case .wantRead, .wantWrite: continue
            case .closed, .failed: return false
            }
        }
        return false
    }

    /// The handshake and HELLO.
    func greet(_ hello: [UInt8] = Messages.hello()) -> Bool {
        guard self.handshake() else { return false }
        self.send(.hello, body: hello)
        return true
    }

    /// The next frame; nil when the client has left or been quiet for 5 s.
    func receive() -> Frame? {
        while true {
            if self.input.count >= FrameHeader.byteCount {
                let header = self.input.withUnsafeBytes { FrameHeader(reading: $0.baseAddress!) }
                if self.input.count >= header.frameByteCount {
                    let body = Array(self.input[FrameHeader.byteCount..<header.frameByteCount])
                    self.input.removeFirst(header.frameByteCount)
                    return Frame(header: header, body: body)
                }
            }
            guard self.readMore() else { return nil }
        }
    }

    /// The next frame of this kind.
    func receive(_ kind: FrameKind) -> Frame? {
        while let frame = self.receive() {
            if frame.header.kind == kind.rawValue { return frame }
        }
        return nil
    }

    func send(
        _ kind: FrameKind, code: UInt16 = 0, callID: UInt32 = 0, retryMilliseconds: UInt32 = 0,
        body: [UInt8] = []
    ) {
        let header = FrameHeader(
            kind: kind, methodOrCode: code, callID: callID,
            timeoutOrRetryMilliseconds: retryMilliseconds, bodyByteCount: body.count)
        var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        bytes.withUnsafeMutableBytes { header.write(to: $0.baseAddress!) }
        self.send(bytes + body)
    }

    func answer(_ frame: Frame, _ body: [UInt8]) {
        self.send(.response, callID: frame.header.callID, body: body)
    }

    func refuse(_ frame: Frame, code: RPCCode, retryMilliseconds: UInt32 = 0, status: [UInt8]) {
        self.send(
            .response, code: code.rawValue, callID: frame.header.callID,
            retryMilliseconds: retryMilliseconds, body: status)
    }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { raw -> Int in
                if self.session == nil {
                    return max(0, Glibc.write(self.socket, raw.baseAddress, raw.count))
                }
                if case .bytes(let count) = self.session!.write(raw) { return count }
                return 0
            }
            if count == 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Breaks the connection off: no close_notify, unread bytes lost.
    func drop() {
        self.isDropped = true
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            self.socket, SOL_SOCKET, SO_LINGER, &linger,
            socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// True if the client ended its side properly.
    func waitForClientToLeave() -> Bool {
        while true {
            if self.session == nil { return false }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let result = buffer.withUnsafeMutableBytes { self.session!.read(into: $0) }
            switch result {
            case .bytes: continue
            case .closed: return true
            case .wantRead, .wantWrite, .failed: return false
            }
        }
    }

    func end() {
        if !self.isDropped { self.session?.sendCloseNotify() }
        self.session = nil
        close(self.socket)
    }

    private func readMore() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 * 1_024)
        for _ in 0..<16 {
            let result = buffer.withUnsafeMutableBytes { self.session!.read(into: $0) }
            switch result {
            case .bytes(let count):
                self.input += buffer[..<count]
                return true
            case .wantRead, .wantWrite:
                // A session ticket was handled, or the socket's own time is up.
                if errno == EAGAIN { return false }
            case .closed, .failed:
                return false
            }
        }
        return false
    }
}
