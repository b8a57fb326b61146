import CHoldfastProto
import CProtobufC
import HoldfastWire
import Testing

@Suite struct FrameTests {
    @Test func headerHasTheDocumentedBytes() {
        let header = FrameHeader(
            kind: .request, flags: 1, methodOrCode: 0x0102, callID: 0x0304_0506,
            timeoutOrRetryMilliseconds: 0x0708_090A, bodyByteCount: 5)
        var bytes = [UInt8](repeating: 0xFF, count: 17)
        // One byte off, so that nothing relies on alignment.
        bytes.withUnsafeMutableBytes { header.write(to: $0.baseAddress! + 1) }
        #expect(bytes[1...] == [0, 0, 0, 17, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        let read = bytes.withUnsafeBytes { FrameHeader(reading: $0.baseAddress! + 1) }
        #expect(read == header)
        #expect(read.bodyByteCount == 5)
        #expect(read.frameByteCount == 21)
        #expect(read.hasMetadata)
    }

    @Test func methodsAreThoseOfTheProto() {
        var descriptor = holdfast__v1__method__descriptor
        #expect(Method.allCases.count == Int(descriptor.n_values) - 1)
        for method in Method.allCases {
            let value = protobuf_c_enum_descriptor_get_value(&descriptor, Int32(method.rawValue))
            guard let value else {
                Issue.record("the proto has no method \(method.rawValue)")
                continue
            }
            // METHOD_GET_STOCK and StockService/GetStock are one name.
            let proto = String(cString: value.pointee.name).dropFirst("METHOD_".count)
                .replacing("_", with: "")
            let own = method.name.split(separator: "/")[1].uppercased()
            #expect(own == proto)
            let service = method.isAdmin ? "AdminService" : "StockService"
            #expect(method.name.hasPrefix(service + "/"))
        }
    }

    @Test func methodsAreAvailableWhereThereIsARequestMessage() {
        for method in Method.allCases {
            #expect(method.isAvailable == (Descriptors.request(of: method) != nil))
        }
    }

    @Test func codesAreThoseOfGoogleRPC() {
        #expect(RPCCode.allCases.map(\.rawValue) == Array(0...16))
        #expect(RPCCode.invalidArgument.rawValue == 3)
        #expect(RPCCode.resourceExhausted.rawValue == 8)
        #expect(RPCCode.failedPrecondition.rawValue == 9)
        #expect(RPCCode.unimplemented.rawValue == 12)
        #expect(RPCCode.unavailable.rawValue == 14)
        #expect(RPCCode.unauthenticated.name == "UNAUTHENTICATED")
    }
}
