import Foundation
import HoldfastClient
import Testing

/// Rules and limits that change while the server runs, and what GetServerInfo and `holdfastctl info` say of them.
@Suite("Rules that change", .serialized)
struct RulesReloadTests {
    private static func text(version: Int, limits: String = "") -> String {
        "version: \(version)\nrules:\n" + purchaseRule(over: 900) + limits
    }

    private func write(_ text: String, _ server: TestServer) throws {
        try Data(text.utf8).write(
            to: server.directory.appendingPathComponent("rules.yaml"), options: .atomic)
    }

    /// Asks until the answer is as wanted; half a minute at most.
    private func info(
        _ server: TestServer, until isWanted: (AdmissionInfo) -> Bool
    ) async throws -> AdmissionInfo {
        let admin = try server.admin()
        let end = ContinuousClock.now + .seconds(30)
        var info = try await admin.getServerInfo().admission
        while !isWanted(info) && ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(50))
            info = try await admin.getServerInfo().admission
        }
        await admin.close()
        return info
    }

    @Test(
        "limits of the rules file are taken while the server runs; a bad file keeps the old ones and says why"
    )
    func reload() async throws {
        let server = try admissionServer(
            ["USER_LIMIT": "unlimited"],
            rules: Self.text(version: 1, limits: "limits:\n  user: 2/h\n"))
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 1_000)]), into: server)
        let client = try server.client()
        func buyer(_ number: Int) -> BuyerClient { BuyerClient(ip: "203.0.113.\(number)") }
        func outcomes(_ user: String, _ count: Int) async -> [String] {
            var all: [String] = []
            for number in 0..<count {
                all.append(await client.tryReserve(user, client: buyer(number + 1)))
            }
            return all
        }
        // The file goes before the settings.
        #expect(await outcomes("a", 3) == ["RESERVED", "RESERVED", "RATE_LIMITED"])
        let first = try await self.info(server) { _ in true }
        #expect(first.rulesVersion == 1 && first.rulesError.isEmpty && first.mode == "enforce")
        #expect(first.rulesTakenMilliseconds > 0)

        try self.write(Self.text(version: 2, limits: "limits:\n  user: 4/h\n"), server)
        let second = try await self.info(server) { $0.rulesVersion == 2 }
        #expect(second.rulesVersion == 2)
        #expect(second.rulesTakenMilliseconds > first.rulesTakenMilliseconds)
        #expect(await outcomes("b", 5).filter { $0 == "RESERVED" }.count == 4)

        try self.write(Self.text(version: 3, limits: "limits:\n  user: often\n"), server)
        let third = try await self.info(server) { !$0.rulesError.isEmpty }
        #expect(third.rulesVersion == 2)
        #expect(
            third.rulesError.contains("line 9: user: 'often' is no limit"), "\(third.rulesError)")
        #expect(await outcomes("c", 5).filter { $0 == "RESERVED" }.count == 4)

        try self.write(Self.text(version: 2, limits: "limits:\n  user: 4/h\n"), server)
        let back = try await self.info(server) { $0.rulesError.isEmpty }
        #expect(back.rulesError.isEmpty && back.rulesVersion == 2)
        // Without the section the settings count.
        try self.write(Self.text(version: 4), server)
        _ = try await self.info(server) { $0.rulesVersion == 4 }
        #expect(await outcomes("d", 20).allSatisfy { $0 == "RESERVED" })
        await client.close()
    }

    @Test("GetServerInfo and info count what was let in, refused and missing")
    func counters() async throws {
        let server = try admissionServer(
            ["USER_LIMIT": "4/h", "CHALLENGE": "enforce"],
            rules: rulesFile(
                purchaseRule(over: 5) + """
                      - id: young
                        feature: account_age
                        below: 1d
                        add: 10
                        mode: observe

                    """))
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 1_000)]), into: server)
        let client = try server.client()
        for number in 0..<7 {
            _ = await client.tryReserve(
                "ann", client: BuyerClient(ip: "203.0.113.\(number)", deviceID: ""))
        }
        await client.close()
        let admin = try server.client("admin")
        #expect(await admin.tryReserve("bob", client: nil) == "RESERVED")
        await admin.close()
        let info = try await server.serverInfo().admission
        #expect(info.rulesVersion == 7)
        #expect(info.limiterAllowed == 5)
        #expect(info.limiterRefused.first { $0.name == "user" }?.count == 3)
        #expect(
            info.limiterRefused.map(\.name) == [
                "user", "ip", "device", "sale", "global", "capacity",
            ])
        #expect(info.riskEvaluated == 8 && info.riskRejected == 2 && info.riskChallenged == 0)
        #expect(
            info.rulesFired == [
                NamedCount(name: "purchases", count: 2), NamedCount(name: "young", count: 8),
            ])
        // A tool cannot know device and address; the age it could have sent.
        #expect(info.missingAge == 8 && info.missingDevice == 7 && info.missingAddress == 0)
        #expect(info.buyersTracked == 2 && info.untracked == 0)
        let files = server.certificate("operator")
        let shown = try Binary.run(
            "holdfastctl", ["info"],
            environment: [
                "HOLDFAST_ADMIN_ENDPOINT": "127.0.0.1:\(server.adminPort)",
                "HOLDFAST_CA": server.authority, "HOLDFAST_CERTIFICATE": files.certificate,
                "HOLDFAST_KEY": files.key, "HOLDFAST_TIMEOUT_MS": "20000",
            ])
        let lines = shown.standardOutput.split(separator: "\n").map(String.init)
        #expect(shown.status == 0, "\(shown.standardError)")
        #expect(lines.contains { $0.hasPrefix("rules ") && $0.contains("version 7") })
        #expect(
            lines.contains { $0.hasPrefix("rules fired") && $0.contains("purchases 2, young 8") })
        #expect(lines.contains { $0.hasPrefix("limiter ") && $0.contains("user 3") })
    }
}
