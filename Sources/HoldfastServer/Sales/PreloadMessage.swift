/// Writes PreloadRequest messages (proto/holdfast/v1/admin.proto) out of a sale file, so that a file at the start takes
/// the very path that a Preload over the wire takes, with the same checks.
struct PreloadMessage {
    /// Rows of one message.
    static let rowsPerChunk = 4_096

    /// All chunks of the import, the commit in the last one.
    static func chunks(of sale: SaleFile, importID: [UInt8]) -> [[UInt8]] {
        precondition(importID.count == 16)
        let rowCount = sale.products.count + sale.purchases.count
        let chunkCount = max(1, (rowCount + Self.rowsPerChunk - 1) / Self.rowsPerChunk)
        var messages: [[UInt8]] = []
        for chunk in 0..<chunkCount {
            let rows = chunk * Self.rowsPerChunk..<min((chunk + 1) * Self.rowsPerChunk, rowCount)
            var message = ProtoWriter()
            message.bytes(1, importID)
            message.number(2, UInt64(chunk))
            message.message(3, Self.sale(sale, withConfiguration: chunk == 0, rows: rows))
            if chunk == chunkCount - 1 {
                var commit = ProtoWriter()
                commit.number(1, UInt64(chunkCount))
                commit.number(2, UInt64(sale.products.count))
                commit.number(3, UInt64(sale.purchases.count))
                commit.number(4, UInt64(Self.checksum(of: sale)))
                message.message(4, commit)
            }
            messages.append(message.data)
        }
        return messages
    }

    /// CRC-32 of the rows' canonical text (docs/PROTOCOL.md): products before purchases. In chunks the order is the
    /// same, since products fill the first chunks.
    static func checksum(of sale: SaleFile) -> UInt32 {
        var text = ""
        for row in sale.products {
            // A state that is absent counts as its number, 0.
            text += "P\t\(row.productID)\t\(row.total)\t\(row.priceMinor)\t\(row.limitPerUser)"
            text += "\t\(row.state)\n"
        }
        for row in sale.purchases {
            text += "B\t\(row.userID)\t\(row.productID)\t\(row.quantity)\t\(row.orderReference)\n"
        }
        var value: UInt32 = 0xFFFF_FFFF
        for byte in text.utf8 {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
        }
        return ~value
    }

    private static func sale(
        _ sale: SaleFile, withConfiguration: Bool, rows: Range<Int>
    ) -> ProtoWriter {
        var message = ProtoWriter()
        message.text(1, sale.saleID)
        if withConfiguration {
            message.text(2, sale.name)
            message.number(3, UInt64(sale.state))
            message.number(4, UInt64(bitPattern: sale.startsAtMilliseconds))
            message.number(5, UInt64(bitPattern: sale.endsAtMilliseconds))
            message.text(6, sale.currency)
            message.number(7, UInt64(bitPattern: sale.holdMilliseconds))
            message.number(8, UInt64(bitPattern: sale.limitPerUser))
        }
        for row in rows {
            if row < sale.products.count {
                message.message(9, Self.product(sale.products[row]))
            } else {
                message.message(10, Self.purchase(sale.purchases[row - sale.products.count]))
            }
        }
        return message
    }

    private static func product(_ row: SaleFile.Product) -> ProtoWriter {
        var message = ProtoWriter()
        message.text(1, row.productID)
        message.text(2, row.name)
        message.number(3, UInt64(bitPattern: row.total))
        message.number(4, UInt64(bitPattern: row.priceMinor))
        message.number(5, UInt64(bitPattern: row.limitPerUser))
        message.number(6, UInt64(row.state))
        return message
    }

    private static func purchase(_ row: SaleFile.Purchase) -> ProtoWriter {
        var message = ProtoWriter()
        message.text(1, row.userID)
        message.text(2, row.productID)
        message.number(3, UInt64(bitPattern: row.quantity))
        message.text(4, row.orderReference)
        return message
    }
}

/// The few bytes of protobuf that a Preload needs. Fields with their default are left out, as proto3 does.
struct ProtoWriter {
    private(set) var data: [UInt8] = []

    mutating func number(_ field: UInt8, _ value: UInt64) {
        if value == 0 { return }
        self.data.append(field << 3)
        self.varint(value)
    }

    mutating func text(_ field: UInt8, _ text: String) {
        if !text.isEmpty { self.bytes(field, Array(text.utf8)) }
    }

    mutating func bytes(_ field: UInt8, _ bytes: [UInt8]) {
        precondition(field < 16)
        self.data.append(field << 3 | 2)
        self.varint(UInt64(bytes.count))
        self.data.append(contentsOf: bytes)
    }

    mutating func message(_ field: UInt8, _ message: ProtoWriter) {
        self.bytes(field, message.data)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.data.append(UInt8(rest))
    }
}
