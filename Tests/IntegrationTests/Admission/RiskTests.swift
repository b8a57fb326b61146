import Foundation
import HoldfastClient
import Testing

/// The risk rules in the real server, over TLS: what they see, what they count, and where their verdict stands among
/// the outcomes.
@Suite("Risk rules over TLS", .serialized)
struct RiskTests {
    private static let unlimited = ["USER_LIMIT": "unlimited", "DEVICE_LIMIT": "unlimited"]

    private func server(
        _ rules: String, settings: [String: String] = unlimited, total: Int = 1_000,
        limitPerUser: Int = 0, other: [String: String] = [:]
    ) async throws -> TestServer {
        let server = try admissionServer(settings, rules: rulesFile(rules), other: other)
        try await load(
            openSale(
                "sale",
                products: [
                    Product(
                        productID: "sku", total: total, priceMinor: 500, limitPerUser: limitPerUser)
                ]), into: server)
        return server
    }

    @Test("a verdict stands behind what is known already and before stock")
    func precedence() async throws {
        let server = try await self.server(purchaseRule(over: 2))
        let client = try server.client()
        let first = RequestID()
        #expect(await client.tryReserve("eve", requestID: first) == "RESERVED")
        // The same id again is no new purchase.
        for _ in 0..<5 {
            #expect(await client.tryReserve("eve", requestID: first) == "RESERVED again")
        }
        #expect(await client.tryReserve("eve") == "RESERVED")
        #expect(await client.tryReserve("eve") == "RISK_REJECTED")
        #expect(await client.tryReserve("eve", requestID: first) == "RESERVED again")
        #expect(await client.tryReserve("eve", sale: "other") == "SALE_NOT_FOUND")
        #expect(await client.tryReserve("eve", product: "other") == "PRODUCT_NOT_FOUND")
        #expect(await client.tryReserve("eve", quantity: 100_000) == "RISK_REJECTED")
        #expect(await client.tryReserve("bob") == "RESERVED")
        let tombstone = RequestID()
        _ = try await client.cancel(CancelRequest(saleID: "sale", target: .request(tombstone)))
        #expect(await client.tryReserve("eve", requestID: tombstone) == "CANCELLED_BEFORE")
        await client.close()
    }

    @Test("what the limiter refuses is counted all the same")
    func refusedCallsCount() async throws {
        let server = try await self.server(
            purchaseRule(over: 4), settings: ["USER_LIMIT": "1/s burst 1"])
        let client = try server.client()
        var outcomes: [String] = []
        for _ in 0..<6 { outcomes.append(await client.tryReserve("eve")) }
        #expect(outcomes[0] == "RESERVED")
        #expect(outcomes.contains("RATE_LIMITED"))
        try await Task.sleep(for: .milliseconds(1_100))
        // Few of those six were let in, and yet they were six purchases.
        #expect(await client.tryReserve("eve") == "RISK_REJECTED")
        await client.close()
    }

    @Test("a gateway's buyers have the address it sends; an anonymous caller has its socket's")
    func whoseAddress() async throws {
        let accounts = """
              - id: accounts
                feature: accounts_per_ip
                window: 1h
                over: 2
                raise_to: 800

            """
        let server = try await self.server(
            accounts,
            other: [
                "HOLDFAST_STOCK_CLIENT_CERTIFICATE": "optional",
                "HOLDFAST_STOCK_ANONYMOUS_ROLE": "gateway",
            ])
        func buyer(_ ip: String) -> BuyerClient {
            BuyerClient(ip: ip, deviceID: "d", accountCreatedMilliseconds: 1_500_000_000_000)
        }
        let gateway = try server.client()
        for number in 0..<4 {
            let spread = await gateway.tryReserve(
                "a-\(number)", client: buyer("203.0.113.\(number)"))
            #expect(spread == "RESERVED")
        }
        // One IPv6 customer, and one IPv4 address in two spellings.
        for (number, ip) in ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"].enumerated() {
            let outcome = await gateway.tryReserve("b-\(number)", client: buyer(ip))
            #expect(outcome == (number < 2 ? "RESERVED" : "RISK_REJECTED"))
        }
        for (number, ip) in ["198.51.100.7", "::ffff:198.51.100.7", "198.51.100.7"].enumerated() {
            let outcome = await gateway.tryReserve("c-\(number)", client: buyer(ip))
            #expect(outcome == (number < 2 ? "RESERVED" : "RISK_REJECTED"))
        }
        await gateway.close()
        let anonymous = try HoldfastClient(
            configuration: ClientConfiguration(
                host: "127.0.0.1", port: server.stockPort,
                certificateAuthorityFile: server.authority, callTimeout: .seconds(20),
                connectTimeout: .seconds(3)))
        for number in 0..<4 {
            let outcome = await anonymous.tryReserve(
                "d-\(number)", client: buyer("192.0.2.\(number)"))
            #expect(outcome == (number < 2 ? "RESERVED" : "RISK_REJECTED"))
        }
        await anonymous.close()
    }

    @Test("a young account that asks for all it may have is challenged, behind SOLD_OUT")
    func youngAccountLargeOrder() async throws {
        let rule = """
              - id: young
                feature: large_order_account_age
                below: 1d
                raise_to: 450

            """
        var settings = Self.unlimited
        settings["CHALLENGE"] = "enforce"
        let server = try await self.server(rule, settings: settings, total: 10, limitPerUser: 3)
        let client = try server.client()
        let now = Int(Date().timeIntervalSince1970 * 1_000)
        let young = BuyerClient(
            ip: "203.0.113.7", deviceID: "d", accountCreatedMilliseconds: now - 3_600_000)
        // The sale's limit is three: two are no large order, three are.
        #expect(await client.tryReserve("a", quantity: 2, client: young) == "RESERVED")
        #expect(await client.tryReserve("b", quantity: 3, client: young) == "CHALLENGE_REQUIRED")
        #expect(await client.tryReserve("b", quantity: 3) == "RESERVED")
        #expect(await client.tryReserve("c", quantity: 3) == "RESERVED")
        #expect(await client.tryReserve("d", quantity: 2) == "RESERVED")
        #expect(await client.tryReserve("e", quantity: 3, client: young) == "SOLD_OUT")
        #expect(await client.tryReserve("b", quantity: 3, client: young) == "LIMIT_EXCEEDED")
        await client.close()
    }

    @Test("while challenges are only observed, who would be challenged buys")
    func challengeObserved() async throws {
        let rule = """
              - id: young
                feature: large_order_account_age
                below: 1d
                missing: fires
                raise_to: 450

            """
        let server = try await self.server(rule)
        let client = try server.client()
        let unknown = BuyerClient(ip: "203.0.113.7", deviceID: "d")
        #expect(await client.tryReserve("a", quantity: 9, client: unknown) == "RESERVED")
        await client.close()
    }

    @Test("an ordinary day is not refused by the defaults")
    func ordinaryDay() async throws {
        let server = try admissionServer()
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 1_000, limitPerUser: 1)]),
            into: server)
        // Buyers with limit 1 and an unknown age, each from home.
        let client = try server.client()
        for number in 0..<50 {
            let outcome = await client.tryReserve(
                "user-\(number)",
                client: BuyerClient(ip: "203.0.113.\(number)", deviceID: "device-\(number)"))
            #expect(outcome == "RESERVED")
        }
        // A shop's own service, without buyers' addresses.
        let admin = try server.client("admin")
        for number in 100..<150 {
            #expect(await admin.tryReserve("user-\(number)", client: nil) == "RESERVED")
        }
        await client.close()
        await admin.close()
    }

    @Test("a rules file with mistakes keeps the server from starting and says where they are")
    func badRules() throws {
        let directory = try TestServer.makeDirectory()
        let file = directory.appendingPathComponent("rules.yaml")
        try Data("version: 1\nrules:\n  - id: one\n    feature: luck\n".utf8).write(to: file)
        let result = try Binary.run(
            "holdfast",
            ["serve", "--config", directory.appendingPathComponent("holdfast.yaml").path],
            environment: ["HOLDFAST_ADMISSION_RULES": file.path, "HOLDFAST_STOCK_PORT": "0"])
        #expect(result.status == 78)
        #expect(
            result.standardError.contains("line 4: rule one: feature"), "\(result.standardError)")
        #expect(result.standardError.split(separator: "\n").count == 1)
    }
}
