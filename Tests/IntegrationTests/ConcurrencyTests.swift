import HoldfastClient
import Testing

/// Many callers at once against the real server over TLS: what must hold whatever the order.
@Suite("Many callers at once", .serialized)
struct ConcurrencyTests {
    @Test("2,000 concurrent calls for the last unit sell it once")
    func lastUnitIsSoldOnce() async throws {
        let server = try TestServer.start()
        try await load(
            openSale("last-unit", products: [Product(productID: "sku", total: 1)]), into: server)
        let clients = try (0..<40).map { _ in try server.client() }
        for client in clients { _ = try await client.ping() }

        let outcomes = try await withThrowingTaskGroup(of: ReserveResponse.self) { group in
            for index in 0..<2_000 {
                let client = clients[index % clients.count]
                group.addTask {
                    try await client.reserve(
                        reserveRequest("last-unit", "sku", user: "buyer-\(index)"))
                }
            }
            var outcomes: [ReserveResponse] = []
            for try await response in group { outcomes.append(response) }
            return outcomes
        }

        #expect(outcomes.count == 2_000)
        #expect(outcomes.count { $0.outcome == .reserved } == 1)
        #expect(outcomes.count { $0.outcome == .soldOut } == 1_999)
        #expect(outcomes.allSatisfy { $0.outcome == .reserved || $0.lines.first?.left == 0 })
        let stock = try await clients[0].getStock(GetStockRequest(saleID: "last-unit"))
        #expect(stock.products.first?.available == 0)
        #expect(stock.products.first?.held == 1)
        for client in clients { await client.close() }
    }

    @Test("one Reserve sent five times over five connections at once is one reservation")
    func repeatedReserveIsOneReservation() async throws {
        let server = try TestServer.start()
        try await load(
            openSale("repeat", products: [Product(productID: "sku", total: 1_000)]), into: server)
        let clients = try (0..<5).map { _ in try server.client() }
        for client in clients { _ = try await client.ping() }

        for round in 0..<50 {
            let request = reserveRequest("repeat", "sku", user: "buyer-\(round)", quantity: 2)
            let answers = try await withThrowingTaskGroup(of: ReserveResponse.self) { group in
                for client in clients {
                    group.addTask { try await client.reserve(request) }
                }
                var answers: [ReserveResponse] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            #expect(Set(answers.map(\.reservationID)).count == 1)
            #expect(Set(answers.map(\.deadlineMilliseconds)).count == 1)
            #expect(answers.allSatisfy { $0.outcome == .reserved && $0.lines.first?.used == 2 })
            #expect(answers.count { !$0.replayed } == 1)
        }
        let stock = try await clients[0].getStock(GetStockRequest(saleID: "repeat"))
        #expect(stock.products.first?.held == 100)
        for client in clients { await client.close() }
    }

    @Test("a buyer who asks over ten connections at once never passes the limit")
    func limitHoldsAcrossConnections() async throws {
        let server = try TestServer.start()
        try await load(
            openSale(
                "limit",
                products: [
                    Product(productID: "a", total: 10_000, limitPerUser: 3),
                    Product(productID: "b", total: 10_000, limitPerUser: 3),
                ], limitPerUser: 5), into: server)
        let clients = try (0..<10).map { _ in try server.client() }
        let granted = try await withThrowingTaskGroup(of: (String, String, Int).self) { group in
            for index in 0..<600 {
                let client = clients[index % clients.count]
                let user = "buyer-\(index % 10)"
                let product = index % 20 < 10 ? "a" : "b"
                group.addTask {
                    let answer = try await client.reserve(
                        reserveRequest("limit", product, user: user))
                    return (user, product, answer.outcome == .reserved ? 1 : 0)
                }
            }
            var granted: [String: [String: Int]] = [:]
            for try await (user, product, count) in group {
                granted[user, default: [:]][product, default: 0] += count
            }
            return granted
        }
        #expect(granted.count == 10)
        for (user, products) in granted {
            #expect((products["a"] ?? 0) <= 3, "\(user)")
            #expect((products["b"] ?? 0) <= 3, "\(user)")
            #expect(products.values.reduce(0, +) == 5, "\(user) could take all of the sale's limit")
        }
        for client in clients { await client.close() }
    }
}
