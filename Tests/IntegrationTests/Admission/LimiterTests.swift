import Foundation
import HoldfastClient
import Testing

/// The limiter in the real server, over TLS.
@Suite("Limiter over TLS", .serialized)
struct LimiterTests {
    private func server(_ settings: [String: String] = [:]) async throws -> TestServer {
        let server = try admissionServer(settings)
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 1_000, priceMinor: 700)]),
            into: server)
        return server
    }

    @Test("one user's second Reserve is refused with its dimension and a time, and taken after it")
    func oneUser() async throws {
        let server = try await self.server()
        let client = try server.client()
        #expect(await client.tryReserve("alice") == "RESERVED")
        do throws(HoldfastError) {
            // A day passes between two calls here only if the machine stands still.
            _ = try await client.reserve(reserveRequest("sale", "sku", user: "alice"))
            Issue.record("the second Reserve was let in")
        } catch {
            #expect(error.code == .resourceExhausted)
            #expect(error.reason == "RATE_LIMITED")
            #expect(error.metadata["dimension"] == "user")
            let wait = try #require(error.retryAfterMilliseconds)
            #expect((1...1_000).contains(wait))
            #expect(error.metadata["retry_after_ms"] == "\(wait)")
            #expect(error.outcome == .rejected)
            try await Task.sleep(for: .milliseconds(wait + 50))
        }
        #expect(await client.tryReserve("alice") == "RESERVED")
        // Others are not held up, and what alice does with her holds is not limited.
        #expect(await client.tryReserve("bob") == "RESERVED")
        for _ in 0..<5 {
            _ = try await client.cancel(
                CancelRequest(saleID: "sale", target: .request(RequestID())))
            _ = try await client.getStock(GetStockRequest(saleID: "sale"))
        }
        await client.close()
    }

    @Test(
        "each dimension is named when it refuses",
        arguments: [
            ("IP_LIMIT", "ip"), ("DEVICE_LIMIT", "device"), ("SALE_LIMIT", "sale"),
            ("GLOBAL_LIMIT", "global"),
        ])
    func dimensions(setting: String, dimension: String) async throws {
        let server = try await self.server([setting: "2/h"])
        let client = try server.client()
        var refused: [String] = []
        for number in 0..<4 {
            do throws(HoldfastError) {
                _ = try await client.reserve(reserveRequest("sale", "sku", user: "user-\(number)"))
            } catch {
                refused.append(error.metadata["dimension"] ?? error.reason)
            }
        }
        #expect(refused == [dimension, dimension])
        await client.close()
    }

    @Test("many at once: exactly what the limit has is let in")
    func exactInParallel() async throws {
        let server = try await self.server([
            "SALE_LIMIT": "100/h", "IP_LIMIT": "unlimited", "DEVICE_LIMIT": "unlimited",
        ])
        let clients = try (0..<4).map { _ in try server.client() }
        let outcomes = await withTaskGroup(of: String.self) { group in
            for number in 0..<400 {
                let client = clients[number % 4]
                group.addTask { await client.tryReserve("user-\(number)") }
            }
            var all: [String: Int] = [:]
            for await outcome in group { all[outcome, default: 0] += 1 }
            return all
        }
        // The risk rules refuse nobody here but by their verdict, which the limiter comes before.
        #expect(outcomes["RATE_LIMITED"] == 300)
        for client in clients { await client.close() }
    }

    @Test(
        "a flood of one buyer over one connection holds nobody else up, and costs no look at a shard"
    )
    func floodIsCheap() async throws {
        let server = try await self.server(["USER_LIMIT": "1/h", "IP_LIMIT": "unlimited"])
        let flood = try server.client()
        let young = BuyerClient(
            ip: "203.0.113.7",
            accountCreatedMilliseconds: Int(Date().timeIntervalSince1970 * 1_000) - 1_000)
        #expect(await flood.tryReserve("eve", client: young) == "RESERVED")
        let honest = try server.client()
        let refused = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    var refused = 0
                    for _ in 0..<100 {
                        if await flood.tryReserve("eve", client: young) == "RATE_LIMITED" {
                            refused += 1
                        }
                    }
                    return refused
                }
            }
            for number in 0..<100 {
                let buyer = BuyerClient(
                    ip: "198.51.100.\(number)", accountCreatedMilliseconds: 1_500_000_000_000)
                #expect(await honest.tryReserve("honest-\(number)", client: buyer) == "RESERVED")
            }
            return await group.reduce(0, +)
        }
        #expect(refused == 6_400)
        let admin = try server.admin()
        let log = try await admin.readRiskLog(ReadRiskLogRequest(userID: "eve"))
        let limited = log.entries.filter { $0.limitedBy == "user" }
        // The sale's price is looked up for an account this young, but not to refuse it.
        #expect(!limited.isEmpty && limited.allSatisfy { $0.amountMinor == 0 })
        let weight = limited.reduce(0) { $0 + $1.weight }
        #expect(weight > 0 && weight <= 6_400)
        #expect(limited.count < 6_400)
        await admin.close()
        await flood.close()
        await honest.close()
    }

    @Test("observe and off let everything through", arguments: ["observe", "off"])
    func notEnforced(mode: String) async throws {
        let server = try await self.server(["MODE": mode])
        let client = try server.client()
        for _ in 0..<20 { #expect(await client.tryReserve("alice") == "RESERVED") }
        await client.close()
    }
}
