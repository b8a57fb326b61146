internal import CLinux
internal import Glibc
internal import Synchronization

/// Where a group listens.
package struct ListenerConfiguration: Sendable {
    package var name: String
    /// An IP address or a name; "::" takes IPv4 too.
    package var host: String
    /// 0: any free one.
    package var port: UInt16
    package var context: TLSContext
    /// The largest message that the delegate may leave unconsumed, in bytes, with its header.
    package var inputBytesMax: Int

    package init(
        name: String, host: String, port: UInt16, context: TLSContext, inputBytesMax: Int
    ) {
        self.name = name
        self.host = host
        self.port = port
        self.context = context
        self.inputBytesMax = inputBytesMax
    }
}

/// The reactors of a server, and their beginning and end.
///
/// In order: `init` binds, `start` serves, `beginDrain` stops accepting, `closeAll` ends the
/// connections, `join` waits for the threads. All but `init` from any thread.
package final class ReactorGroup: Sendable {
    package let reactors: [Reactor]
    package let boundAddresses: [(name: String, host: String, port: UInt16)]
    private let shared: GroupState
    private let threads = Mutex<[pthread_t]>([])
    private let hasStarted = Atomic<Bool>(false)

    /// Binds every listener and makes every delegate, on the calling thread. `makeDelegate` is
    /// called once a reactor, in order; the delegate is then used on the reactor's thread only.
    package init(
        reactorCount: Int, listeners: [ListenerConfiguration],
        limits: TransportLimits = TransportLimits(),
        log: @escaping @Sendable (TransportLogEvent) -> Void,
        makeDelegate: (Int, Reactor) -> any ReactorDelegate
    ) throws(TransportError) {
        precondition(reactorCount > 0 && reactorCount <= 1_024, "1 to 1,024 reactors")
        precondition(!listeners.isEmpty && listeners.count <= 64, "1 to 64 listeners")
        limits.check()
        let shared = GroupState(limits: limits, reactorCount: reactorCount, log: log)
        var unowned: Set<Int32> = []
        do throws(TransportError) {
            var bound: [(name: String, host: String, port: UInt16)] = []
            var perReactor = [[ReactorListener]](repeating: [], count: reactorCount)
            for listener in listeners {
                precondition(listener.context.isServer, "a listener needs a server's context")
                let sockets = try ListeningSocket.open(
                    host: listener.host, port: listener.port, count: reactorCount)
                unowned.formUnion(sockets.fds)
                bound.append((listener.name, sockets.host, sockets.port))
                for (index, fd) in sockets.fds.enumerated() {
                    perReactor[index].append(
                        ReactorListener(
                            name: listener.name, fd: fd, context: listener.context,
                            inputBytesMax: listener.inputBytesMax))
                }
            }
            var reactors: [Reactor] = []
            for index in 0..<reactorCount {
                // From here on the reactor closes its listeners, even when its init throws.
                unowned.subtract(perReactor[index].map(\.fd))
                let reactor = try Reactor(
                    index: index, shared: shared, listeners: perReactor[index])
                reactor.delegate = makeDelegate(index, reactor)
                reactors.append(reactor)
            }
            self.reactors = reactors
            self.boundAddresses = bound
            self.shared = shared
        } catch {
            for fd in unowned { close(fd) }
            throw error
        }
        holdfast_ignore_sigpipe()
        for address in self.boundAddresses {
            log(
                TransportLogEvent(
                    severity: .info, kind: .listening, listener: address.name, remoteAddress: nil,
                    message: "listening on \(address.host), port \(address.port)",
                    suppressedCount: 0))
        }
    }

    /// A group that was never started has no thread that would let go of the delegates.
    deinit {
        if !self.hasStarted.load(ordering: .relaxed) {
            for reactor in self.reactors { reactor.delegate = nil }
        }
    }

    /// Starts one thread a reactor. Once.
    package func start() {
        let before = self.hasStarted.exchange(true, ordering: .relaxed)
        precondition(!before, "a group starts once")
        self.threads.withLock { (threads) in
            for reactor in self.reactors { threads.append(ReactorThread.start(reactor)) }
        }
    }

    /// Stops listening; each delegate hears `drainStarted`. Connections go on.
    package func beginDrain() {
        for reactor in self.reactors { reactor.requestDrain() }
    }

    /// Closes every connection gracefully, and stops listening if it has not stopped yet. After the
    /// grace what is left is cut, and the threads end.
    package func closeAll(graceMilliseconds: Int) {
        let deadline = BootClock.nowNanoseconds() + nanoseconds(graceMilliseconds)
        for reactor in self.reactors { reactor.requestClose(deadline: deadline) }
    }

    /// Waits until every reactor's thread has ended, which they do after `closeAll`. Blocks the
    /// calling thread: not for tasks of the cooperative pool, nor for a delegate.
    package func join() {
        let threads = self.threads.withLock { (threads) -> [pthread_t] in
            let all = threads
            threads.removeAll()
            return all
        }
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Connections of all reactors, handshakes included.
    package var connectionCount: Int { self.shared.connectionCount.load(ordering: .relaxed) }

    package func statistics() -> TransportStatistics {
        self.reactors.reduce(TransportStatistics()) { $0 + $1.published.snapshot() }
    }
}

/// The thread of a reactor. A function of its own, so that the body inherits no actor.
private enum ReactorThread {
    static func start(_ reactor: Reactor) -> pthread_t {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(reactor).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { context in
                let reactor = Unmanaged<Reactor>.fromOpaque(context!).takeRetainedValue()
                _ = holdfast_block_signals()
                _ = holdfast_name_this_thread("holdfast-r\(reactor.index)")
                reactor.run()
                return nil
            }, context)
        precondition(result == 0, "a thread for a reactor could not be started: \(result)")
        return thread
    }
}
