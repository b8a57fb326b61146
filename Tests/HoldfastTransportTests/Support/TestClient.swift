import Glibc
import HoldfastTransport

enum ClientError: Error, Equatable {
    case timedOut(String)
    case failed(TLSFailure)
    /// close_notify came before everything that was expected.
    case ended(receivedByteCount: Int)
}

/// A blocking client over the non-blocking session, with a timeout on each wait.
final class TestClient {
    private static let timeoutMilliseconds: Int32 = 20_000

    let fd: Int32
    private var session: TLSSession
    private let context: TLSContext

    init(
        host: String, port: UInt16, identity: TestCertificates.Identity?, alpn: String,
        serverName: String?
    ) throws {
        self.context = try TLSContext(
            client: TLSClientConfiguration(
                serverCAFile: TestCertificates.shared.authority.certificateFile,
                certificateChainFile: identity?.certificateFile,
                privateKeyFile: identity?.keyFile, alpn: alpn))
        self.fd = try TCPConnector.connect(host: host, port: port, timeoutMilliseconds: 10_000)
        do {
            self.session = try TLSSession(
                context: self.context, fd: self.fd, isServer: false, serverName: serverName)
        } catch {
            close(self.fd)
            throw error
        }
    }

    deinit { close(self.fd) }

    var negotiatedALPN: String? { self.session.negotiatedALPN }

    func handshake() throws {
        while true {
            switch self.session.handshake() {
            case .bytes: return
            case .wantRead: try self.wait(POLLIN, "handshake")
            case .wantWrite: try self.wait(POLLOUT, "handshake")
            case .closed: throw ClientError.ended(receivedByteCount: 0)
            case .failed(let failure): throw ClientError.failed(failure)
            }
        }
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = self.trySend(bytes[sent...])
            switch count {
            case .bytes(let count): sent += count
            case .wantRead: try self.wait(POLLIN, "send")
            case .wantWrite: try self.wait(POLLOUT, "send")
            case .closed: throw ClientError.ended(receivedByteCount: 0)
            case .failed(let failure): throw ClientError.failed(failure)
            }
        }
    }

    func trySend(_ bytes: ArraySlice<UInt8>) -> TLSResult {
        bytes.withUnsafeBytes { self.session.write($0) }
    }

    func receive(_ byteCount: Int) throws -> [UInt8] {
        var received = [UInt8](repeating: 0, count: byteCount)
        var count = 0
        while count < byteCount {
            let result = received.withUnsafeMutableBytes {
                self.session.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
            }
            switch result {
            case .bytes(let more): count += more
            case .wantRead: try self.wait(POLLIN, "receive")
            case .wantWrite: try self.wait(POLLOUT, "receive")
            case .closed: throw ClientError.ended(receivedByteCount: count)
            case .failed(let failure): throw ClientError.failed(failure)
            }
        }
        return received
    }

    /// Everything up to the peer's close_notify; anything else at the end is an error.
    func receiveToEnd() throws -> [UInt8] {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 32 * 1024)
        while true {
            switch chunk.withUnsafeMutableBytes({ self.session.read(into: $0) }) {
            case .bytes(let count): received.append(contentsOf: chunk[..<count])
            case .wantRead: try self.wait(POLLIN, "the end")
            case .wantWrite: try self.wait(POLLOUT, "the end")
            case .closed: return received
            case .failed(let failure): throw ClientError.failed(failure)
            }
        }
    }

    /// How the server ended the session: nil for close_notify.
    func failureAtEnd() throws -> TLSFailure? {
        do {
            _ = try self.receiveToEnd()
            return nil
        } catch ClientError.failed(let failure) {
            return failure
        }
    }

    /// close_notify and FIN: no more requests.
    func halfClose() {
        self.session.sendCloseNotify()
        shutdown(self.fd, Int32(SHUT_WR))
    }

    func updateKeys() -> Bool { self.session.updateKeys() }

    private func wait(_ events: Int32, _ what: String) throws {
        var poller = pollfd(fd: self.fd, events: Int16(events), revents: 0)
        while true {
            let count = poll(&poller, 1, Self.timeoutMilliseconds)
            if count > 0 { return }
            if count == 0 { throw ClientError.timedOut(what) }
            precondition(errno == EINTR)
        }
    }
}

/// A message of the echo protocol, with bytes that depend on the seed.
func echoMessage(_ byteCount: Int, seed: Int = 0) -> [UInt8] {
    var message: [UInt8] = []
    message.reserveCapacity(4 + byteCount)
    for shift in [24, 16, 8, 0] { message.append(UInt8(truncatingIfNeeded: byteCount >> shift)) }
    var state = UInt32(truncatingIfNeeded: seed &* 2_654_435_761 &+ 12_345)
    for _ in 0..<byteCount {
        state = state &* 1_664_525 &+ 1_013_904_223
        message.append(UInt8(truncatingIfNeeded: state >> 24))
    }
    return message
}

/// The messages that lie end to end in the bytes; what is left over counts as one more.
func splitEchoMessages(_ bytes: [UInt8]) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var offset = 0
    while offset < bytes.count {
        let length = bytes[offset...].prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let end = min(offset + 4 + length, bytes.count)
        messages.append(Array(bytes[offset..<end]))
        offset = end
    }
    return messages
}

/// A bare TCP connection, for peers that do not speak TLS or stop half way.
final class RawClient {
    let fd: Int32

    init(port: UInt16) throws {
        self.fd = try TCPConnector.connect(
            host: "127.0.0.1", port: port, timeoutMilliseconds: 10_000)
    }

    deinit { close(self.fd) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(self.fd, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// What comes until the end of the stream; nil if it does not end cleanly in time.
    func receiveToEnd() -> [UInt8]? {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            var poller = pollfd(fd: self.fd, events: Int16(POLLIN), revents: 0)
            if poll(&poller, 1, 15_000) <= 0 { return nil }
            let count = recv(self.fd, &chunk, chunk.count, 0)
            if count == 0 { return received }
            if count < 0 { return nil }
            received.append(contentsOf: chunk[..<count])
        }
    }
}
