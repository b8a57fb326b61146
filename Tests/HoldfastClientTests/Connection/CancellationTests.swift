import Foundation
import HoldfastClient
import HoldfastWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
    @Test func cancelledCallEndsAtOnceTellsTheServerAndFreesItsSlot() async throws {
        let kinds = Mutex<[UInt8]>([])
        let server = ScriptedServer { side, _ in
            // One call at a time: a leaked slot would block the client for ever.
            guard side.greet(Messages.hello(callsInFlight: 1)) else { return }
            while let frame = side.receive() {
                kinds.withLock { $0.append(frame.header.kind) }
                if frame.header.kind == FrameKind.cancelCall.rawValue {
                    side.refuse(
                        frame, code: .cancelled, status: Messages.status("CANCELLED", "taken back"))
                } else if frame.header.methodOrCode == Method.ping.rawValue {
                    side.answer(frame, Messages.pong([]))
                }
            }
        }
        let client = try HoldfastClient(
            configuration: Clients.configuration(port: server.port, callTimeout: .seconds(20)))
        _ = try await client.ping()
        let start = ContinuousClock.now
        let task = Task { () async -> HoldfastError? in
            await Clients.failure { () async throws(HoldfastError) in
                try await client.reserve(Clients.reserve())
            }
        }
        while kinds.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.outcome == .unknown)
        _ = try await client.ping()
        #expect(ContinuousClock.now - start < .seconds(5))
        let expected: [FrameKind] = [.request, .request, .cancelCall, .request]
        #expect(kinds.withLock { $0 } == expected.map(\.rawValue))
        await client.close()
    }

    @Test func callOfACancelledTaskIsNeverSent() async throws {
        let requestCount = Mutex(0)
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            while side.receive(.request) != nil { requestCount.withLock { $0 += 1 } }
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        let task = Task { () async -> HoldfastError? in
            while !Task.isCancelled { await Task.yield() }
            return await Clients.failure { () async throws(HoldfastError) in
                try await client.reserve(Clients.reserve())
            }
        }
        task.cancel()
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.outcome == .notSent)
        #expect(requestCount.withLock { $0 } == 0)
        await client.close()
    }

    @Test func floodOfCancellationsStaysBelowTheServersBound() async throws {
        let cancelCount = Mutex(0)
        let requestCount = Mutex(0)
        let server = ScriptedServer { side, _ in
            guard side.greet(Messages.hello(controlFrames: 10)) else { return }
            while let frame = side.receive() {
                if frame.header.kind == FrameKind.request.rawValue {
                    if frame.header.callID == 1 { side.answer(frame, Messages.pong([])) }
                    requestCount.withLock { $0 += 1 }
                } else {
                    cancelCount.withLock { $0 += 1 }
                }
            }
        }
        let client = try HoldfastClient(
            configuration: Clients.configuration(port: server.port, callTimeout: .seconds(20)))
        _ = try await client.ping()
        let tasks = (0..<100).map { _ in
            Task { _ = try? await client.reserve(Clients.reserve()) }
        }
        while requestCount.withLock({ $0 }) < 101 { try await Task.sleep(for: .milliseconds(5)) }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        try await Task.sleep(for: .milliseconds(200))
        #expect((1...5).contains(cancelCount.withLock { $0 }))
        await client.close()
    }

    @Test func deadlineIsKeptHereWhenTheServerIsSlow() async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            while side.receive() != nil {}
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        let start = ContinuousClock.now
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.reserve(Clients.reserve(), timeout: .milliseconds(150))
        }
        let elapsed = ContinuousClock.now - start
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.reason == "TIMEOUT")
        #expect(error?.outcome == .unknown)
        #expect(elapsed >= .milliseconds(150))
        #expect(elapsed < .seconds(2))
        await client.close()
    }

    @Test func closingWaitsForAnswersAndSaysGoodbye() async throws {
        let saidGoodbye = Mutex<Bool?>(nil)
        let server = ScriptedServer { side, _ in
            guard side.greet(), let frame = side.receive(.request) else { return }
            Thread.sleep(forTimeInterval: 0.1)
            side.answer(frame, Messages.reserved(4))
            let isClean = side.waitForClientToLeave()
            saidGoodbye.withLock { $0 = isClean }
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        async let response = client.reserve(Clients.reserve())
        while server.acceptedCount == 0 { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(50))
        await client.close()
        #expect(try await response.reservationID == ReservationID(4))
        for _ in 0..<100 where saidGoodbye.withLock({ $0 }) == nil {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(saidGoodbye.withLock { $0 } == true)
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.ping()
        }
        #expect(error?.reason == "CLOSED")
        #expect(error?.outcome == .notSent)
        await client.close()
    }

    @Test func clientThatIsLetGoClosesItsConnection() async throws {
        let hasLeft = Mutex(false)
        let server = ScriptedServer { side, _ in
            guard side.greet(), let frame = side.receive(.request) else { return }
            side.answer(frame, Messages.pong([]))
            _ = side.receive()
            hasLeft.withLock { $0 = true }
        }
        func callOnce() async throws {
            let client = try HoldfastClient(
                configuration: Clients.configuration(port: server.port))
            _ = try await client.ping()
        }
        try await callOnce()
        for _ in 0..<200 where !hasLeft.withLock({ $0 }) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(hasLeft.withLock { $0 })
    }
}
