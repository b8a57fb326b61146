import CHoldfastProto
import CProtobufC

/// One frame from the server, whole, still in the input buffer.
struct AnswerFrame {
    static let response: UInt8 = 3
    static let goaway: UInt8 = 8

    private static let headerByteCount = 16
    private static let metadataFlag: UInt8 = 0x01

    let kind: UInt8
    let code: UInt16
    let callID: UInt32
    let byteCount: Int
    let body: UnsafeRawBufferPointer

    /// Nil when the frame at `offset` is not there whole. Throws a `LoadError` when it can be no frame.
    @inline(__always)
    init?(at offset: Int, of bytes: UnsafeRawBufferPointer) throws(LoadError) {
        let available = bytes.count &- offset
        guard available >= Self.headerByteCount, let start = bytes.baseAddress else { return nil }
        let base = start + offset
        let length = Int(UInt32(bigEndian: base.loadUnaligned(as: UInt32.self)))
        guard length >= Self.headerByteCount - 4, length <= 64 * 1024 else {
            throw LoadError("the server sent a frame of \(length) bytes")
        }
        guard available &- 4 >= length else { return nil }
        self.kind = base.load(fromByteOffset: 4, as: UInt8.self)
        self.code = UInt16(bigEndian: base.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        self.callID = UInt32(bigEndian: base.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        self.byteCount = 4 &+ length
        var bodyOffset = Self.headerByteCount
        if base.load(fromByteOffset: 5, as: UInt8.self) & Self.metadataFlag != 0 {
            guard length >= 14 else { throw LoadError("the server sent metadata without a length") }
            let metadata = base.loadUnaligned(fromByteOffset: bodyOffset, as: UInt16.self)
            bodyOffset += 2 + Int(UInt16(bigEndian: metadata))
            guard bodyOffset <= self.byteCount else {
                throw LoadError("the server sent metadata that is longer than its frame")
            }
        }
        self.body = UnsafeRawBufferPointer(
            start: base + bodyOffset, count: self.byteCount &- bodyOffset)
    }

    /// What a GOAWAY says, for a person.
    var goawayText: String {
        let message = holdfast__v1__goaway__unpack(
            nil, self.body.count, self.body.baseAddress?.assumingMemoryBound(to: UInt8.self))
        guard let message else { return "without a reason that can be read" }
        defer { holdfast__v1__goaway__free_unpacked(message, nil) }
        return String(cString: message.pointee.message)
    }
}
