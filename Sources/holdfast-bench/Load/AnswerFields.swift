/// The numbers at the top level of an answer of the StockService, read without unpacking it. In Reserve, Confirm and
/// Cancel field 1 is the outcome and field 2 the reservation; field 5 of the first two says that it is a replay, field 3 of
/// a Reserve is its deadline.
struct AnswerFields {
    private(set) var outcome: UInt64 = 0
    private(set) var reservationID: UInt64 = 0
    private(set) var isReplayed = false
    /// Of a Reserve: when the hold lapses, Unix milliseconds.
    private(set) var deadlineMilliseconds = 0

    /// Nil when the body is no protobuf message.
    init?(_ body: UnsafeRawBufferPointer) {
        var offset = 0
        while offset < body.count {
            // All field numbers of these answers are below 16: a key is one byte.
            let key = body[offset]
            offset += 1
            switch key & 7 {
            case 0:
                guard let value = Self.varint(body, &offset) else { return nil }
                if key == 1 << 3 { self.outcome = value }
                if key == 3 << 3 { self.deadlineMilliseconds = Int(truncatingIfNeeded: value) }
                if key == 5 << 3 { self.isReplayed = value != 0 }
            case 1:
                guard body.count - offset >= 8 else { return nil }
                let value = body.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                if key == 2 << 3 | 1 { self.reservationID = UInt64(littleEndian: value) }
                offset += 8
            case 2:
                guard let length = Self.varint(body, &offset),
                    length <= UInt64(body.count - offset)
                else { return nil }
                offset += Int(length)
            default:
                return nil
            }
        }
    }

    private static func varint(_ body: UnsafeRawBufferPointer, _ offset: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < body.count, shift < 64 {
            let byte = body[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }
}
