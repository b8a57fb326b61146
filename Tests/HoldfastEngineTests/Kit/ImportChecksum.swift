import HoldfastEngine

/// The checksum of an import, computed here from its documented text and not by the engine's own code.
struct ImportChecksum {
    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { ~self.state }

    mutating func add(_ products: [ProductInput]) {
        for row in products {
            self.add(
                "P\t\(row.id)\t\(row.total)\t\(row.price)\t\(row.limit)\t\(row.state.rawValue)\n")
        }
    }

    mutating func add(_ purchases: [PurchaseInput]) {
        for row in purchases {
            self.add("B\t\(row.user)\t\(row.product)\t\(row.quantity)\t\(row.order)\n")
        }
    }

    /// CRC-32 as in IEEE 802.3 and zlib, bit by bit.
    private mutating func add(_ text: String) {
        for byte in text.utf8 {
            self.state ^= UInt32(byte)
            for _ in 0..<8 {
                self.state = self.state & 1 == 1 ? self.state >> 1 ^ 0xEDB8_8320 : self.state >> 1
            }
        }
    }
}
