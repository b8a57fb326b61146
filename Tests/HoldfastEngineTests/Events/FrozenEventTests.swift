import Testing

@testable import HoldfastEngine

/// The bytes of one event of each kind. They are on disks: a change here is a new version of the event, never an edit.
@Suite struct FrozenEventTests {
    private static let time: Int64 = 1_781_740_800_123

    /// One event of each kind, in the order of their numbers, with different values in all fields.
    private func bytes() -> [[UInt8]] {
        let arena = TestArena()
        var shard = Shard(index: 5, settings: ShardSettings(), blocks: TestBlockSource())
        var events = EventBuffer()
        let now = Self.time
        let request = RequestID(first: 0x0706_0504_0302_0100, second: 0x0f0e_0d0c_0b0a_0908)
        let payload = PayloadHash(first: 0x1716_1514_1312_1110, second: 0x1f1e_1d1c_1b1a_1918)
        let configuration = SaleConfiguration(
            name: arena.view("活动"), state: .open, startsAtMilliseconds: 1_000,
            endsAtMilliseconds: 2_000, currency: arena.view("EUR"), holdMilliseconds: 600_000,
            limitPerUser: 2)
        let row = ProductRow(
            productID: arena.view("p-1"), name: arena.view("shoe"), total: 100,
            priceMinor: 12_900, limitPerUser: 1, state: .paused)
        let purchase = PurchaseRow(
            userID: arena.view("u-1"), productID: arena.view("p-1"), quantity: 3,
            orderReference: arena.view("old"))
        shard.record(
            SaleSetEvent(sale: 1, id: arena.view("sale-1"), configuration: configuration), now,
            &events)
        shard.record(ProductSetEvent(product: 2, sale: 1, row: row), now, &events)
        shard.recordPurchase(sale: 1, product: 2, purchase, now, &events)
        for (kind, subject, value) in [
            (OperationKind.setSaleState, 0, 3), (.setProductState, 2, 2), (.adjustStock, 2, -7),
        ] as [(OperationKind, UInt32, Int64)] {
            shard.record(
                OperationEvent(
                    kind: kind, sale: 1, subject: subject, request: request, payload: payload,
                    value: value), now, &events)
        }
        let granted = arena.allocate(GrantedLine.self, 2)
        granted.initialize(
            to: GrantedLine(product: 2, granted: 3, priceMinor: 12_900, outcome: .reserved))
        (granted + 1).initialize(
            to: GrantedLine(product: 3, granted: 0, priceMinor: 500, outcome: .soldOut))
        shard.record(
            ReservedEvent(
                id: ReservationID(shard: 5, generation: 1, slot: 9), request: request,
                payload: payload, deadline: now + 600_000, sale: 1, user: arena.view("u-1"),
                order: arena.view("o-1"), lines: UnsafeBufferPointer(start: granted, count: 2)),
            now, &events)
        let quantities = arena.allocate(UInt32.self, 2)
        quantities.initialize(to: 2)
        (quantities + 1).initialize(to: 1)
        shard.record(
            ConfirmedEvent(
                hold: 9, late: true, payment: arena.view("pay"),
                quantities: UnsafeBufferPointer(start: quantities, count: 2)), now, &events)
        shard.record(
            RefundDueEvent(
                hold: 9, sale: 1, request: request, cause: .expiredLimit,
                payment: arena.view("pay")), now, &events)
        shard.recordEnd(.cancelled, hold: 9, reason: 4, now, &events)
        shard.recordTombstone(sale: 1, request: request, reason: 2, now, &events)
        shard.recordEnd(.expired, hold: 9, reason: 0, now, &events)
        shard.recordEnd(.released, hold: 9, reason: 0, now, &events)
        shard.recordExtension(hold: 9, milliseconds: 60_000, now, &events)
        let refunded = arena.allocate(RefundedLine.self, 1)
        refunded.initialize(to: RefundedLine(line: 11, quantity: 1))
        shard.record(
            RefundedEvent(
                hold: 9, request: request, payload: payload, restock: true,
                reference: arena.view("r"),
                lines: UnsafeBufferPointer(start: refunded, count: 1)), now, &events)
        shard.recordSeal(sale: 1, now, &events)
        for kind in [EventKind.importStaged, .importCommitted, .importDropped] {
            shard.recordImport(
                kind, request, chunk: 4, payload: payload,
                body: kind == .importDropped ? .empty : arena.view("rows"), now, &events)
        }
        shard.recordStanding(
            sale: 1, user: arena.view("u-1"), blacklisted: true, now, &events)
        shard.record(
            LeaseGrantedEvent(
                sale: 0, fencingToken: 77, owner: request, ttlMilliseconds: 5_000,
                deadline: now + 5_000, name: arena.view("lock"),
                holder: ShortText(arena.view("svc"))), now, &events)
        shard.recordLeaseRenewed(6, deadline: now + 9_000, now, &events)
        shard.recordLeaseEnded(6, .released, now, &events)
        let rows = arena.allocate(BlacklistRow.self, 2)
        rows.initialize(
            to: BlacklistRow(
                kind: .user, value: arena.view("eve"), expiresMilliseconds: now + 60_000,
                reason: arena.view("bot"), source: arena.view("ctl")))
        (rows + 1).initialize(
            to: BlacklistRow(
                kind: .network, value: arena.view("10.0.0.0/8"), expiresMilliseconds: 0,
                reason: .empty, source: arena.view("csv")))
        let items = arena.allocate(BlacklistItem.self, 2)
        for index in 0..<2 {
            var item = BlacklistItem(result: .added)
            item.id = UInt64(41 + index)
            item.replacedID = UInt64(index * 7)
            (items + index).initialize(to: item)
        }
        shard.record(
            BlacklistAddedEvent(
                request: request, payload: payload, operatorName: arena.view("ann"),
                rows: UnsafeBufferPointer(start: rows, count: 2), items: UnsafePointer(items)),
            now, &events)
        shard.record(
            BlacklistRemovedEvent(
                cause: .removed, request: request, payload: payload,
                operatorName: arena.view("ann"), ids: [41, 0]), now, &events)
        var all: [[UInt8]] = []
        var offset = 0
        while offset < events.bytes.count {
            let count = Int(events.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            all.append(Array(events.bytes[offset..<offset + count]))
            offset += count
        }
        return all
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func bytesAreAsTheyWereWhenTheFormatWasFixed() {
        let all = self.bytes()
        #expect(all.count == 25)
        for (index, event) in all.enumerated() {
            #expect(self.hexadecimal(event) == FrozenEvents.hexadecimal[index], "kind \(index + 1)")
        }
    }

    @Test func theTableOfFieldsReadsThem() throws {
        #expect(EventLayout.all.enumerated().allSatisfy { $0.offset + 1 == $0.element.number })
        for (index, event) in self.bytes().enumerated() {
            let layout = EventLayout.all[index]
            let summary = try #require(event.withUnsafeBytes { EventSummary($0) }, "\(layout.name)")
            #expect(summary.name == layout.name)
            #expect(summary.kind == index + 1)
            #expect(summary.shard == 5)
            #expect(summary.sequence == UInt64(index + 1))
            #expect(summary.timeMilliseconds == Self.time)
            #expect(summary.byteCount == event.count)
            // Nothing is left over, and nothing shorter or longer is an event.
            #expect(event.dropLast().withUnsafeBytes { EventSummary($0) } == nil)
            var longer = event + [0]
            longer[0] += 1
            #expect(longer.withUnsafeBytes { EventSummary($0) } == nil, "\(layout.name)")
        }
        let reserved = try #require(self.bytes()[6].withUnsafeBytes { EventSummary($0) })
        let values = reserved.values.map { "\($0.name)=\($0.text)" }
        #expect(values.contains("lines[0].priceMinor=12900"))
        #expect(values.contains("userID=u-1") && values.contains("orderReference=o-1"))
        #expect(values.contains("request=000102030405060708090a0b0c0d0e0f"))
    }

    @Test func entriesOfTheBlacklistAreShown() throws {
        let all = self.bytes()
        let added = try #require(all[23].withUnsafeBytes { EventSummary($0) })
        let values = added.values.map { "\($0.name)=\($0.text)" }
        #expect(values.contains("operator=ann") && values.contains("entries[0].value=eve"))
        #expect(values.contains("entries[1].replaced=7"))
        #expect(values.contains("entries[1].value=10.0.0.0/8"))
        let removed = try #require(all[24].withUnsafeBytes { EventSummary($0) })
        #expect(removed.values.map { $0.text }.suffix(2) == ["41", "0"])
    }

    @Test func whatIsNoEventIsNoneWithoutATrap() {
        var random = SplitMix64(seed: 7)
        let events = self.bytes()
        for round in 0..<20_000 {
            var event = events[round % events.count]
            for _ in 0...round % 4 {
                event[Int(random.next() % UInt64(event.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            _ = event.withUnsafeBytes { EventSummary($0) }
        }
        let newer: [UInt8] = {
            var event = events[0]
            event[5] = 2
            return event
        }()
        #expect(newer.withUnsafeBytes { EventSummary($0) }?.isKnown == false)
    }
}
