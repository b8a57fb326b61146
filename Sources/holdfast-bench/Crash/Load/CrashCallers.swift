import HoldfastClient

/// Connections to one running server. Nothing is sent again by itself: the ledger decides that.
struct CrashCallers: Sendable {
    /// Role gateway.
    let gateways: [HoldfastClient]
    /// Role service, for leases.
    let service: HoldfastClient
    /// Role admin, on the admin port.
    let admin: HoldfastClient

    init(home: CrashHome, server: CrashServer, count: Int) throws {
        func client(_ role: String, _ port: UInt16) throws -> HoldfastClient {
            try HoldfastClient(
                configuration: ClientConfiguration(
                    host: "127.0.0.1", port: port,
                    certificateAuthorityFile: home.certificate("ca.pem"),
                    certificateFile: home.certificate("\(role).pem"),
                    privateKeyFile: home.certificate("\(role).key"),
                    callTimeout: .seconds(20), connectTimeout: .seconds(5),
                    silenceTimeout: .seconds(10), retryPolicy: .none))
        }
        self.gateways = try (0..<count).map { _ in try client("gateway", server.stockPort) }
        self.service = try client("service", server.stockPort)
        self.admin = try client("admin", server.adminPort)
    }

    /// Attempts of one connection: a busy machine may leave a handshake waiting for longer than the server allows.
    private static let attemptsMax = 6

    /// Makes every connection, so that load begins at once.
    func connect() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in self.gateways + [self.service] {
                group.addTask { try await Self.patiently { _ = try await client.ping() } }
            }
            group.addTask { try await Self.patiently { _ = try await self.admin.getServerInfo() } }
            try await group.waitForAll()
        }
    }

    private static func patiently(_ call: @Sendable () async throws -> Void) async throws {
        for _ in 1..<Self.attemptsMax {
            do { return try await call() } catch { continue }
        }
        try await call()
    }

    func close() async {
        await withTaskGroup(of: Void.self) { group in
            for client in self.gateways + [self.service, self.admin] {
                group.addTask { await client.close() }
            }
        }
    }
}
