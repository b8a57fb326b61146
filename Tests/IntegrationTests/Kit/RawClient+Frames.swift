/// A frame as it lay on the wire.
struct RawFrame: Sendable, Equatable {
    static let hello: UInt8 = 1
    static let request: UInt8 = 2
    static let response: UInt8 = 3
    static let ping: UInt8 = 6
    static let pong: UInt8 = 7
    static let goaway: UInt8 = 8

    var kind: UInt8
    var flags: UInt8 = 0
    var methodOrCode: UInt16 = 0
    var callID: UInt32 = 0
    var timeoutMilliseconds: UInt32 = 0
    var body: [UInt8] = []

    /// 16 bytes of header, then the body. `length`: what to claim; nil: the truth.
    func bytes(length: UInt32? = nil) -> [UInt8] {
        Big.bytes(length ?? UInt32(12 + self.body.count)) + [self.kind, self.flags]
            + Big.bytes(self.methodOrCode) + Big.bytes(self.callID)
            + Big.bytes(self.timeoutMilliseconds) + self.body
    }
}

extension RawFrame {
    /// The first whole frame of `input`, which loses it; nil: there is none yet.
    init?(takingFrom input: inout [UInt8]) {
        guard input.count >= 16 else { return nil }
        let count = 4 + Int(Big.number(input[0..<4]))
        guard input.count >= count else { return nil }
        self.init(
            kind: input[4], flags: input[5], methodOrCode: UInt16(Big.number(input[6..<8])),
            callID: UInt32(Big.number(input[8..<12])),
            timeoutMilliseconds: UInt32(Big.number(input[12..<16])),
            body: Array(input[16..<max(16, count)]))
        input.removeFirst(count)
    }

    /// A call that waits a minute.
    static func call(
        _ callID: UInt32, method: UInt16, flags: UInt8 = 0, _ body: [UInt8]
    ) -> RawFrame {
        RawFrame(
            kind: Self.request, flags: flags, methodOrCode: method, callID: callID,
            timeoutMilliseconds: 60_000, body: body)
    }
}

/// Big-endian integers.
enum Big {
    static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Protobuf's wire format by hand, on purpose without the code that is under test: writes well or badly, as it is told.
enum Raw {
    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func tag(_ field: UInt64, _ wireType: UInt64) -> [UInt8] {
        Self.varint(field << 3 | wireType)
    }

    static func number(_ field: UInt64, _ value: Int64) -> [UInt8] {
        Self.tag(field, 0) + Self.varint(UInt64(bitPattern: value))
    }

    static func bytes(_ field: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        Self.tag(field, 2) + Self.varint(UInt64(bytes.count)) + bytes
    }

    static func text(_ field: UInt64, _ text: String) -> [UInt8] {
        Self.bytes(field, Array(text.utf8))
    }

    static func fixed64(_ field: UInt64, _ value: UInt64) -> [UInt8] {
        Self.tag(field, 1) + withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func fixed32(_ field: UInt64, _ value: UInt32) -> [UInt8] {
        Self.tag(field, 5) + withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// The varints and the length-delimited fields of a well-formed message, in order.
    static func fields(_ message: [UInt8]) -> [(number: UInt64, value: UInt64, bytes: [UInt8])] {
        var rest = message[...]
        var fields: [(number: UInt64, value: UInt64, bytes: [UInt8])] = []
        func take() -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { break }
            }
            return value
        }
        while !rest.isEmpty {
            let tag = take()
            switch tag & 7 {
            case 0: fields.append((tag >> 3, take(), []))
            case 1:
                fields.append((tag >> 3, 0, Array(rest.prefix(8))))
                rest = rest.dropFirst(8)
            case 5: rest = rest.dropFirst(4)
            default:
                let count = Int(take())
                fields.append((tag >> 3, 0, Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
            }
        }
        return fields
    }

    /// The first length-delimited field of this number, as text.
    static func text(in message: [UInt8], field: UInt64) -> String? {
        Self.fields(message).first { $0.number == field }.map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
    }
}
