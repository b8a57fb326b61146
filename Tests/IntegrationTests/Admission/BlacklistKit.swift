import Foundation
import HoldfastClient
import Testing

private let unlimited = [
    "USER_LIMIT": "unlimited", "IP_LIMIT": "unlimited", "DEVICE_LIMIT": "unlimited",
]

/// A server with admission on that refuses for the blacklist alone, and a sale `sale` with 100,000 units of `sku`.
func blacklistServer(
    _ settings: [String: String] = [:], other: [String: String] = [:]
) async throws -> TestServer {
    // Rules that nobody here meets: what is refused here is refused by the blacklist.
    let server = try admissionServer(
        unlimited.merging(settings) { $1 }, rules: rulesFile(purchaseRule(over: 1_000)),
        other: other)
    try await load(
        openSale("sale", products: [Product(productID: "sku", total: 100_000)]), into: server)
    return server
}

/// Bars values, wide ones too, for good or until a time.
@discardableResult
func ban(
    _ server: TestServer, _ values: BlacklistValue..., until: Int = 0
) async throws -> [BlacklistResult] {
    let admin = try server.admin()
    let response = try await admin.blacklistAdd(
        BlacklistAddRequest(
            entries: values.map { BlacklistEntry($0, expiresAtMilliseconds: until) },
            confirmWide: true))
    await admin.close()
    #expect(response.outcome == .added)
    return response.results
}

/// A buyer at an address.
func buyer(_ ip: String, device: String = "d") -> BuyerClient {
    BuyerClient(ip: ip, deviceID: device, accountCreatedMilliseconds: 1_500_000_000_000)
}

/// Runs `holdfastctl blacklist` as role admin.
func blacklistTool(_ server: TestServer, _ arguments: [String]) throws -> Binary.Result {
    let files = server.certificate("admin")
    return try Binary.run(
        "holdfastctl", ["blacklist"] + arguments,
        environment: [
            "HOLDFAST_ADMIN_ENDPOINT": "127.0.0.1:\(server.adminPort)",
            "HOLDFAST_CA": server.authority, "HOLDFAST_CERTIFICATE": files.certificate,
            "HOLDFAST_KEY": files.key, "HOLDFAST_TIMEOUT_MS": "20000",
        ])
}
