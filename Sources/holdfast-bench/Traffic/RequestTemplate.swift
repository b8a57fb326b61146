import CHoldfastProto
import CProtobufC
import Glibc

/// One whole Reserve frame for a sale and a product, in which only fields of fixed width change from call to
/// call: call id, request id, and the buyer's number, address and device. Patching costs a tenth of packing.
struct RequestTemplate {
    /// Where the changing fields lie in the frame.
    struct Offsets: Equatable {
        var requestID: Int
        var userDigits: Int
        var address: Int
        var deviceDigits: Int
    }

    static let callIDOffset = 8
    static let requestIDByteCount = 16
    static let userDigitCount = 10
    static let deviceDigitCount = 16

    private static let headerByteCount = 16
    private static let requestIDMark = String(repeating: "R", count: Self.requestIDByteCount)
    private static let userMark = String(repeating: "U", count: Self.userDigitCount)
    private static let addressMark = "1II.1II.1II.1II"
    private static let deviceMark = String(repeating: "D", count: Self.deviceDigitCount)

    let bytes: [UInt8]
    let offsets: Offsets

    /// Packs the frame with protobuf-c and finds the marks in it. Throws a `LoadError` when an id holds a mark.
    init(
        saleID: String, productID: String, quantity: Int64, holdMilliseconds: Int64,
        timeoutMilliseconds: UInt32
    ) throws(LoadError) {
        let body = Self.packReserve(
            saleID: saleID, productID: productID, quantity: quantity,
            holdMilliseconds: holdMilliseconds)
        var frame: [UInt8] = []
        frame.reserveCapacity(Self.headerByteCount + body.count)
        Self.append(UInt32(Self.headerByteCount - 4 + body.count), to: &frame)
        frame.append(2)  // REQUEST
        frame.append(0)
        Self.append(UInt16(HOLDFAST__V1__METHOD__METHOD_RESERVE.rawValue), to: &frame)
        Self.append(UInt32(0), to: &frame)
        Self.append(timeoutMilliseconds, to: &frame)
        frame += body
        self.offsets = Offsets(
            requestID: try Self.offset(of: Self.requestIDMark, in: frame),
            userDigits: try Self.offset(of: Self.userMark, in: frame),
            address: try Self.offset(of: Self.addressMark, in: frame),
            deviceDigits: try Self.offset(of: Self.deviceMark, in: frame))
        self.bytes = frame
    }

    private static func packReserve(
        saleID: String, productID: String, quantity: Int64, holdMilliseconds: Int64
    ) -> [UInt8] {
        // protobuf-c keeps plain pointers; these copies live until the message is packed.
        var copies: [UnsafeMutablePointer<CChar>] = []
        defer { for copy in copies { free(copy) } }
        func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
            guard let copy = strdup(text) else { fatalError("out of memory") }
            copies.append(copy)
            return copy
        }
        var line = Holdfast__V1__Line()
        holdfast__v1__line__init(&line)
        line.product_id = copy(productID)
        line.quantity = quantity
        var client = Holdfast__V1__Client()
        holdfast__v1__client__init(&client)
        client.ip = copy(Self.addressMark)
        client.device_id = copy("dev-" + Self.deviceMark)
        client.account_created_ms = 1_500_000_000_000
        var request = Holdfast__V1__ReserveRequest()
        holdfast__v1__reserve_request__init(&request)
        request.sale_id = copy(saleID)
        request.user_id = copy("user-" + Self.userMark)
        request.hold_ms = holdMilliseconds
        request.request_id.len = Self.requestIDByteCount
        return copy(Self.requestIDMark).withMemoryRebound(
            to: UInt8.self, capacity: Self.requestIDByteCount
        ) { requestID in
            request.request_id.data = requestID
            return withUnsafeMutablePointer(to: &line) { linePointer in
                var linePointers: UnsafeMutablePointer<Holdfast__V1__Line>? = linePointer
                return withUnsafeMutablePointer(to: &linePointers) { lines in
                    withUnsafeMutablePointer(to: &client) { clientPointer in
                        request.n_lines = 1
                        request.lines = lines
                        request.client = clientPointer
                        let byteCount = holdfast__v1__reserve_request__get_packed_size(&request)
                        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
                            count = holdfast__v1__reserve_request__pack(
                                &request, buffer.baseAddress)
                        }
                    }
                }
            }
        }
    }

    private static func append(_ value: some FixedWidthInteger, to frame: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { frame.append(contentsOf: $0) }
    }

    private static func offset(of mark: String, in frame: [UInt8]) throws(LoadError) -> Int {
        let wanted = Array(mark.utf8)
        var found: [Int] = []
        for offset in Self.headerByteCount...(frame.count - wanted.count)
        where frame[offset..<(offset + wanted.count)].elementsEqual(wanted) {
            found.append(offset)
        }
        guard found.count == 1 else {
            throw LoadError("a sale or product id must not hold \(mark): choose other prefixes")
        }
        return found[0]
    }
}
