import Foundation
import HoldfastClient
import Testing

/// kill -9, and what admission knows after it.
@Suite("Admission after a restart", .serialized)
struct AdmissionRestartTests {
    private static let open = [
        "HOLDFAST_ADMISSION_MODE": "enforce", "HOLDFAST_ADMISSION_USER_LIMIT": "unlimited",
        "HOLDFAST_ADMISSION_DEVICE_LIMIT": "unlimited",
    ]

    private static func load(_ server: TestServer) async throws {
        try await IntegrationTests.load(
            openSale("sale", products: [Product(productID: "sku", total: 100_000)]), into: server)
    }

    private func reserve(
        _ client: HoldfastClient, _ user: String, requestID: RequestID = RequestID(),
        holdMilliseconds: Int = 0, ip: String = "203.0.113.7"
    ) async -> String {
        var request = reserveRequest(
            "sale", "sku", user: user, requestID: requestID, holdMilliseconds: holdMilliseconds)
        request.client = BuyerClient(
            ip: ip, deviceID: "device-1", accountCreatedMilliseconds: 1_500_000_000_000)
        do throws(HoldfastError) {
            let answer = try await client.reserve(request)
            return answer.outcome.name + (answer.replayed ? " again" : "")
        } catch {
            return error.reason
        }
    }

    @Test("ten purchases in a minute, kill -9: the eleventh is judged as the eleventh")
    func purchasesSurvive() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start(nil, Self.open)
        try await Self.load(first)
        let before = try first.client()
        let requests = (0..<10).map { _ in RequestID() }
        for request in requests {
            // A tenth of the sale's hold time: dated by its deadline it would be nine minutes older.
            let outcome = await self.reserve(
                before, "eve", requestID: request, holdMilliseconds: 60_000)
            #expect(outcome == "RESERVED")
        }
        #expect(await self.reserve(before, "bob") == "RESERVED")
        await before.close()
        first.killHard()

        let (second, log) = try site.start(nil, Self.open)
        #expect(
            try logLine("admission's windows filled from the journal", in: log)?["reservations"]
                == "11")
        #expect(try await second.serverInfo().admission.restored == 11)
        let after = try second.client()
        let check = try await after.checkRisk(
            CheckRiskRequest(saleID: "sale", userID: "eve", client: anyBuyer))
        #expect(check.outcome == .reject)
        #expect(check.evidence.first { $0.rule == "purchases_1m" }?.value == 11)
        // A known id is no new purchase, before and after.
        #expect(
            await self.reserve(after, "eve", requestID: requests[0], holdMilliseconds: 60_000)
                == "RESERVED again")
        #expect(await self.reserve(after, "eve") == "RISK_REJECTED")
        #expect(await self.reserve(after, "bob") == "RESERVED")
        await after.close()
    }

    @Test("the same out of a snapshot, with ended reservations in it")
    func purchasesSurviveInASnapshot() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start(nil, Self.open)
        try await Self.load(first)
        let before = try first.client()
        for number in 0..<10 {
            let request = RequestID()
            #expect(await self.reserve(before, "eve", requestID: request) == "RESERVED")
            if number % 2 == 0 {
                _ = try await before.cancel(
                    CancelRequest(saleID: "sale", target: .request(request)))
            } else {
                _ = try await before.confirm(
                    ConfirmRequest(saleID: "sale", target: .request(request)))
            }
        }
        let shot = try site.control(first, "snapshot")
        #expect(shot.status == 0, "\(shot.standardError)")
        await before.close()
        first.killHard()
        let (second, log) = try site.start(nil, Self.open)
        #expect(try logLine("journal replayed", in: log)?["snapshot_lsn"] != "0")
        #expect(try await second.serverInfo().admission.restored == 10)
        let after = try second.client()
        #expect(await self.reserve(after, "eve") == "RISK_REJECTED")
        await after.close()
    }

    @Test("a bucket is refilled by the time that has passed, and by no more")
    func buckets() async throws {
        let settings = Self.open.merging(["HOLDFAST_ADMISSION_USER_LIMIT": "3/h"]) { $1 }
        let site = try OperatedSite()
        let (first, _) = try site.start(nil, settings)
        try await Self.load(first)
        let before = try first.client()
        let began = ContinuousClock.now
        for _ in 0..<3 { #expect(await self.reserve(before, "ann") == "RESERVED") }
        #expect(await self.reserve(before, "ann") == "RATE_LIMITED")
        await before.close()
        first.killHard()
        let (second, _) = try site.start(nil, settings)
        let after = try second.client()
        do throws(HoldfastError) {
            _ = try await after.reserve(reserveRequest("sale", "sku", user: "ann"))
            Issue.record("the bucket was full")
        } catch {
            let passed = ContinuousClock.now - began
            let wait = Duration.milliseconds(error.retryAfterMilliseconds ?? 0)
            // One comes back every 20 minutes, since the first was spent.
            #expect(error.reason == "RATE_LIMITED" && error.metadata["dimension"] == "user")
            #expect(wait <= .seconds(1_200))
            #expect(wait + passed >= .seconds(1_200) - .milliseconds(100))
        }
        #expect(await self.reserve(after, "bob") == "RESERVED")
        await after.close()
    }

    @Test("what nothing tells of is gone: addresses, and calls that were refused")
    func whatIsNotKnown() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start(nil, Self.open)
        try await Self.load(first)
        let before = try first.client()
        for number in 0..<5 {
            #expect(await self.reserve(before, "user-\(number)") == "RESERVED")
        }
        #expect(await self.reserve(before, "sixth") == "RISK_REJECTED")
        await before.close()
        first.killHard()
        let (second, _) = try site.start(nil, Self.open)
        let info = try await second.serverInfo()
        #expect(info.admission.restored == 5 && info.admission.addressesTracked == 0)
        let after = try second.client()
        #expect(await self.reserve(after, "sixth") == "RESERVED")
        await after.close()
    }

    @Test("with admission off nothing is restored")
    func off() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start()
        try await Self.load(first)
        let before = try first.client()
        #expect(await self.reserve(before, "ann") == "RESERVED")
        await before.close()
        first.killHard()
        let (second, log) = try site.start()
        let info = try await second.serverInfo().admission
        #expect(info == AdmissionInfo(mode: "off"))
        #expect(try logLine("admission's windows filled from the journal", in: log) == nil)
    }
}
