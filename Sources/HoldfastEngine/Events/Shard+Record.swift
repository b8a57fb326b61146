/// Encodes events, each with the next sequence. Deciding code records, then applies.
extension Shard {
    @inline(__always)
    mutating func begin(
        _ kind: EventKind, _ now: Int64, _ byteCountMax: Int, _ events: inout EventBuffer
    ) -> EventWriter {
        self.sequence &+= 1
        return events.begin(
            kind, shard: UInt16(self.index), sequence: self.sequence, time: now,
            byteCountMax: byteCountMax)
    }

    /// id u64 · request 16 · payload 16 · deadline i64 · sale u32 · line count u8, then per line product u32,
    /// granted u32 (outcome in bits 28…31), price i64 · user · order reference.
    @inline(__always)
    mutating func record(_ event: ReservedEvent, _ now: Int64, _ events: inout EventBuffer) {
        var writer = self.begin(.reserved, now, 512, &events)
        writer.put(event.id.rawValue)
        writer.put(event.request)
        writer.put(event.payload)
        writer.put(event.deadline)
        writer.put(event.sale)
        writer.put(UInt8(event.lines.count))
        for line in event.lines {
            writer.put(line.product)
            writer.put(UInt32(line.granted) | UInt32(line.outcome.rawValue) &<< 28)
            writer.put(line.priceMinor)
        }
        writer.put(event.user)
        writer.put(event.order)
        events.finish(writer)
    }

    mutating func record(_ event: ConfirmedEvent, _ now: Int64, _ events: inout EventBuffer) {
        var writer = self.begin(.confirmed, now, 160, &events)
        writer.put(event.hold)
        writer.put(event.late ? UInt8(1) : 0)
        writer.put(UInt8(event.quantities.count))
        for quantity in event.quantities { writer.put(quantity) }
        writer.put(event.payment)
        events.finish(writer)
    }

    mutating func record(_ event: RefundDueEvent, _ now: Int64, _ events: inout EventBuffer) {
        var writer = self.begin(.refundDue, now, 128, &events)
        writer.put(event.hold)
        writer.put(event.sale)
        writer.put(event.request)
        writer.put(event.cause.rawValue)
        writer.put(event.payment)
        events.finish(writer)
    }

    mutating func record(_ event: RefundedEvent, _ now: Int64, _ events: inout EventBuffer) {
        var writer = self.begin(.refunded, now, 320, &events)
        writer.put(event.hold)
        writer.put(event.request)
        writer.put(event.payload)
        writer.put(event.restock ? UInt8(1) : 0)
        writer.put(UInt8(event.lines.count))
        for line in event.lines {
            writer.put(line.line)
            writer.put(line.quantity)
        }
        writer.put(event.reference)
        events.finish(writer)
    }

    /// Cancelled, expired, released: the hold, and a reason (0 unless cancelled).
    mutating func recordEnd(
        _ kind: EventKind, hold: UInt32, reason: UInt8, _ now: Int64, _ events: inout EventBuffer
    ) {
        var writer = self.begin(kind, now, 8, &events)
        writer.put(hold)
        writer.put(reason)
        events.finish(writer)
    }

    mutating func recordTombstone(
        sale: UInt32, request: RequestID, reason: UInt8, _ now: Int64, _ events: inout EventBuffer
    ) {
        var writer = self.begin(.tombstoned, now, 32, &events)
        writer.put(sale)
        writer.put(request)
        writer.put(reason)
        events.finish(writer)
    }

    mutating func recordExtension(
        hold: UInt32, milliseconds: Int64, _ now: Int64, _ events: inout EventBuffer
    ) {
        var writer = self.begin(.extended, now, 16, &events)
        writer.put(hold)
        writer.put(milliseconds)
        events.finish(writer)
    }

    mutating func record(_ event: SaleSetEvent, _ now: Int64, _ events: inout EventBuffer) {
        var writer = self.begin(.saleSet, now, 512, &events)
        writer.put(event.sale)
        writer.put(event.id)
        Self.put(event.configuration, &writer)
        events.finish(writer)
    }

    mutating func record(_ event: ProductSetEvent, _ now: Int64, _ events: inout EventBuffer) {
        var writer = self.begin(.productSet, now, 512, &events)
        writer.put(event.product)
        writer.put(event.sale)
        Self.put(event.row, &writer)
        events.finish(writer)
    }

    mutating func recordPurchase(
        sale: UInt32, product: UInt32, _ row: PurchaseRow, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        var writer = self.begin(.purchaseSet, now, 256, &events)
        writer.put(sale)
        writer.put(product)
        Self.put(row, &writer)
        events.finish(writer)
    }

    mutating func record(_ event: OperationEvent, _ now: Int64, _ events: inout EventBuffer) {
        let kind: EventKind =
            switch event.kind {
            case .adjustStock: .stockAdjusted
            case .setSaleState: .saleStateSet
            case .setProductState: .productStateSet
            case .refund: preconditionFailure("a refund has an event of its own")
            }
        var writer = self.begin(kind, now, 64, &events)
        writer.put(event.sale)
        writer.put(event.subject)
        writer.put(event.request)
        writer.put(event.payload)
        writer.put(event.value)
        events.finish(writer)
    }

    mutating func recordSeal(sale: UInt32, _ now: Int64, _ events: inout EventBuffer) {
        var writer = self.begin(.saleSealed, now, 8, &events)
        writer.put(sale)
        events.finish(writer)
    }

    mutating func recordStanding(
        sale: UInt32, user: ByteView, blacklisted: Bool, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        var writer = self.begin(.buyerStandingSet, now, 128, &events)
        writer.put(sale)
        writer.put(blacklisted ? UInt8(1) : 0)
        writer.put(user)
        events.finish(writer)
    }

    mutating func recordImport(
        _ kind: EventKind, _ id: RequestID, chunk: UInt32, payload: PayloadHash, body: ByteView,
        _ now: Int64, _ events: inout EventBuffer
    ) {
        var writer = self.begin(kind, now, 48 + body.count, &events)
        writer.put(id)
        writer.put(chunk)
        writer.put(payload)
        writer.put(UInt32(body.count))
        writer.cursor.copyMemory(from: body.base, byteCount: body.count)
        writer.cursor += body.count
        events.finish(writer)
    }

    // MARK: - Rows, as events and staged chunks keep them

    static func put(_ configuration: SaleConfiguration, _ writer: inout EventWriter) {
        writer.put(configuration.name)
        writer.put(configuration.state.rawValue)
        writer.put(configuration.startsAtMilliseconds)
        writer.put(configuration.endsAtMilliseconds)
        writer.put(configuration.currency)
        writer.put(configuration.holdMilliseconds)
        writer.put(configuration.limitPerUser)
    }

    static func put(_ row: ProductRow, _ writer: inout EventWriter) {
        writer.put(row.productID)
        writer.put(row.name)
        writer.put(row.total)
        writer.put(row.priceMinor)
        writer.put(row.limitPerUser)
        writer.put(row.state.rawValue)
    }

    static func put(_ row: PurchaseRow, _ writer: inout EventWriter) {
        writer.put(row.userID)
        writer.put(row.productID)
        writer.put(row.quantity)
        writer.put(row.orderReference)
    }
}

extension EventReader {
    mutating func saleConfiguration() -> SaleConfiguration {
        SaleConfiguration(
            name: self.bytes(), state: SaleStateCode(rawValue: self.get()) ?? .unspecified,
            startsAtMilliseconds: self.get(), endsAtMilliseconds: self.get(),
            currency: self.bytes(), holdMilliseconds: self.get(), limitPerUser: self.get())
    }

    mutating func productRow() -> ProductRow {
        ProductRow(
            productID: self.bytes(), name: self.bytes(), total: self.get(),
            priceMinor: self.get(), limitPerUser: self.get(),
            state: ProductStateCode(rawValue: self.get()) ?? .unspecified)
    }

    mutating func purchaseRow() -> PurchaseRow {
        PurchaseRow(
            userID: self.bytes(), productID: self.bytes(), quantity: self.get(),
            orderReference: self.bytes())
    }
}
