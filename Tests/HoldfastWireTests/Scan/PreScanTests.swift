import CHoldfastProto
import CProtobufC
import HoldfastWire
import Testing

@Suite struct PreScanTests {
    private static func problem(
        _ body: ProtoBody, _ descriptor: MessageDescriptor, fieldsMax: Int = PreScan.fieldsMax
    ) -> PreScanProblem? {
        body.bytes.withUnsafeBytes {
            PreScan.check($0, descriptor: descriptor, fieldsMax: fieldsMax)?.problem
        }
    }

    private static func problem(_ body: ProtoBody) -> PreScanProblem? {
        Self.problem(body, Descriptors.reserveRequest)
    }

    @Test func goodBodiesPass() {
        #expect(Self.problem(goodReserve) == nil)
        #expect(Self.problem(ProtoBody()) == nil)
        let client = ProtoBody().text(1, "1.2.3.4").text(2, "dé").number(3, -1)
        #expect(Self.problem(goodReserve.message(6, client).varint(8, 1).number(5, .min)) == nil)
    }

    @Test func unknownFieldsOfEveryWireTypePass() {
        let body = goodReserve.varint(99, .max).fixed64(100, 1).data(101, [0xFF])
            .raw([0xFD, 0x7F, 1, 2, 3, 4])
        #expect(Self.problem(body) == nil)
    }

    @Test func brokenBytesAreRefused() {
        let bad: [[UInt8]] = [
            [0x0A], [0x0A, 5, 1], [0x28], [0x28, 0x80], [0x80], [0x00, 0x00], [0x02, 0x00],
            // Groups, and wire types that do not exist.
            [0x9B, 0x06], [0x9C, 0x06], [0x9E, 0x06], [0x9F, 0x06],
            // A tag of six bytes, one past 32 bits, a varint of eleven bytes, one past 64 bits.
            [0xA8, 0x80, 0x80, 0x80, 0x80, 0x00, 0x01], [0xA8, 0x80, 0x80, 0x80, 0x10, 0x01],
            [0x28] + [UInt8](repeating: 0x80, count: 10) + [0x00],
            [0x28] + [UInt8](repeating: 0xFF, count: 9) + [0x02],
            // A length of six bytes.
            [0x12, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0x41],
            // Fixed-width items that are cut off.
            [0xA1, 0x06, 1, 2, 3], [0xA5, 0x06, 1, 2],
        ]
        for bytes in bad {
            #expect(Self.problem(ProtoBody(bytes: bytes)) == .malformed, "\(bytes)")
        }
    }

    @Test func everyPrefixOfABodyIsJudged() {
        // Cutting never crashes, and never makes a field whole that is not.
        let body = goodReserve.message(6, ProtoBody().text(1, "1.2.3.4")).text(9, "order")
        for count in 0..<body.bytes.count {
            let cut = ProtoBody(bytes: Array(body.bytes.prefix(count)))
            let problem = Self.problem(cut)
            #expect(problem == nil || problem == .malformed)
        }
    }

    @Test func fieldsAreCountedThroughTheWholeTree() {
        // Three fields a line, then unknown ones: 85 × 3 + 1 = 256.
        var body = ProtoBody()
        for _ in 0..<85 { body = body.message(4, line("p", 1)) }
        #expect(Self.problem(body.varint(99, 1)) == nil)
        #expect(Self.problem(body.varint(99, 1).varint(99, 1)) == .tooManyFields)
        #expect(Self.problem(body, Descriptors.reserveRequest, fieldsMax: 10) == .tooManyFields)
    }

    @Test func messagesNestFourDeepAndNoDeeper() {
        // None of ours nests that deep, so the test makes a message that contains itself.
        let field = UnsafeMutablePointer<ProtobufCFieldDescriptor>.allocate(capacity: 1)
        let ranges = UnsafeMutablePointer<ProtobufCIntRange>.allocate(capacity: 2)
        let message = UnsafeMutablePointer<ProtobufCMessageDescriptor>.allocate(capacity: 1)
        defer {
            field.deallocate()
            ranges.deallocate()
            message.deallocate()
        }
        field.initialize(to: ProtobufCFieldDescriptor())
        field.pointee.id = 1
        field.pointee.type = PROTOBUF_C_TYPE_MESSAGE
        field.pointee.descriptor = UnsafeRawPointer(message)
        ranges[0] = ProtobufCIntRange(start_value: 1, orig_index: 0)
        ranges[1] = ProtobufCIntRange(start_value: 0, orig_index: 1)
        message.initialize(to: ProtobufCMessageDescriptor())
        message.pointee.magic = UInt32(PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC)
        message.pointee.fields = UnsafePointer(field)
        message.pointee.n_fields = 1
        message.pointee.field_ranges = UnsafePointer(ranges)
        message.pointee.n_field_ranges = 1

        let four = ProtoBody().message(
            1, ProtoBody().message(1, ProtoBody().message(1, ProtoBody())))
        #expect(Self.problem(four, MessageDescriptor(message)) == nil)
        let five = ProtoBody().message(1, four)
        #expect(Self.problem(five, MessageDescriptor(message)) == .tooDeep)
        for descriptor in Self.requests { #expect(Self.depth(of: descriptor) <= 3) }
    }

    @Test func numbersTooWideForTheirFieldAreRefused() {
        #expect(Self.problem(goodReserve.varint(8, 2)) == .varintTooWide)
        let stock = ProtoBody().text(1, "s")
        #expect(Self.problem(stock.varint(4, 0xFFFF_FFFF), Descriptors.getStockRequest) == nil)
        #expect(
            Self.problem(stock.varint(4, 0x1_0000_0000), Descriptors.getStockRequest)
                == .varintTooWide)
        // 2^32 + 200 is 200 for protobuf-c.
        #expect(
            Self.problem(stock.varint(4, 0x1_0000_00C8), Descriptors.getStockRequest)
                == .varintTooWide)
        let cancel = ProtoBody().text(1, "s")
        #expect(Self.problem(cancel.number(4, -1), Descriptors.cancelRequest) == nil)
        #expect(
            Self.problem(cancel.varint(4, 0x8000_0000), Descriptors.cancelRequest)
                == .varintTooWide)
    }

    @Test func doubledSingularFieldsAreRefused() {
        #expect(Self.problem(goodReserve.text(2, "other")) == .doubled)
        #expect(
            Self.problem(goodReserve.message(6, ProtoBody()).message(6, ProtoBody())) == .doubled)
        let doubledInside = ProtoBody().text(1, "p").text(1, "p")
        #expect(Self.problem(ProtoBody().message(4, doubledInside)) == .doubled)
        #expect(Self.problem(goodReserve.message(4, line("b", 1))) == nil)
        let both = ProtoBody().text(1, "s").fixed64(2, 1).data(3, goodRequestID)
        #expect(Self.problem(both, Descriptors.confirmRequest) == .doubled)
        let twice = ProtoBody().text(1, "s").fixed64(2, 1).fixed64(2, 1)
        #expect(Self.problem(twice, Descriptors.confirmRequest) == .doubled)
    }

    @Test func badTextIsRefusedAndBytesAreNotText() {
        #expect(Self.problem(ProtoBody().data(2, [0xFF])) == .badUTF8)
        #expect(Self.problem(ProtoBody().data(2, [0xED, 0xA0, 0x80])) == .badUTF8)
        #expect(Self.problem(ProtoBody().data(2, [0x41, 0, 0x42])) == .badUTF8)
        #expect(Self.problem(ProtoBody().data(1, [0xFF, 0])) == nil)
    }

    @Test func wrongWireTypesOfKnownFieldsAreRefused() {
        #expect(Self.problem(ProtoBody().varint(2, 5)) == .wrongWireType)
        #expect(Self.problem(ProtoBody().data(5, [1])) == .wrongWireType)
        #expect(Self.problem(ProtoBody().fixed64(5, 1)) == .wrongWireType)
        let confirm = ProtoBody().varint(2, 1)
        #expect(Self.problem(confirm, Descriptors.confirmRequest) == .wrongWireType)
    }

    @Test func aFaultNamesFieldAndPlace() throws {
        let body = goodReserve.text(2, "again")
        let fault = try #require(
            body.bytes.withUnsafeBytes {
                PreScan.check($0, descriptor: Descriptors.reserveRequest)
            })
        #expect(fault.byteOffset == goodReserve.bytes.count)
        #expect(try String(cString: #require(fault.field).pointee.name) == "sale_id")
    }

    @Test func noRequestIsRecursiveOrTooWideForTheScan() {
        for descriptor in Self.requests {
            Self.walk(descriptor, path: [])
        }
    }

    private static var requests: [MessageDescriptor] {
        Method.allCases.compactMap { Descriptors.request(of: $0) }
            + [Descriptors.metadata, Descriptors.pingFrame]
    }

    private static func walk(_ descriptor: MessageDescriptor, path: [MessageDescriptor]) {
        let name = String(cString: descriptor.pointee.name)
        if path.contains(descriptor) {
            Issue.record("\(name) contains itself")
            return
        }
        // PreScan marks fields in 64 bits and reads no packed fields.
        #expect(descriptor.pointee.n_fields <= 64, "\(name)")
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields[index]
            if field.label == PROTOBUF_C_LABEL_REPEATED {
                let lengthDelimited = [
                    PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE,
                ]
                #expect(lengthDelimited.contains(field.type), "\(name) has a packed field")
            }
            if let inner = Self.inner(field) { Self.walk(inner, path: path + [descriptor]) }
        }
    }

    private static func depth(of descriptor: MessageDescriptor) -> Int {
        let inner = (0..<Int(descriptor.pointee.n_fields))
            .compactMap { Self.inner(descriptor.pointee.fields[$0]) }
        return 1 + (inner.map { Self.depth(of: $0) }.max() ?? 0)
    }

    private static func inner(_ field: ProtobufCFieldDescriptor) -> MessageDescriptor? {
        guard field.type == PROTOBUF_C_TYPE_MESSAGE else { return nil }
        return field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
    }
}
