/// CRC-32 (IEEE, as in zlib) over the canonical text of an import's rows, chunk by chunk, products before purchases
/// (docs/PROTOCOL.md).
package struct ImportChecksum: Sendable {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }

    private var state: UInt32 = .max

    package init() {}

    package var value: UInt32 { ~self.state }

    package mutating func add(_ text: some Sequence<UInt8>) {
        for byte in text {
            self.state = Self.table[Int((self.state ^ UInt32(byte)) & 0xFF)] ^ (self.state >> 8)
        }
    }

    package mutating func add(_ row: Product) {
        let text = "P\t\(row.productID)\t\(row.total)\t\(row.priceMinor)\t\(row.limitPerUser)"
        self.add("\(text)\t\(row.state.number)\n".utf8)
    }

    package mutating func add(_ row: Purchase) {
        let text = "B\t\(row.userID)\t\(row.productID)\t\(row.quantity)\t\(row.orderReference)\n"
        self.add(text.utf8)
    }
}
