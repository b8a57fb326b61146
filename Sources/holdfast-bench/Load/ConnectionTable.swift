import CLinux
import Glibc

/// All connections of a run, each at a fixed place, and the epoll that watches them.
struct ConnectionTable: ~Copyable {
    let count: Int
    let epoll: Int32
    private let connections: UnsafeMutablePointer<LoadConnection>

    /// Opens all of them, one after the other. Throws what the first failure was.
    init(plan: ConnectionPlan, frameByteCountMax: Int) throws {
        let dialer = try Dialer(plan: plan)
        let epoll = holdfast_epoll_create()
        guard epoll >= 0 else {
            throw LoadError("no epoll instance: \(String(cString: strerror(errno)))")
        }
        let count = plan.connectionCount
        let connections = UnsafeMutablePointer<LoadConnection>.allocate(capacity: count)
        var opened = 0
        do {
            while opened < count {
                (connections + opened).initialize(
                    to: try dialer.dial(frameByteCountMax: frameByteCountMax))
                opened += 1
                let added = holdfast_epoll_control(
                    epoll, EPOLL_CTL_ADD, connections[opened - 1].descriptor, holdfast_epoll_in,
                    UInt64(opened - 1))
                guard added == 0 else {
                    throw LoadError("epoll refuses a socket: \(String(cString: strerror(errno)))")
                }
            }
        } catch {
            connections.deinitialize(count: opened)
            connections.deallocate()
            close(epoll)
            throw error
        }
        self.count = count
        self.epoll = epoll
        self.connections = connections
    }

    deinit {
        close(self.epoll)
        self.connections.deinitialize(count: self.count)
        self.connections.deallocate()
    }

    /// Where the connection lives as long as the table does.
    subscript(index: Int) -> UnsafeMutablePointer<LoadConnection> {
        precondition(index >= 0 && index < self.count)
        return self.connections + index
    }

    /// Whether no call is in flight on any of them.
    var isIdle: Bool {
        for index in 0..<self.count where self.connections[index].inFlightCount > 0 { return false }
        return true
    }

    /// Asks epoll to tell when the connection takes output again, or no longer.
    func awaitOutput(_ index: Int, _ awaits: Bool) {
        let connection = self[index]
        guard awaits != connection.pointee.awaitsOutput else { return }
        connection.pointee.awaitsOutput = awaits
        let events = awaits ? holdfast_epoll_in | holdfast_epoll_out : holdfast_epoll_in
        let result = holdfast_epoll_control(
            self.epoll, EPOLL_CTL_MOD, connection.pointee.descriptor, events, UInt64(index))
        precondition(result == 0, "a watched socket can be modified")
    }
}
