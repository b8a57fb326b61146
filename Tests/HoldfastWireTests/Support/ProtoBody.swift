/// Writes protobuf by hand, right or wrong, as tests need it. Independent of the code under test.
struct ProtoBody {
    var bytes: [UInt8] = []

    static func varintBytes(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        return bytes
    }

    mutating func tag(_ field: Int, _ wireType: Int) {
        self.bytes += Self.varintBytes(UInt64(field << 3 | wireType))
    }

    func varint(_ field: Int, _ value: UInt64) -> ProtoBody {
        var copy = self
        copy.tag(field, 0)
        copy.bytes += Self.varintBytes(value)
        return copy
    }

    func number(_ field: Int, _ value: Int64) -> ProtoBody {
        self.varint(field, UInt64(bitPattern: value))
    }

    func fixed64(_ field: Int, _ value: UInt64) -> ProtoBody {
        var copy = self
        copy.tag(field, 1)
        for shift in 0..<8 { copy.bytes.append(UInt8(truncatingIfNeeded: value >> (shift * 8))) }
        return copy
    }

    func data(_ field: Int, _ value: [UInt8]) -> ProtoBody {
        var copy = self
        copy.tag(field, 2)
        copy.bytes += Self.varintBytes(UInt64(value.count)) + value
        return copy
    }

    func text(_ field: Int, _ value: String) -> ProtoBody { self.data(field, Array(value.utf8)) }

    func message(_ field: Int, _ value: ProtoBody) -> ProtoBody { self.data(field, value.bytes) }

    func raw(_ value: [UInt8]) -> ProtoBody {
        var copy = self
        copy.bytes += value
        return copy
    }
}

/// A request id that is good: 1, 2, 3, …
let goodRequestID: [UInt8] = Array(1...16)

func line(_ productID: String, _ quantity: Int64) -> ProtoBody {
    ProtoBody().text(1, productID).number(2, quantity)
}

/// A Reserve that every check lets pass.
let goodReserve = ProtoBody().data(1, goodRequestID).text(2, "sale-1").text(3, "user-1")
    .message(4, line("sku-1", 2))
