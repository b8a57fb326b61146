import Glibc
import HoldfastTransport

/// A client whose TLS bytes pass through the test, which decides when they reach the server: for
/// records that come in pieces.
final class RelayedClient {
    private let inside: Int32
    private let outside: Int32
    private let server: Int32
    private let context: TLSContext
    private var session: TLSSession
    /// Bytes on their way to the server.
    private var held: [UInt8] = []

    init(port: UInt16) throws {
        var pair: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        precondition(socketpair(AF_UNIX, kind, 0, &pair) == 0)
        (self.inside, self.outside) = (pair[0], pair[1])
        self.server = try TCPConnector.connect(
            host: "127.0.0.1", port: port, timeoutMilliseconds: 10_000)
        let certificates = TestCertificates.shared
        self.context = try TLSContext(
            client: TLSClientConfiguration(
                serverCAFile: certificates.authority.certificateFile,
                certificateChainFile: certificates.gateway.certificateFile,
                privateKeyFile: certificates.gateway.keyFile))
        self.session = try TLSSession(
            context: self.context, fd: self.inside, isServer: false, serverName: "localhost")
    }

    deinit {
        close(self.inside)
        close(self.outside)
        close(self.server)
    }

    func handshake() throws {
        let isDone = try self.eventuallyDone {
            switch self.session.handshake() {
            case .bytes: return true
            case .failed(let failure): throw ClientError.failed(failure)
            default: return false
            }
        }
        if !isDone { throw ClientError.timedOut("handshake") }
    }

    /// Encrypts the message and holds it; `release` sends.
    func hold(_ message: [UInt8]) {
        _ = message.withUnsafeBytes { self.session.write($0) }
        self.takeFromSession()
    }

    var heldByteCount: Int { self.held.count }

    func release(_ byteCount: Int) {
        let count = min(byteCount, self.held.count)
        let sent = send(self.server, self.held, count, Int32(MSG_NOSIGNAL))
        precondition(sent == count, "the relay sends little at a time")
        self.held.removeFirst(count)
    }

    func receive(_ byteCount: Int) throws -> [UInt8] {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let isDone = try self.eventuallyDone {
            switch chunk.withUnsafeMutableBytes({ self.session.read(into: $0) }) {
            case .bytes(let count): received.append(contentsOf: chunk[..<count])
            case .failed(let failure): throw ClientError.failed(failure)
            case .closed: throw ClientError.ended(receivedByteCount: received.count)
            case .wantRead, .wantWrite: break
            }
            return received.count >= byteCount
        }
        if !isDone { throw ClientError.timedOut("receive") }
        return received
    }

    private func eventuallyDone(_ step: () throws -> Bool) throws -> Bool {
        let end = BootClock.nowNanoseconds() + 20_000_000_000
        while BootClock.nowNanoseconds() < end {
            if try step() {
                self.takeFromSession()
                self.release(.max)
                return true
            }
            self.takeFromSession()
            self.release(.max)
            if !self.giveToSession() { usleep(500) }
        }
        return false
    }

    private func takeFromSession() {
        var chunk = [UInt8](repeating: 0, count: 32 * 1024)
        while true {
            let count = recv(self.outside, &chunk, chunk.count, 0)
            if count <= 0 { return }
            self.held.append(contentsOf: chunk[..<count])
        }
    }

    private func giveToSession() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 32 * 1024)
        let count = recv(self.server, &chunk, chunk.count, 0)
        if count <= 0 { return false }
        return send(self.outside, chunk, count, Int32(MSG_NOSIGNAL)) == count
    }
}
