internal import HoldfastHash

/// Preload: numbered chunks are staged and journaled as they come; the last one checks the whole and makes all of it
/// visible in one step, so that nothing is ever half loaded. RULES 6.
extension Shard {
    mutating func importChunk(
        _ command: ImportChunkCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        call.pointee.visibleAfter = self.sequence
        let sale = self.findSale(command.saleID)
        if sale != 0 && self.sales[sale].pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            return
        }
        let body = ChunkRows.encode(command)
        defer { body.deallocate() }
        let view = ByteView(
            base: UnsafePointer(body.baseAddress!.assumingMemoryBound(to: UInt8.self)),
            count: body.count)
        let payload = Self.payload(view, command)
        if command.validateOnly {
            if self.isFenced(sale, command.lease, now) {
                call.pointee.outcome = .refused(.fenced)
                return
            }
            self.validate(command, UnsafeRawBufferPointer(body), sale, call, now)
            return
        }
        if let refusal = self.importBar(command, payload, call) {
            call.pointee.outcome = refusal
            return
        }
        if self.isFenced(sale, command.lease, now) {
            call.pointee.outcome = .refused(.fenced)
            return
        }
        if self.isStorageLow {
            call.pointee.outcome = .refused(.storageFull)
            return
        }
        guard let commit = command.commit else {
            self.recordImport(
                .importStaged, command.importID, chunk: command.chunk, payload: payload,
                body: view, now, &events)
            self.applyStaged(
                command.importID, chunk: command.chunk, payload: payload, body: view)
            call.pointee.outcome = .importChunk(ImportOutcome(result: .staged))
            call.pointee.visibleAfter = self.sequence
            return
        }
        var chunks = self.imports[command.importID]?.chunks.map { ChunkRows($0.body) } ?? []
        chunks.append(ChunkRows(UnsafeRawBufferPointer(body)))
        guard Self.matches(commit, chunks) else {
            call.pointee.outcome = .refused(.importMismatch)
            return
        }
        var check = ImportCheck(command)
        self.check(chunks, sale, now, complete: true, &check)
        if check.rejectCount > 0 {
            if self.imports[command.importID] != nil {
                self.recordImport(
                    .importDropped, command.importID, chunk: command.chunk, payload: payload,
                    body: .empty, now, &events)
                self.imports[command.importID] = nil
            }
            var outcome = ImportOutcome(result: .rejected)
            outcome.rejectCount = check.rejectCount
            call.pointee.outcome = .importChunk(outcome)
            call.pointee.visibleAfter = self.sequence
            return
        }
        let bodyBytes =
            (self.imports[command.importID]?.chunks.reduce(0) { $0 + $1.body.count } ?? 0)
            + view.count
        if !self.hasStorageRoom(for: chunks, bodyBytes: bodyBytes) {
            call.pointee.outcome = .refused(.storageFull)
            return
        }
        self.commit(chunks, command, payload, sale, call, now, &events)
    }

    /// A commit's events are one batch, which is on disk wholly or not at all. Each row becomes an event: its bytes again,
    /// with a head and the ids of what it belongs to.
    private func hasStorageRoom(for chunks: [ChunkRows], bodyBytes: Int) -> Bool {
        if self.storageRoomBytes == .max { return true }
        let rows = chunks.reduce(1) { $0 + $1.products.count + $1.purchases.count }
        return bodyBytes + rows * Self.rowEventHeadBytes <= self.storageRoomBytes
    }

    private static var rowEventHeadBytes: Int { 48 }

    /// Replays, conflicts, order and bounds. Nil: the chunk is the next one.
    private mutating func importBar(
        _ command: ImportChunkCommand, _ payload: PayloadHash, _ call: UnsafeMutablePointer<Call>
    ) -> Outcome? {
        let rows = command.products.count + command.purchases.count
        guard let known = self.imports[command.importID] else {
            if command.chunk != 0 { return .refused(.importOutOfOrder) }
            let staged = self.imports.values.count { $0.committed == nil }
            if staged >= EngineLimits.stagedImportsMax || rows > EngineLimits.importRowsMax
                || self.sales.count >= EngineLimits.salesPerShardMax
            {
                return .refused(.importTooLarge)
            }
            return nil
        }
        guard known.saleID.elementsEqual(command.saleID.buffer) else {
            return .refused(.importIDReused)
        }
        if command.chunk < known.chunks.count {
            guard known.chunks[Int(command.chunk)].payload == payload else {
                return .refused(.importIDReused)
            }
            var outcome = ImportOutcome(result: .staged)
            if let committed = known.committed, Int(command.chunk) == known.chunks.count - 1 {
                outcome = committed
            }
            outcome.replayed = true
            return .importChunk(outcome)
        }
        if known.committed != nil || Int(command.chunk) != known.chunks.count {
            return .refused(.importOutOfOrder)
        }
        if known.rowCount + rows > EngineLimits.importRowsMax { return .refused(.importTooLarge) }
        return nil
    }

    private mutating func validate(
        _ command: ImportChunkCommand, _ body: UnsafeRawBufferPointer, _ sale: UInt32,
        _ call: UnsafeMutablePointer<Call>, _ now: Int64
    ) {
        // A chunk of several is checked alone: what the others bring is not known.
        let complete = command.chunk == 0 && command.commit != nil
        let chunks = [ChunkRows(body)]
        if complete, let commit = command.commit, !Self.matches(commit, chunks) {
            call.pointee.outcome = .refused(.importMismatch)
            return
        }
        var check = ImportCheck(command)
        check.firstChunk = command.chunk
        self.check(chunks, sale, now, complete: complete, &check)
        var outcome = ImportOutcome(result: check.rejectCount > 0 ? .rejected : .valid)
        outcome.rejectCount = check.rejectCount
        call.pointee.outcome = .importChunk(outcome)
    }

    private static func matches(_ commit: ImportCommit, _ chunks: [ChunkRows]) -> Bool {
        var checksum = CRC32()
        var products = 0
        var purchases = 0
        for chunk in chunks {
            chunk.addChecksum(to: &checksum)
            products += chunk.products.count
            purchases += chunk.purchases.count
        }
        return Int(commit.chunkCount) == chunks.count && Int(commit.productCount) == products
            && Int(commit.purchaseCount) == purchases && commit.checksum == checksum.value
    }

    private static func payload(_ body: ByteView, _ command: ImportChunkCommand) -> PayloadHash {
        var state = StableHash.begin()
        state.add(UInt64(command.chunk))
        state.add(body)
        if let commit = command.commit {
            state.add(UInt64(commit.chunkCount))
            state.add(UInt64(commit.productCount))
            state.add(UInt64(commit.purchaseCount))
            state.add(UInt64(commit.checksum))
        }
        let hash = state.finish128()
        return PayloadHash(first: hash.0, second: hash.1)
    }

    // MARK: - The whole, checked

    private mutating func check(
        _ chunks: [ChunkRows], _ sale: UInt32, _ now: Int64, complete: Bool,
        _ check: inout ImportCheck
    ) {
        if let configuration = chunks.first?.configuration {
            let ended = sale == 0 && configuration.endsAtMilliseconds <= now
            if configuration.startsAtMilliseconds >= configuration.endsAtMilliseconds || ended {
                check.reject(.sale, 0, 0, .badWindow)
            }
            if sale != 0
                && !SaleRecord.currency(self.sales[sale]).equals(configuration.currency)
            {
                check.reject(.sale, 0, 0, .currencyChanged)
            }
        } else if sale == 0 && check.firstChunk == 0 {
            check.reject(.sale, 0, 0, .missingConfiguration)
        }
        var units = sale == 0 ? 0 : self.sales[sale].pointee.units
        var productCount = sale == 0 ? 0 : Int(self.sales[sale].pointee.productCount)
        var seen: Set<PayloadHash> = []
        for (chunk, rows) in chunks.enumerated() {
            for (index, row) in rows.products.enumerated() {
                let key = ImportCheck.key(row.productID, .empty)
                if !seen.insert(key).inserted {
                    check.reject(.product, chunk, index, .doubledProduct)
                    continue
                }
                if sale != 0 && self.findProduct(sale, row.productID) != 0 { continue }
                units += row.total
                productCount += 1
                if units > EngineLimits.saleUnitsMax {
                    check.reject(.product, chunk, index, .tooManyUnits)
                    units -= row.total
                }
                if productCount > EngineLimits.productsPerSaleMax {
                    check.reject(.product, chunk, index, .tooManyProducts)
                    productCount -= 1
                }
            }
        }
        var bought: [PayloadHash: Int64] = [:]
        for (chunk, rows) in chunks.enumerated() {
            for (index, row) in rows.purchases.enumerated() {
                if !seen.insert(ImportCheck.key(row.productID, row.userID)).inserted {
                    check.reject(.purchase, chunk, index, .doubledPurchase)
                    continue
                }
                let known = sale == 0 ? 0 : self.findProduct(sale, row.productID)
                if complete && known == 0
                    && !seen.contains(ImportCheck.key(row.productID, .empty))
                {
                    check.reject(.purchase, chunk, index, .unknownProduct)
                    continue
                }
                let buyer = ImportCheck.key(.empty, row.userID)
                let before = self.importedBefore(sale, row, known)
                // The row sets the product's count: what was imported of it before goes.
                let change = row.quantity - before.ofProduct
                let sum = (bought[buyer] ?? before.total) + change
                bought[buyer] = sum
                if sum > EngineLimits.importedUnitsMax {
                    check.reject(.purchase, chunk, index, .tooManyImported)
                    bought[buyer] = sum - change
                }
            }
        }
    }

    /// What was imported for a buyer before: of all products, and of one.
    private mutating func importedBefore(
        _ sale: UInt32, _ row: PurchaseRow, _ product: UInt32
    ) -> (total: Int64, ofProduct: Int64) {
        if sale == 0 { return (0, 0) }
        let hash = self.tableHash.hash(scope: sale, row.userID)
        var sum: Int64 = 0
        let buyer = self.findBuyer(sale, row.userID, hash: hash)
        if buyer == 0 { return (0, 0) }
        var entry = self.buyers[buyer].pointee.entries
        while entry != 0 {
            sum += Int64(self.limitEntries[entry].pointee.imported)
            entry = self.limitEntries[entry].pointee.next
        }
        return (sum, product == 0 ? 0 : self.usage(buyer, product).imported)
    }

    // MARK: - The commit

    private mutating func commit(
        _ chunks: [ChunkRows], _ command: ImportChunkCommand, _ payload: PayloadHash,
        _ known: UInt32, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        var outcome = ImportOutcome(result: .committed)
        var sale = known
        if var configuration = chunks.first?.configuration {
            if sale == 0 {
                if configuration.state == .unspecified { configuration.state = .open }
                sale = self.sales.end
            } else if configuration.state == .unspecified {
                configuration.state = self.sales[sale].pointee.stateCode
            }
            let event = SaleSetEvent(
                sale: sale, id: command.saleID, configuration: configuration)
            self.record(event, now, &events)
            self.apply(event)
        }
        for chunk in chunks {
            for var row in chunk.products {
                var product = self.findProduct(sale, row.productID)
                if product == 0 {
                    product = self.products.end
                    if row.state == .unspecified { row.state = .open }
                    outcome.productsAdded += 1
                } else {
                    if row.state == .unspecified {
                        row.state = self.products[product].pointee.stateCode
                    }
                    outcome.productsUpdated += 1
                }
                let event = ProductSetEvent(product: product, sale: sale, row: row)
                self.record(event, now, &events)
                self.apply(event)
            }
        }
        for chunk in chunks {
            for row in chunk.purchases {
                let product = self.findProduct(sale, row.productID)
                self.recordPurchase(sale: sale, product: product, row, now, &events)
                self.applyPurchase(sale: sale, product: product, row)
                outcome.purchasesSet += 1
            }
        }
        let counts = [outcome.productsAdded, outcome.productsUpdated, outcome.purchasesSet]
        counts.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let view = ByteView(
                base: base.assumingMemoryBound(to: UInt8.self), count: bytes.count)
            let body = ImportCheck.committedBody(command.saleID, view)
            body.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return }
                let whole = ByteView(base: start, count: buffer.count)
                self.recordImport(
                    .importCommitted, command.importID, chunk: command.chunk, payload: payload,
                    body: whole, now, &events)
                self.applyCommitted(
                    command.importID, chunk: command.chunk, payload: payload, body: whole)
            }
        }
        call.pointee.outcome = .importChunk(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    // MARK: - Apply

    mutating func applyStaged(
        _ id: RequestID, chunk: UInt32, payload: PayloadHash, body: ByteView
    ) {
        let rows = ChunkRows(UnsafeRawBufferPointer(body.buffer))
        var staged = self.imports[id] ?? StagedImport(saleID: Array(rows.saleID.buffer))
        precondition(staged.chunks.count == Int(chunk), "a chunk out of order")
        staged.chunks.append(StagedChunk(payload: payload, copying: body))
        staged.rowCount += rows.products.count + rows.purchases.count
        self.imports[id] = staged
    }

    mutating func applyCommitted(
        _ id: RequestID, chunk: UInt32, payload: PayloadHash, body: ByteView
    ) {
        var reader = EventReader(body: UnsafeRawBufferPointer(body.buffer))
        var outcome = ImportOutcome(result: .committed)
        outcome.productsAdded = reader.get()
        outcome.productsUpdated = reader.get()
        outcome.purchasesSet = reader.get()
        let saleID = reader.bytes()
        var staged = self.imports[id] ?? StagedImport(saleID: Array(saleID.buffer))
        for chunk in staged.chunks { chunk.dropBody() }
        staged.chunks.append(StagedChunk(payload: payload, copying: .empty))
        staged.committed = outcome
        self.imports[id] = staged
    }
}

/// Refused rows of one check, up to the caller's room.
struct ImportCheck {
    private let rejects: UnsafeMutablePointer<ImportReject>
    private let rejectsMax: Int
    var rejectCount = 0
    /// The number of the first chunk that is looked at.
    var firstChunk: UInt32 = 0

    init(_ command: ImportChunkCommand) {
        self.rejects = command.rejects
        self.rejectsMax = command.rejectsMax
        precondition(self.rejectsMax > 0, "a check needs room for one reject")
    }

    mutating func reject(
        _ kind: ImportRowKind, _ chunk: Int, _ index: Int, _ problem: ImportProblem
    ) {
        if self.rejectCount == self.rejectsMax { return }
        (self.rejects + self.rejectCount).initialize(
            to: ImportReject(
                kind: kind, chunk: self.firstChunk + UInt32(chunk), index: UInt32(index),
                problem: problem))
        self.rejectCount += 1
    }

    /// 128 bits that stand for a product, a buyer or both.
    static func key(_ product: ByteView, _ user: ByteView) -> PayloadHash {
        var state = StableHash.begin()
        state.add(product)
        state.add(user)
        let hash = state.finish128()
        return PayloadHash(first: hash.0, second: hash.1)
    }

    /// The body of an `importCommitted` event: three counts, then the sale id.
    static func committedBody(_ saleID: ByteView, _ counts: ByteView) -> [UInt8] {
        var body = Array(counts.buffer)
        body.append(UInt8(truncatingIfNeeded: saleID.count))
        body.append(0)
        body.append(contentsOf: saleID.buffer)
        return body
    }
}
