/// An entry as bytes, for the control shard's journal and snapshots. Little-endian, without padding:
///
///     0   1  version, 1
///     1   1  kind: 1 user, 2 device, 3 network
///     2   1  network: prefix depth of 128 bits (IPv4: 96 + n); else 0
///     3   1  flags: bit 0 expires; others 0
///     4   8  id
///     12  8  created, Unix milliseconds
///     20  8  expires, Unix milliseconds; 0 without bit 0
///     28  2  byte count of the value (network: 16)
///     30  2  byte count of the reason
///     32  2  byte count of the operator
///     34  2  byte count of the source
///     36  …  value (network: 16 bytes, most significant first), reason, operator, source
extension BlacklistEntry {
    package static let headerByteCount = 36
    package static let byteCountMax =
        headerByteCount + idBytesMax + reasonBytesMax + operatorBytesMax + sourceBytesMax

    private static var version: UInt8 { 1 }

    package var encoded: [UInt8] {
        let value: [UInt8]
        var depth: UInt8 = 0
        switch self.value {
        case .user(let bytes), .device(let bytes): value = bytes
        case .network(let range):
            depth = UInt8(range.depth)
            value = (0..<16).map { UInt8(truncatingIfNeeded: range.first.bits >> (120 - 8 * $0)) }
        }
        let texts = [value] + [self.reason, self.operatorName, self.source].map { Array($0.utf8) }
        var bytes: [UInt8] = [
            Self.version, self.value.kind.rawValue, depth, self.expiresMilliseconds == nil ? 0 : 1,
        ]
        bytes.reserveCapacity(Self.headerByteCount + texts.reduce(0) { $0 + $1.count })
        func append(_ number: some FixedWidthInteger) {
            for index in 0..<(number.bitWidth / 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index)))
            }
        }
        append(self.id)
        append(self.createdMilliseconds)
        append(self.expiresMilliseconds ?? 0)
        for text in texts { append(UInt16(text.count)) }
        for text in texts { bytes += text }
        return bytes
    }

    /// Reads what `encoded` wrote. Anything else is refused: no bits are left unread.
    package init(decoding bytes: some RandomAccessCollection<UInt8>) throws(BlacklistError) {
        let bytes = Array(bytes)
        guard bytes.count >= Self.headerByteCount else {
            throw .malformed("only \(bytes.count) bytes", byteOffset: bytes.count)
        }
        func number<T: FixedWidthInteger>(_ offset: Int, _: T.Type) -> T {
            (0..<(T.bitWidth / 8)).reduce(0) {
                $0 | T(truncatingIfNeeded: bytes[offset + $1]) << (8 * $1)
            }
        }
        guard bytes[0] == Self.version else {
            throw .malformed("version \(bytes[0])", byteOffset: 0)
        }
        guard let kind = BlacklistKind(rawValue: bytes[1]) else {
            throw .malformed("kind \(bytes[1])", byteOffset: 1)
        }
        guard bytes[3] <= 1 else { throw .malformed("unknown flags", byteOffset: 3) }
        let expires = number(20, Int64.self)
        guard bytes[3] == 1 || expires == 0 else {
            throw .malformed("a time of expiry that does not count", byteOffset: 20)
        }
        var offset = Self.headerByteCount
        var texts: [ArraySlice<UInt8>] = []
        for field in 0..<4 {
            let count = Int(number(28 + 2 * field, UInt16.self))
            guard offset + count <= bytes.count else {
                throw .malformed("a text longer than the entry", byteOffset: 28 + 2 * field)
            }
            texts.append(bytes[offset..<(offset + count)])
            offset += count
        }
        guard offset == bytes.count else {
            throw .malformed("bytes behind the end", byteOffset: offset)
        }
        let value: BlacklistValue
        switch kind {
        case .user: value = .user(Array(texts[0]))
        case .device: value = .device(Array(texts[0]))
        case .network:
            guard texts[0].count == 16, bytes[2] <= 128 else {
                throw .malformed("an address of \(texts[0].count) bytes", byteOffset: 28)
            }
            let address = NetworkAddress(bits: texts[0].reduce(0) { $0 << 8 | UInt128($1) })
            let range = NetworkRange(containing: address, depth: Int(bytes[2]))
            guard range.first == address else {
                throw .malformed("bits behind the prefix", byteOffset: Self.headerByteCount)
            }
            value = .network(range)
        }
        guard kind == .network || bytes[2] == 0 else {
            throw .malformed("a prefix without an address", byteOffset: 2)
        }
        var parts: [String] = []
        for text in texts.dropFirst() {
            guard let part = String(validating: text, as: UTF8.self) else {
                throw .malformed("a text that is not UTF-8", byteOffset: text.startIndex)
            }
            parts.append(part)
        }
        self.init(
            id: number(4, UInt64.self), value: value,
            expiresMilliseconds: bytes[3] == 1 ? expires : nil,
            createdMilliseconds: number(12, Int64.self), reason: parts[0], operatorName: parts[1],
            source: parts[2])
        try self.check()
    }
}
