internal import HoldfastEngine

/// The wire types of protobuf. Groups (3, 4) are none of ours.
enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
}

/// Reads protobuf's wire format out of a run of bytes, one item at a time, with every bound checked.
/// A nil result means that the bytes are not well formed; the reader is then of no use any more.
struct WireReader {
    struct Tag {
        var field: UInt32
        var wireType: WireType
    }

    private(set) var position: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>

    init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; any address will do then.
        let base = bytes.baseAddress ?? UnsafeRawPointer(ByteView.empty.base)
        self.position = base.assumingMemoryBound(to: UInt8.self)
        self.end = self.position + bytes.count
    }

    var atEnd: Bool { self.position == self.end }

    /// A varint of at most 10 bytes and 64 bits.
    @inline(__always)
    mutating func readVarint() -> UInt64? {
        if self.position < self.end, self.position.pointee < 0x80 {
            let byte = self.position.pointee
            self.position += 1
            return UInt64(byte)
        }
        return self.readLongVarint()
    }

    @inline(never)
    private mutating func readLongVarint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while self.position < self.end {
            let byte = self.position.pointee
            self.position += 1
            if shift == 63 && byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    /// A field number and a wire type; nil also for number 0, groups and tags of more than 5 bytes.
    mutating func readTag() -> Tag? {
        let start = self.position
        guard let value = self.readVarint(), self.position - start <= 5,
            value <= UInt64(UInt32.max), value >> 3 != 0,
            let wireType = WireType(rawValue: UInt8(truncatingIfNeeded: value & 7))
        else { return nil }
        return Tag(field: UInt32(value >> 3), wireType: wireType)
    }

    /// The bytes of a string, of bytes or of a message.
    mutating func readLengthDelimited() -> UnsafeRawBufferPointer? {
        let start = self.position
        guard let count = self.readVarint(), self.position - start <= 5,
            count <= UInt64(self.end - self.position)
        else { return nil }
        let bytes = UnsafeRawBufferPointer(start: self.position, count: Int(count))
        self.position += Int(count)
        return bytes
    }

    /// Steps over a fixed-width item.
    mutating func skipFixed(_ byteCount: Int) -> Bool {
        guard self.end - self.position >= byteCount else { return false }
        self.position += byteCount
        return true
    }

    /// Steps over one item of any type.
    mutating func skip(_ wireType: WireType) -> Bool {
        switch wireType {
        case .varint: self.readVarint() != nil
        case .fixed64: self.skipFixed(8)
        case .lengthDelimited: self.readLengthDelimited() != nil
        case .fixed32: self.skipFixed(4)
        }
    }
}
