import Foundation
import HoldfastClient
import Testing

/// The limiter in the real server, over TLS.
@Suite("Limiter over TLS", .serialized)
struct LimiterTests {
    private func server(_ settings: [String: String] = [:]) async throws -> TestServer {
        let server = try admissionServer(settings)
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 1_000)]), into: server)
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

    @Test("observe and off let everything through", arguments: ["observe", "off"])
    func notEnforced(mode: String) async throws {
        let server = try await self.server(["MODE": mode])
        let client = try server.client()
        for _ in 0..<20 { #expect(await client.tryReserve("alice") == "RESERVED") }
        await client.close()
    }
}
