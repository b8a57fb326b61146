import HoldfastWire
import Testing

@Suite struct ProtocolSessionTests {
    private static func frame(
        _ kind: UInt8, flags: UInt8 = 0, method: UInt16 = 1, callID: UInt32 = 0,
        body: [UInt8] = []
    ) -> [UInt8] {
        let header = FrameHeader(
            length: UInt32(12 + body.count), kind: kind, flags: flags, methodOrCode: method,
            callID: callID, timeoutOrRetryMilliseconds: 0)
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withUnsafeMutableBytes { header.write(to: $0.baseAddress!) }
        return bytes + body
    }

    private static func request(_ callID: UInt32, flags: UInt8 = 0) -> [UInt8] {
        Self.frame(2, flags: flags, callID: callID, body: [1, 2, 3])
    }

    /// What an event is, in a word that `#expect` can compare.
    private static func word(
        _ session: inout ProtocolSession, _ bytes: [UInt8], now: UInt64 = 0
    ) -> String {
        bytes.withUnsafeBytes { bytes in
            switch session.next(bytes, nowNanoseconds: now) {
            case .needMore: "more"
            case .request(let header, let body, let count):
                "request \(header.callID) \(Array(body)) \(count)"
            case .refuse(let header, let status, let count):
                "refuse \(header.callID) \(status.code.name) \(status.reason) \(count)"
            case .ping(let payload, let count): "ping \(Array(payload)) \(count)"
            case .cancelCall(let callID, let count): "cancel \(callID) \(count)"
            case .ignore(let count): "ignore \(count)"
            case .close(let violation): "close \(violation.reason)"
            }
        }
    }

    @Test func aFrameIsTakenOnlyWhenItIsWhole() {
        var session = ProtocolSession(limits: SessionLimits())
        let frame = Self.request(1)
        for count in 0..<frame.count {
            #expect(Self.word(&session, Array(frame.prefix(count))) == "more")
        }
        #expect(session.callsInFlight == 0)
        #expect(Self.word(&session, frame + [9, 9]) == "request 1 [1, 2, 3] 19")
        #expect(session.callsInFlight == 1)
        session.callEnded()
        #expect(session.callsInFlight == 0)
    }

    @Test(
        arguments: [
            ([0, 0, 0, 11], "close FRAME_TOO_SHORT"), ([0, 0, 0, 0], "close FRAME_TOO_SHORT"),
            ([0, 1, 0, 1], "close FRAME_TOO_LARGE"), ([22, 3, 1, 2], "close FRAME_TOO_LARGE"),
            ([0, 1, 0, 0], "more"),
        ] as [([UInt8], String)])
    func aLengthIsJudgedBeforeItsBytesArrive(_ bytes: [UInt8], _ expected: String) {
        var session = ProtocolSession(limits: SessionLimits())
        #expect(Self.word(&session, bytes) == expected)
    }

    @Test func callIDsGrowStrictlyAndAreNeverZero() {
        var session = ProtocolSession(limits: SessionLimits())
        #expect(Self.word(&session, Self.request(0)) == "close CALL_ID_ZERO")
        #expect(Self.word(&session, Self.request(7)).hasPrefix("request 7"))
        #expect(Self.word(&session, Self.request(9)).hasPrefix("request 9"))
        var again = session
        #expect(Self.word(&again, Self.request(9)) == "close CALL_ID_NOT_INCREASING")
        #expect(Self.word(&session, Self.request(8)) == "close CALL_ID_NOT_INCREASING")
        #expect(Self.word(&session, Self.request(.max)).hasPrefix("request"))
        #expect(Self.word(&session, Self.request(1)) == "close CALL_ID_NOT_INCREASING")
    }

    @Test func aKindIsJudgedBeforeItsBodyArrives() {
        for kind: UInt8 in [3, 4, 8] {
            var session = ProtocolSession(limits: SessionLimits())
            let head = Array(Self.frame(kind, body: [1]).prefix(16))
            #expect(Self.word(&session, head) == "close KIND_FORBIDDEN")
        }
        for kind: UInt8 in [0, 128, 200, 255] {
            var session = ProtocolSession(limits: SessionLimits())
            #expect(Self.word(&session, Self.frame(kind)) == "close KIND_UNKNOWN")
        }
        for kind: UInt8 in [1, 7, 9, 10, 127] {
            var session = ProtocolSession(limits: SessionLimits())
            #expect(Self.word(&session, Self.frame(kind, body: [1])) == "ignore 17")
        }
    }

    @Test func unknownFlagsThatChangeTheBodyAreRefusedAndHintsAreNot() {
        for flag: UInt8 in [0x02, 0x04, 0x08, 0x03] {
            var session = ProtocolSession(limits: SessionLimits())
            let word = Self.word(&session, Self.request(1, flags: flag))
            #expect(word == "refuse 1 INVALID_ARGUMENT FLAGS_UNKNOWN 19")
            #expect(session.callsInFlight == 0)
            #expect(Self.word(&session, Self.request(2)).hasPrefix("request 2"))
        }
        var session = ProtocolSession(limits: SessionLimits())
        #expect(Self.word(&session, Self.request(1, flags: 0xF1)).hasPrefix("request 1"))
    }

    @Test func callsInFlightAreBoundedUntilTheyEnd() {
        var session = ProtocolSession(limits: SessionLimits(callsInFlightMax: 2))
        _ = Self.word(&session, Self.request(1))
        _ = Self.word(&session, Self.request(2))
        let refused = Self.word(&session, Self.request(3))
        #expect(refused == "refuse 3 RESOURCE_EXHAUSTED TOO_MANY_CALLS 19")
        // Taking a call back does not end it.
        #expect(Self.word(&session, Self.frame(5, callID: 1)) == "cancel 1 16")
        #expect(Self.word(&session, Self.request(4)).hasPrefix("refuse 4"))
        session.callEnded()
        #expect(Self.word(&session, Self.request(5)).hasPrefix("request 5"))
    }

    @Test func aPingGivesItsPayloadBack() {
        var session = ProtocolSession(limits: SessionLimits())
        #expect(Self.word(&session, Self.frame(6)) == "ping [] 16")
        let body = ProtoBody().data(1, [1, 2, 3])
        #expect(Self.word(&session, Self.frame(6, body: body.bytes)) == "ping [1, 2, 3] 21")
        let longest = ProtoBody().data(1, [UInt8](repeating: 7, count: 64))
        #expect(Self.word(&session, Self.frame(6, body: longest.bytes)).hasPrefix("ping [7"))
        let unknown = body.varint(2, 5)
        #expect(Self.word(&session, Self.frame(6, body: unknown.bytes)).hasPrefix("ping [1, 2, 3]"))
        for bad in [ProtoBody().data(1, [UInt8](repeating: 7, count: 65)), body.data(1, [1])] {
            #expect(Self.word(&session, Self.frame(6, body: bad.bytes)) == "close PING_MALFORMED")
        }
        #expect(Self.word(&session, Self.frame(6, body: [0x0A, 9])) == "close PING_MALFORMED")
    }

    @Test func controlFramesAreBoundedASecond() {
        var session = ProtocolSession(limits: SessionLimits(controlFramesPerSecondMax: 3))
        let second: UInt64 = 1_000_000_000
        for start: UInt64 in [5, 5 + second] {
            for _ in 0..<3 {
                #expect(Self.word(&session, Self.frame(6), now: start) == "ping [] 16")
            }
        }
        #expect(Self.word(&session, Self.frame(7), now: 4 + 2 * second) == "close CONTROL_FLOOD")
    }

    @Test func cancelsAreFreeUpToTheCallsThatWereSent() {
        var session = ProtocolSession(limits: SessionLimits(controlFramesPerSecondMax: 2))
        for callID: UInt32 in 1...50 {
            _ = Self.word(&session, Self.request(callID))
        }
        for callID: UInt32 in 1...50 {
            #expect(Self.word(&session, Self.frame(5, callID: callID)) == "cancel \(callID) 16")
        }
        #expect(Self.word(&session, Self.frame(5, callID: 1)) == "cancel 1 16")
        #expect(Self.word(&session, Self.frame(5, callID: 1)) == "cancel 1 16")
        #expect(Self.word(&session, Self.frame(5, callID: 1)) == "close CONTROL_FLOOD")
    }
}
