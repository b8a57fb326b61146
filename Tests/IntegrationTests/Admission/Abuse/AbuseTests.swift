import HoldfastClient
import Testing

/// Ways to get more than one's share, and ordinary days that look like one, against the real server over TLS.
@Suite("Abuse over TLS", .serialized)
struct AbuseTests {
    private static func load(_ server: TestServer) async throws {
        let many = (0..<16).map { Product(productID: "line-\($0)", total: 1_000_000) }
        let plain = [
            Product(productID: "sku", total: 1_000_000), Product(productID: "gone", total: 0),
        ]
        for sale in ["sale", "second", "own"] {
            try await IntegrationTests.load(openSale(sale, products: plain + many), into: server)
        }
        for (sale, limit) in [("three", 3), ("one", 1)] {
            try await IntegrationTests.load(
                openSale(
                    sale,
                    products: ["sku", "other"].map {
                        Product(productID: $0, total: 1_000_000, limitPerUser: limit)
                    }), into: server)
        }
        try await IntegrationTests.load(
            openSale(
                "dear",
                products: [("sku", 500_000), ("also", 500_000), ("almost", 499_999)].map {
                    Product(productID: $0.0, total: 1_000_000, priceMinor: $0.1)
                }), into: server)
    }

    private func run(_ rows: [AbuseRow], on server: TestServer) async throws {
        try await Self.load(server)
        let runner = try AbuseRunner(server)
        for (number, row) in rows.enumerated() {
            let seen = try await runner.run(row, number: number)
            #expect(seen == row.expected, "\(row.name)")
        }
        await runner.close()
    }

    @Test("the tables are long enough and name each row once")
    func tables() {
        #expect(LimitAbuse.rows.count + RiskAbuse.rows.count >= 120)
        for rows in [LimitAbuse.rows, RiskAbuse.rows] {
            #expect(Set(rows.map(\.name)).count == rows.count)
        }
    }

    @Test("the limiter comes out as written")
    func limits() async throws {
        let server = try admissionServer(LimitAbuse.settings, rules: "version: 7\nrules: []\n")
        try await self.run(LimitAbuse.rows, on: server)
        let info = try await server.serverInfo()
        let limited = LimitAbuse.rows.reduce(0) { $0 + ($1.expected["RATE_LIMITED"] ?? 0) }
        let refused = info.admission.limiterRefused.reduce(0) { $0 + Int($1.count) }
        #expect(refused == limited, "each refusal counts once, under one dimension")
        #expect(info.admission.limiterRefused.first { $0.name == "capacity" }?.count == 0)
    }

    @Test("the default risk rules come out as written")
    func risk() async throws {
        let server = try admissionServer(RiskAbuse.settings)
        try await self.run(RiskAbuse.rows, on: server)
        let info = try await server.serverInfo()
        let rejected = RiskAbuse.rows.reduce(0) { $0 + ($1.expected["RISK_REJECTED"] ?? 0) }
        #expect(Int(info.admission.riskRejected) >= rejected)
        #expect(info.admission.untracked == 0)
    }
}

extension TestServer {
    /// GetServerInfo, as an administrator.
    func serverInfo() async throws -> GetServerInfoResponse {
        let admin = try self.admin()
        let info = try await admin.getServerInfo()
        await admin.close()
        return info
    }
}
