internal import CIntrinsics

/// A shard out of its image: tables as they were, indexes anew under this shard's key.
extension Shard {
    /// Fills a new shard. Nothing in the image is trusted: sizes, counts, slots and links are checked, so that a bad
    /// image is an error here and never a trap or a wrong address later. After an error the shard must be thrown away;
    /// its block source keeps the blocks that it took.
    package mutating func loadImage(from source: any ImageSource) throws(ImageError) {
        precondition(
            self.sequence == 0 && self.sales.count == 0 && self.leases.count == 0,
            "an image is loaded into a new shard")
        var reader = ImageReader(source)
        let head = try reader.head(ofShard: self.index)
        self.sequence = head.sequence
        self.lastTime = head.lastTime
        self.nextSeal = head.nextSeal
        self.liveHolds = head.liveHolds
        self.fencingCounter = head.fencingCounter
        self.freeLease = head.freeLease
        var stock = ImageStock(productCount: head[.products])
        try self.loadSales(head, &reader)
        try self.loadProducts(head, &reader)
        try self.loadBuyers(head, &reader)
        try self.loadLimitEntries(head, &reader)
        try self.loadHolds(head, &reader)
        try self.loadLines(head, &stock, &reader)
        try self.loadTombstones(head, &reader)
        try self.loadOperations(head, &reader)
        try self.loadReferences(head, &reader)
        try self.loadLeases(head, &reader)
        try self.loadImports(head, &reader)
        if head.hasBlacklist { try self.loadBlacklist(head, &reader) }
        guard try reader.get(UInt64.self) == ImageFormat.end else {
            throw reader.damaged("the end mark")
        }
        try reader.finish()
        try self.checkProductLinks(stock, reader)
        try self.checkLineLinks(reader)
        try self.checkBuyerLinks(reader)
        try self.checkLeaseLinks(reader)
    }

    /// Reads the next records of a table side by side; the caller checks them before anything else looks at them.
    private static func read<Record>(
        _ count: Int, _ table: inout Slab<Record>, _ blocks: any BlockSource,
        _ reader: inout ImageReader
    ) throws(ImageError) -> (first: UInt32, records: UnsafeMutableBufferPointer<Record>) {
        let run = table.appendRun(count, from: blocks)
        guard let base = run.records.baseAddress else { preconditionFailure("an empty run") }
        try reader.read(
            into: UnsafeMutableRawPointer(base),
            run.records.count * MemoryLayout<Record>.stride)
        return run
    }

    /// Bytes that live as long as the process; at most `byteCountMax`.
    mutating func text(
        _ byteCount: Int, _ left: inout UInt64, _ reader: inout ImageReader
    ) throws(ImageError) -> UnsafeMutablePointer<UInt8>? {
        guard UInt64(byteCount) <= left else { throw reader.damaged("texts are cut short") }
        left -= UInt64(byteCount)
        if byteCount == 0 { return nil }
        let copy = self.blobs.allocate(byteCount, from: self.blocks)
        try reader.read(into: UnsafeMutableRawPointer(copy), byteCount)
        return copy
    }

    private static func expectNoTexts(
        _ left: UInt64, _ section: ImageSection, _ reader: borrowing ImageReader
    ) throws(ImageError) {
        guard left == 0 else { throw reader.damaged("\(section.name): texts of nobody") }
    }

    private static func address(_ text: UnsafeMutablePointer<UInt8>?) -> UInt64 {
        UInt64(UInt(bitPattern: text))
    }

    // MARK: - Sales and products

    private mutating func loadSales(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        var texts = try reader.sectionHead(.sales, head)
        while self.sales.count < head[.sales] {
            let run = try Self.read(
                head[.sales] - self.sales.count, &self.sales, self.blocks, &reader)
            for index in 0..<run.records.count {
                let record = run.records.baseAddress.unsafelyUnwrapped + index
                let sale = record.pointee
                guard sale.idCount >= 1, Int(sale.idCount) <= EngineLimits.idBytesMax,
                    Int(sale.nameCount) <= EngineLimits.nameBytesMax, sale.name == 0,
                    SaleStateCode(rawValue: sale.state) != nil,
                    sale.firstProduct <= head[.products], sale.lastProduct <= head[.products],
                    (sale.firstProduct == 0) == (sale.lastProduct == 0),
                    sale.lease <= head[.leases], sale.liveHolds >= 0,
                    sale.liveHolds <= head.liveHolds,
                    ImageCheck.isUnits(sale.units), ImageCheck.isTime(sale.startsAt),
                    ImageCheck.isTime(sale.endsAt), sale.holdMilliseconds > 0,
                    ImageCheck.isZero(record, from: SaleRecord.usedBytes)
                else { throw reader.damaged("sale \(run.first + UInt32(index)) cannot be") }
                self.saleIndex.insert(
                    self.tableHash.hash(scope: 0, SaleRecord.id(record)),
                    run.first + UInt32(index), from: self.blocks)
            }
        }
        for slot in 1..<self.sales.end {
            let record = self.sales[slot]
            record.pointee.name = Self.address(
                try self.text(Int(record.pointee.nameCount), &texts, &reader))
        }
        try Self.expectNoTexts(texts, .sales, reader)
    }

    private mutating func loadProducts(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        var texts = try reader.sectionHead(.products, head)
        while self.products.count < head[.products] {
            let run = try Self.read(
                head[.products] - self.products.count, &self.products, self.blocks, &reader)
            for index in 0..<run.records.count {
                let record = run.records.baseAddress.unsafelyUnwrapped + index
                let slot = run.first + UInt32(index)
                let product = record.pointee
                guard product.idCount >= 1, Int(product.idCount) <= EngineLimits.idBytesMax,
                    Int(product.nameCount) <= EngineLimits.nameBytesMax, product.name == 0,
                    ProductStateCode(rawValue: product.state) != nil,
                    product.sale >= 1, product.sale <= head[.sales],
                    product.heapPosition <= head[.products],
                    product.nextInSale == 0 || product.nextInSale > slot,
                    product.nextInSale <= head[.products],
                    ImageCheck.isUnits(product.total), ImageCheck.isUnits(product.available),
                    ImageCheck.isUnits(product.held), ImageCheck.isUnits(product.sold),
                    product.total == product.available + product.held + product.sold,
                    product.lastTake <= head.sequence,
                    ImageCheck.isZero(record, from: ProductRecord.usedBytes)
                else { throw reader.damaged("product \(slot) cannot be") }
                self.productIndex.insert(
                    self.tableHash.hash(scope: product.sale, ProductRecord.id(record)), slot,
                    from: self.blocks)
            }
        }
        for slot in 1..<self.products.end {
            let record = self.products[slot]
            record.pointee.name = Self.address(
                try self.text(Int(record.pointee.nameCount), &texts, &reader))
        }
        try Self.expectNoTexts(texts, .products, reader)
    }

    // MARK: - Buyers

    private mutating func loadBuyers(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        var texts = try reader.sectionHead(.buyers, head)
        while self.buyers.count < head[.buyers] {
            let run = try Self.read(
                head[.buyers] - self.buyers.count, &self.buyers, self.blocks, &reader)
            for index in 0..<run.records.count {
                let buyer = run.records[index]
                let slot = run.first + UInt32(index)
                guard buyer.sale >= 1, buyer.sale <= head[.sales], buyer.idByteCount >= 1,
                    buyer.idByteCount <= EngineLimits.idBytesMax, buyer.hasPlainAddress,
                    buyer.product <= head[.products], buyer.firstHold <= head[.holds],
                    buyer.entries <= head[.limitEntries]
                else { throw reader.damaged("buyer \(slot) cannot be") }
            }
            self.indexBuyers(run.first, run.records)
        }
        if texts > 0 { try self.loadLongIDs(&texts, &reader) }
        try Self.expectNoTexts(texts, .buyers, reader)
    }

    /// Hashes and prefetches a group, then adds it: the entries lie anywhere in the index.
    private mutating func indexBuyers(
        _ first: UInt32, _ records: UnsafeMutableBufferPointer<BuyerRecord>
    ) {
        guard let base = records.baseAddress else { return }
        var start = 0
        while start < records.count {
            let count = min(EngineLimits.blockCallsMax, records.count - start)
            for index in 0..<count {
                let buyer = base + start + index
                if buyer.pointee.hasLongID { continue }
                let hash = self.tableHash.hash(
                    scope: buyer.pointee.sale, BuyerRecord.id(buyer))
                self.prepared[index].buyerHash = hash
                self.buyerIndex.prefetchInsert(hash)
            }
            for index in 0..<count where !(base + start + index).pointee.hasLongID {
                self.buyerIndex.insert(
                    self.prepared[index].buyerHash, first + UInt32(start + index),
                    from: self.blocks)
            }
            start += count
        }
    }

    private mutating func loadLongIDs(
        _ texts: inout UInt64, _ reader: inout ImageReader
    ) throws(ImageError) {
        for slot in 1..<self.buyers.end where self.buyers[slot].pointee.hasLongID {
            let record = self.buyers[slot]
            let count = record.pointee.idByteCount
            guard let copy = try self.text(count, &texts, &reader) else { continue }
            let id = ByteView(base: UnsafePointer(copy), count: count)
            BuyerRecord.setLongID(record, id)
            self.buyerIndex.insert(
                self.tableHash.hash(scope: record.pointee.sale, id), slot, from: self.blocks)
        }
    }

    private mutating func loadLimitEntries(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        let texts = try reader.sectionHead(.limitEntries, head)
        try Self.expectNoTexts(texts, .limitEntries, reader)
        while self.limitEntries.count < head[.limitEntries] {
            let run = try Self.read(
                head[.limitEntries] - self.limitEntries.count, &self.limitEntries, self.blocks,
                &reader)
            for index in 0..<run.records.count {
                let entry = run.records[index]
                let slot = run.first + UInt32(index)
                // A chain goes from newer to older entries, so it ends.
                guard entry.product >= 1, entry.product <= head[.products], entry.next < slot
                else { throw reader.damaged("limit entry \(slot) cannot be") }
            }
        }
    }

    // MARK: - Holds and lines

    private mutating func loadHolds(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        let texts = try reader.sectionHead(.holds, head)
        try Self.expectNoTexts(texts, .holds, reader)
        var line = 1
        var live = 0
        while self.holds.count < head[.holds] {
            let run = try Self.read(
                head[.holds] - self.holds.count, &self.holds, self.blocks, &reader)
            for index in 0..<run.records.count {
                let hold = run.records[index]
                let slot = run.first + UInt32(index)
                let isLive = hold.state == .held
                guard hold.isPlausible, hold.sale >= 1, hold.sale <= head[.sales],
                    hold.buyer >= 1, hold.buyer <= head[.buyers],
                    hold.lineCount >= 1, hold.lineCount <= EngineLimits.linesMax,
                    hold.firstLine == line,
                    // A buyer's chain goes from newer to older holds, so it ends.
                    hold.buyerNext < slot,
                    hold.buyerPrevious == 0 || hold.buyerPrevious > slot,
                    hold.buyerPrevious <= head[.holds],
                    isLive || (hold.buyerNext == 0 && hold.buyerPrevious == 0)
                else { throw reader.damaged("reservation \(slot) cannot be") }
                line += hold.lineCount
                if isLive { live += 1 }
            }
            self.indexHolds(run.first, run.records)
        }
        guard line - 1 == head[.lines] else { throw reader.damaged("the number of lines") }
        guard live == head.liveHolds else { throw reader.damaged("the number of live holds") }
    }

    private mutating func indexHolds(
        _ first: UInt32, _ records: UnsafeMutableBufferPointer<HoldRecord>
    ) {
        guard let base = records.baseAddress else { return }
        var start = 0
        while start < records.count {
            let count = min(EngineLimits.blockCallsMax, records.count - start)
            for index in 0..<count {
                let hold = base + start + index
                let hash = self.tableHash.hash(
                    scope: hold.pointee.sale, hold.pointee.request)
                self.prepared[index].requestHash = hash
                self.requestIndex.prefetchInsert(hash)
            }
            for index in 0..<count {
                self.requestIndex.insert(
                    self.prepared[index].requestHash, first + UInt32(start + index),
                    from: self.blocks)
            }
            start += count
        }
    }

    private mutating func loadLines(
        _ head: ImageHead, _ stock: inout ImageStock, _ reader: inout ImageReader
    ) throws(ImageError) {
        let texts = try reader.sectionHead(.lines, head)
        try Self.expectNoTexts(texts, .lines, reader)
        // Lines stand in the order of their reservations.
        var hold: UInt32 = 0
        var left = 0
        var state = ReservationState.none
        while self.lines.count < head[.lines] {
            let run = try Self.read(
                head[.lines] - self.lines.count, &self.lines, self.blocks, &reader)
            for index in 0..<run.records.count {
                if left == 0 {
                    hold += 1
                    left = self.holds[hold].pointee.lineCount
                    state = self.holds[hold].pointee.state
                }
                left -= 1
                let line = run.records[index]
                let isQueued = line.queue != DeadlineQueue.none
                guard line.hold == hold, line.product >= 1, line.product <= head[.products],
                    line.isPlausible, line.next <= head[.lines], line.previous <= head[.lines],
                    isQueued == (state == .held && line.quantity > 0),
                    isQueued || (line.next == 0 && line.previous == 0)
                else {
                    throw reader.damaged("line \(run.first + UInt32(index)) cannot be")
                }
                stock.add(line, state)
            }
        }
    }
}
