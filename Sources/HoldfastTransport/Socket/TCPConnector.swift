internal import CLinux
internal import Glibc

/// Outgoing connections, for clients and load programs.
package enum TCPConnector {
    /// Starts to connect and returns a non-blocking socket, which becomes writable once it is
    /// connected or has failed: then ask `error(of:)`. Resolving the host may block.
    package static func start(host: String, port: UInt16) throws(TransportError) -> Int32 {
        var target = try SocketAddress.resolve(host: host, port: port, isPassive: false)
        let fd = holdfast_tcp_socket(target.family)
        guard fd >= 0 else {
            throw TransportError(
                .resourceExhausted, "no socket: \(String(cString: strerror(errno)))",
                hint: "raise the limit on open files (ulimit -n)")
        }
        _ = holdfast_set_no_delay(fd)
        let result = holdfast_connect(fd, &target.storage, target.length)
        if result != 0 && errno != EINPROGRESS && errno != EINTR {
            let words = String(cString: strerror(errno))
            close(fd)
            throw Self.failure(host, port, words)
        }
        return fd
    }

    /// Why a socket that was started did not connect; nil when it did.
    package static func error(of fd: Int32, host: String, port: UInt16) -> TransportError? {
        let number = holdfast_socket_error(fd)
        return number == 0 ? nil : self.failure(host, port, String(cString: strerror(number)))
    }

    /// Connects, waiting at most so long; the socket is non-blocking.
    package static func connect(
        host: String, port: UInt16, timeoutMilliseconds: Int
    ) throws(TransportError) -> Int32 {
        let fd = try self.start(host: host, port: port)
        var poller = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        let end = BootClock.nowNanoseconds() + nanoseconds(timeoutMilliseconds)
        while true {
            let now = BootClock.nowNanoseconds()
            let left = end > now ? Int32((end - now) / 1_000_000) : 0
            let count = poll(&poller, 1, left)
            if count < 0 && errno == EINTR { continue }
            if count == 0 {
                close(fd)
                throw self.failure(host, port, "no answer within \(timeoutMilliseconds) ms")
            }
            break
        }
        if let error = self.error(of: fd, host: host, port: port) {
            close(fd)
            throw error
        }
        return fd
    }

    private static func failure(_ host: String, _ port: UInt16, _ words: String) -> TransportError {
        TransportError(
            .connectFailed, "cannot connect to \(host):\(port): \(words)",
            hint: "check that the server runs and listens there")
    }
}
