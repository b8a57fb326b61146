/// The smaller tables of an image, and its imports.
extension Shard {
    mutating func loadTombstones(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        let texts = try reader.sectionHead(.tombstones, head)
        guard texts == 0 else { throw reader.damaged("tombstones: texts of nobody") }
        for number in 0..<head[.tombstones] {
            let slot = self.tombstones.append(from: self.blocks)
            let record = self.tombstones[slot]
            let stride = MemoryLayout<TombstoneRecord>.stride
            let raw = UnsafeMutableRawPointer(record)
            try reader.read(into: raw, stride)
            // A byte that is neither 0 nor 1 must not be looked at as a Bool.
            guard raw.load(fromByteOffset: TombstoneRecord.refundDueOffset, as: UInt8.self) <= 1,
                record.pointee.sale >= 1, record.pointee.sale <= head[.sales],
                ImageCheck.isZero(record, from: TombstoneRecord.usedBytes)
            else { throw reader.damaged("tombstone \(number + 1) cannot be") }
            self.requestIndex.insert(
                self.tableHash.hash(scope: record.pointee.sale, record.pointee.request),
                RequestEntry.tombstone | slot, from: self.blocks)
        }
    }

    mutating func loadOperations(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        var texts = try reader.sectionHead(.operations, head)
        for number in 0..<head[.operations] {
            let slot = self.operations.append(from: self.blocks)
            let record = self.operations[slot]
            try reader.read(
                into: UnsafeMutableRawPointer(record), MemoryLayout<OperationRecord>.stride)
            let operation = record.pointee
            guard let kind = OperationKind(rawValue: operation.kind), operation.lines == 0,
                operation.sale >= 1, operation.sale <= head[.sales],
                operation.subject <= head[kind == .refund ? .holds : .products],
                kind == .setSaleState || operation.subject > 0,
                Int(operation.lineCount) <= (kind == .refund ? EngineLimits.linesMax : 0),
                ImageCheck.isZero(record, from: OperationRecord.usedBytes)
            else { throw reader.damaged("operation \(number + 1) cannot be") }
            self.requestIndex.insert(
                self.tableHash.hash(scope: operation.sale, operation.request),
                RequestEntry.operation | slot, from: self.blocks)
        }
        for slot in 1..<self.operations.end {
            let record = self.operations[slot]
            let byteCount = record.pointee.lineBytes
            guard let copy = try self.text(byteCount, &texts, &reader) else { continue }
            record.pointee.lines = UInt64(UInt(bitPattern: copy))
            let lines = UnsafeRawPointer(copy)
            for index in 0..<Int(record.pointee.lineCount) {
                let line = lines.load(
                    fromByteOffset: index * MemoryLayout<RefundedLine>.stride, as: UInt32.self)
                guard line >= 1, line < self.lines.end else {
                    throw reader.damaged("operation \(slot): a line that is not there")
                }
            }
        }
        guard texts == 0 else { throw reader.damaged("operations: texts of nobody") }
    }

    mutating func loadReferences(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        var texts = try reader.sectionHead(.references, head)
        for number in 0..<head[.references] {
            let slot = self.references.append(from: self.blocks)
            let record = self.references[slot]
            try reader.read(
                into: UnsafeMutableRawPointer(record), MemoryLayout<ReferenceRecord>.stride)
            let reference = record.pointee
            guard reference.hold >= 1, reference.hold <= head[.holds],
                reference.order == 0, reference.payment == 0,
                self.holds[reference.hold].pointee.hasReferences,
                Int(reference.orderCount) <= EngineLimits.idBytesMax,
                Int(reference.paymentCount) <= EngineLimits.idBytesMax,
                ImageCheck.isZero(record, from: ReferenceRecord.usedBytes)
            else { throw reader.damaged("reference \(number + 1) cannot be") }
            self.referenceIndex.insert(
                self.tableHash.hash(slot: reference.hold), slot, from: self.blocks)
        }
        for slot in 1..<self.references.end {
            let record = self.references[slot]
            record.pointee.order = UInt64(
                UInt(
                    bitPattern: try self.text(
                        Int(record.pointee.orderCount), &texts, &reader)))
            record.pointee.payment = UInt64(
                UInt(
                    bitPattern: try self.text(
                        Int(record.pointee.paymentCount), &texts, &reader)))
        }
        guard texts == 0 else { throw reader.damaged("references: texts of nobody") }
    }

    mutating func loadLeases(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        let texts = try reader.sectionHead(.leases, head)
        guard texts == 0 else { throw reader.damaged("leases: texts of nobody") }
        for number in 0..<head[.leases] {
            let slot = self.leases.append(from: self.blocks)
            let record = self.leases[slot]
            let raw = UnsafeMutableRawPointer(record)
            try reader.read(into: raw, MemoryLayout<LeaseRecord>.stride)
            let nameCount = raw.load(fromByteOffset: LeaseRecord.nameOffset, as: UInt8.self)
            let holderCount = raw.load(fromByteOffset: LeaseRecord.holderOffset, as: UInt8.self)
            guard Int(nameCount) <= EngineLimits.idBytesMax,
                Int(holderCount) <= EngineLimits.idBytesMax,
                record.pointee.sale <= head[.sales],
                record.pointee.heapPosition <= head[.leases],
                record.pointee.nextFree <= head[.leases],
                record.pointee.fencingToken <= head.fencingCounter,
                ImageCheck.isZero(record, from: LeaseRecord.usedBytes)
            else { throw reader.damaged("lease \(number + 1) cannot be") }
            if record.pointee.heapPosition > 0 && record.pointee.sale == 0 {
                self.leaseIndex.insert(
                    self.tableHash.hash(scope: 0, LeaseRecord.name(record)), slot,
                    from: self.blocks)
            }
        }
    }

    mutating func loadImports(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        let texts = try reader.sectionHead(.imports, head)
        let begin = reader.offset
        var last: RequestID?
        for _ in 0..<head[.imports] {
            let id = try reader.request()
            if let last, (id.first, id.second) <= (last.first, last.second) {
                throw reader.damaged("imports: not in their order")
            }
            last = id
            self.imports[id] = try Self.loadImport(&reader)
        }
        guard reader.offset - begin == texts else {
            throw reader.damaged("imports: another number of bytes than their head says")
        }
    }

    private static func loadImport(
        _ reader: inout ImageReader
    ) throws(ImageError) -> StagedImport {
        let count = Int(try reader.get(UInt16.self))
        guard count >= 1, count <= EngineLimits.idBytesMax else {
            throw reader.damaged("imports: the sale's id")
        }
        var saleID: [UInt8] = []
        for _ in 0..<count { saleID.append(try reader.get()) }
        var staged = StagedImport(saleID: saleID)
        let rows = try reader.get(UInt64.self)
        guard rows <= UInt64(EngineLimits.importRowsMax) else {
            throw reader.damaged("imports: too many rows")
        }
        staged.rowCount = Int(rows)
        switch try reader.get(UInt8.self) {
        case 0: break
        case 1:
            var outcome = ImportOutcome(result: .committed)
            outcome.productsAdded = try reader.get()
            outcome.productsUpdated = try reader.get()
            outcome.purchasesSet = try reader.get()
            staged.committed = outcome
        default: throw reader.damaged("imports: neither staged nor committed")
        }
        let chunks = try reader.get(UInt32.self)
        for _ in 0..<chunks {
            let payload = try reader.payload()
            let byteCount = Int(try reader.get(UInt32.self))
            guard byteCount <= Self.chunkBytesMax,
                staged.committed == nil || byteCount == 0
            else { throw reader.damaged("imports: a chunk's bytes") }
            let body = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 8)
            defer { body.deallocate() }
            if let base = body.baseAddress { try reader.read(into: base, byteCount) }
            let bytes = UnsafeRawBufferPointer(body)
            // An open import's rows are read again at its commit.
            guard staged.committed != nil || EventScan.isChunk(bytes) else {
                throw reader.damaged("imports: a chunk's rows")
            }
            staged.chunks.append(
                StagedChunk(
                    payload: payload,
                    copying: ByteView(
                        base: bytes.baseAddress.map {
                            $0.assumingMemoryBound(to: UInt8.self)
                        } ?? ByteView.empty.base,
                        count: byteCount)))
        }
        return staged
    }

    /// More than any frame brings.
    private static var chunkBytesMax: Int { 256 << 20 }
}
