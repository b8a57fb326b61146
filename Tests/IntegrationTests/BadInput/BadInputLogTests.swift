import Foundation
import Testing

/// What refused calls leave in the log: enough to find whoever is wrong, too little to fill a disk.
@Suite("Bad input in the log", .serialized)
struct BadInputLogTests {
    /// FIELD_INVALID.
    private static let badField: (method: UInt16, body: [UInt8]) = (
        MethodNumber.adjustStock, []
    )
    /// BODY_MALFORMED.
    private static let badBody: (method: UInt16, body: [UInt8]) = (MethodNumber.adjustStock, [0xFF])

    private static func send(
        _ call: (method: UInt16, body: [UInt8]), _ callID: UInt32, on client: RawClient
    ) throws -> UInt16 {
        client.send(RawFrame.call(callID, method: call.method, call.body).bytes())
        guard case .frame(let answer) = client.next(), answer.callID == callID else {
            throw TestServer.Failure(description: "no answer to call \(callID)")
        }
        return answer.methodOrCode
    }

    @Test("a reason is logged once a connection, however often the call is repeated")
    func onceAConnection() throws {
        let fixture = try BadInputFixture()
        for connection in 1...3 {
            let client = try fixture.connect(.admin, "admin")
            for round in 0..<200 {
                let callID = UInt32(2 * round + 1)
                #expect(
                    try Self.send(Self.badField, callID, on: client) == StatusCode.invalid)
                #expect(
                    try Self.send(Self.badBody, callID + 1, on: client) == StatusCode.invalid)
            }
            let reasons = fixture.server.log().map { LogLine($0)["reason"] }
            #expect(reasons.count == 2 * connection)
            #expect(reasons.count { $0 == "FIELD_INVALID" } == connection)
        }
    }

    @Test(
        "lines beyond those of a second are counted, and the count is told when the flood is over")
    func floodIsThinned() throws {
        let fixture = try BadInputFixture(settings: ["HOLDFAST_LOG_LINES_PER_SECOND": "1"])
        let count = 40
        let start = Date()
        for _ in 0..<count {
            let client = try fixture.connect(.admin, "admin")
            #expect(try Self.send(Self.badField, 1, on: client) == StatusCode.invalid)
        }
        let seconds = Date().timeIntervalSince(start)
        func lines() -> [LogLine] { fixture.server.log().map(LogLine.init) }
        func told(_ lines: [LogLine]) -> Int {
            lines.count { $0.text.contains("call refused") }
                + lines.reduce(0) { $0 + ($1["left_out"].flatMap { Int($0) } ?? 0) }
        }
        // Nobody has to come again: the server tells by itself.
        #expect(eventually { told(lines()) == count }, "\(fixture.server.log())")
        let all = lines()
        #expect(all.allSatisfy { $0["reason"] == "FIELD_INVALID" })
        #expect(Double(all.count { $0.text.contains("call refused") }) <= seconds + 1)
        // Another reason is not left out for this one's sake.
        let client = try fixture.connect(.admin, "admin")
        #expect(try Self.send(Self.badBody, 1, on: client) == StatusCode.invalid)
        #expect(lines().last?["reason"] == "BODY_MALFORMED")
    }

    @Test("what a limit or a lease refuses is no bad call: nothing is logged")
    func limitsAreNoBadInput() throws {
        let fixture = try BadInputFixture(settings: ["HOLDFAST_LIMITS_CALLS_IN_FLIGHT": "1"])
        let stock = try fixture.connect(.stock, "gateway")
        let ping = RawFrame.call(1, method: MethodNumber.ping, []).bytes()
        // Both in one record, so that the second comes while the first is in flight.
        stock.send(ping + RawFrame.call(2, method: MethodNumber.ping, []).bytes())
        var codes: [UInt16] = []
        for _ in 0..<2 {
            if case .frame(let answer) = stock.next() { codes.append(answer.methodOrCode) }
        }
        #expect(codes.sorted() == [0, 8], "RESOURCE_EXHAUSTED")
        // A proof of a lease that nobody holds: FENCED.
        let admin = try fixture.connect(.admin, "admin")
        let proof = Raw.bytes(1, [UInt8](repeating: 1, count: 16)) + Raw.number(2, 7)
        let adjust =
            Raw.bytes(1, ReserveTable.unusedRequest) + Raw.text(2, BadInputFixture.sale)
            + Raw.text(3, BadInputFixture.product) + Raw.number(4, 1) + Raw.bytes(6, proof)
        #expect(
            try Self.send((MethodNumber.adjustStock, adjust), 1, on: admin)
                == StatusCode.precondition)
        #expect(fixture.server.log().isEmpty, "\(fixture.server.log())")
    }
}
