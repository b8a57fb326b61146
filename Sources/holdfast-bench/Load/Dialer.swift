import CLinux
import Glibc
import HoldfastTransport

/// Opens the connections of a run, one after the other, before anything is measured.
struct Dialer {
    let plan: ConnectionPlan
    let context: TLSContext
    let address: sockaddr_storage

    private static let handshakeMilliseconds: Int32 = 5_000

    init(plan: ConnectionPlan) throws {
        self.plan = plan
        self.context = try TLSContext(client: plan.tls)
        self.address = try Self.resolve(host: plan.host, port: plan.port)
    }

    /// A connection whose handshake is done, on a non-blocking socket.
    func dial(frameByteCountMax: Int) throws -> LoadConnection {
        let descriptor = holdfast_tcp_socket(Int32(self.address.ss_family))
        guard descriptor >= 0 else {
            throw LoadError("no socket: \(Self.systemError()); raise the limit with ulimit -n")
        }
        do {
            try self.connect(descriptor)
            let session = try self.handshake(descriptor)
            return LoadConnection(
                session: session, descriptor: descriptor, inFlightMax: self.plan.inFlightMax,
                frameByteCountMax: frameByteCountMax)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private var target: String { "\(self.plan.host):\(self.plan.port)" }

    private func connect(_ descriptor: Int32) throws(LoadError) {
        var address = self.address
        let length =
            address.ss_family == sa_family_t(AF_INET6)
            ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        if holdfast_connect(descriptor, &address, socklen_t(length)) != 0 {
            guard errno == EINPROGRESS else {
                throw LoadError("cannot connect to \(self.target): \(Self.systemError())")
            }
            try self.wait(descriptor, for: POLLOUT)
            let error = holdfast_socket_error(descriptor)
            guard error == 0 else {
                throw LoadError(
                    "cannot connect to \(self.target): \(String(cString: strerror(error)))")
            }
        }
        _ = holdfast_set_no_delay(descriptor)
    }

    private func handshake(_ descriptor: Int32) throws -> TLSSession {
        var session = try TLSSession(
            context: self.context, fd: descriptor, isServer: false, serverName: self.plan.serverName
        )
        while true {
            switch session.handshake() {
            case .bytes: return session
            case .wantRead: try self.wait(descriptor, for: POLLIN)
            case .wantWrite: try self.wait(descriptor, for: POLLOUT)
            case .closed: throw LoadError("\(self.target) closed the connection in the handshake")
            case .failed(let failure):
                throw LoadError("TLS handshake with \(self.target) failed: \(failure.message)")
            }
        }
    }

    private func wait(_ descriptor: Int32, for events: Int32) throws(LoadError) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        guard poll(&entry, 1, Self.handshakeMilliseconds) == 1 else {
            throw LoadError(
                "\(self.target) did not answer within \(Self.handshakeMilliseconds) ms")
        }
    }

    private static func resolve(host: String, port: UInt16) throws(LoadError) -> sockaddr_storage {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        guard result == 0, let first = list else {
            throw LoadError("cannot resolve \(host): \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(list) }
        var storage = sockaddr_storage()
        memcpy(&storage, first.pointee.ai_addr, Int(first.pointee.ai_addrlen))
        return storage
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}
