import Foundation
import HoldfastClient
import HoldfastWire
import Synchronization
import Testing

/// A server that executes once an id, and loses answers, connections and its temper at random; clients that also give
/// up at random. Every call must end, and every answer must be that of its own request id.
@Suite(.timeLimit(.minutes(1)))
struct ChaosTests {
    /// One reservation id a request id, whatever happens to connections.
    private final class Ledger: Sendable {
        private let known = Mutex<[RequestID: UInt64]>([:])

        func execute(_ id: RequestID) -> (reservationID: UInt64, replayed: Bool) {
            self.known.withLock { known in
                if let reservationID = known[id] { return (reservationID, true) }
                let reservationID = UInt64(known.count + 1)
                known[id] = reservationID
                return (reservationID, false)
            }
        }

        func reservationID(of id: RequestID) -> UInt64? { self.known.withLock { $0[id] } }
    }

    /// How the calls ended.
    private final class Tally: Sendable {
        let answered = Atomic<Int>(0)
        let failed = Atomic<Int>(0)
        let wrong = Mutex<[String]>([])
    }

    @Test func everyCallEndsAndEveryAnswerIsItsOwn() async throws {
        let ledger = Ledger()
        let server = ScriptedServer { side, number in
            guard side.greet(Messages.hello(callsInFlight: 16)) else { return }
            var held: [(frame: ServerSide.Frame, body: [UInt8])] = []
            while let frame = side.receive() {
                if frame.header.kind == FrameKind.ping.rawValue {
                    // The client finds it quiet: nothing is held back any longer.
                    for answer in held { side.answer(answer.frame, answer.body) }
                    held = []
                }
                guard frame.header.kind == FrameKind.request.rawValue,
                    let id = Messages.requestID(ofReserve: frame.message)
                else { continue }
                let (reservationID, replayed) = ledger.execute(id)
                held.append((frame, Messages.reserved(reservationID, replayed: replayed)))
                switch Int.random(in: 0..<100) {
                case 0..<2: return side.drop()
                case 2: return
                case 3: return side.send([UInt8](repeating: 0xAB, count: 32))
                case 4: side.send(.goaway, body: Messages.goaway("DRAINING"))
                case 5..<40: continue
                default: break
                }
                for answer in held.shuffled() { side.answer(answer.frame, answer.body) }
                held = []
            }
        }
        var configuration = Clients.configuration(
            port: server.port, callTimeout: .seconds(10), silence: .milliseconds(100))
        configuration.connectTimeout = .seconds(10)
        let client = try HoldfastClient(configuration: configuration)
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    for _ in 0..<40 {
                        let id = RequestID()
                        let isImpatient = Int.random(in: 0..<10) == 0
                        let call = Task { () async throws -> ReserveResponse in
                            try await client.reserve(Clients.reserve(id))
                        }
                        if isImpatient {
                            try? await Task.sleep(for: .microseconds(Int.random(in: 0..<2_000)))
                            call.cancel()
                        }
                        switch await call.result {
                        case .success(let response):
                            tally.answered.wrappingAdd(1, ordering: .relaxed)
                            let expected = ledger.reservationID(of: id)
                            if response.reservationID.rawValue != expected {
                                tally.wrong.withLock { $0.append("\(id): \(response)") }
                            }
                        case .failure(let error):
                            tally.failed.wrappingAdd(1, ordering: .relaxed)
                            let error = error as? HoldfastError
                            let wasExecuted = ledger.reservationID(of: id) != nil
                            // Only who gave up gets an error, and it never denies what was done.
                            if !isImpatient || (wasExecuted && error?.outcome != .unknown) {
                                tally.wrong.withLock { $0.append("\(id): \(error as Any)") }
                            }
                        }
                    }
                }
            }
        }
        #expect(tally.wrong.withLock { $0 } == [])
        let ended =
            tally.answered.load(ordering: .relaxed) + tally.failed.load(ordering: .relaxed)
        #expect(ended == 32 * 40)
        // The chaos took place.
        #expect(server.acceptedCount > 3)
        await client.close()
    }
}
