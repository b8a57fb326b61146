internal import ServiceLifecycle
internal import Synchronization

/// The server as a service: runs until a graceful shutdown is asked for, then drains and stops.
package struct ServerService: Service {
    package let server: Server
    private let started: @Sendable (BoundAddresses) -> Void

    /// - Parameter started: Told once the ports are bound.
    package init(server: Server, started: @escaping @Sendable (BoundAddresses) -> Void) {
        self.server = server
        self.started = started
    }

    package func run() async throws {
        self.started(try self.server.start())
        // Ends with a graceful shutdown or with the task's cancellation, whichever is first.
        try? await gracefulShutdown()
        let server = self.server
        // Draining waits for threads, which the cooperative pool must not.
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let thread = NativeThread(name: "holdfast-drain")
            thread.start {
                server.drain()
                server.stop()
                continuation.resume()
            }
            thread.detach()
        }
    }
}
