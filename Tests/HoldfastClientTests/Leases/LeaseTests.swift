import Glibc
import HoldfastClient
import HoldfastWire
import Synchronization
import Testing

/// `withLease` against a real TLS connection.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct LeaseTests {
    /// The losses that a holder was told of, and when.
    private final class Losses: Sendable {
        let told = Mutex<[(loss: LeaseLoss, at: ContinuousClock.Instant)]>([])
        var count: Int { self.told.withLock { $0.count } }

        func note(_ loss: LeaseLoss) {
            self.told.withLock { $0.append((loss, .now)) }
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isRaised: Bool { self.value.load(ordering: .acquiring) }
        func raise() { self.value.store(true, ordering: .releasing) }
    }

    private struct BodyError: Error, Equatable {}

    private static func client(
        _ server: ScriptedServer, callTimeout: Duration = .seconds(2)
    ) throws -> HoldfastClient {
        try HoldfastClient(
            configuration: Clients.configuration(port: server.port, callTimeout: callTimeout))
    }

    @Test func isRenewedAtAThirdOfItsTimeAndGivenBackAtTheEnd() async throws {
        let calls = LeaseServer()
        let server = calls.serve()
        let client = try Self.client(server)
        let losses = Losses()
        let owner = try await client.withLease(
            on: .sale("sale-1"), ttl: .seconds(3), onLost: { losses.note($0) }
        ) { lease in
            #expect(lease.isHeld)
            #expect(lease.fencingToken == LeaseServer.fencingToken)
            let proof = try lease.proof()
            #expect(proof == LeaseProof(ownerToken: lease.ownerToken, fencingToken: 17))
            // Longer than a lease lives that nobody renews.
            try await Task.sleep(for: .milliseconds(3_500))
            #expect(lease.isHeld)
            #expect(lease.remaining > .milliseconds(100))
            return lease.ownerToken
        }
        let seen = calls.seen
        #expect(seen.allSatisfy { $0.owner == owner })
        #expect(seen.first?.method == .acquireLease)
        #expect(seen.last?.method == .releaseLease)
        let renewals = calls.seen(.renewLease)
        // Never before a third of the time has passed, however long the machine lets the body sleep.
        let thirds = Int((renewals.last!.at - seen[0].at) / .milliseconds(1_000) + 0.9)
        #expect((3...max(3, thirds)).contains(renewals.count), "\(renewals.count) in \(thirds)")
        for (earlier, later) in zip(seen.dropLast(), seen.dropFirst().dropLast()) {
            #expect(later.at - earlier.at > .milliseconds(300))
        }
        #expect(losses.count == 0)
        await client.close()
    }

    @Test func serversWordThatItIsLostEndsItAtOnce() async throws {
        let calls = LeaseServer()
        let server = calls.serve { side, frame, _ in
            guard frame.calls(.renewLease) else { return false }
            side.answer(frame, Messages.renewed(.lost))
            return true
        }
        let client = try Self.client(server)
        let losses = Losses()
        try await client.withLease(
            on: .name("job"), ttl: .seconds(1), onLost: { losses.note($0) }
        ) { lease in
            while lease.isHeld { try await Task.sleep(for: .milliseconds(5)) }
            #expect(lease.remaining == .zero)
            #expect(throws: LeaseLoss.refused(.lost)) { try lease.proof() }
            while losses.count == 0 { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .milliseconds(400))
            #expect(!lease.isHeld)
        }
        #expect(losses.told.withLock { $0.map(\.loss) } == [.refused(.lost)])
        // What is another's is not released, and not renewed again.
        #expect(calls.seen.map(\.method) == [.acquireLease, .renewLease])
        await client.close()
    }

    @Test func renewalUnderAnotherFencingTokenIsALoss() async throws {
        let calls = LeaseServer()
        let server = calls.serve { side, frame, _ in
            guard frame.calls(.renewLease) else { return false }
            side.answer(frame, Messages.renewed(.held, token: LeaseServer.fencingToken + 1))
            return true
        }
        let client = try Self.client(server)
        try await client.withLease(on: .name("job"), ttl: .milliseconds(600)) { lease in
            while lease.isHeld { try await Task.sleep(for: .milliseconds(5)) }
            #expect(lease.loss == .refused(.lost))
        }
        await client.close()
    }

    @Test func silencePastTheDeadlineIsALoss() async throws {
        let calls = LeaseServer()
        let server = calls.serve { _, frame, _ in frame.calls(.renewLease) }
        let client = try Self.client(server)
        let losses = Losses()
        let start = ContinuousClock.now
        let bodyStart = Mutex(start)
        try await client.withLease(
            on: .sale("sale-1"), ttl: .milliseconds(600), onLost: { losses.note($0) }
        ) { lease in
            bodyStart.withLock { $0 = .now }
            while losses.count == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(!lease.isHeld)
        }
        let told = losses.told.withLock { $0 }
        #expect(told.count == 1)
        guard case .expired(let error?) = told[0].loss else {
            Issue.record("\(told[0].loss)")
            return
        }
        #expect(error.code == .deadlineExceeded)
        // Not before its time, and not after what the server can have granted at the latest.
        #expect(told[0].at - start >= .milliseconds(594))
        #expect(told[0].at - bodyStart.withLock { $0 } < .milliseconds(594 + 1_000))
        // It asked more than once, and gave back what a late renewal may have prolonged.
        #expect(calls.seen(.renewLease).count >= 2)
        #expect(calls.seen.last?.method == .releaseLease)
        await client.close()
    }

    @Test func lostConnectionsAndAnswersDoNotLoseTheLease() async throws {
        let calls = LeaseServer()
        let server = calls.serve { side, frame, index in
            // The first answer to each kind of call is lost with its connection.
            guard index == 0 else { return false }
            side.drop()
            return true
        }
        let client = try Self.client(server)
        let losses = Losses()
        let owner = try await client.withLease(
            on: .sale("sale-1"), ttl: .seconds(4), onLost: { losses.note($0) }
        ) { lease in
            while calls.seen(.renewLease).count < 3 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(lease.isHeld)
            return lease.ownerToken
        }
        #expect(losses.count == 0)
        #expect(calls.seen(.acquireLease).count == 2)
        #expect(calls.seen(.releaseLease).count == 2)
        #expect(calls.seen.allSatisfy { $0.owner == owner })
        await client.close()
    }

    @Test func cancelledBodyGivesTheLeaseBack() async throws {
        let calls = LeaseServer()
        let server = calls.serve()
        let client = try Self.client(server)
        let hasBegun = Flag()
        let task = Task {
            try await client.withLease(on: .sale("sale-1"), ttl: .seconds(30)) { _ in
                hasBegun.raise()
                try await Task.sleep(for: .seconds(60))
            }
        }
        while !hasBegun.isRaised { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(calls.seen.map(\.method) == [.acquireLease, .releaseLease])
        #expect(calls.seen[0].owner == calls.seen[1].owner)
        await client.close()
    }

    @Test func cancelledInTheLineLeavesIt() async throws {
        let calls = LeaseServer()
        let server = calls.serve { _, frame, _ in frame.calls(.acquireLease) }
        let client = try Self.client(server)
        let task = Task {
            try await client.withLease(on: .name("job"), wait: .seconds(30)) { _ in
                Issue.record("it was never granted")
            }
        }
        while calls.seen.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let error = await #expect(throws: HoldfastError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(calls.seen.map(\.method) == [.acquireLease, .releaseLease])
        #expect(calls.seen[0].owner == calls.seen[1].owner)
        await client.close()
    }

    @Test func errorOfTheBodyIsThrownAfterTheLeaseWasGivenBack() async throws {
        let calls = LeaseServer()
        let server = calls.serve()
        let client = try Self.client(server)
        await #expect(throws: BodyError()) {
            try await client.withLease(on: .name("job")) { _ in throw BodyError() }
        }
        #expect(calls.seen.last?.method == .releaseLease)
        await client.close()
    }

    @Test func refusalSaysWhoHoldsIt() async throws {
        let calls = LeaseServer()
        let server = calls.serve { side, frame, index in
            let outcome: LeaseOutcome = index == 0 ? .heldByAnother : .saleNotFound
            side.answer(frame, Messages.acquired(outcome, holder: index == 0 ? "alice" : ""))
            return true
        }
        let client = try Self.client(server)
        for expected: LeaseError in [
            .heldByAnother(holder: "alice", deadlineMilliseconds: 0), .saleNotFound,
        ] {
            await #expect(throws: expected) {
                try await client.withLease(on: .sale("sale-1")) { _ in
                    Issue.record("the body ran")
                }
            }
        }
        #expect(calls.seen(.releaseLease).isEmpty)
        await client.close()
    }

    @Test func turnInTheLineIsHeldForItsWholeTime() async throws {
        let calls = LeaseServer()
        let server = calls.serve { side, frame, _ in
            guard frame.calls(.acquireLease) else { return false }
            // Longer than the lease lives: counted from the sending it would be over before it began.
            usleep(2_200_000)
            side.answer(frame, Messages.acquired(.held, token: LeaseServer.fencingToken))
            return true
        }
        let client = try Self.client(server, callTimeout: .seconds(3))
        try await client.withLease(
            on: .name("job"), ttl: .seconds(2), wait: .seconds(6)
        ) { lease in
            #expect(lease.remaining > .milliseconds(200))
        }
        #expect(calls.seen.map(\.method) == [.acquireLease, .renewLease, .releaseLease])
        await client.close()
    }
}
