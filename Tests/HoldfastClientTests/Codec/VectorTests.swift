import Foundation
import HoldfastClient
import HoldfastWire
import Testing

/// The frames that every client replays: Google's protobuf wrote them, this client must read and write the same.
@Suite struct VectorTests {
    @Test func requestsAreEncodedByteForByte() throws {
        let vectors = try Vector.load("requests")
        for vector in vectors {
            let request = try #require(
                VectorRequests.request(vector.message, Fields(vector.body)), "\(vector)")
            let (method, body) = try VectorRequests.encoded(request)
            #expect(body == vector.messageBytes, "\(vector)")
            #expect(method.rawValue == vector.header.methodOrCode, "\(vector)")
            guard !vector.hasMetadata else { continue }
            let header = FrameHeader(
                kind: .request, methodOrCode: method.rawValue, callID: vector.callID,
                timeoutOrRetryMilliseconds: vector.timeoutOrRetryMilliseconds,
                bodyByteCount: body.count)
            #expect(header == vector.header, "\(vector)")
        }
        let methods = Set(vectors.map(\.header.methodOrCode))
        #expect(methods == Set(Method.allCases.filter(\.isAvailable).map(\.rawValue)))
    }

    @Test func answersAreReadFieldByField() throws {
        for vector in try Vector.load("responses") {
            let json = try #require(VectorResponses.json(vector), "\(vector)")
            let differences = VectorResponses.differences(json, vector.body, "")
            #expect(differences == [], "\(vector)")
        }
    }

    @Test func errorsCarryReasonMetadataAndViolations() throws {
        for vector in try Vector.load("errors") {
            let header = vector.header
            let fields = Fields(vector.body)
            let error = HoldfastError(
                code: HoldfastErrorCode(number: Int32(header.methodOrCode)),
                statusBody: vector.messageBytes,
                retryAfterMilliseconds: Int(header.timeoutOrRetryMilliseconds), methodName: "m")
            #expect(error.code.number == Int32(header.methodOrCode), "\(vector)")
            #expect(error.reason == fields.text("reason"), "\(vector)")
            let localized = fields.text("localized")
            #expect(error.message == (localized.isEmpty ? fields.text("message") : localized))
            #expect(error.metadata == vector.body["metadata"] as? [String: String] ?? [:])
            #expect(
                error.fieldViolations
                    == fields.list("field_violations").map {
                        .init(field: $0.text("field"), description: $0.text("description"))
                    }, "\(vector)")
            let retry = Int(header.timeoutOrRetryMilliseconds)
            #expect(error.retryAfterMilliseconds == (retry == 0 ? nil : retry), "\(vector)")
        }
    }

    @Test func helloIsReadFieldByField() throws {
        let vector = try #require(try Vector.load("control").first { $0.name == "hello" })
        let hello = try #require(ServerHello.decoded(vector.messageBytes))
        #expect(VectorResponses.differences(hello.json, vector.body, "") == [])
    }
}
