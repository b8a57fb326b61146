import HoldfastClient
import Testing

/// Holes of the usual Redis + Lua design that only the whole server can show to be closed.
@Suite("Holes of the usual design, end to end", .serialized)
struct SeedHoleTests {
    @Test("C4: 400 products over 80 sales all sell, whichever shard they hash to")
    func c4EveryProductSells() async throws {
        let server = try TestServer.start()
        let admin = try server.admin()
        for sale in 0..<80 {
            let products = (0..<5).map { Product(productID: "sku-\($0)", total: 3) }
            for request in ImportPlan(
                openSale("sale-\(sale)", products: products), importID: RequestID(),
                validateOnly: false
            ).requests {
                #expect(try await admin.preload(request).outcome == .committed)
            }
        }
        let client = try server.client()
        let sold = try await withThrowingTaskGroup(of: Bool.self) { group in
            for sale in 0..<80 {
                for product in 0..<5 {
                    group.addTask {
                        let held = try await client.reserve(
                            reserveRequest("sale-\(sale)", "sku-\(product)", user: "buyer"))
                        guard held.outcome == .reserved else { return false }
                        let confirmed = try await client.confirm(
                            ConfirmRequest(
                                saleID: "sale-\(sale)",
                                target: .reservation(held.reservationID)))
                        return confirmed.outcome == .confirmed
                    }
                }
            }
            var sold = 0
            for try await one in group where one { sold += 1 }
            return sold
        }
        #expect(sold == 400)
        var seen = 0
        var token = ""
        repeat {
            let page = try await admin.listSales(
                ListSalesRequest(pageSize: 7, pageToken: token))
            for sale in page.sales {
                #expect(sale.sold == 5 && sale.available == 10 && sale.held == 0)
                seen += 1
            }
            token = page.nextPageToken
        } while !token.isEmpty
        #expect(seen == 80)
        await client.close()
        await admin.close()
    }

    @Test("C1: a success reaches the caller as a success, with its numbers")
    func c1SuccessIsReported() async throws {
        let server = try TestServer.start()
        try await load(
            openSale(
                "c1",
                products: [
                    Product(productID: "sku", total: 10, priceMinor: 899_900, limitPerUser: 3)
                ]), into: server)
        let client = try server.client()
        let held = try await client.reserve(reserveRequest("c1", "sku", user: "u", quantity: 2))
        #expect(held.outcome == .reserved)
        #expect(held.lines.first?.granted == 2)
        #expect(held.lines.first?.left == 8)
        #expect(held.lines.first?.used == 2)
        #expect(held.lines.first?.limit == 3)
        #expect(held.lines.first?.priceMinor == 899_900)
        let refused = try await client.reserve(
            reserveRequest("c1", "sku", user: "u", quantity: 2))
        #expect(refused.outcome == .limitExceeded)
        #expect(refused.lines.first?.used == 2)
        #expect(refused.lines.first?.left == 8)
        await client.close()
    }

    @Test("C3: negative, zero and huge quantities are refused on the wire and change nothing")
    func c3QuantitiesAreChecked() async throws {
        let server = try TestServer.start()
        try await load(
            openSale("c3", products: [Product(productID: "sku", total: 1_000)]), into: server)
        let client = try server.client()
        for quantity in [-500, -1, 0, 1_000_001, Int.max, Int.min] {
            await #expect(throws: HoldfastError.self) {
                _ = try await client.reserve(
                    reserveRequest("c3", "sku", user: "u", quantity: quantity))
            }
        }
        let stock = try await client.getStock(GetStockRequest(saleID: "c3", userID: "u"))
        #expect(stock.products.first?.available == 1_000)
        #expect(stock.products.first?.used == 0)
        await client.close()
    }
}
