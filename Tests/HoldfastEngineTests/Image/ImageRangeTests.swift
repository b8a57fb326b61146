import Testing

@testable import HoldfastEngine

/// Each range that a record of an image is checked for, by a record that breaks it alone.
@Suite struct ImageRangeTests {
    /// Bytes to write at an offset of the record.
    private typealias Change = (offset: Int, bytes: [UInt8])

    private struct Row {
        var section: ImageSection
        var slot: Int
        var changes: [Change]
    }

    private static func set<Record, Value: FixedWidthInteger>(
        _ field: KeyPath<Record, Value>, _ value: Value
    ) -> Change {
        guard let offset = MemoryLayout<Record>.offset(of: field) else {
            preconditionFailure("a field without a place")
        }
        return (offset, withUnsafeBytes(of: value.littleEndian) { Array($0) })
    }

    private static func set<Value: FixedWidthInteger>(at offset: Int, _ value: Value) -> Change {
        (offset, withUnsafeBytes(of: value.littleEndian) { Array($0) })
    }

    /// Where the records of each section begin.
    private static func places(_ image: [UInt8]) -> [ImageSection: Int] {
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(image[offset + $1]) << (8 * $1) }
        }
        var places: [ImageSection: Int] = [:]
        var offset = ImageHead.byteCount
        for section in ImageSection.allCases {
            #expect(number(offset, 2) == Int(section.rawValue))
            places[section] = offset + 32
            offset += 32 + number(offset + 8, 8) * section.recordBytes + number(offset + 16, 8)
        }
        return places
    }

    private func expectRefused(
        _ harness: EngineHarness, _ rows: [Row], _ words: (Int) -> String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let image = harness.image()
        let places = Self.places(image)
        let blocks = ReusedBlocks()
        for (number, row) in rows.enumerated() {
            var changed = image
            for change in row.changes {
                let start =
                    places[row.section]! + (row.slot - 1) * row.section.recordBytes + change.offset
                changed.replaceSubrange(start..<start + change.bytes.count, with: change.bytes)
            }
            #expect(
                changed != image, "row \(number) changes nothing", sourceLocation: sourceLocation)
            blocks.reset()
            var shard = Shard(index: harness.index, settings: harness.settings, blocks: blocks)
            var problem: ImageError.Problem?
            do throws(ImageError) {
                try shard.loadImage(from: BytesSource(ArraySlice(changed)))
            } catch { problem = error.problem }
            #expect(
                problem == .damaged(words(row.slot)), "row \(number)",
                sourceLocation: sourceLocation)
        }
    }

    private func rows(
        _ section: ImageSection, _ slot: Int, _ changes: [[Change]]
    ) -> [Row] {
        changes.map { Row(section: section, slot: slot, changes: $0) }
    }

    @Test func sales() throws {
        let harness = try DamagedImageTests.life()
        let products = UInt32(harness.shard.products.count)
        self.expectRefused(
            harness,
            self.rows(
                .sales, 1,
                [
                    [Self.set(\SaleRecord.idCount, 0)], [Self.set(\SaleRecord.idCount, 65)],
                    [Self.set(\SaleRecord.nameCount, UInt16(EngineLimits.nameBytesMax + 1))],
                    [Self.set(\SaleRecord.name, 1)], [Self.set(\SaleRecord.state, 200)],
                    [Self.set(\SaleRecord.firstProduct, products + 1)],
                    [Self.set(\SaleRecord.lastProduct, products + 1)],
                    [Self.set(\SaleRecord.firstProduct, 0)],
                    [Self.set(\SaleRecord.lastProduct, 0)],
                    [Self.set(\SaleRecord.lease, UInt32(harness.shard.leases.count) + 1)],
                    [Self.set(\SaleRecord.liveHolds, -1)],
                    [Self.set(\SaleRecord.liveHolds, harness.shard.liveHolds + 1)],
                    [Self.set(\SaleRecord.units, -1)],
                    [Self.set(\SaleRecord.units, (1 << 40) + 1)],
                    [Self.set(\SaleRecord.startsAt, 1 << 60)],
                    [Self.set(\SaleRecord.startsAt, -1 << 60)],
                    [Self.set(\SaleRecord.endsAt, 1 << 60)],
                    [Self.set(\SaleRecord.endsAt, -1 << 60)],
                    [Self.set(\SaleRecord.holdMilliseconds, 0)],
                    [Self.set(at: SaleRecord.usedBytes, UInt8(1))],
                    [Self.set(at: MemoryLayout<SaleRecord>.stride - 1, UInt8(1))],
                ])
        ) { "sale \($0) cannot be" }
    }

    @Test func products() throws {
        let harness = try DamagedImageTests.life()
        let count = UInt32(harness.shard.products.count)
        let product = harness.shard.products[1].pointee
        let units: Int64 = 1 << 40
        self.expectRefused(
            harness,
            self.rows(
                .products, 1,
                [
                    [Self.set(\ProductRecord.idCount, 0)], [Self.set(\ProductRecord.idCount, 65)],
                    [Self.set(\ProductRecord.nameCount, UInt16(EngineLimits.nameBytesMax + 1))],
                    [Self.set(\ProductRecord.name, 1)], [Self.set(\ProductRecord.state, 200)],
                    [Self.set(\ProductRecord.sale, 0)],
                    [Self.set(\ProductRecord.sale, UInt32(harness.shard.sales.count) + 1)],
                    [Self.set(\ProductRecord.heapPosition, count + 1)],
                    [Self.set(\ProductRecord.nextInSale, 1)],
                    [Self.set(\ProductRecord.nextInSale, count + 1)],
                    // The sum is right, one of its parts cannot be.
                    [
                        Self.set(\ProductRecord.available, -1),
                        Self.set(\ProductRecord.total, product.held + product.sold - 1),
                    ],
                    [
                        Self.set(\ProductRecord.held, -1),
                        Self.set(\ProductRecord.total, product.available + product.sold - 1),
                    ],
                    [
                        Self.set(\ProductRecord.sold, -1),
                        Self.set(\ProductRecord.total, product.available + product.held - 1),
                    ],
                    [
                        Self.set(\ProductRecord.available, units),
                        Self.set(
                            \ProductRecord.total, units + product.held + product.sold),
                    ],
                    [Self.set(\ProductRecord.total, product.total + 1)],
                    [Self.set(\ProductRecord.lastTake, harness.shard.sequence + 1)],
                    [Self.set(at: ProductRecord.usedBytes, UInt8(1))],
                ])
        ) { "product \($0) cannot be" }
    }

    @Test func buyersAndLimits() throws {
        let harness = try DamagedImageTests.life()
        let products = UInt32(harness.shard.products.count)
        self.expectRefused(
            harness,
            self.rows(
                .buyers, 1,
                [
                    [Self.set(\BuyerRecord.sale, 0)],
                    [Self.set(\BuyerRecord.sale, UInt32(harness.shard.sales.count) + 1)],
                    // How long the id is.
                    [Self.set(at: 4, UInt8(0))], [Self.set(at: 4, UInt8(65))],
                    [Self.set(\BuyerRecord.product, products + 1)],
                    [Self.set(\BuyerRecord.firstHold, UInt32(harness.shard.holds.count) + 1)],
                    [
                        Self.set(
                            \BuyerRecord.entries, UInt32(harness.shard.limitEntries.count) + 1)
                    ],
                ])
        ) { "buyer \($0) cannot be" }
        self.expectRefused(
            harness,
            self.rows(
                .limitEntries, 1,
                [
                    [Self.set(\LimitEntry.product, 0)],
                    [Self.set(\LimitEntry.product, products + 1)],
                    [Self.set(\LimitEntry.next, 1)],
                ])
        ) { "limit entry \($0) cannot be" }
    }

    @Test func reservations() throws {
        let harness = try DamagedImageTests.life()
        let count = UInt32(harness.shard.holds.count)
        let ended = try #require(
            (2...count).first { harness.shard.holds[$0].pointee.state != .held })
        // Behind the first line: sale, states and the number of lines share 8 bytes.
        let bitsOffset =
            try #require(MemoryLayout<HoldRecord>.offset(of: \HoldRecord.firstLine)) + 4
        let image = harness.image()
        let start = try #require(Self.places(image)[.holds]) + bitsOffset
        let bits = (0..<8).reduce(UInt64(0)) { $0 | UInt64(image[start + $1]) << (8 * $1) }
        func with(_ value: UInt64, at shift: UInt64, _ width: UInt64) -> Change {
            let mask: UInt64 = ((1 << width) - 1) << shift
            return Self.set(at: bitsOffset, bits & ~mask | value << shift)
        }
        self.expectRefused(
            harness,
            self.rows(
                .holds, 1,
                [
                    [Self.set(\HoldRecord.buyer, 0)],
                    [Self.set(\HoldRecord.buyer, UInt32(harness.shard.buyers.count) + 1)],
                    [Self.set(\HoldRecord.firstLine, 2)],
                    [Self.set(\HoldRecord.buyerNext, 1)],
                    [Self.set(\HoldRecord.buyerPrevious, 1)],
                    [Self.set(\HoldRecord.buyerPrevious, count + 1)],
                    [with(0, at: 40, 20)],
                    [with(UInt64(harness.shard.sales.count) + 1, at: 40, 20)],
                    [with(0, at: 4, 5)], [with(UInt64(EngineLimits.linesMax) + 1, at: 4, 5)],
                ])
                // Who is over is in nobody's chain.
                + self.rows(
                    .holds, Int(ended),
                    [
                        [Self.set(\HoldRecord.buyerNext, ended - 1)],
                        ended < count ? [Self.set(\HoldRecord.buyerPrevious, ended + 1)] : [],
                    ].filter { !$0.isEmpty })
        ) { "reservation \($0) cannot be" }
    }

    @Test func tombstonesAndOperations() throws {
        let harness = try DamagedImageTests.life()
        let sales = UInt32(harness.shard.sales.count)
        self.expectRefused(
            harness,
            self.rows(
                .tombstones, 1,
                [
                    [Self.set(at: TombstoneRecord.refundDueOffset, UInt8(2))],
                    [Self.set(\TombstoneRecord.sale, 0)],
                    [Self.set(\TombstoneRecord.sale, sales + 1)],
                    [Self.set(at: TombstoneRecord.usedBytes, UInt8(1))],
                ])
        ) { "tombstone \($0) cannot be" }
        let kinds = (1..<harness.shard.operations.end).map {
            harness.shard.operations[$0].pointee.kind
        }
        let refund = try #require(kinds.firstIndex(of: OperationKind.refund.rawValue)) + 1
        let adjust = try #require(kinds.firstIndex(of: OperationKind.adjustStock.rawValue)) + 1
        self.expectRefused(
            harness,
            self.rows(
                .operations, adjust,
                [
                    [Self.set(\OperationRecord.kind, 9)], [Self.set(\OperationRecord.lines, 1)],
                    [Self.set(\OperationRecord.sale, 0)],
                    [Self.set(\OperationRecord.sale, sales + 1)],
                    [Self.set(\OperationRecord.subject, 0)],
                    [
                        Self.set(
                            \OperationRecord.subject, UInt32(harness.shard.products.count) + 1)
                    ],
                    [Self.set(\OperationRecord.lineCount, 1)],
                    [Self.set(at: OperationRecord.usedBytes, UInt8(1))],
                ])
                + self.rows(
                    .operations, refund,
                    [
                        [
                            Self.set(
                                \OperationRecord.subject, UInt32(harness.shard.holds.count) + 1)
                        ],
                        [Self.set(\OperationRecord.lineCount, UInt8(EngineLimits.linesMax + 1))],
                    ])
        ) { "operation \($0) cannot be" }
    }

    @Test func referencesAndLeases() throws {
        let harness = try DamagedImageTests.life()
        let holds = UInt32(harness.shard.holds.count)
        let plain = try #require(
            (1...holds).first { !harness.shard.holds[$0].pointee.hasReferences })
        self.expectRefused(
            harness,
            self.rows(
                .references, 1,
                [
                    [Self.set(\ReferenceRecord.hold, 0)],
                    [Self.set(\ReferenceRecord.hold, holds + 1)],
                    [Self.set(\ReferenceRecord.hold, plain)],
                    [Self.set(\ReferenceRecord.order, 1)],
                    [Self.set(\ReferenceRecord.payment, 1)],
                    [Self.set(\ReferenceRecord.orderCount, 65)],
                    [Self.set(\ReferenceRecord.paymentCount, 65)],
                    [Self.set(at: ReferenceRecord.usedBytes, UInt8(1))],
                ])
        ) { "reference \($0) cannot be" }
        let leases = UInt32(harness.shard.leases.count)
        self.expectRefused(
            harness,
            self.rows(
                .leases, 1,
                [
                    [Self.set(at: LeaseRecord.nameOffset, UInt8(65))],
                    [Self.set(at: LeaseRecord.holderOffset, UInt8(65))],
                    [Self.set(\LeaseRecord.sale, UInt32(harness.shard.sales.count) + 1)],
                    [Self.set(\LeaseRecord.heapPosition, leases + 1)],
                    [Self.set(\LeaseRecord.nextFree, leases + 1)],
                    [Self.set(\LeaseRecord.fencingToken, harness.shard.fencingCounter + 1)],
                    [Self.set(at: LeaseRecord.usedBytes, UInt8(1))],
                ])
        ) { "lease \($0) cannot be" }
    }
}
