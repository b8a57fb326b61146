import CHoldfastProto
import CProtobufC
import Glibc
import Testing

@testable import holdfast_bench

/// What the load writes is judged by protobuf-c, the same code that made the template.
@Suite struct ReserveTrafficTests {
    private struct Call: Equatable {
        var length: Int
        var kind: UInt8
        var method: UInt16
        var callID: UInt32
        var timeout: UInt32
        var requestID: [UInt8]
        var saleID: String
        var userID: String
        var productID: String
        var quantity: Int64
        var address: String
        var deviceID: String
    }

    private static func settings(
        buyers: UInt64, sales: Int = 1, products: Int = 1, seed: UInt64 = 1
    ) -> TrafficSettings {
        TrafficSettings(
            buyerCount: buyers, salePrefix: "sale-", saleCount: sales, productPrefix: "sku-",
            productCount: products, quantity: 2, holdMilliseconds: 0, seed: seed)
    }

    private static func calls(_ count: Int, _ settings: TrafficSettings) throws -> [Call] {
        var traffic = try ReserveTraffic(settings: settings, timeoutMilliseconds: 750)
        let frame = UnsafeMutablePointer<UInt8>.allocate(capacity: traffic.frameByteCountMax)
        defer { frame.deallocate() }
        var calls: [Call] = []
        for id in 1...UInt32(count) {
            let byteCount = traffic.writeCall(id: id, to: frame)
            let bytes = UnsafeRawBufferPointer(start: frame, count: byteCount)
            calls.append(try #require(Self.decode(bytes)))
        }
        return calls
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) -> Call? {
        func number(_ range: Range<Int>) -> UInt32 {
            bytes[range].reduce(0) { $0 << 8 | UInt32($1) }
        }
        let body = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + 16
        guard
            let request = holdfast__v1__reserve_request__unpack(nil, bytes.count - 16, body)
        else { return nil }
        defer { holdfast__v1__reserve_request__free_unpacked(request, nil) }
        let message = request.pointee
        guard message.n_lines == 1, let line = message.lines[0], let client = message.client,
            Int(number(0..<4)) == bytes.count - 4
        else { return nil }
        return Call(
            length: Int(number(0..<4)), kind: bytes[4], method: UInt16(number(6..<8)),
            callID: number(8..<12), timeout: number(12..<16),
            requestID: Array(
                UnsafeBufferPointer(start: message.request_id.data, count: message.request_id.len)),
            saleID: String(cString: message.sale_id), userID: String(cString: message.user_id),
            productID: String(cString: line.pointee.product_id), quantity: line.pointee.quantity,
            address: String(cString: client.pointee.ip),
            deviceID: String(cString: client.pointee.device_id))
    }

    @Test func everyCallIsAWholeReserveFrame() throws {
        for (index, call) in try Self.calls(1000, Self.settings(buyers: 1_000_000)).enumerated() {
            #expect(call.kind == 2)
            #expect(call.method == 1)
            #expect(call.callID == UInt32(index + 1))
            #expect(call.timeout == 750)
            #expect(call.quantity == 2)
            #expect(call.saleID == "sale-1")
            #expect(call.productID == "sku-1")
            #expect(call.requestID.count == 16)
        }
    }

    @Test func requestIDsAreAllDifferentAndNeverZero() throws {
        let calls = try Self.calls(20_000, Self.settings(buyers: 10))
        #expect(Set(calls.map(\.requestID)).count == calls.count)
        #expect(!calls.contains { $0.requestID.allSatisfy { $0 == 0 } })
    }

    @Test func aBuyerKeepsAddressAndDeviceAndNoOtherHasThem() throws {
        let calls = try Self.calls(20_000, Self.settings(buyers: 500))
        let users = Set(calls.map(\.userID))
        #expect(users.count == 500)
        #expect(Set(calls.map { $0.userID + $0.deviceID + $0.address }).count == 500)
        #expect(Set(calls.map(\.deviceID)).count == 500)
    }

    @Test func addressesAreValid() throws {
        for call in try Self.calls(2000, Self.settings(buyers: 10_000_000_000)) {
            var parsed = in_addr()
            #expect(inet_pton(AF_INET, call.address, &parsed) == 1, "\(call.address)")
        }
    }

    @Test func everyProductOfEverySaleIsAskedFor() throws {
        let calls = try Self.calls(
            5000, Self.settings(buyers: 1000, sales: 12, products: 3))
        #expect(Set(calls.map { "\($0.saleID)/\($0.productID)" }).count == 36)
    }

    @Test func aSeedRepeatsTheTraffic() throws {
        let first = try Self.calls(100, Self.settings(buyers: 1000, seed: 5))
        let again = try Self.calls(100, Self.settings(buyers: 1000, seed: 5))
        let other = try Self.calls(100, Self.settings(buyers: 1000, seed: 6))
        #expect(first == again)
        #expect(first != other)
    }

    @Test func anIDThatHoldsAMarkIsRefused() {
        #expect(throws: LoadError.self) {
            try RequestTemplate(
                saleID: "RRRRRRRRRRRRRRRR", productID: "sku-1", quantity: 1, holdMilliseconds: 0,
                timeoutMilliseconds: 1000)
        }
    }
}
