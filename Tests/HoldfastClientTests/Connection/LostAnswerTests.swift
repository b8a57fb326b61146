import Foundation
import HoldfastClient
import HoldfastWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LostAnswerTests {
    /// What a server remembers across connections.
    private final class Ledger: Sendable {
        let executed = Mutex<[RequestID]>([])
        let attempts = Mutex<[(hasMetadata: Bool, timeoutMilliseconds: UInt32)]>([])

        /// True when the id was there.
        func execute(_ frame: ServerSide.Frame) -> Bool {
            let requestID = Messages.requestID(ofReserve: frame.message)!
            self.attempts.withLock {
                $0.append(
                    (frame.header.hasMetadata, frame.header.timeoutOrRetryMilliseconds))
            }
            return self.executed.withLock { executed in
                defer { executed.append(requestID) }
                return executed.contains(requestID)
            }
        }
    }

    @Test(arguments: [1, 3])
    func answerLostAfterExecutionIsFetchedWithTheSameRequestID(lossCount: Int) async throws {
        let ledger = Ledger()
        let server = ScriptedServer { side, number in
            guard side.greet() else { return }
            while let frame = side.receive(.request) {
                let isKnown = ledger.execute(frame)
                if number < lossCount { return side.drop() }
                side.answer(frame, Messages.reserved(77, replayed: isKnown))
            }
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        let requestID = RequestID()
        let response = try await client.reserve(Clients.reserve(requestID))
        #expect(response.outcome == .reserved)
        #expect(response.reservationID == ReservationID(77))
        #expect(response.replayed)
        #expect(
            ledger.executed.withLock { $0 } == Array(repeating: requestID, count: lossCount + 1))
        let attempts = ledger.attempts.withLock { $0 }
        #expect(attempts.map(\.hasMetadata) == [false] + Array(repeating: true, count: lossCount))
        // Each attempt is given only what is left of the call's time.
        #expect(attempts.allSatisfy { $0.timeoutMilliseconds <= 2_000 })
        #expect(attempts.last!.timeoutMilliseconds < attempts[0].timeoutMilliseconds)
        await client.close()
    }

    @Test func answerThatIsNeverFoundEndsUnknownAtTheDeadlineWithTheRequestID() async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            _ = side.receive(.request)
            side.drop()
        }
        let client = try HoldfastClient(
            configuration: Clients.configuration(
                port: server.port, callTimeout: .milliseconds(1_500))
        )
        let requestID = RequestID()
        let start = ContinuousClock.now
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.reserve(Clients.reserve(requestID))
        }
        #expect(error?.outcome == .unknown)
        #expect(error?.requestID == requestID)
        #expect(error!.attemptCount > 1)
        // A busy machine may be late, but does not go on for long.
        #expect(ContinuousClock.now - start < .seconds(15))
        await client.close()
    }

    @Test func withoutResolvingTheLossSurfacesAtOnce() async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            _ = side.receive(.request)
            side.drop()
        }
        let client = try HoldfastClient(
            configuration: Clients.configuration(port: server.port, retry: .none))
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.reserve(Clients.reserve())
        }
        #expect(error?.reason == "CONNECTION_LOST")
        #expect(error?.outcome == .unknown)
        #expect(error?.attemptCount == 1)
        #expect(server.acceptedCount == 1)
        await client.close()
    }

    @Test func laterRefusalDoesNotMakeAnUnknownOutcomeKnown() async throws {
        let server = ScriptedServer { side, number in
            guard side.greet() else { return }
            guard let frame = side.receive(.request) else { return }
            if number == 0 { return side.drop() }
            side.refuse(
                frame, code: .permissionDenied, status: Messages.status("ROLE", "not allowed"))
            _ = side.receive()
        }
        let client = try HoldfastClient(configuration: Clients.configuration(port: server.port))
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.reserve(Clients.reserve())
        }
        #expect(error?.code == .permissionDenied)
        #expect(error?.outcome == .unknown)
        await client.close()
    }

    @Test func silentConnectionIsReplacedWithinTheCall() async throws {
        let server = ScriptedServer { side, number in
            guard side.greet() else { return }
            if number == 0 {
                // Takes everything and never says a word, like a peer behind a dead link.
                while side.receive() != nil {}
                return
            }
            while let frame = side.receive(.request) { side.answer(frame, Messages.reserved(5)) }
        }
        let client = try HoldfastClient(
            configuration: Clients.configuration(port: server.port, silence: .milliseconds(100)))
        let response = try await client.reserve(Clients.reserve())
        #expect(response.reservationID == ReservationID(5))
        #expect(server.acceptedCount == 2)
        await client.close()
    }

    @Test func serverThatAnswersPingsIsSlowAndNotSilent() async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet() else { return }
            var pending: ServerSide.Frame?
            var pingCount = 0
            while let frame = side.receive() {
                if frame.header.kind == FrameKind.request.rawValue { pending = frame }
                if frame.header.kind == FrameKind.ping.rawValue {
                    pingCount += 1
                    side.send(.pong, body: frame.body)
                    if pingCount == 4 { side.answer(pending!, Messages.reserved(9)) }
                }
            }
        }
        let client = try HoldfastClient(
            configuration: Clients.configuration(port: server.port, silence: .milliseconds(100)))
        let response = try await client.reserve(Clients.reserve())
        #expect(response.reservationID == ReservationID(9))
        #expect(server.acceptedCount == 1)
        await client.close()
    }
}
