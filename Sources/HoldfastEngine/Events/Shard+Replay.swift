/// Replay: encoded events back into the tables, through the same `apply` as the live path.
extension Shard {
    /// Applies one encoded event of our own. Total: it cannot refuse; an event that is not the next one is our own bug
    /// and traps. What comes from a file goes through `replay`.
    package mutating func apply(encoded event: UnsafeRawBufferPointer) {
        guard let base = event.baseAddress, event.count >= EventHead.byteCount,
            Int(UInt32(littleEndian: base.loadUnaligned(as: UInt32.self))) == event.count
        else { preconditionFailure("an event's length") }
        if let words = self.problem(with: base) { preconditionFailure("an event: \(words)") }
        self.applyChecked(base, buyerHash: nil, requestHash: nil)
    }

    /// Applies an event that `problem` has nothing against.
    @inline(__always)
    mutating func applyChecked(
        _ event: UnsafeRawPointer, buyerHash: UInt64?, requestHash: UInt64?
    ) {
        let fields = ReservedBytes(event)
        self.sequence &+= 1
        _ = self.advance(to: fields.time)
        if fields.isReserved {
            self.replayedTimes.note(slot: self.holds.end, milliseconds: fields.time)
            self.replayReserved(fields, buyerHash: buyerHash, requestHash: requestHash)
        } else {
            self.replayOther(event)
        }
    }

    @inline(never)
    private mutating func replayOther(_ event: UnsafeRawPointer) {
        let byteCount = Int(UInt32(littleEndian: event.loadUnaligned(as: UInt32.self)))
        var reader = EventReader(UnsafeRawBufferPointer(start: event, count: byteCount))
        switch reader.kind {
        case .reserved: preconditionFailure("a reservation is replayed by itself")
        case .confirmed:
            let hold = reader.get(UInt32.self)
            let late = reader.get(UInt8.self) != 0
            let count = Int(reader.get(UInt8.self))
            for index in 0..<count { self.quantityScratch[index] = reader.get() }
            self.apply(
                ConfirmedEvent(
                    hold: hold, late: late, payment: reader.bytes(),
                    quantities: UnsafeBufferPointer(start: self.quantityScratch, count: count)))
        case .refundDue:
            self.apply(
                RefundDueEvent(
                    hold: reader.get(), sale: reader.get(), request: reader.request(),
                    cause: RefundCause(rawValue: reader.get()) ?? .none, payment: reader.bytes()))
        case .refunded: self.replayRefunded(&reader)
        case .cancelled: self.applyEnd(reader.get(), .cancelled)
        case .expired: self.applyEnd(reader.get(), .expired)
        case .released: self.applyEnd(reader.get(), .released)
        case .extended: self.applyExtension(hold: reader.get(), milliseconds: reader.get())
        case .tombstoned:
            self.applyTombstone(
                sale: reader.get(), request: reader.request(), reason: reader.get())
        case .saleSet:
            self.apply(
                SaleSetEvent(
                    sale: reader.get(), id: reader.bytes(),
                    configuration: reader.saleConfiguration()))
        case .productSet:
            self.apply(
                ProductSetEvent(
                    product: reader.get(), sale: reader.get(), row: reader.productRow()))
        case .purchaseSet:
            self.applyPurchase(
                sale: reader.get(), product: reader.get(), reader.purchaseRow())
        case .stockAdjusted: self.replayOperation(.adjustStock, &reader)
        case .saleStateSet: self.replayOperation(.setSaleState, &reader)
        case .productStateSet: self.replayOperation(.setProductState, &reader)
        case .saleSealed: self.applySeal(sale: reader.get())
        case .buyerStandingSet:
            let sale = reader.get(UInt32.self)
            let blacklisted = reader.get(UInt8.self) != 0
            self.applyStanding(sale: sale, user: reader.bytes(), blacklisted: blacklisted)
        case .importStaged:
            let id = reader.request()
            let chunk = reader.get(UInt32.self)
            let payload = reader.payload()
            let body = reader.raw(Int(reader.get(UInt32.self)))
            self.applyStaged(id, chunk: chunk, payload: payload, body: body)
        case .importCommitted:
            let id = reader.request()
            let chunk = reader.get(UInt32.self)
            let payload = reader.payload()
            let body = reader.raw(Int(reader.get(UInt32.self)))
            self.applyCommitted(id, chunk: chunk, payload: payload, body: body)
        case .importDropped: self.imports[reader.request()] = nil
        case .leaseGranted: self.replayLeaseGranted(&reader)
        case .leaseRenewed: self.applyLeaseRenewed(reader.get(), deadline: reader.get())
        case .leaseEnded: self.applyLeaseEnded(reader.get())
        case .blacklistAdded: self.replayBlacklistAdded(&reader)
        case .blacklistRemoved: self.replayBlacklistRemoved(&reader)
        }
    }

    private mutating func replayRefunded(_ reader: inout EventReader) {
        let hold = reader.get(UInt32.self)
        let request = reader.request()
        let payload = reader.payload()
        let restock = reader.get(UInt8.self) != 0
        let count = Int(reader.get(UInt8.self))
        for index in 0..<count {
            (self.refundScratch + index).initialize(
                to: RefundedLine(line: reader.get(), quantity: reader.get()))
        }
        self.apply(
            RefundedEvent(
                hold: hold, request: request, payload: payload, restock: restock,
                reference: reader.bytes(),
                lines: UnsafeBufferPointer(start: self.refundScratch, count: count)))
    }

    private mutating func replayOperation(_ kind: OperationKind, _ reader: inout EventReader) {
        self.apply(
            OperationEvent(
                kind: kind, sale: reader.get(), subject: reader.get(), request: reader.request(),
                payload: reader.payload(), value: reader.get()))
    }
}
