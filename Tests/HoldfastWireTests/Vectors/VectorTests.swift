import CHoldfastProto
import CProtobufC
import Foundation
import HoldfastEngine
import HoldfastWire
import Testing

/// Replays clients/vectors, which an independent protobuf library wrote, against the server's own code.
@Suite struct VectorTests {
    private static let kinds: [String: FrameKind] = [
        "HELLO": .hello, "REQUEST": .request, "RESPONSE": .response, "ITEM": .item,
        "CANCEL_CALL": .cancelCall, "PING": .ping, "PONG": .pong, "GOAWAY": .goaway,
        "CREDIT": .credit,
    ]

    @Test(arguments: ["requests.json", "responses.json", "errors.json", "control.json"])
    func headersAndBodiesMeanWhatTheFileSays(_ file: String) throws {
        let vectors = try Vector.all(of: file)
        #expect(!vectors.isEmpty)
        #expect(Set(vectors.map(\.name)).count == vectors.count)
        for vector in vectors {
            let header = vector.readHeader
            let kind = try #require(Self.kinds[vector.header["kind"] as? String ?? ""])
            #expect(header.kind == kind.rawValue, "\(vector.name)")
            #expect(Int(header.length) == vector.number("length"), "\(vector.name)")
            #expect(header.frameByteCount == vector.frame.count, "\(vector.name)")
            #expect(Int(header.flags) == vector.number("flags"), "\(vector.name)")
            #expect(Int(header.methodOrCode) == vector.number("method_or_code"), "\(vector.name)")
            #expect(Int(header.callID) == vector.number("call_id"), "\(vector.name)")
            let milliseconds = vector.number("timeout_or_retry_ms")
            #expect(Int(header.timeoutOrRetryMilliseconds) == milliseconds, "\(vector.name)")
            guard let message = vector.message else {
                #expect(vector.messageBytes.isEmpty, "\(vector.name)")
                continue
            }
            let descriptor = try #require(AllDescriptors.byName[message], "\(message)")
            let rendered = try #require(ProtoJSON.render(vector.messageBytes, descriptor))
            #expect(
                try ProtoJSON.canonical(rendered) == ProtoJSON.canonical(vector.body),
                "\(vector.name)")
        }
    }

    @Test func headersAreWrittenAsTheyWereRead() throws {
        for file in ["requests.json", "responses.json", "errors.json", "control.json"] {
            for vector in try Vector.all(of: file) {
                var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
                bytes.withUnsafeMutableBytes { vector.readHeader.write(to: $0.baseAddress!) }
                #expect(bytes == Array(vector.frame.prefix(16)), "\(vector.name)")
            }
        }
    }

    @Test func everyMethodThatIsAnsweredHasARequestThatTheServerTakes() throws {
        var methods: Set<Method> = []
        for vector in try Vector.all(of: "requests.json") {
            let method = try #require(Method(rawValue: vector.readHeader.methodOrCode))
            methods.insert(method)
            var session = ProtocolSession(limits: SessionLimits())
            var arena = Arena(initialBytes: 4_096, callBytesMax: 1 << 20)
            vector.frame.withUnsafeBytes { bytes in
                guard
                    case .request(let header, let body, let byteCount) = session.next(
                        bytes, nowNanoseconds: 0), byteCount == bytes.count
                else {
                    Issue.record("\(vector.name) is no request to the session")
                    return
                }
                let decoded = RequestDecoder.decode(
                    method: method, body: body, hasMetadata: header.hasMetadata, arena: &arena)
                if let status = decoded.status { Issue.record("\(vector.name): \(status)") }
            }
        }
        #expect(methods == Set(Method.allCases.filter(\.isAvailable)))
    }

    @Test func metadataIsReadAsWritten() throws {
        let vectors = try Vector.all(of: "requests.json").filter { $0.metadata != nil }
        #expect(!vectors.isEmpty)
        for vector in vectors {
            let body = Array(vector.frame.dropFirst(FrameHeader.byteCount))
            let metadata = Array(body[2..<(body.count - vector.messageBytes.count)])
            let rendered = try #require(ProtoJSON.render(metadata, Descriptors.metadata))
            #expect(
                try ProtoJSON.canonical(rendered) == ProtoJSON.canonical(#require(vector.metadata)))
        }
    }

    @Test func everyAnswerIsEncodedToTheSameBytes() throws {
        var arena = Arena(initialBytes: 64 << 10, callBytesMax: 1 << 20)
        for vector in try Vector.all(of: "responses.json") {
            let header = vector.readHeader
            let frame: [UInt8]
            switch vector.message {
            case "PingResponse": frame = Self.ping(vector)
            case "GetServerInfoResponse":
                let info = ReadServerAnswer.info(vector.messageBytes, hello: Self.hello)
                frame = ResponseEncoder.serverInfo(info, callID: header.callID)
            case "CheckRiskResponse":
                let facts = ReadRiskAnswer.facts(vector.messageBytes)
                frame = ResponseEncoder.checkRisk(facts, callID: header.callID)
            case "ReadRiskLogResponse":
                let facts = ReadRiskAnswer.log(vector.messageBytes)
                frame = ResponseEncoder.riskLog(facts, callID: header.callID)
            case "SnapshotResponse":
                let result = ReadServerAnswer.snapshot(vector.messageBytes)
                frame = ResponseEncoder.snapshot(result, callID: header.callID)
            case "BlacklistAddResponse", "BlacklistRemoveResponse", "BlacklistListResponse":
                frame = ReadBlacklistAnswer.frame(vector, &arena)
            default:
                let answer = try #require(
                    ReadAnswer(vector.messageBytes, message: vector.message ?? ""),
                    "\(vector.name)")
                frame = Answers.frame(
                    answer.outcome, lines: answer.lines, rows: answer.rows,
                    callID: header.callID, &arena)
            }
            #expect(frame == vector.frame, "\(vector.name)")
            arena.reset()
        }
    }

    @Test func everyErrorIsEncodedToTheSameBytes() throws {
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        for vector in try Vector.all(of: "errors.json") {
            let header = vector.readHeader
            let violations = vector.body["field_violations"] as? [[String: String]] ?? []
            let status = Status(
                code: try #require(RPCCode(rawValue: header.methodOrCode)),
                reason: vector.body["reason"] as? String ?? "",
                message: vector.body["message"] as? String ?? "",
                metadata: (vector.body["metadata"] as? [String: String] ?? [:]).map { ($0, $1) },
                violations: violations.map {
                    (field: $0["field"] ?? "", description: $0["description"] ?? "")
                },
                retryMilliseconds: header.timeoutOrRetryMilliseconds)
            let frame = Answers.guarded(ResponseEncoder.byteCountMax(for: status)) {
                ResponseEncoder.encode(
                    status: status, callID: header.callID, to: $0, arena: &arena)
            }
            #expect(frame == vector.frame, "\(vector.name)")
        }
    }

    @Test func controlFramesAreEncodedToTheSameBytes() throws {
        for vector in try Vector.all(of: "control.json") {
            switch vector.readHeader.kind {
            case FrameKind.hello.rawValue:
                #expect(ResponseEncoder.hello(Self.hello) == vector.frame)
            case FrameKind.goaway.rawValue:
                let grace = vector.body["grace_ms"] as? Int ?? 0
                let frame = ResponseEncoder.goaway(
                    reason: vector.body["reason"] as? String ?? "",
                    graceMilliseconds: UInt32(grace),
                    message: vector.body["message"] as? String ?? "")
                #expect(frame == vector.frame, "\(vector.name)")
            case FrameKind.ping.rawValue:
                try Self.expectPong(toPing: vector)
            case FrameKind.cancelCall.rawValue:
                var session = ProtocolSession(limits: SessionLimits())
                vector.frame.withUnsafeBytes {
                    guard case .cancelCall(9, 16) = session.next($0, nowNanoseconds: 0) else {
                        Issue.record("\(vector.name)")
                        return
                    }
                }
            default:
                // PONG is compared with its PING; CREDIT is skipped by a server.
                #expect(
                    ["pong", "pong_empty", "skipped_kind_is_only_a_header"].contains(vector.name))
            }
        }
    }

    private static let hello: HelloInfo = {
        HelloInfo(
            software: "holdfast 0.1.0", instanceID: goodRequestID, bootEpoch: 3, role: "gateway",
            limits: HelloLimits(), methods: [.reserve, .ping],
            serverTimeMilliseconds: 1_700_000_000_000,
            unsafeSettings: ["stock.client_certificate"], caller: "shop")
    }()

    private static func ping(_ vector: Vector) -> [UInt8] {
        let payload: [UInt8] = [0, 0xFF]
        return payload.withUnsafeBufferPointer { payload in
            Answers.guarded(ResponseEncoder.pingBytesMax) {
                ResponseEncoder.ping(
                    payload: ByteView(base: payload.baseAddress!, count: payload.count),
                    serverTimeMilliseconds: 1_700_000_000_000, callID: vector.readHeader.callID,
                    to: $0)
            }
        }
    }

    /// The session hands out the payload, and the encoder makes the vector `pong…` of it.
    private static func expectPong(toPing vector: Vector) throws {
        let wanted = vector.name.replacing("ping", with: "pong")
        let pong = try #require(try Vector.all(of: "control.json").first { $0.name == wanted })
        var session = ProtocolSession(limits: SessionLimits())
        vector.frame.withUnsafeBytes { bytes in
            guard case .ping(let payload, _) = session.next(bytes, nowNanoseconds: 0) else {
                Issue.record("\(vector.name) is no PING to the session")
                return
            }
            let frame = Answers.guarded(ResponseEncoder.pingBytesMax) {
                ResponseEncoder.pong(payload: payload, to: $0)
            }
            #expect(frame == pong.frame)
        }
    }
}
