import CLinux
import Glibc
import HoldfastClient
import HoldfastTransport
import HoldfastWire

/// A peer that says whatever a test wants, at its own pace: frames, parts of frames, nothing at all.
final class LimitPeer {
    enum Failure: Error {
        /// The server said close_notify.
        case closed
        /// The connection was cut, or TLS broke.
        case cut(String)
        case timedOut
    }

    struct Frame {
        let header: FrameHeader
        let body: [UInt8]

        var kind: FrameKind? { FrameKind(rawValue: self.header.kind) }
        /// 0: OK, as in google.rpc.Code.
        var code: UInt16 { self.header.methodOrCode }
        /// Reasons and messages are plain text inside the protobuf bytes.
        func says(_ text: String) -> Bool {
            String(decoding: self.body, as: UTF8.self).contains(text)
        }
    }

    /// How the server ended the connection, and what it said before.
    struct Farewell {
        var frames: [Frame] = []
        var isClean = false
        var seconds = 0.0
    }

    static let timeoutMilliseconds = 15_000

    let fd: Int32
    private let context: TLSContext
    private var session: TLSSession
    private var received: [UInt8] = []
    private var nextCallID: UInt32 = 1

    /// What a role shows to the server; nil: no certificate. To be shared by many peers.
    static func context(_ server: TestServer, _ role: String? = "gateway") throws -> TLSContext {
        let files = role.map { server.certificate($0) }
        return try TLSContext(
            client: TLSClientConfiguration(
                serverCAFile: server.authority, certificateChainFile: files?.certificate,
                privateKeyFile: files?.key, alpn: "holdfast/1"))
    }

    /// Connects and reads the server's HELLO.
    convenience init(_ server: TestServer, _ role: String? = "gateway", port: UInt16? = nil) throws
    {
        try self.init(
            context: Self.context(server, role), port: port ?? server.stockPort)
    }

    /// `receiveBufferBytes`: what the kernel keeps for a peer that does not read; nil: its own choice.
    init(context: TLSContext, port: UInt16, receiveBufferBytes: Int32? = nil) throws {
        self.context = context
        self.fd = try TCPConnector.connect(
            host: "127.0.0.1", port: port, timeoutMilliseconds: Self.timeoutMilliseconds)
        do {
            if let receiveBufferBytes {
                _ = holdfast_set_option(self.fd, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes)
            }
            self.session = try TLSSession(
                context: context, fd: self.fd, isServer: false, serverName: "127.0.0.1")
        } catch {
            close(self.fd)
            throw error
        }
        try self.retrying { $0.session.handshake() }
        guard try self.frame().kind == .hello else { throw Failure.cut("no HELLO") }
    }

    deinit { close(self.fd) }

    // MARK: Sending

    /// The bytes of one call with the next call id.
    func call(_ request: some WireRequest, timeoutMilliseconds: UInt32 = 30_000) throws -> [UInt8] {
        self.call(
            type(of: request).method, body: try request.body(),
            timeoutMilliseconds: timeoutMilliseconds)
    }

    func call(_ method: Method, body: [UInt8] = [], timeoutMilliseconds: UInt32 = 30_000) -> [UInt8]
    {
        let callID = self.nextCallID
        self.nextCallID += 1
        return Self.frame(
            .request, method: method.rawValue, callID: callID, body: body,
            timeoutMilliseconds: timeoutMilliseconds)
    }

    static func frame(
        _ kind: FrameKind, method: UInt16 = 0, callID: UInt32 = 0, body: [UInt8] = [],
        timeoutMilliseconds: UInt32 = 0
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        bytes.withUnsafeMutableBytes {
            FrameHeader(
                kind: kind, methodOrCode: method, callID: callID,
                timeoutOrRetryMilliseconds: timeoutMilliseconds, bodyByteCount: body.count
            ).write(to: $0.baseAddress!)
        }
        return bytes + body
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count { sent += try self.retrying { $0.write(bytes[sent...]) } }
    }

    /// One write; 0 when the socket takes nothing now.
    func trySend(_ bytes: ArraySlice<UInt8>) throws -> Int {
        switch self.write(bytes) {
        case .bytes(let count): return count
        case .wantRead, .wantWrite: return 0
        case .closed: throw Failure.closed
        case .failed(let failure): throw Failure.cut(failure.message)
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>) -> TLSResult {
        bytes.withUnsafeBytes { self.session.write($0) }
    }

    func updateKeys() -> Bool { self.session.updateKeys() }

    /// Gone without a word: what is unread and unsent is lost, the server sees a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            self.fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    // MARK: Receiving

    func frame() throws -> Frame {
        while true {
            if let frame = self.takeFrame() { return frame }
            try self.receive()
        }
    }

    func frames(_ count: Int) throws -> [Frame] { try (0..<count).map { _ in try self.frame() } }

    /// Reads to the end, which must come within the time limit of this class.
    func farewell(since start: UInt64) throws -> Farewell {
        var farewell = Farewell()
        do {
            while true { farewell.frames.append(try self.frame()) }
        } catch Failure.closed {
            farewell.isClean = true
        } catch Failure.cut {
        }
        farewell.seconds = Double(BootClock.nowNanoseconds() - start) / 1e9
        return farewell
    }

    /// Bytes or the end have come and were not read yet.
    var hasNews: Bool {
        var poller = pollfd(fd: self.fd, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) > 0
    }

    private func takeFrame() -> Frame? {
        guard self.received.count >= FrameHeader.byteCount else { return nil }
        let header = self.received.withUnsafeBytes { FrameHeader(reading: $0.baseAddress!) }
        guard self.received.count >= header.frameByteCount else { return nil }
        let body = Array(self.received[FrameHeader.byteCount..<header.frameByteCount])
        self.received.removeFirst(header.frameByteCount)
        return Frame(header: header, body: body)
    }

    private func receive() throws {
        let chunk = try [UInt8](unsafeUninitializedCapacity: 32 * 1024) { buffer, count in
            count = try self.retrying {
                $0.session.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
        self.received += chunk
    }

    @discardableResult
    private func retrying(_ step: (LimitPeer) -> TLSResult) throws -> Int {
        while true {
            switch step(self) {
            case .bytes(let count): return count
            case .wantRead: try self.wait(POLLIN)
            case .wantWrite: try self.wait(POLLOUT)
            case .closed: throw Failure.closed
            case .failed(let failure): throw Failure.cut(failure.message)
            }
        }
    }

    private func wait(_ events: Int32) throws {
        var poller = pollfd(fd: self.fd, events: Int16(events), revents: 0)
        while true {
            let count = poll(&poller, 1, Int32(Self.timeoutMilliseconds))
            if count > 0 { return }
            if count == 0 { throw Failure.timedOut }
            precondition(errno == EINTR)
        }
    }
}
