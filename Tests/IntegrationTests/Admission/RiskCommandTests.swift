import Foundation
import HoldfastClient
import Testing

/// `holdfastctl risk explain` and `risk test` against the real server.
@Suite("holdfastctl risk", .serialized)
struct RiskCommandTests {
    private func run(
        _ server: TestServer, _ role: String = "operator", _ arguments: String...
    ) throws -> Binary.Result {
        let files = server.certificate(role)
        return try Binary.run(
            "holdfastctl", arguments,
            environment: [
                "HOLDFAST_ADMIN_ENDPOINT": "127.0.0.1:\(server.adminPort)",
                "HOLDFAST_CA": server.authority, "HOLDFAST_CERTIFICATE": files.certificate,
                "HOLDFAST_KEY": files.key, "HOLDFAST_TIMEOUT_MS": "20000",
            ])
    }

    private func json(_ result: Binary.Result) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8))
                as? [String: Any])
    }

    private func file(_ text: String, _ server: TestServer) throws -> String {
        let file = server.directory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// A server on which eve made six purchases, of which three were too many, and ann was too fast once.
    private func scene() async throws -> TestServer {
        let server = try admissionServer(
            ["USER_LIMIT": "unlimited", "SALE_LIMITS": "user 1/h for slow"],
            rules: rulesFile(purchaseRule(over: 3)))
        for sale in ["sale", "slow"] {
            try await load(
                openSale(sale, products: [Product(productID: "sku", total: 1_000)]), into: server)
        }
        let client = try server.client()
        for number in 0..<6 {
            let outcome = await client.tryReserve(
                "eve", client: BuyerClient(ip: "2001:db8::\(number)"))
            #expect(outcome == (number < 3 ? "RESERVED" : "RISK_REJECTED"))
        }
        #expect(await client.tryReserve("ann", sale: "slow") == "RESERVED")
        #expect(await client.tryReserve("ann", sale: "slow") == "RATE_LIMITED")
        await client.close()
        return server
    }

    @Test(
        "explain shows a buyer's refusals with every rule, what the limiter refused, and the counts of now"
    )
    func explain() async throws {
        let server = try await self.scene()
        let eve = try self.json(
            try self.run(server, "operator", "risk", "explain", "eve", "-o", "json"))
        let entries = try #require(eve["entries"] as? [[String: Any]])
        #expect(entries.count == 3)
        #expect(eve["rulesVersion"] as? Int == 7 && eve["more"] as? Bool == false)
        for (index, entry) in entries.enumerated() {
            #expect(entry["userId"] as? String == "eve" && entry["score"] as? Int == 800)
            #expect(entry["outcome"] as? String == "CHECK_RISK_OUTCOME_REJECT")
            // The newest first.
            #expect(entry["ip"] as? String == "2001:db8::\(5 - index)")
            let evidence = try #require((entry["evidence"] as? [[String: Any]])?.first)
            #expect(evidence["rule"] as? String == "purchases")
            #expect(evidence["value"] as? Int == 4 && evidence["threshold"] as? Int == 3)
        }
        let present = try #require(eve["present"] as? [[String: Any]])
        #expect(present.first?["value"] as? Int == 4 && present.first?["atLeast"] as? Bool == true)

        let ann = try self.json(
            try self.run(server, "admin", "risk", "explain", "ann", "-o", "json"))
        let limited = try #require(ann["entries"] as? [[String: Any]])
        #expect(limited.count == 1 && limited[0]["limitedBy"] as? String == "user")
        #expect(limited[0]["outcome"] as? String == "CHECK_RISK_OUTCOME_ALLOW")

        let shown = try self.run(server, "operator", "risk", "explain", "eve", "--limit", "2")
        #expect(shown.status == 0, "\(shown.standardError)")
        #expect(shown.standardOutput.contains("2, and more (--limit)"))
        #expect(shown.standardOutput.contains("raises to 800"))
        #expect(shown.standardOutput.contains("4 or more"))
        let nobody = try self.run(server, "operator", "risk", "explain", "nobody")
        #expect(nobody.status == 0)
        #expect(nobody.standardOutput.contains("nothing was refused of late"))
        // Who sells may not read whom it refused.
        let gateway = try self.run(server, "gateway", "risk", "explain", "eve")
        #expect(gateway.status == 77, "\(gateway.standardError)")
    }

    @Test("test shows what another file would have changed, and changes nothing")
    func trial() async throws {
        let server = try await self.scene()
        let lenient = try self.file("version: 8\nrules:\n" + purchaseRule(over: 100), server)
        let result = try self.run(server, "operator", "risk", "test", lenient, "-o", "json")
        #expect(result.status == 0, "\(result.standardError)")
        let answer = try self.json(result)
        #expect(answer["valid"] as? Bool == true && answer["version"] as? Int == 8)
        #expect(answer["versionInForce"] as? Int == 7)
        // No more than four was kept of anybody, so nobody knows whether it was more than a hundred.
        #expect(answer["changedCalls"] as? Int == 0 && answer["undecidedCalls"] as? Int == 3)

        let other = try self.file("version: 8\nrules: []\n", server)
        let all = try self.json(
            try self.run(server, "operator", "risk", "test", other, "-o", "json"))
        #expect(all["changedCalls"] as? Int == 3 && all["undecidedCalls"] as? Int == 0)
        let was = try #require((all["wasWould"] as? [String: [String: Int]])?["REJECT"])
        #expect(was == ["ALLOW": 3, "CHALLENGE": 0, "REJECT": 0])
        #expect((all["changes"] as? [Any])?.count == 3)

        let challenge = purchaseRule(over: 3).replacingOccurrences(of: "800", with: "450")
        let milder = try self.file("version: 7\nrules:\n" + challenge, server)
        let shown = try self.run(server, "operator", "risk", "test", milder, "--examples", "1")
        #expect(shown.status == 0)
        #expect(shown.standardError.contains("version 7 is not above the 7 in force"))
        #expect(shown.standardOutput.contains("CHALLENGE"))
        #expect(shown.standardOutput.components(separatedBy: "eve").count == 2)
        #expect(try await server.serverInfo().admission.rulesVersion == 7)
    }

    @Test("test tells every mistake of a file with its line and rule")
    func mistakes() async throws {
        let server = try await self.scene()
        let bad = try self.file(
            """
            version: 8
            rules:
              - id: one
                feature: luck
              - id: two
                feature: calls_per_user
                window: 1s
                over: many
                add: 5
            limits:
              user: often
            """, server)
        let result = try self.run(server, "operator", "risk", "test", bad)
        #expect(result.status == 65 && result.standardOutput.isEmpty)
        let lines = result.standardError.split(separator: "\n").map(String.init)
        #expect(lines.count == 3, "\(lines)")
        #expect(lines[0].hasPrefix("\(bad): line 4: rule one: feature"))
        #expect(lines[1].hasPrefix("\(bad): line 8: rule two: over"))
        #expect(lines[2].hasPrefix("\(bad): line 11: user: 'often'"))
        let told = try self.run(server, "operator", "risk", "test", bad, "--check", "-o", "json")
        #expect(told.status == 65)
        let answer = try self.json(told)
        #expect(answer["valid"] as? Bool == false)
        #expect((answer["problems"] as? [[String: Any]])?.map { $0["line"] as? Int } == [4, 8, 11])
        let missing = try self.run(server, "operator", "risk", "test", bad + ".not")
        #expect(missing.status == 78)
        #expect(missing.standardError.contains("cannot be read: No such file"))
        // The file that init writes is good, and needs no server to be found so.
        let initial = server.directory.appendingPathComponent("admission-rules.yaml").path
        let good = try Binary.run("holdfastctl", ["risk", "test", initial, "--check"])
        #expect(good.status == 0, "\(good.standardError)")
    }
}
