internal import CLinux
internal import Glibc

/// Sockets that listen, one a reactor, on one address (SO_REUSEPORT): the kernel spreads the
/// connections.
enum ListeningSocket {
    private static let backlog: Int32 = 4_096

    /// `port` 0 lets the first socket choose; the others follow. On failure nothing stays open.
    static func open(
        host: String, port: UInt16, count: Int
    ) throws(TransportError) -> (fds: [Int32], host: String, port: UInt16) {
        var target = try SocketAddress.resolve(host: host, port: port, isPassive: true)
        if port != 0 { try self.probe(&target, host, port) }
        var fds: [Int32] = []
        do throws(TransportError) {
            for _ in 0..<count {
                let fd = try self.listen(&target, host, port)
                fds.append(fd)
                if fds.count == 1 {
                    guard holdfast_local_address(fd, &target.storage) == 0 else {
                        throw self.failure("getsockname", host, port)
                    }
                }
            }
        } catch {
            for fd in fds { close(fd) }
            throw error
        }
        guard let bound = IPAddress.read(&target.storage) else {
            preconditionFailure("a TCP socket without an IP address")
        }
        return (fds, bound.address.text, bound.port)
    }

    /// With SO_REUSEPORT alone, two servers of one user would share the port without a word.
    private static func probe(
        _ target: inout SocketAddress, _ host: String, _ port: UInt16
    ) throws(TransportError) {
        let fd = holdfast_tcp_socket(target.family)
        guard fd >= 0 else { throw self.failure("socket", host, port) }
        defer { close(fd) }
        _ = holdfast_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)
        if target.family == AF_INET6 { self.setDualStack(fd) }
        guard holdfast_bind(fd, &target.storage, target.length) == 0 else {
            throw self.failure("bind", host, port)
        }
    }

    private static func listen(
        _ target: inout SocketAddress, _ host: String, _ port: UInt16
    ) throws(TransportError) -> Int32 {
        let fd = holdfast_tcp_socket(target.family)
        guard fd >= 0 else { throw self.failure("socket", host, port) }
        if target.family == AF_INET6 { self.setDualStack(fd) }
        guard holdfast_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) == 0,
            holdfast_set_reuse_port(fd) == 0,
            holdfast_bind(fd, &target.storage, target.length) == 0,
            Glibc.listen(fd, self.backlog) == 0
        else {
            let error = self.failure("listen", host, port)
            close(fd)
            throw error
        }
        return fd
    }

    /// "::" takes IPv4 too.
    private static func setDualStack(_ fd: Int32) {
        _ = holdfast_set_option(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0)
    }

    private static func failure(
        _ call: String, _ host: String, _ port: UInt16
    ) -> TransportError {
        let number = errno
        let words = String(cString: strerror(number))
        switch number {
        case EADDRINUSE:
            return TransportError(
                .addressInUse, "port \(port) on \(host) is in use",
                hint: "stop the program that listens there (see: ss -ltnp), or choose another port"
            )
        case EACCES, EPERM:
            return TransportError(
                .addressForbidden, "port \(port) on \(host) may not be bound: \(words)",
                hint: "choose a port from 1024 on, or give CAP_NET_BIND_SERVICE")
        case EADDRNOTAVAIL:
            return TransportError(
                .addressInvalid, "\(host) is no address of this machine",
                hint: "listen on 127.0.0.1, 0.0.0.0 or ::, or on an address that ip addr shows")
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            return TransportError(
                .resourceExhausted, "\(call) for \(host):\(port) failed: \(words)",
                hint: "raise the limit on open files (ulimit -n)")
        default:
            return TransportError(
                .addressInvalid, "\(call) for \(host):\(port) failed: \(words)",
                hint: "check the host and the port")
        }
    }
}

/// A descriptor in reserve for the day when there is none to accept with.
enum SpareDescriptor {
    /// Below 0 when there is none even for this.
    static func open() -> Int32 { Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
