import Foundation
import HoldfastClient
import HoldfastWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MultiplexingTests {
    @Test func answersOutOfOrderReachTheirOwnCalls() async throws {
        let callCount = 50
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            var frames: [ServerSide.Frame] = []
            while let frame = side.receive(.request) {
                frames.append(frame)
                guard frames.count == callCount else { continue }
                for frame in frames.shuffled() {
                    side.answer(frame, Messages.pong(Messages.payload(ofPing: frame.body)))
                }
                frames = []
            }
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<callCount {
                group.addTask {
                    let payload = [UInt8(number), UInt8(255 - number)]
                    let response = try await client.ping(PingRequest(payload: payload))
                    #expect(response.payload == payload)
                }
            }
            try await group.waitForAll()
        }
        #expect(server.acceptedCount == 1)
        await client.close()
    }

    @Test func callIDsStrictlyIncreaseFromOne() async throws {
        let ids = Mutex<[UInt32]>([])
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            while let frame = side.receive(.request) {
                ids.withLock { $0.append(frame.header.callID) }
                side.answer(frame, Messages.pong([]))
            }
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        for _ in 0..<5 { _ = try await client.ping() }
        #expect(ids.withLock { $0 } == [1, 2, 3, 4, 5])
        await client.close()
    }

    @Test func neverMoreCallsInFlightThanHelloAllows() async throws {
        let highest = Mutex(0)
        let server = ScriptedServer { side, _ in
            guard side.greet(Messages.hello(callsInFlight: 4)) else { return }
            var open: [ServerSide.Frame] = []
            // The first call is answered alone, so that HELLO is known before the rush.
            while let frame = side.receive(.request) {
                open.append(frame)
                highest.withLock { $0 = max($0, open.count) }
                if frame.header.callID == 1 || open.count == 4 {
                    for frame in open { side.answer(frame, Messages.pong([])) }
                    open = []
                }
            }
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        _ = try await client.ping()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await client.ping() } }
            try await group.waitForAll()
        }
        #expect(highest.withLock { $0 } == 4)
        await client.close()
    }

    @Test func goawaySendsNewCallsElsewhereAndStillTakesOldAnswers() async throws {
        let seen = Mutex<[Int]>([])
        let server = ScriptedServer { side, number in
            guard side.greet() else { return }
            guard let first = side.receive(.request) else { return }
            seen.withLock { $0.append(number) }
            if number == 0 {
                side.send(.goaway, body: Messages.goaway("DRAINING"))
                // The old call is answered only when the new connection is in use.
                for _ in 0..<200 where seen.withLock({ $0.count }) < 2 {
                    Thread.sleep(forTimeInterval: 0.01)
                }
                side.answer(first, Messages.reserved(1))
                _ = side.waitForClientToLeave()
                return
            }
            side.answer(first, Messages.reserved(2))
            _ = side.receive()
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        async let old = client.reserve(Clients.reserve())
        while seen.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(5)) }
        // GOAWAY has left the server before this call is made.
        try await Task.sleep(for: .milliseconds(100))
        let new = try await client.reserve(Clients.reserve())
        #expect(new.reservationID == ReservationID(2))
        #expect(try await old.reservationID == ReservationID(1))
        #expect(seen.withLock { $0 } == [0, 1])
        await client.close()
    }

    @Test func drainingRefusalIsTriedAgain() async throws {
        let attempts = Mutex(0)
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            while let frame = side.receive(.request) {
                let attempt = attempts.withLock { count in
                    count += 1
                    return count
                }
                if attempt == 1 {
                    side.refuse(
                        frame, code: .unavailable, retryMilliseconds: 20,
                        status: Messages.status("DRAINING", "this server is leaving"))
                } else {
                    side.answer(frame, Messages.reserved(3))
                }
            }
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        #expect(try await client.reserve(Clients.reserve()).reservationID == ReservationID(3))
        #expect(attempts.withLock { $0 } == 2)
        await client.close()
    }

    @Test func idleConnectionThatTheServerClosedIsMadeAnew() async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            guard let frame = side.receive(.request) else { return }
            side.answer(frame, Messages.pong([]))
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        _ = try await client.ping()
        try await Task.sleep(for: .milliseconds(100))
        _ = try await client.ping()
        #expect(server.acceptedCount == 2)
        await client.close()
    }

    @Test func unknownKindsAreSkippedAndBadOnesEndTheConnection() async throws {
        let server = ScriptedServer { side, number in
            guard side.greet() else { return }
            guard let frame = side.receive(.request) else { return }
            let odd: UInt8 = number == 0 ? 200 : 42
            side.send([0, 0, 0, 12, odd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
            side.answer(frame, Messages.reserved(UInt64(number)))
            _ = side.receive()
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        let response = try await client.reserve(Clients.reserve())
        #expect(response.reservationID == ReservationID(1))
        await client.close()
    }

    @Test(arguments: [
        [UInt8](repeating: 0xFF, count: 64),
        [0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
        // An answer to a call that was never made.
        [0, 0, 0, 12, 3, 0, 0, 0, 0, 0, 3, 231, 0, 0, 0, 0],
        // A server that sends requests.
        [0, 0, 0, 12, 2, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0],
    ])
    func garbageEndsUnknownAndSaysSo(_ garbage: [UInt8]) async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet(), side.receive(.request) != nil else { return }
            side.send(garbage)
            _ = side.receive()
        }
        let client = try HoldfastClient(
            configuration: Clients.configuration(port: server.port, retry: .none))
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.reserve(Clients.reserve())
        }
        #expect(error?.outcome == .unknown)
        #expect(error?.message.contains("garbage") == true)
        await client.close()
    }

    @Test func answerThatIsNoMessageIsAnErrorAndNotACrash() async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            while let frame = side.receive(.request) { side.answer(frame, [0x0A, 0x7F, 0x00]) }
        }
        let client = try HoldfastClient(
            configuration: Clients.configuration(port: server.port, retry: .none))
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.reserve(Clients.reserve())
        }
        #expect(error?.reason == "MALFORMED_ANSWER")
        #expect(error?.outcome == .unknown)
        await client.close()
    }

    @Test func refusalCarriesAllThatTheServerSaid() async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            while let frame = side.receive(.request) {
                side.refuse(
                    frame, code: .resourceExhausted, retryMilliseconds: 250,
                    status: Messages.status("RATE_LIMITED", "too fast"))
            }
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        let requestID = RequestID()
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.reserve(Clients.reserve(requestID))
        }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.reason == "RATE_LIMITED")
        #expect(error?.message == "too fast")
        #expect(error?.retryAfterMilliseconds == 250)
        #expect(error?.outcome == .rejected)
        #expect(error?.requestID == requestID)
        #expect(error?.attemptCount == 1)
        await client.close()
    }
}
