import HoldfastClient
import Testing

/// Roles over real certificates: default deny, on both ports.
@Suite("Roles over mTLS", .serialized)
struct RoleTests {
    private func code(_ call: () async throws(HoldfastError) -> Void) async -> String {
        do throws(HoldfastError) {
            try await call()
            return "ok"
        } catch {
            return error.reason
        }
    }

    @Test("each role may do what its row says and nothing else")
    func rolesAreEnforced() async throws {
        let server = try TestServer.start()
        try await load(
            openSale("roles", products: [Product(productID: "sku", total: 100)]), into: server)
        for role in ["gateway", "service", "operator", "admin"] {
            let stock = try server.client(role)
            let reserve = await self.code { () async throws(HoldfastError) in
                _ = try await stock.reserve(reserveRequest("roles", "sku", user: role))
            }
            #expect(
                reserve == (role == "gateway" || role == "admin" ? "ok" : "PERMISSION_DENIED"),
                "\(role)")
            let cancel = await self.code { () async throws(HoldfastError) in
                _ = try await stock.cancel(
                    CancelRequest(saleID: "roles", target: .request(RequestID())))
            }
            #expect(cancel == (role == "operator" ? "PERMISSION_DENIED" : "ok"), "\(role)")
            let read = await self.code { () async throws(HoldfastError) in
                _ = try await stock.getStock(GetStockRequest(saleID: "roles"))
            }
            #expect(read == "ok", "\(role)")
            let risk = await self.code { () async throws(HoldfastError) in
                _ = try await stock.checkRisk(
                    CheckRiskRequest(saleID: "roles", userID: role, client: anyBuyer))
            }
            #expect(
                risk == (role == "gateway" || role == "admin" ? "ok" : "PERMISSION_DENIED"),
                "\(role)")
            await stock.close()

            let admin = try server.admin(role)
            let adjust = await self.code { () async throws(HoldfastError) in
                _ = try await admin.adjustStock(
                    AdjustStockRequest(saleID: "roles", productID: "sku", delta: 1))
            }
            #expect((adjust == "ok") == (role == "admin"), "\(role): \(adjust)")
            let list = await self.code { () async throws(HoldfastError) in
                _ = try await admin.listSales()
            }
            #expect((list == "ok") == (role == "admin" || role == "operator"), "\(role): \(list)")
            let snapshot = await self.code { () async throws(HoldfastError) in
                _ = try await admin.snapshot()
            }
            #expect((snapshot == "ok") == (role == "admin"), "\(role): \(snapshot)")
            let log = await self.code { () async throws(HoldfastError) in
                _ = try await admin.readRiskLog()
            }
            #expect((log == "ok") == (role == "admin" || role == "operator"), "\(role): \(log)")
            let ban = await self.code { () async throws(HoldfastError) in
                _ = try await admin.blacklistAdd(
                    BlacklistAddRequest(entries: [BlacklistEntry(.user("eve"))]))
            }
            #expect((ban == "ok") == (role == "admin"), "\(role): \(ban)")
            let pardon = await self.code { () async throws(HoldfastError) in
                _ = try await admin.blacklistRemove(
                    BlacklistRemoveRequest(targets: [.value(.user("eve"))]))
            }
            #expect((pardon == "ok") == (role == "admin"), "\(role): \(pardon)")
            let banned = await self.code { () async throws(HoldfastError) in
                _ = try await admin.blacklistList()
            }
            #expect(
                (banned == "ok") == (role == "admin" || role == "operator"), "\(role): \(banned)")
            await admin.close()
        }
    }

    @Test("a gateway that does not say the buyer's address is refused, a service is not asked")
    func gatewayMustNameTheAddress() async throws {
        let server = try TestServer.start()
        try await load(
            openSale("ip", products: [Product(productID: "sku", total: 100)]), into: server)
        let client = try server.client("gateway")
        var request = reserveRequest("ip", "sku", user: "u")
        request.client = nil
        let reason = await self.code { () async throws(HoldfastError) in
            _ = try await client.reserve(request)
        }
        #expect(reason == "CLIENT_IP_MISSING")
        await client.close()
    }
}
