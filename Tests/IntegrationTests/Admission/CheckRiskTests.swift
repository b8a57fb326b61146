import Foundation
import HoldfastClient
import Testing

/// CheckRisk over TLS: the same evaluation as a Reserve's, and nothing counted.
@Suite("CheckRisk over TLS", .serialized)
struct CheckRiskTests {
    private func check(
        _ client: HoldfastClient, _ user: String, quantity: Int = 1
    ) async throws -> CheckRiskResponse {
        try await client.checkRisk(
            CheckRiskRequest(
                saleID: "sale", userID: user,
                lines: [StockLine(productID: "sku", quantity: quantity)], client: anyBuyer))
    }

    @Test("it says what a Reserve would meet, with evidence, and spends and counts nothing")
    func saysAndSpendsNothing() async throws {
        let server = try admissionServer(
            ["USER_LIMIT": "1/h"], rules: rulesFile(purchaseRule(over: 2)))
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 1_000)]), into: server)
        let client = try server.client()
        for _ in 0..<50 {
            let answer = try await self.check(client, "alice")
            #expect(answer.outcome == .allow && answer.score == 0 && answer.evidence.isEmpty)
            #expect(answer.limitedBy.isEmpty && answer.enforced && answer.rulesVersion == 7)
        }
        #expect(await client.tryReserve("alice") == "RESERVED")
        // Two attempts that the limiter refuses are two purchases. The next would be the fourth, but no more are told
        // apart than the rules need: the first that is over the threshold is the largest count.
        #expect(await client.tryReserve("alice") == "RATE_LIMITED")
        #expect(await client.tryReserve("alice") == "RATE_LIMITED")
        let answer = try await self.check(client, "alice")
        #expect(answer.outcome == .reject && answer.outcomeWithObserved == .reject)
        #expect(answer.score == 800)
        #expect(answer.limitedBy == "user" && answer.retryAfterMilliseconds > 0)
        #expect(
            answer.evidence == [
                RiskEvidence(
                    rule: "purchases", feature: "purchases_per_user", value: 3, threshold: 2,
                    windowMilliseconds: 3_600_000, raisesTo: 800)
            ])
        let same = try await self.check(client, "alice")
        #expect(same.evidence == answer.evidence)
        await client.close()
    }

    @Test("a rule that observes decides nothing and is shown")
    func observedRules() async throws {
        let rules = rulesFile(
            """
              - id: young
                feature: large_order_account_age
                below: 36500d
                raise_to: 900
                mode: observe

            """)
        let server = try admissionServer(rules: rules)
        try await load(
            openSale(
                "sale", products: [Product(productID: "sku", total: 1_000, limitPerUser: 5)]),
            into: server)
        let client = try server.client()
        let small = try await self.check(client, "alice", quantity: 4)
        #expect(small.evidence.isEmpty && small.outcomeWithObserved == .allow)
        let large = try await self.check(client, "alice", quantity: 5)
        #expect(large.outcome == .allow && large.score == 0)
        #expect(large.outcomeWithObserved == .reject && large.scoreWithObserved == 900)
        #expect(large.evidence.map(\.rule) == ["young"] && large.evidence[0].observed)
        #expect(await client.tryReserve("alice", quantity: 5) == "RESERVED")
        await client.close()
    }

    @Test("with admission off it allows, and says that nothing is enforced")
    func off() async throws {
        let server = try TestServer.start()
        let client = try server.client()
        let answer = try await self.check(client, "alice")
        #expect(answer == CheckRiskResponse(outcome: .allow, outcomeWithObserved: .allow))
        await client.close()
    }

    @Test("a gateway must say the buyer's address here, too")
    func addressIsNeeded() async throws {
        let server = try TestServer.start()
        let client = try server.client()
        await #expect(throws: HoldfastError.self) {
            _ = try await client.checkRisk(CheckRiskRequest(saleID: "sale", userID: "alice"))
        }
        let admin = try server.client("admin")
        let answer = try await admin.checkRisk(CheckRiskRequest(saleID: "sale", userID: "alice"))
        #expect(answer.outcome == .allow)
        await client.close()
        await admin.close()
    }

    @Test("holdfastctl risk check shows it and its exit code is the outcome")
    func tool() async throws {
        let server = try admissionServer(rules: rulesFile(purchaseRule(over: 1)))
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 1_000)]), into: server)
        let files = server.certificate("gateway")
        let environment = [
            "HOLDFAST_STOCK_ENDPOINT": "127.0.0.1:\(server.stockPort)",
            "HOLDFAST_CA": server.authority, "HOLDFAST_CERTIFICATE": files.certificate,
            "HOLDFAST_KEY": files.key, "HOLDFAST_TIMEOUT_MS": "20000",
        ]
        let arguments = ["risk", "check", "sale", "alice", "sku:2", "--ip", "203.0.113.7"]
        let before = try Binary.run("holdfastctl", arguments, environment: environment)
        #expect(before.status == 0 && before.standardOutput.contains("ALLOW"), "\(before)")
        let client = try server.client()
        #expect(await client.tryReserve("alice") == "RESERVED")
        await client.close()
        let after = try Binary.run("holdfastctl", arguments, environment: environment)
        #expect(after.status == 1, "\(after)")
        for word in ["REJECT", "800 of 1000", "purchases_per_user", "raises to 800"] {
            #expect(after.standardOutput.contains(word), "\(after)")
        }
    }
}
