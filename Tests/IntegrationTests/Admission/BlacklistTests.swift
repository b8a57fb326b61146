import Foundation
import HoldfastClient
import Testing

/// The blacklist over TLS with the real binaries: calls, Reserves and restarts.
@Suite("Blacklist over TLS", .serialized)
struct BlacklistTests {
    @Test("buyer, device, address and range are barred; known request ids and others are not")
    func bars() async throws {
        let server = try await blacklistServer()
        let client = try server.client()
        let known = RequestID()
        let before = await client.tryReserve("eve", requestID: known)
        #expect(before == "RESERVED")
        try await ban(
            server, .user("eve"), .device("d-9"), .network("198.51.100.7"),
            .network("203.0.112.0/22"), .network("2001:db8::/48"))
        let rows: [(String, String, String, String)] = [
            ("eve", "192.0.2.1", "d", "BLACKLISTED"), ("bob", "192.0.2.1", "d", "RESERVED"),
            ("bob", "192.0.2.1", "d-9", "BLACKLISTED"), ("d-9", "192.0.2.1", "eve", "RESERVED"),
            ("bob", "198.51.100.7", "d", "BLACKLISTED"), ("bob", "198.51.100.8", "d", "RESERVED"),
            // The same address in IPv6's terms.
            ("bob", "::ffff:198.51.100.7", "d", "BLACKLISTED"),
            ("bob", "::ffff:c633:6407", "d", "BLACKLISTED"),
            ("bob", "203.0.115.255", "d", "BLACKLISTED"), ("bob", "203.0.116.0", "d", "RESERVED"),
            ("bob", "2001:db8:0:ffff::1", "d", "BLACKLISTED"),
            ("bob", "2001:db8:1::1", "d", "RESERVED"),
        ]
        for (user, ip, device, outcome) in rows {
            let answer = await client.tryReserve(user, client: buyer(ip, device: device))
            #expect(answer == outcome, "\(user) \(ip) \(device)")
        }
        // Precedence (RULES 3): what is known, and what is no sale, is said before the ban.
        let again = await client.tryReserve("eve", requestID: known)
        #expect(again == "RESERVED again")
        let nowhere = await client.tryReserve("eve", sale: "none")
        #expect(nowhere == "SALE_NOT_FOUND")
        // What is held can still be paid for.
        let confirmed = try await client.confirm(
            ConfirmRequest(saleID: "sale", target: .request(known)))
        #expect(confirmed.outcome == .confirmed)
        await client.close()
    }

    @Test("a service, which has no buyer's address, is met by the buyer's entry alone")
    func withoutAddress() async throws {
        let server = try await blacklistServer()
        try await ban(server, .user("eve"), .network("127.0.0.0/8"), .network("0.0.0.0/0"))
        // Role admin stands for a caller without a buyer's connection that may reserve.
        let client = try server.client("admin")
        let eve = await client.tryReserve("eve", client: nil)
        let bob = await client.tryReserve("bob", client: nil)
        #expect(eve == "BLACKLISTED" && bob == "RESERVED")
        await client.close()
    }

    @Test("overlapping ranges bar on their own: one goes, the other still bars")
    func overlaps() async throws {
        let server = try await blacklistServer()
        let client = try server.client()
        let admin = try server.admin()
        try await ban(server, .network("10.0.0.0/8"), .network("10.1.0.0/16"))
        let inner = buyer("10.1.2.3")
        #expect(await client.tryReserve("a", client: inner) == "BLACKLISTED")
        let covering = try await admin.blacklistList(BlacklistListRequest(address: "10.1.2.3"))
        #expect(covering.entries.map(\.value) == [.network("10.1.0.0/16"), .network("10.0.0.0/8")])
        // CheckRisk names the most specific one, to operators alone.
        let risk = try await client.checkRisk(
            CheckRiskRequest(saleID: "sale", userID: "a", client: inner))
        #expect(risk.outcome == .blacklisted && risk.evidence.first?.rule == "blacklist")
        #expect(risk.evidence.first?.value == covering.entries[0].id)
        for (range, expected) in [("10.1.0.0/16", "BLACKLISTED"), ("10.0.0.0/8", "RESERVED")] {
            let removed = try await admin.blacklistRemove(
                BlacklistRemoveRequest(targets: [.value(.network(range))]))
            #expect(removed.outcome == .removed)
            let answer = await client.tryReserve("a", client: inner)
            #expect(answer == expected, "without \(range)")
        }
        await client.close()
        await admin.close()
    }

    @Test("an entry ends: it bars while the server's time is before its end, and never after")
    func ends() async throws {
        let server = try await blacklistServer()
        let client = try server.client()
        func serverTime() async throws -> Int {
            try await client.getStock(GetStockRequest(saleID: "sale")).serverTimeMilliseconds
        }
        let end = try await serverTime() + 1_500
        try await ban(server, .user("eve"), until: end)
        var barred = 0
        while true {
            let before = try await serverTime()
            let answer = await client.tryReserve("eve")
            let after = try await serverTime()
            // Between the two looks at the clock the call was judged.
            if after < end { #expect(answer == "BLACKLISTED") }
            if before >= end { #expect(answer == "RESERVED") }
            if answer == "BLACKLISTED" { barred += 1 } else { break }
        }
        #expect(barred > 0)
        // The shard forgets it, too, and an end that has passed adds nothing.
        let late = try await ban(server, .user("late"), until: end)
        #expect(late.map(\.outcome) == [.lapsed])
        let admin = try server.admin()
        while true {
            let list = try await admin.blacklistList()
            #expect(list.entries.isEmpty)
            if list.entryCount == 0 { break }
        }
        await admin.close()
        await client.close()
    }

    @Test("kill -9 loses no ban that was acknowledged, with a snapshot and without")
    func restarts() async throws {
        var server = try await blacklistServer()
        let directory = server.directory
        let settings = [
            "HOLDFAST_ADMISSION_MODE": "enforce", "HOLDFAST_ADMISSION_USER_LIMIT": "unlimited",
            "HOLDFAST_ADMISSION_IP_LIMIT": "unlimited",
            "HOLDFAST_ADMISSION_DEVICE_LIMIT": "unlimited",
        ]
        try await ban(server, .user("eve"), .network("10.0.0.0/24"))
        var ids: [Int] = []
        for round in 0..<3 {
            if round == 1 {
                let admin = try server.admin()
                let asked = try await admin.snapshot()
                #expect(asked.outcome == .started)
                while try await admin.getServerInfo().snapshot.lsn < asked.targetLSN {}
                await admin.close()
            }
            let results = try await ban(server, .device("d-\(round)"))
            server.killHard()
            server = try TestServer.start(in: directory, settings: settings)
            ids += results.map(\.id)
            let client = try server.client()
            #expect(await client.tryReserve("eve") == "BLACKLISTED", "round \(round)")
            for known in 0...round {
                let answer = await client.tryReserve(
                    "bob", client: buyer("192.0.2.1", device: "d-\(known)"))
                #expect(answer == "BLACKLISTED", "round \(round), device \(known)")
            }
            let range = await client.tryReserve("bob", client: buyer("10.0.0.9"))
            let other = await client.tryReserve("bob", client: buyer("10.0.1.9"))
            #expect(range == "BLACKLISTED" && other == "RESERVED", "round \(round)")
            await client.close()
        }
        #expect(ids == [3, 4, 5])
    }

    @Test("a retry adds once and answers as before; a wide range asks and says whom it would bar")
    func retryAndQuestion() async throws {
        let server = try await blacklistServer()
        let admin = try server.admin()
        let client = try server.client()
        for number in 0..<30 {
            _ = await client.tryReserve(
                "u\(number)",
                client: buyer(number < 12 ? "10.0.0.\(number)" : "192.0.2.\(number)"))
        }
        var request = BlacklistAddRequest(
            entries: [BlacklistEntry(.user("eve")), BlacklistEntry(.network("10.0.0.0/8"))])
        let question = try await admin.blacklistAdd(request)
        #expect(question.outcome == .confirmationNeeded && question.addressesSeen == 30)
        #expect(question.results.map(\.outcome) == [.unspecified, .wide])
        #expect(question.results[1].addressesHit == 12)
        let untouched = try await admin.blacklistList()
        #expect(untouched.entryCount == 0)
        request.confirmWide = true
        let first = try await admin.blacklistAdd(request)
        #expect(first.outcome == .added && !first.replayed)
        let again = try await admin.blacklistAdd(request)
        #expect(again.replayed && again.results == first.results)
        request.entries.removeLast()
        await #expect(throws: HoldfastError.self) { _ = try await admin.blacklistAdd(request) }
        let entries = try await admin.blacklistList().entries
        #expect(entries.map(\.operatorName).allSatisfy { $0.contains("/admin/") })
        await admin.close()
        await client.close()
    }

    @Test("observe counts and refuses nobody, off looks nothing up, and both keep the list")
    func modes() async throws {
        for mode in ["observe", "off"] {
            let server = try await blacklistServer(["MODE": mode])
            try await ban(server, .user("eve"))
            let client = try server.client()
            #expect(await client.tryReserve("eve") == "RESERVED", "\(mode)")
            let risk = try await client.checkRisk(
                CheckRiskRequest(saleID: "sale", userID: "eve", client: anyBuyer))
            #expect(risk.outcome == (mode == "off" ? .allow : .blacklisted) && !risk.enforced)
            let admin = try server.admin()
            let list = try await admin.blacklistList()
            #expect(list.entryCount == 1)
            await admin.close()
            await client.close()
        }
    }
}
