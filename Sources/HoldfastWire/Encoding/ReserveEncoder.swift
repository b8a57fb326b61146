internal import HoldfastEngine

/// ReserveResponse by hand: the same bytes as protobuf-c's, which a test compares.
/// Fields that have their default are left out; numbers ascend.
struct ReserveEncoder {
    /// Everything but the lines: 1 + 1, 1 + 8, six varints of 1 + 10.
    static let fixedBytesMax = 96
    /// Tag and length, id, five varints of 1 + 10, outcome.
    static let lineBytesMax = 3 + 66 + 55 + 2

    private var position: UnsafeMutableRawPointer

    /// Writes the body; returns its bytes. Room: `fixedBytesMax + lineBytesMax * outcome.lineCount`.
    @inline(__always)
    static func encode(
        _ outcome: borrowing ReserveOutcome, results: LineResults,
        to room: UnsafeMutableRawPointer
    ) -> Int {
        var encoder = ReserveEncoder(position: room)
        encoder.small(0x08, outcome.result.rawValue)
        encoder.fixed64(0x11, outcome.reservationID.rawValue)
        encoder.varint(0x18, outcome.deadlineMilliseconds)
        var index = 0
        while index < outcome.lineCount {
            encoder.line(results + index)
            index &+= 1
        }
        encoder.small(0x28, outcome.replayed ? 1 : 0)
        encoder.small(0x30, outcome.state.rawValue)
        encoder.varint(0x38, outcome.startsInMilliseconds)
        encoder.varint(0x40, outcome.saleUsed)
        encoder.varint(0x48, outcome.saleLimit)
        return encoder.position - room
    }

    @inline(__always)
    private mutating func line(_ line: UnsafePointer<LineResult>) {
        let start = self.position
        start.storeBytes(of: 0x22, as: UInt8.self)
        // Most lines are shorter than 128 bytes: one byte is left for the length.
        let body = start + 2
        self.position = body
        self.bytes(0x0A, line.pointee.productID)
        self.varint(0x10, line.pointee.granted)
        self.varint(0x18, line.pointee.left)
        self.varint(0x20, line.pointee.used)
        self.varint(0x28, line.pointee.limit)
        self.varint(0x30, line.pointee.priceMinor)
        self.small(0x38, line.pointee.outcome.rawValue)
        let byteCount = self.position - body
        if byteCount < 0x80 {
            (start + 1).storeBytes(of: UInt8(truncatingIfNeeded: byteCount), as: UInt8.self)
            return
        }
        (body + 1).copyMemory(from: body, byteCount: byteCount)
        let low = UInt8(truncatingIfNeeded: byteCount & 0x7F | 0x80)
        (start + 1).storeBytes(of: low, as: UInt8.self)
        (start + 2).storeBytes(of: UInt8(truncatingIfNeeded: byteCount >> 7), as: UInt8.self)
        self.position += 1
    }

    /// A value below 128.
    @inline(__always)
    private mutating func small(_ tag: UInt8, _ value: UInt8) {
        if value == 0 { return }
        assert(value < 0x80)
        self.position.storeBytes(of: tag, as: UInt8.self)
        (self.position + 1).storeBytes(of: value, as: UInt8.self)
        self.position += 2
    }

    @inline(__always)
    private mutating func fixed64(_ tag: UInt8, _ value: UInt64) {
        if value == 0 { return }
        self.position.storeBytes(of: tag, as: UInt8.self)
        (self.position + 1).storeBytes(of: value.littleEndian, as: UInt64.self)
        self.position += 9
    }

    @inline(__always)
    private mutating func varint(_ tag: UInt8, _ value: Int64) {
        if value == 0 { return }
        self.position.storeBytes(of: tag, as: UInt8.self)
        self.position += 1
        var rest = UInt64(bitPattern: value)
        while rest >= 0x80 {
            self.position.storeBytes(
                of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            self.position += 1
            rest >>= 7
        }
        self.position.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        self.position += 1
    }

    /// 1 to 64 bytes of an id.
    @inline(__always)
    private mutating func bytes(_ tag: UInt8, _ view: ByteView) {
        if view.isEmpty { return }
        assert(view.count <= EngineLimits.idBytesMax)
        self.position.storeBytes(of: tag, as: UInt8.self)
        (self.position + 1).storeBytes(of: UInt8(truncatingIfNeeded: view.count), as: UInt8.self)
        (self.position + 2).copyMemory(from: view.base, byteCount: view.count)
        self.position += 2 &+ view.count
    }
}
