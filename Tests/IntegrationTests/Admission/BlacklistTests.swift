import Foundation
import HoldfastClient
import Testing

/// The blacklist over TLS with the real binaries: calls, Reserves, restarts and the tool.
@Suite("Blacklist over TLS", .serialized)
struct BlacklistTests {
    private static let unlimited = [
        "USER_LIMIT": "unlimited", "IP_LIMIT": "unlimited", "DEVICE_LIMIT": "unlimited",
    ]

    private func start(
        _ settings: [String: String] = [:], other: [String: String] = [:]
    ) async throws -> TestServer {
        // Rules that nobody here meets: what is refused here is refused by the blacklist.
        let server = try admissionServer(
            Self.unlimited.merging(settings) { $1 }, rules: rulesFile(purchaseRule(over: 1_000)),
            other: other)
        try await load(
            openSale("sale", products: [Product(productID: "sku", total: 100_000)]), into: server)
        return server
    }

    @discardableResult
    private func ban(
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

    private func buyer(_ ip: String, device: String = "d") -> BuyerClient {
        BuyerClient(ip: ip, deviceID: device, accountCreatedMilliseconds: 1_500_000_000_000)
    }

    @Test("buyer, device, address and range are barred; known request ids and others are not")
    func bars() async throws {
        let server = try await self.start()
        let client = try server.client()
        let known = RequestID()
        let before = await client.tryReserve("eve", requestID: known)
        #expect(before == "RESERVED")
        try await self.ban(
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
            let answer = await client.tryReserve(user, client: self.buyer(ip, device: device))
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
        let server = try await self.start()
        try await self.ban(server, .user("eve"), .network("127.0.0.0/8"), .network("0.0.0.0/0"))
        // Role admin stands for a caller without a buyer's connection that may reserve.
        let client = try server.client("admin")
        let eve = await client.tryReserve("eve", client: nil)
        let bob = await client.tryReserve("bob", client: nil)
        #expect(eve == "BLACKLISTED" && bob == "RESERVED")
        await client.close()
    }

    @Test("overlapping ranges bar on their own: one goes, the other still bars")
    func overlaps() async throws {
        let server = try await self.start()
        let client = try server.client()
        let admin = try server.admin()
        try await self.ban(server, .network("10.0.0.0/8"), .network("10.1.0.0/16"))
        let inner = self.buyer("10.1.2.3")
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
        let server = try await self.start()
        let client = try server.client()
        func serverTime() async throws -> Int {
            try await client.getStock(GetStockRequest(saleID: "sale")).serverTimeMilliseconds
        }
        let end = try await serverTime() + 1_500
        try await self.ban(server, .user("eve"), until: end)
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
        let late = try await self.ban(server, .user("late"), until: end)
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
        var server = try await self.start()
        let directory = server.directory
        let settings = [
            "HOLDFAST_ADMISSION_MODE": "enforce", "HOLDFAST_ADMISSION_USER_LIMIT": "unlimited",
            "HOLDFAST_ADMISSION_IP_LIMIT": "unlimited",
            "HOLDFAST_ADMISSION_DEVICE_LIMIT": "unlimited",
        ]
        try await self.ban(server, .user("eve"), .network("10.0.0.0/24"))
        var ids: [Int] = []
        for round in 0..<3 {
            if round == 1 {
                let admin = try server.admin()
                let asked = try await admin.snapshot()
                #expect(asked.outcome == .started)
                while try await admin.getServerInfo().snapshot.lsn < asked.targetLSN {}
                await admin.close()
            }
            let results = try await self.ban(server, .device("d-\(round)"))
            server.killHard()
            server = try TestServer.start(in: directory, settings: settings)
            ids += results.map(\.id)
            let client = try server.client()
            #expect(await client.tryReserve("eve") == "BLACKLISTED", "round \(round)")
            for known in 0...round {
                let answer = await client.tryReserve(
                    "bob", client: self.buyer("192.0.2.1", device: "d-\(known)"))
                #expect(answer == "BLACKLISTED", "round \(round), device \(known)")
            }
            let range = await client.tryReserve("bob", client: self.buyer("10.0.0.9"))
            let other = await client.tryReserve("bob", client: self.buyer("10.0.1.9"))
            #expect(range == "BLACKLISTED" && other == "RESERVED", "round \(round)")
            await client.close()
        }
        #expect(ids == [3, 4, 5])
    }

    @Test("a retry adds once and answers as before; a wide range asks and says whom it would bar")
    func retryAndQuestion() async throws {
        let server = try await self.start()
        let admin = try server.admin()
        let client = try server.client()
        for number in 0..<30 {
            _ = await client.tryReserve(
                "u\(number)",
                client: self.buyer(number < 12 ? "10.0.0.\(number)" : "192.0.2.\(number)"))
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
            let server = try await self.start(["MODE": mode])
            try await self.ban(server, .user("eve"))
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

    // MARK: The tool

    private func tool(_ server: TestServer, _ arguments: [String]) throws -> Binary.Result {
        let files = server.certificate("admin")
        return try Binary.run(
            "holdfastctl", ["blacklist"] + arguments,
            environment: [
                "HOLDFAST_ADMIN_ENDPOINT": "127.0.0.1:\(server.adminPort)",
                "HOLDFAST_CA": server.authority, "HOLDFAST_CERTIFICATE": files.certificate,
                "HOLDFAST_KEY": files.key, "HOLDFAST_TIMEOUT_MS": "20000",
            ])
    }

    @Test("holdfastctl blacklist: add, check, list, remove")
    func commands() async throws {
        let server = try await self.start()
        let added = try self.tool(
            server,
            ["add", "--user", "eve", "--network", "203.0.113.0/24", "--reason", "resale"])
        #expect(added.status == 0 && added.standardOutput.contains("ADDED"), "\(added)")
        let wide = try self.tool(server, ["add", "--network", "10.0.0.0/8"])
        #expect(wide.status == 1 && wide.standardOutput.contains("CONFIRMATION_NEEDED"), "\(wide)")
        #expect(wide.standardError.contains("--yes"), "\(wide)")
        let sure = try self.tool(server, ["add", "--network", "10.0.0.0/8", "--yes"])
        #expect(sure.status == 0, "\(sure)")
        let barred = try self.tool(server, ["check", "--user", "bob", "--ip", "203.0.113.9"])
        #expect(barred.status == 1 && barred.standardOutput.contains("203.0.113.0/24"))
        let free = try self.tool(server, ["check", "--user", "bob", "--ip", "203.0.114.9"])
        #expect(free.status == 0 && free.standardOutput.contains("not listed"), "\(free)")
        let list = try self.tool(server, ["list", "--kind", "user"])
        #expect(list.standardOutput.contains("resale") && !list.standardOutput.contains("10.0.0"))
        let removed = try self.tool(server, ["remove", "1", "--network", "10.0.0.0/8"])
        #expect(removed.status == 0, "\(removed)")
        let none = try self.tool(server, ["remove", "1"])
        #expect(none.status == 1 && none.standardOutput.contains("NOT_FOUND"), "\(none)")
        let usage = try self.tool(server, ["add", "--reason", "nobody"])
        #expect(usage.status == 64, "\(usage)")
    }

    @Test("export and import give the same list; a file with a mistake changes nothing")
    func roundTrip() async throws {
        let server = try await self.start()
        let file = server.directory.appendingPathComponent("list.jsonl")
        func write(_ lines: [String]) throws {
            try Data(lines.joined(separator: "\n").utf8).write(to: file)
        }
        let end = Int(Date().timeIntervalSince1970 * 1_000) + 3_600_000
        var lines = (0..<2_500).map { "{\"user_id\":\"bot-\($0)\",\"reason\":\"bulk\"}" }
        lines.append("{\"network\":\"2001:db8:5::/48\",\"expires_at_ms\":\(end)}")
        lines.append("{\"device_id\":\"d\\\"1\",\"source\":\"review\"}")
        // The server's own check, too, comes before the first entry is added.
        try write(lines + ["{\"network\":\"10.1.0.0/8\"}"])
        let refused = try self.tool(server, ["import", file.path])
        #expect(refused.status == 65 && refused.standardError.contains("line 2503"), "\(refused)")
        try write(lines + ["{\"network\":\"11.0.0.0/8\"}"])
        let asked = try self.tool(server, ["import", file.path])
        #expect(asked.status == 1 && asked.standardError.contains("--yes"), "\(asked)")
        let dry = try self.tool(server, ["import", file.path, "--dry-run"])
        #expect(dry.status == 0, "\(dry)")
        let admin = try server.admin()
        let untouched = try await admin.blacklistList()
        #expect(untouched.entryCount == 0)
        let taken = try self.tool(server, ["import", file.path, "--yes", "-o", "json"])
        #expect(taken.status == 0 && taken.standardOutput.contains("\"added\": 2503"), "\(taken)")
        func facts(_ text: String) -> Set<String> {
            Set(
                BlacklistLines(Array(text.utf8)).entries.map {
                    "\($0.value) \($0.expiresAtMilliseconds) \($0.reason) \($0.source)"
                })
        }
        let first = try self.tool(server, ["export"])
        #expect(first.status == 0 && facts(first.standardOutput).count == 2_503)
        // Into another server.
        let other = try await self.start()
        try Data(first.standardOutput.utf8).write(to: file)
        let moved = try self.tool(other, ["import", file.path, "--yes"])
        #expect(moved.status == 0, "\(moved)")
        let second = try self.tool(other, ["export"])
        #expect(facts(second.standardOutput) == facts(first.standardOutput))
        // Again: everything is replaced by itself.
        let again = try self.tool(other, ["import", file.path, "--yes", "-o", "json"])
        #expect(again.standardOutput.contains("\"replaced\": 2503"), "\(again)")
        let client = try other.client()
        #expect(await client.tryReserve("bot-2499") == "BLACKLISTED")
        let address = await client.tryReserve("bob", client: self.buyer("2001:db8:5:1::9"))
        #expect(address == "BLACKLISTED")
        await client.close()
        await admin.close()
    }

    @Test(
        "a million entries through sockets: they bar, and a restart from snapshot and journal keeps them",
        .enabled(if: ProcessInfo.processInfo.environment["HOLDFAST_DRILLS"] != nil))
    func million() async throws {
        var server = try await self.start()
        let admin = try server.admin()
        let started = Date()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for chunk in stride(from: worker, to: 10_000, by: 8) {
                        let entries = (0..<100).map { row in
                            BlacklistEntry(.user("bot-\(chunk * 100 + row)"), reason: "bulk")
                        }
                        let answer = try await admin.blacklistAdd(
                            BlacklistAddRequest(entries: entries))
                        #expect(answer.outcome == .added)
                    }
                }
            }
            try await group.waitForAll()
        }
        print("a million entries in \(Date().timeIntervalSince(started)) s")
        #expect(try await admin.blacklistList().entryCount == 1_000_000)
        await admin.close()
        server.killHard()
        let restarted = Date()
        server = try TestServer.start(
            in: server.directory,
            settings: [
                "HOLDFAST_ADMISSION_MODE": "enforce",
                "HOLDFAST_ADMISSION_USER_LIMIT": "unlimited",
            ])
        print("started again in \(Date().timeIntervalSince(restarted)) s")
        let client = try server.client()
        for user in ["bot-0", "bot-500000", "bot-999999"] {
            #expect(await client.tryReserve(user, client: self.buyer("192.0.2.1")) == "BLACKLISTED")
        }
        #expect(await client.tryReserve("bob", client: self.buyer("192.0.2.1")) == "RESERVED")
        await client.close()
    }
}
