/// CRC-32 (IEEE 802.3, reflected, as in zlib): the checksum that an import's last chunk carries, since every
/// language has it at hand.
struct CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
        return value
    }

    private var state: UInt32 = 0xffff_ffff

    var value: UInt32 { self.state ^ 0xffff_ffff }

    mutating func add(_ byte: UInt8) {
        self.state = Self.table[Int((self.state ^ UInt32(byte)) & 0xff)] ^ (self.state >> 8)
    }

    mutating func add(_ bytes: ByteView) {
        for byte in bytes.buffer { self.add(byte) }
    }

    /// A number in decimal.
    mutating func add(decimal number: Int64) {
        for byte in String(number).utf8 { self.add(byte) }
    }
}
