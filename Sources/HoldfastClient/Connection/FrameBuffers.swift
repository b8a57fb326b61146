import HoldfastWire

/// Bytes received and not yet read as frames. Grows with what came, never with what a length claims.
struct InputBuffer {
    /// What stands at the front.
    enum Next {
        case needMore
        case frame(FrameHeader, body: [UInt8])
        /// These bytes are no frames.
        case garbage(String)
    }

    /// Largest value of a length field that this client takes: more than any answer of the protocol needs.
    static let lengthMax: UInt32 = 4 * 1024 * 1024

    private var bytes: [UInt8] = []
    private var start = 0

    var isEmpty: Bool { self.start == self.bytes.count }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        if self.start == self.bytes.count {
            self.bytes.removeAll(keepingCapacity: true)
            self.start = 0
        } else if self.start > 64 * 1024 {
            self.bytes.removeFirst(self.start)
            self.start = 0
        }
        self.bytes.append(contentsOf: more)
    }

    mutating func next() -> Next {
        let available = self.bytes.count - self.start
        guard available >= FrameHeader.byteCount else { return .needMore }
        let start = self.start
        let header = self.bytes.withUnsafeBytes {
            FrameHeader(reading: $0.baseAddress! + start)
        }
        guard header.length >= FrameHeader.lengthMin && header.length <= Self.lengthMax else {
            return .garbage("a frame says that it is \(header.length) bytes long")
        }
        guard available >= header.frameByteCount else { return .needMore }
        let bodyStart = start + FrameHeader.byteCount
        self.start += header.frameByteCount
        return .frame(header, body: Array(self.bytes[bodyStart..<self.start]))
    }
}

/// Bytes to send, with a count of all bytes ever given to TLS, by which a frame's fate can be told.
struct OutputBuffer {
    private var bytes: [UInt8] = []
    private var start = 0
    private(set) var flushedByteCount: UInt64 = 0

    var isEmpty: Bool { self.start == self.bytes.count }
    /// The position after the last byte, counted from the connection's first.
    var endPosition: UInt64 { self.flushedByteCount + UInt64(self.bytes.count - self.start) }

    mutating func appendFrame(_ header: FrameHeader, prefix: [UInt8], body: [UInt8]) {
        let head = withUnsafeTemporaryAllocation(
            byteCount: FrameHeader.byteCount, alignment: 8
        ) { room in
            header.write(to: room.baseAddress!)
            return Array(room)
        }
        self.bytes.append(contentsOf: head)
        self.bytes.append(contentsOf: prefix)
        self.bytes.append(contentsOf: body)
    }

    /// Hands what is there to `write`, which says how many bytes it took.
    mutating func flush(_ write: (UnsafeRawBufferPointer) -> Int) {
        let start = self.start
        let count = self.bytes.withUnsafeBytes {
            write(UnsafeRawBufferPointer(rebasing: $0[start...]))
        }
        self.start += count
        self.flushedByteCount += UInt64(count)
        if self.isEmpty {
            self.bytes.removeAll(keepingCapacity: true)
            self.start = 0
        } else if self.start > 256 * 1024 {
            self.bytes.removeFirst(self.start)
            self.start = 0
        }
    }
}
