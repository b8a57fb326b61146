// The 16 bytes before every body (docs/PROTOCOL.md, "Frames"). All integers big-endian:
// 0 length u32 · 4 kind u8 · 5 flags u8 · 6 method or code u16 · 8 call id u32 · 12 timeout or retry u32.

/// What a frame is. 10…127 are skipped, 128 and above close the connection.
package enum FrameKind: UInt8, Sendable, CaseIterable {
    case hello = 1
    case request = 2
    case response = 3
    /// One element of a server stream.
    case item = 4
    case cancelCall = 5
    case ping = 6
    case pong = 7
    case goaway = 8
    case credit = 9
}

/// Bits of a frame's `flags`.
package enum FrameFlags {
    /// The body starts with a u16 length and a `Metadata` message of that length.
    package static let metadata: UInt8 = 0x01
    /// Flags that change the body: one that is not known refuses the call.
    package static let bodyChanging: UInt8 = 0x0F
}

/// One frame's header as a trivial value.
package struct FrameHeader: Equatable, Sendable {
    /// Bytes of a header on the wire.
    package static let byteCount = 16
    /// Bytes of the length field, which `length` does not count.
    package static let lengthFieldByteCount = 4
    /// The smallest `length`: a header and no body.
    package static let lengthMin: UInt32 = 12

    /// Bytes after the length field: 12 + body.
    package var length: UInt32
    /// A `FrameKind`, or a number that this version does not know.
    package var kind: UInt8
    package var flags: UInt8
    /// REQUEST: the method. RESPONSE: the code.
    package var methodOrCode: UInt16
    package var callID: UInt32
    /// REQUEST: how long the caller waits, 0 the server's default. RESPONSE: when to try again, 0 not said.
    package var timeoutOrRetryMilliseconds: UInt32

    @inlinable
    package init(
        length: UInt32, kind: UInt8, flags: UInt8, methodOrCode: UInt16, callID: UInt32,
        timeoutOrRetryMilliseconds: UInt32
    ) {
        self.length = length
        self.kind = kind
        self.flags = flags
        self.methodOrCode = methodOrCode
        self.callID = callID
        self.timeoutOrRetryMilliseconds = timeoutOrRetryMilliseconds
    }

    /// A header for a body of `bodyByteCount` bytes.
    @inlinable
    package init(
        kind: FrameKind, flags: UInt8 = 0, methodOrCode: UInt16 = 0, callID: UInt32 = 0,
        timeoutOrRetryMilliseconds: UInt32 = 0, bodyByteCount: Int
    ) {
        self.init(
            length: Self.lengthMin + UInt32(bodyByteCount), kind: kind.rawValue, flags: flags,
            methodOrCode: methodOrCode, callID: callID,
            timeoutOrRetryMilliseconds: timeoutOrRetryMilliseconds)
    }

    /// Reads 16 bytes, aligned or not. Judges nothing.
    @inlinable
    package init(reading bytes: UnsafeRawPointer) {
        self.length = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
        self.kind = bytes.load(fromByteOffset: 4, as: UInt8.self)
        self.flags = bytes.load(fromByteOffset: 5, as: UInt8.self)
        self.methodOrCode = UInt16(
            bigEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        self.callID = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        self.timeoutOrRetryMilliseconds = UInt32(
            bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    }

    /// Writes 16 bytes, aligned or not.
    @inlinable
    package func write(to bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: self.length.bigEndian, as: UInt32.self)
        bytes.storeBytes(of: self.kind, toByteOffset: 4, as: UInt8.self)
        bytes.storeBytes(of: self.flags, toByteOffset: 5, as: UInt8.self)
        bytes.storeBytes(of: self.methodOrCode.bigEndian, toByteOffset: 6, as: UInt16.self)
        bytes.storeBytes(of: self.callID.bigEndian, toByteOffset: 8, as: UInt32.self)
        bytes.storeBytes(
            of: self.timeoutOrRetryMilliseconds.bigEndian, toByteOffset: 12, as: UInt32.self)
    }

    /// Bytes of the body. Only of a header whose length was checked.
    @inlinable
    package var bodyByteCount: Int { Int(self.length) - Int(Self.lengthMin) }

    /// Bytes of the whole frame, its length field included.
    @inlinable
    package var frameByteCount: Int { Int(self.length) + Self.lengthFieldByteCount }

    @inlinable
    package var hasMetadata: Bool { self.flags & FrameFlags.metadata != 0 }
}
