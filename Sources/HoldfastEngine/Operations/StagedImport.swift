/// What a shard knows of one import: its staged chunks, or what its commit answered.
struct StagedImport {
    var saleID: [UInt8]
    var chunks: [StagedChunk] = []
    var rowCount = 0
    /// Set by the commit; the chunks then keep only their hashes.
    var committed: ImportOutcome?
}

/// One chunk as it came, in the encoding of its event.
final class StagedChunk {
    let payload: PayloadHash
    private(set) var body: UnsafeRawBufferPointer

    init(payload: PayloadHash, copying body: ByteView) {
        self.payload = payload
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: body.count, alignment: 8)
        copy.copyMemory(from: UnsafeRawBufferPointer(body.buffer))
        self.body = UnsafeRawBufferPointer(copy)
    }

    deinit { self.body.deallocate() }

    /// Frees the rows; the hash stays, to know a replay.
    func dropBody() {
        self.body.deallocate()
        self.body = UnsafeRawBufferPointer(
            UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 8))
    }
}

/// The rows of one chunk, as views into its body.
///
///     sale id · has configuration u8 · [configuration] · products u32 · rows · purchases u32 · rows
struct ChunkRows {
    var saleID: ByteView
    var configuration: SaleConfiguration?
    var products: [ProductRow] = []
    var purchases: [PurchaseRow] = []

    init(_ body: UnsafeRawBufferPointer) {
        var reader = EventReader(body: body)
        self.saleID = reader.bytes()
        if reader.get(UInt8.self) != 0 { self.configuration = reader.saleConfiguration() }
        let products = Int(reader.get(UInt32.self))
        self.products.reserveCapacity(products)
        for _ in 0..<products { self.products.append(reader.productRow()) }
        let purchases = Int(reader.get(UInt32.self))
        self.purchases.reserveCapacity(purchases)
        for _ in 0..<purchases { self.purchases.append(reader.purchaseRow()) }
    }

    /// A chunk's body. The caller frees it.
    static func encode(_ command: ImportChunkCommand) -> UnsafeMutableRawBufferPointer {
        var bound = 2 * EngineLimits.idBytesMax + EngineLimits.nameBytesMax + 128
        for row in command.products { bound += row.productID.count + row.name.count + 64 }
        for row in command.purchases {
            bound += row.userID.count + row.productID.count + row.orderReference.count + 32
        }
        let storage = UnsafeMutableRawPointer.allocate(
            byteCount: bound + EventHead.byteCount, alignment: 8)
        var writer = EventWriter(start: storage, end: storage + bound + EventHead.byteCount)
        // The body has no head of its own: it is copied into an event, or kept.
        writer.cursor = storage
        writer.put(command.saleID)
        if let configuration = command.configuration {
            writer.put(UInt8(1))
            Shard.put(configuration, &writer)
        } else {
            writer.put(UInt8(0))
        }
        writer.put(UInt32(command.products.count))
        for row in command.products { Shard.put(row, &writer) }
        writer.put(UInt32(command.purchases.count))
        for row in command.purchases { Shard.put(row, &writer) }
        return UnsafeMutableRawBufferPointer(start: storage, count: writer.cursor - storage)
    }

    func addChecksum(to checksum: inout CRC32) {
        let tab = UInt8(ascii: "\t")
        let newline = UInt8(ascii: "\n")
        for row in self.products {
            checksum.add(UInt8(ascii: "P"))
            checksum.add(tab)
            checksum.add(row.productID)
            for number in [
                row.total, row.priceMinor, row.limitPerUser, Int64(row.state.rawValue),
            ] {
                checksum.add(tab)
                checksum.add(decimal: number)
            }
            checksum.add(newline)
        }
        for row in self.purchases {
            checksum.add(UInt8(ascii: "B"))
            checksum.add(tab)
            checksum.add(row.userID)
            checksum.add(tab)
            checksum.add(row.productID)
            checksum.add(tab)
            checksum.add(decimal: row.quantity)
            checksum.add(tab)
            checksum.add(row.orderReference)
            checksum.add(newline)
        }
    }
}
