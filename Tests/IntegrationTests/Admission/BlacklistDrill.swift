import Foundation
import HoldfastClient
import Testing

/// A million entries through sockets: HOLDFAST_DRILLS=1.
@Suite("Blacklist drill", .serialized)
struct BlacklistDrill {
    @Test(
        "a million entries through sockets: they bar, and a restart after kill -9 keeps them",
        .enabled(if: ProcessInfo.processInfo.environment["HOLDFAST_DRILLS"] != nil))
    func million() async throws {
        var server = try await blacklistServer()
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
            #expect(await client.tryReserve(user, client: buyer("192.0.2.1")) == "BLACKLISTED")
        }
        #expect(await client.tryReserve("bob", client: buyer("192.0.2.1")) == "RESERVED")
        await client.close()
    }
}
