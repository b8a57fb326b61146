import Testing

@testable import HoldfastEngine

/// Layout, hashes and tables: what files, memory budgets and the other parts rely on.
@Suite("Tables")
struct TableTests {
    @Test("records have the sizes that the memory budget counts with")
    func recordSizes() {
        #expect(MemoryLayout<HoldRecord>.stride == 64)
        #expect(MemoryLayout<LineRecord>.stride == 32)
        #expect(MemoryLayout<BuyerRecord>.stride == 64)
        #expect(MemoryLayout<LimitEntry>.stride == 16)
        #expect(MemoryLayout<SaleRecord>.stride == 256)
        #expect(MemoryLayout<ProductRecord>.stride == 256)
        #expect(MemoryLayout<TombstoneRecord>.stride == 32)
        #expect(MemoryLayout<OperationRecord>.stride == 64)
        #expect(MemoryLayout<ReferenceRecord>.stride == 32)
        #expect(MemoryLayout<ProductRecord>.offset(of: \.id) == ProductRecord.idOffset)
        #expect(MemoryLayout<SaleRecord>.offset(of: \.id) == SaleRecord.idOffset)
        #expect(MemoryLayout<SaleRecord>.offset(of: \.currency) == SaleRecord.currencyOffset)
    }

    @Test("ids of every allowed length come back from a buyer's record as they went in")
    func buyerIDs() {
        let record = UnsafeMutablePointer<BuyerRecord>.allocate(capacity: 1)
        defer { record.deallocate() }
        for count in 1...EngineLimits.idBytesMax {
            let bytes = (0..<count).map { UInt8(33 + $0 % 90) }
            bytes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                let id = ByteView(base: base, count: count)
                record.initialize(to: BuyerRecord(sale: 7))
                if count <= BuyerRecord.inlineIDBytes {
                    BuyerRecord.setInlineID(record, id)
                } else {
                    BuyerRecord.setLongID(record, id)
                }
                #expect(BuyerRecord.id(record).equals(id))
                #expect(record.pointee.sale == 7)
                #expect(record.pointee.product == 0)
            }
        }
    }

    @Test("packed fields of a reservation do not touch each other")
    func holdFields() {
        var hold = HoldRecord(
            request: RequestID(first: 1, second: 2), payload: PayloadHash(first: 3, second: 4),
            deadline: EngineLimits.timeMillisecondsMax, generation: 0xF_FFFF, buyer: 5,
            firstLine: 6, lineCount: 16, sale: 0xF_FFFF)
        hold.extensionMilliseconds = EngineLimits.holdMillisecondsMax
        hold.cause = .buyerBlacklisted
        hold.isLate = true
        hold.state = .refunded
        #expect(hold.deadline == EngineLimits.timeMillisecondsMax)
        #expect(hold.generation == 0xF_FFFF)
        #expect(hold.lineCount == 16)
        #expect(hold.sale == 0xF_FFFF)
        #expect(hold.extensionMilliseconds == EngineLimits.holdMillisecondsMax)
        #expect(hold.cause == .buyerBlacklisted)
        #expect(hold.isLate)
        #expect(!hold.wasConfirmed && !hold.isFrozen && !hold.hasReferences)
        #expect(hold.state == .refunded)
        hold.deadline = 1
        #expect(hold.deadline == 1 && hold.generation == 0xF_FFFF)
    }

    @Test("packed fields of a line hold the largest values")
    func lineFields() {
        var line = LineRecord(
            hold: 1, product: 2, granted: EngineLimits.quantityMax,
            priceMinor: EngineLimits.priceMinorMax, outcome: .challengeRequired)
        line.quantity = 0
        line.refunded = EngineLimits.quantityMax
        line.queue = DeadlineQueue.treap
        #expect(line.granted == EngineLimits.quantityMax)
        #expect(line.quantity == 0)
        #expect(line.refunded == EngineLimits.quantityMax)
        #expect(line.priceMinor == EngineLimits.priceMinorMax)
        #expect(line.outcome == .challengeRequired)
        #expect(line.queue == DeadlineQueue.treap)
    }

    @Test("an index finds every entry through many splits, and nothing else")
    func indexSplits() {
        let blocks = HeapBlockSource()
        var index = SegmentedIndex()
        let hash = TableHash(key0: 1, key1: 2)
        let count: UInt32 = 100_000
        for slot in 1...count { index.insert(hash.hash(slot: slot), slot, from: blocks) }
        var missing = 0
        for slot in 1...count where index.find(hash.hash(slot: slot), { $0 == slot }) != slot {
            missing += 1
        }
        var ghosts = 0
        for slot in (count + 1)...(count * 2)
        where index.find(hash.hash(slot: slot), { $0 == slot }) != 0 {
            ghosts += 1
        }
        #expect(missing == 0)
        #expect(ghosts == 0)
        #expect(index.count == Int(count))
        #expect(index.segmentCount > 8)
    }

    @Test("an index works when all hashes agree in their upper bits")
    func indexCollisions() {
        let blocks = HeapBlockSource()
        var index = SegmentedIndex()
        // Same directory bits, same position: one probe chain.
        for slot in UInt32(1)...500 { index.insert(0xABCD_0001 << 32, slot, from: blocks) }
        for slot in UInt32(1)...500 {
            #expect(index.find(0xABCD_0001 << 32) { $0 == slot } == slot)
        }
    }

    /// The expected values come from a second implementation in another language.
    @Test("the fixed hash never changes: shards and payloads on disk depend on it")
    func stableHashIsFrozen() {
        func hash(_ text: String) -> (UInt64, UInt64) {
            let bytes = Array(text.utf8)
            return bytes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return StableHash.hash128(.empty) }
                return StableHash.hash128(ByteView(base: base, count: bytes.count))
            }
        }
        #expect(hash("") == (0xe774_f41a_cef4_0854, 0xda77_8dca_599c_7aae))
        #expect(hash("sale-1") == (0xd1e8_78bc_fc04_8f5a, 0xfb23_ef37_1ab3_ce19))
        #expect(hash("sale-12345678") == (0x5c83_7b2a_1486_3830, 0xa687_83bd_bf9f_375a))
    }
}

/// Entries taken out leave nothing behind and lose nobody else.
@Suite struct IndexRemovalTests {
    @Test func removingKeepsEveryOtherEntryFindable() {
        let blocks = HeapBlockSource()
        var index = SegmentedIndex()
        var random = SplitMix64(seed: 3)
        var kept: [UInt32: UInt64] = [:]
        var next: UInt32 = 1
        for step in 0..<20_000 {
            if step % 3 != 2 || kept.isEmpty {
                // Few low bits: long probe chains, also across the segment's end.
                let hash =
                    (random.next() & 0xF800_0000_0000_0000) | (random.next() & 7) << 32
                    | 0x1FF8 << 32
                let spread = random.next() & 0x0000_7FFF_0000_0000
                kept[next] = step % 2 == 0 ? hash : hash ^ spread
                index.insert(kept[next]!, next, from: blocks)
                next += 1
                if kept.count > 300, let (value, hash) = kept.first {
                    index.remove(hash, value)
                    kept[value] = nil
                }
            } else if let (value, hash) = kept.first {
                index.remove(hash, value)
                kept[value] = nil
                #expect(index.find(hash) { $0 == value } == 0)
            }
        }
        #expect(index.count == kept.count)
        for (value, hash) in kept { #expect(index.find(hash) { $0 == value } == value) }
        for (value, hash) in kept { index.remove(hash, value) }
        #expect(index.count == 0)
    }
}
