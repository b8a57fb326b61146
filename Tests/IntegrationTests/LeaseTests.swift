import Foundation
import HoldfastClient
import Testing

/// Leases over real connections: who waits, who is fenced, who may.
@Suite("Leases", .serialized)
struct LeaseTests {
    private func reason(_ call: () async throws(HoldfastError) -> Void) async -> String {
        do throws(HoldfastError) {
            try await call()
            return "ok"
        } catch {
            return error.reason
        }
    }

    @Test("a holder that slept through its deadline is fenced, its successor is not")
    func lateHolderIsFenced() async throws {
        let server = try TestServer.start()
        try await load(
            openSale("fence", products: [Product(productID: "sku", total: 10)]), into: server)
        let first = try server.client("service")
        let second = try server.client("admin")
        let admin = try server.admin()
        let firstOwner = OwnerToken()
        let taken = try await first.acquireLease(
            AcquireLeaseRequest(
                target: .sale("fence"), ownerToken: firstOwner, ttlMilliseconds: 2_000,
                holder: "first"))
        #expect(taken.outcome == .held)
        let other = try await second.acquireLease(
            AcquireLeaseRequest(target: .sale("fence"), holder: "second"))
        #expect(other.outcome == .heldByAnother)
        #expect(other.holder == "first")
        // The first sleeps; the second waits in line and gets the lease when it lapses.
        let owner = OwnerToken()
        let waited = try await second.acquireLease(
            AcquireLeaseRequest(
                target: .sale("fence"), ownerToken: owner, ttlMilliseconds: 60_000,
                waitMilliseconds: 5_000, holder: "second"))
        #expect(waited.outcome == .held)
        #expect(waited.fencingToken > taken.fencingToken)

        func adjust(_ proof: LeaseProof?) async -> String {
            await self.reason { () async throws(HoldfastError) in
                _ = try await admin.adjustStock(
                    AdjustStockRequest(saleID: "fence", productID: "sku", delta: 1, lease: proof))
            }
        }
        let late = LeaseProof(ownerToken: firstOwner, fencingToken: taken.fencingToken)
        #expect(await adjust(late) == "FENCED")
        #expect(await adjust(nil) == "FENCED")
        let proof = LeaseProof(ownerToken: owner, fencingToken: waited.fencingToken)
        #expect(await adjust(proof) == "ok")
        let released = try await second.releaseLease(
            ReleaseLeaseRequest(target: .sale("fence"), ownerToken: owner))
        #expect(released.outcome == .released)
        #expect(await adjust(late) == "FENCED")
        #expect(await adjust(nil) == "ok")
        for client in [first, second, admin] { await client.close() }
    }

    @Test("whose lease was broken is fenced at once, before anybody takes it")
    func brokenHolderIsFencedAtOnce() async throws {
        let server = try TestServer.start()
        try await load(
            openSale("broken", products: [Product(productID: "sku", total: 10)]), into: server)
        let service = try server.client("service")
        let stockAdmin = try server.client("admin")
        let admin = try server.admin()
        func adjust(_ proof: LeaseProof?) async -> String {
            await self.reason { () async throws(HoldfastError) in
                _ = try await admin.adjustStock(
                    AdjustStockRequest(saleID: "broken", productID: "sku", delta: 1, lease: proof))
            }
        }
        func acquire(_ owner: OwnerToken) async throws -> LeaseProof {
            let taken = try await service.acquireLease(
                AcquireLeaseRequest(
                    target: .sale("broken"), ownerToken: owner, ttlMilliseconds: 60_000,
                    holder: "importer"))
            #expect(taken.outcome == .held)
            return LeaseProof(ownerToken: owner, fencingToken: taken.fencingToken)
        }
        let owner = OwnerToken()
        let proof = try await acquire(owner)
        #expect(await adjust(proof) == "ok")
        let broken = try await stockAdmin.releaseLease(
            ReleaseLeaseRequest(breaking: .sale("broken")))
        #expect(broken.holder == "importer")
        #expect(await adjust(proof) == "FENCED")
        #expect(await adjust(nil) == "ok")
        // The same owner gets the lease again, under a token of its own.
        let again = try await acquire(owner)
        #expect(again.fencingToken > proof.fencingToken)
        #expect(await adjust(proof) == "FENCED")
        #expect(await adjust(again) == "ok")
        // Given back, it is over as well.
        _ = try await service.releaseLease(
            ReleaseLeaseRequest(target: .sale("broken"), ownerToken: owner))
        #expect(await adjust(again) == "FENCED")
        for client in [service, stockAdmin, admin] { await client.close() }
    }

    @Test("those who wait are served one after the other, on whichever reactor they are")
    func everyWaiterIsServed() async throws {
        let server = try TestServer.start(settings: ["HOLDFAST_REACTORS": "2"])
        var clients: [HoldfastClient] = []
        for _ in 0..<8 { clients.append(try server.client("service")) }
        let tokens = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for index in 0..<200 {
                let client = clients[index % clients.count]
                group.addTask {
                    let owner = OwnerToken()
                    let answer = try await client.acquireLease(
                        AcquireLeaseRequest(
                            target: .name("storm"), ownerToken: owner, ttlMilliseconds: 20_000,
                            waitMilliseconds: 15_000))
                    #expect(answer.outcome == .held)
                    _ = try await client.releaseLease(
                        ReleaseLeaseRequest(target: .name("storm"), ownerToken: owner))
                    return answer.fencingToken
                }
            }
            var tokens: Set<UInt64> = []
            for try await token in group { tokens.insert(token) }
            return tokens
        }
        #expect(tokens.count == 200)
        for client in clients { await client.close() }
    }

    @Test("a wait that is over is answered in time")
    func waitEndsInTime() async throws {
        let server = try TestServer.start()
        let client = try server.client("service")
        _ = try await client.acquireLease(
            AcquireLeaseRequest(target: .name("slow"), ttlMilliseconds: 60_000, holder: "me"))
        let start = Date()
        let answer = try await client.acquireLease(
            AcquireLeaseRequest(target: .name("slow"), waitMilliseconds: 200))
        let seconds = Date().timeIntervalSince(start)
        #expect(answer.outcome == .heldByAnother)
        #expect(answer.holder == "me")
        #expect(seconds > 0.19 && seconds < 2)
        await client.close()
    }

    @Test("a connection that closes leaves the line")
    func closedConnectionLeaves() async throws {
        let server = try TestServer.start()
        let holder = try server.client("service")
        let gone = try server.client("service", resolvesLostAnswers: false)
        let next = try server.client("service")
        let owner = OwnerToken()
        _ = try await holder.acquireLease(
            AcquireLeaseRequest(
                target: .name("line"), ownerToken: owner, ttlMilliseconds: 60_000))
        let lost = Task {
            _ = try? await gone.acquireLease(
                AcquireLeaseRequest(
                    target: .name("line"), ttlMilliseconds: 60_000, waitMilliseconds: 20_000))
        }
        try await Task.sleep(for: .milliseconds(300))
        lost.cancel()
        await gone.close()
        _ = await lost.value
        try await Task.sleep(for: .milliseconds(300))
        _ = try await holder.releaseLease(
            ReleaseLeaseRequest(target: .name("line"), ownerToken: owner))
        let answer = try await next.acquireLease(
            AcquireLeaseRequest(target: .name("line"), waitMilliseconds: 5_000))
        #expect(answer.outcome == .held)
        #expect(answer.fencingToken == 2)
        for client in [holder, next] { await client.close() }
    }

    @Test("a call that is taken back leaves the line, its connection lives on")
    func takenBackCallLeaves() async throws {
        let server = try TestServer.start()
        let holder = try server.client("service")
        let waiter = try server.client("service")
        let owner = OwnerToken()
        _ = try await holder.acquireLease(
            AcquireLeaseRequest(
                target: .name("line"), ownerToken: owner, ttlMilliseconds: 60_000))
        let wait = Task {
            try? await waiter.acquireLease(
                AcquireLeaseRequest(
                    target: .name("line"), ttlMilliseconds: 60_000, waitMilliseconds: 20_000))
        }
        try await Task.sleep(for: .milliseconds(300))
        wait.cancel()
        #expect(await wait.value == nil)
        try await Task.sleep(for: .milliseconds(300))
        _ = try await holder.releaseLease(
            ReleaseLeaseRequest(target: .name("line"), ownerToken: owner))
        let answer = try await waiter.acquireLease(AcquireLeaseRequest(target: .name("line")))
        #expect(answer.outcome == .held)
        #expect(answer.fencingToken == 2)
        for client in [holder, waiter] { await client.close() }
    }

    @Test("only service and admin take leases, and only admin breaks one")
    func roles() async throws {
        let server = try TestServer.start()
        let service = try server.client("service")
        _ = try await service.acquireLease(
            AcquireLeaseRequest(target: .name("mine"), ttlMilliseconds: 60_000, holder: "mine"))
        for role in ["gateway", "operator"] {
            let client = try server.client(role)
            let answer = await self.reason { () async throws(HoldfastError) in
                _ = try await client.acquireLease(AcquireLeaseRequest(target: .name("x")))
            }
            #expect(answer == "PERMISSION_DENIED", "\(role)")
            await client.close()
        }
        let denied = await self.reason { () async throws(HoldfastError) in
            _ = try await service.releaseLease(ReleaseLeaseRequest(breaking: .name("mine")))
        }
        #expect(denied == "PERMISSION_DENIED")
        let admin = try server.client("admin")
        let broken = try await admin.releaseLease(ReleaseLeaseRequest(breaking: .name("mine")))
        #expect(broken.outcome == .released)
        #expect(broken.holder == "mine")
        for client in [service, admin] { await client.close() }
    }

    @Test("a wait longer than the call's timeout is refused")
    func waitWithinTheTimeout() async throws {
        let server = try TestServer.start()
        let client = try server.client("service")
        let answer = await self.reason { () async throws(HoldfastError) in
            _ = try await client.acquireLease(
                AcquireLeaseRequest(target: .name("x"), waitMilliseconds: 5_000),
                timeout: .seconds(2))
        }
        #expect(answer == "FIELD_INVALID")
        await client.close()
    }

    @Test("a server that leaves tells those who wait")
    func drainEndsTheLine() async throws {
        let server = try TestServer.start()
        let client = try server.client("service", resolvesLostAnswers: false)
        _ = try await client.acquireLease(
            AcquireLeaseRequest(target: .name("bye"), ttlMilliseconds: 60_000))
        async let waited = self.reason { () async throws(HoldfastError) in
            _ = try await client.acquireLease(
                AcquireLeaseRequest(target: .name("bye"), waitMilliseconds: 20_000))
        }
        try await Task.sleep(for: .milliseconds(300))
        let start = Date()
        kill(server.processIdentifier, SIGTERM)
        let reason = await waited
        #expect(reason == "DRAINING")
        #expect(Date().timeIntervalSince(start) < 4)
        await client.close()
    }
}
