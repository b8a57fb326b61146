import Foundation
import HoldfastClient
import Testing

/// Holes of the usual design that limiter and risk rules close, through the real server over TLS. The library's own:
/// `LimiterSeedHoleTests`, `RiskSeedHoleTests`.
@Suite("Holes of the usual design, admission", .serialized)
struct AdmissionSeedHoleTests {
    private func server(_ settings: [String: String], rules: String? = nil) async throws
        -> TestServer
    {
        let server = try admissionServer(settings, rules: rules)
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 100_000)]), into: server)
        return server
    }

    private static func buyer(_ ip: String, device: String = "", age: Int = 0) -> BuyerClient {
        BuyerClient(ip: ip, deviceID: device, accountCreatedMilliseconds: age)
    }

    @Test(
        "C8: 50 calls of one user are 50 in a sliding window, in a row and at once",
        arguments: [1, 50])
    func c8SlidingWindow(atOnce: Int) async throws {
        let server = try await self.server(
            ["USER_LIMIT": "5/h sliding"], rules: "version: 1\nrules: []\n")
        let client = try server.client()
        let outcomes = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<atOnce {
                group.addTask {
                    var all: [String] = []
                    for _ in 0..<50 / atOnce { all.append(await client.tryReserve("eve")) }
                    return all
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(outcomes.filter { $0 == "RESERVED" }.count == 5)
        #expect(outcomes.filter { $0 == "RATE_LIMITED" }.count == 45)
        let info = try await server.serverInfo().admission
        // Refused calls are not in the window, and one call is one decision over all dimensions.
        #expect(info.limiterAllowed == 5)
        #expect(info.limiterRefused.reduce(0) { $0 + $1.count } == 45)
        await client.close()
    }

    @Test(
        "C14: the calls themselves write what the rules read, the numbers are those of the text, and nothing fails open"
    )
    func c14RiskReadsWhatIsWritten() async throws {
        let server = try await self.server([
            "USER_LIMIT": "unlimited", "DEVICE_LIMIT": "unlimited", "CHALLENGE": "enforce",
        ])
        let client = try server.client()
        let old = 1_500_000_000_000
        // Purchases of a minute: more than 10, and not only more than 100 in an hour.
        for number in 1...12 {
            let outcome = await client.tryReserve(
                "buyer", client: Self.buyer("192.0.2.1", device: "d", age: old))
            #expect(outcome == (number <= 10 ? "RESERVED" : "RISK_REJECTED"), "\(number)")
        }
        // Accounts on an address: more than 5, and not only more than 10.
        for number in 1...7 {
            let outcome = await client.tryReserve(
                "farm \(number)", client: Self.buyer("192.0.2.2", device: "d\(number)", age: old))
            #expect(outcome == (number <= 5 ? "RESERVED" : "RISK_REJECTED"), "\(number)")
        }
        // Devices are counted, and an age that nobody told is no old account: together that is a question,
        // with its reasons, and not a plain no.
        for number in 1...6 {
            let outcome = await client.tryReserve(
                "unknown", client: Self.buyer("192.0.2.3", device: "d\(number)"))
            #expect(outcome == (number <= 5 ? "RESERVED" : "CHALLENGE_REQUIRED"), "\(number)")
        }
        let check = try await client.checkRisk(
            CheckRiskRequest(
                saleID: "sale", userID: "unknown", client: Self.buyer("192.0.2.3", device: "d1")))
        #expect(check.outcome == .challenge && check.score == 700)
        #expect(Set(check.evidence.map(\.rule)) == ["many_devices", "young_account"])
        #expect(check.evidence.first { $0.rule == "young_account" }?.missing == true)
        let info = try await server.serverInfo().admission
        #expect(info.missingAge == 6 && info.riskChallenged == 1)
        await client.close()
    }

    @Test("C18: 2,000 users with one call each meet the limit of the sale, not stock or a queue")
    func c18DifferentUsers() async throws {
        let server = try await self.server(["SALE_LIMIT": "500/h"])
        let clients = try (0..<4).map { _ in try server.client() }
        let outcomes = await withTaskGroup(of: [String: Int].self) { group in
            for lane in 0..<32 {
                let client = clients[lane % clients.count]
                group.addTask {
                    var seen: [String: Int] = [:]
                    for number in stride(from: lane, to: 2_000, by: 32) {
                        let buyer = Self.buyer("10.7.\(number / 250).\(number % 250 + 1)")
                        seen[
                            await client.tryReserve("user-\(number)", client: buyer), default: 0] +=
                            1
                    }
                    return seen
                }
            }
            return await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        }
        #expect(outcomes == ["RESERVED": 500, "RATE_LIMITED": 1_500])
        let info = try await server.serverInfo()
        #expect(info.admission.limiterRefused.first { $0.name == "sale" }?.count == 1_500)
        // What the limiter refused has not come near the stock.
        #expect(info.reservations == 500)
        for client in clients { await client.close() }
    }
}
