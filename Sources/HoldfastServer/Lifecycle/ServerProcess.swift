internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// The server as a process: signals, and what comes out of them.
package enum ServerProcess {
    /// Draining and closing are bounded by the server itself; this is the rope behind it.
    private static let shutdownSecondsMax: Int64 = 5

    /// Serves until SIGTERM or SIGINT, then drains, and returns when everything has ended.
    ///
    /// - Parameter announce: Told the bound addresses, once.
    package static func run(
        _ configuration: ServerConfiguration,
        announce: @escaping @Sendable (BoundAddresses) -> Void
    ) async throws(StartupFailure) {
        let server = try Server(configuration: configuration, log: ServerLog.make(configuration))
        let service = ServerService(server: server, started: announce)
        // The group's own log would repeat our errors in other words.
        var group = ServiceGroupConfiguration(
            services: [
                .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() })
        group.maximumGracefulShutdownDuration = .seconds(self.shutdownSecondsMax)
        group.maximumCancellationDuration = .seconds(self.shutdownSecondsMax)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let failure as StartupFailure {
            throw failure
        } catch {
            throw StartupFailure(.software, "\(error)")
        }
    }

    /// Settings, certificates, keys and sale files, without binding a port.
    package static func check(_ configuration: ServerConfiguration) throws(StartupFailure) {
        try Server.check(configuration, log: ServerLog.make(configuration))
    }
}
