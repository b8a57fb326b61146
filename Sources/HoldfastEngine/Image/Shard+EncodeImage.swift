/// A shard as bytes. What is left out: waiters and their ends, which are calls on connections, the indexes, which are
/// made anew under another key, and what the owner sets.
extension Shard {
    /// Writes the whole state. The same events give the same bytes, however the tables lie in memory; only "newest
    /// time" and "next seal" follow the clock of who executed. False: the sink stopped it.
    package mutating func encodeImage(into sink: any ImageSink) -> Bool {
        var writer = ImageWriter(sink)
        self.putHead(&writer)
        self.putSales(&writer)
        self.putProducts(&writer)
        self.putBuyers(&writer)
        Self.putTable(.limitEntries, self.limitEntries, &writer)
        Self.putTable(.holds, self.holds, &writer)
        Self.putTable(.lines, self.lines, &writer)
        Self.putTable(.tombstones, self.tombstones, &writer)
        self.putOperations(&writer)
        self.putReferences(&writer)
        Self.putTable(.leases, self.leases, &writer)
        self.putImports(&writer)
        if self.hasBlacklistSection { self.putBlacklist(&writer) }
        writer.put(ImageFormat.end)
        writer.flush()
        return !writer.isStopped
    }

    private func putHead(_ writer: inout ImageWriter) {
        writer.put(ImageFormat.magic)
        let hasBlacklist = self.hasBlacklistSection
        writer.put(hasBlacklist ? ImageFormat.blacklistVersion : ImageFormat.version)
        writer.put(UInt16(ImageSection.baseCount + (hasBlacklist ? 1 : 0)))
        writer.put(UInt32(self.index))
        writer.put(self.sequence)
        writer.put(self.lastTime)
        writer.put(self.nextSeal)
        writer.put(self.liveHolds)
        writer.put(self.fencingCounter)
        writer.put(self.freeLease)
        writer.put(UInt32(0))
        // Without a blacklist its count is the head's last word, zero.
        for section in ImageSection.allCases { writer.put(UInt64(self.recordCount(section))) }
    }

    private func recordCount(_ section: ImageSection) -> Int {
        switch section {
        case .sales: self.sales.count
        case .products: self.products.count
        case .buyers: self.buyers.count
        case .limitEntries: self.limitEntries.count
        case .holds: self.holds.count
        case .lines: self.lines.count
        case .tombstones: self.tombstones.count
        case .operations: self.operations.count
        case .references: self.references.count
        case .leases: self.leases.count
        case .imports: self.imports.count
        case .blacklist: self.blacklist.count
        }
    }

    static func putHead(
        _ section: ImageSection, count: Int, textBytes: Int, _ writer: inout ImageWriter
    ) {
        writer.put(section.rawValue)
        writer.put(ImageFormat.sectionVersion)
        writer.put(UInt32(section.recordBytes))
        writer.put(UInt64(count))
        writer.put(UInt64(textBytes))
        writer.put(UInt64(0))
    }

    /// Records without addresses.
    private static func putTable<Record>(
        _ section: ImageSection, _ table: borrowing Slab<Record>, _ writer: inout ImageWriter
    ) {
        self.putHead(section, count: table.count, textBytes: 0, &writer)
        var slot: UInt32 = 1
        while slot < table.end && !writer.isStopped {
            let run = table.run(from: slot)
            writer.putBlock(UnsafeRawBufferPointer(run))
            slot += UInt32(run.count)
        }
    }

    /// A copy of one record in the writer's room, for its addresses to be taken out.
    private static func copy<Record>(
        _ record: UnsafeMutablePointer<Record>, _ writer: inout ImageWriter
    ) -> UnsafeMutableRawPointer {
        let stride = MemoryLayout<Record>.stride
        let room = writer.room(stride)
        room.copyMemory(from: UnsafeRawPointer(record), byteCount: stride)
        return room
    }

    private func putSales(_ writer: inout ImageWriter) {
        var textBytes = 0
        for slot in 1..<self.sales.end {
            textBytes += Int(self.sales[slot].pointee.nameCount)
        }
        Self.putHead(.sales, count: self.sales.count, textBytes: textBytes, &writer)
        for slot in 1..<self.sales.end {
            Self.copy(self.sales[slot], &writer).storeBytes(
                of: 0, toByteOffset: SaleRecord.nameOffset, as: UInt64.self)
        }
        for slot in 1..<self.sales.end { writer.put(SaleRecord.name(self.sales[slot])) }
    }

    private func putProducts(_ writer: inout ImageWriter) {
        var textBytes = 0
        for slot in 1..<self.products.end {
            textBytes += Int(self.products[slot].pointee.nameCount)
        }
        Self.putHead(.products, count: self.products.count, textBytes: textBytes, &writer)
        for slot in 1..<self.products.end {
            Self.copy(self.products[slot], &writer).storeBytes(
                of: 0, toByteOffset: ProductRecord.nameOffset, as: UInt64.self)
        }
        for slot in 1..<self.products.end {
            writer.put(ProductRecord.name(self.products[slot]))
        }
    }

    private func putBuyers(_ writer: inout ImageWriter) {
        var textBytes = 0
        var slot: UInt32 = 1
        while slot < self.buyers.end {
            let run = self.buyers.run(from: slot)
            for buyer in run where buyer.hasLongID { textBytes += buyer.idByteCount }
            slot += UInt32(run.count)
        }
        Self.putHead(.buyers, count: self.buyers.count, textBytes: textBytes, &writer)
        slot = 1
        while slot < self.buyers.end && !writer.isStopped {
            let run = self.buyers.run(from: slot)
            guard let first = run.baseAddress else { break }
            let byteCount = run.count * MemoryLayout<BuyerRecord>.stride
            let room = writer.room(byteCount)
            room.copyMemory(from: UnsafeRawPointer(first), byteCount: byteCount)
            for index in 0..<run.count where run[index].hasLongID {
                room.storeBytes(
                    of: 0,
                    toByteOffset: index * MemoryLayout<BuyerRecord>.stride + BuyerRecord.idOffset,
                    as: UInt64.self)
            }
            slot += UInt32(run.count)
        }
        if textBytes == 0 { return }
        for slot in 1..<self.buyers.end where self.buyers[slot].pointee.hasLongID {
            writer.put(BuyerRecord.id(self.buyers[slot]))
        }
    }

    private func putOperations(_ writer: inout ImageWriter) {
        var textBytes = 0
        for slot in 1..<self.operations.end {
            textBytes += self.operations[slot].pointee.lineBytes
        }
        Self.putHead(.operations, count: self.operations.count, textBytes: textBytes, &writer)
        for slot in 1..<self.operations.end {
            Self.copy(self.operations[slot], &writer).storeBytes(
                of: 0, toByteOffset: OperationRecord.linesOffset, as: UInt64.self)
        }
        for slot in 1..<self.operations.end {
            let record = self.operations[slot].pointee
            if record.lineBytes == 0 { continue }
            writer.put(
                UnsafeRawBufferPointer(
                    start: UnsafeRawPointer(bitPattern: UInt(record.lines)),
                    count: record.lineBytes))
        }
    }

    private func putReferences(_ writer: inout ImageWriter) {
        var textBytes = 0
        for slot in 1..<self.references.end {
            let record = self.references[slot].pointee
            textBytes += Int(record.orderCount) + Int(record.paymentCount)
        }
        Self.putHead(.references, count: self.references.count, textBytes: textBytes, &writer)
        for slot in 1..<self.references.end {
            let room = Self.copy(self.references[slot], &writer)
            room.storeBytes(of: 0, toByteOffset: 0, as: UInt64.self)
            room.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
        }
        for slot in 1..<self.references.end {
            let record = self.references[slot].pointee
            writer.put(ReferenceRecord.view(record.order, record.orderCount))
            writer.put(ReferenceRecord.view(record.payment, record.paymentCount))
        }
    }

    /// Imports by their ids. Each: id 16 · sale id count u16 · sale id · row count u64 · committed u8 (1: then three
    /// counts u32) · chunk count u32 · chunks: payload 16 · body byte count u32 · body.
    private func putImports(_ writer: inout ImageWriter) {
        let sorted = self.imports.sorted {
            ($0.key.first, $0.key.second) < ($1.key.first, $1.key.second)
        }
        let textBytes = sorted.reduce(0) { $0 + $1.value.imageBytes }
        Self.putHead(.imports, count: sorted.count, textBytes: textBytes, &writer)
        for (id, staged) in sorted {
            writer.put(id)
            writer.put(UInt16(staged.saleID.count))
            staged.saleID.withUnsafeBytes { writer.put($0) }
            writer.put(UInt64(staged.rowCount))
            if let outcome = staged.committed {
                writer.put(UInt8(1))
                writer.put(outcome.productsAdded)
                writer.put(outcome.productsUpdated)
                writer.put(outcome.purchasesSet)
            } else {
                writer.put(UInt8(0))
            }
            writer.put(UInt32(staged.chunks.count))
            for chunk in staged.chunks {
                writer.put(chunk.payload.first)
                writer.put(chunk.payload.second)
                writer.put(UInt32(chunk.body.count))
                writer.put(chunk.body)
            }
        }
    }
}

extension StagedImport {
    /// Bytes in an image.
    fileprivate var imageBytes: Int {
        var count = 16 + 2 + self.saleID.count + 8 + 1 + (self.committed == nil ? 0 : 12) + 4
        for chunk in self.chunks { count += 16 + 4 + chunk.body.count }
        return count
    }
}
