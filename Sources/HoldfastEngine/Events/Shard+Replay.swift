/// Replay: encoded events back into the tables, through the same `apply` as the live path.
extension Shard {
    /// Applies one encoded event. Total: it cannot refuse; an event that is not the next one is our own bug and traps.
    package mutating func apply(encoded event: UnsafeRawBufferPointer) {
        var reader = EventReader(event)
        precondition(reader.sequence == self.sequence + 1, "an event out of sequence")
        self.sequence = reader.sequence
        _ = self.advance(to: reader.time)
        switch reader.kind {
        case .reserved: self.replayReserved(&reader)
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
        }
    }

    private mutating func replayReserved(_ reader: inout EventReader) {
        let id = ReservationID(rawValue: reader.get())
        let request = reader.request()
        let payload = reader.payload()
        let deadline = reader.get(Int64.self)
        let sale = reader.get(UInt32.self)
        let count = Int(reader.get(UInt8.self))
        for index in 0..<count {
            let product = reader.get(UInt32.self)
            let granted = reader.get(UInt32.self)
            (self.grantScratch + index).initialize(
                to: GrantedLine(
                    product: product, granted: Int64(granted & 0x0fff_ffff),
                    priceMinor: reader.get(),
                    outcome: ReserveResult(rawValue: UInt8(granted &>> 28)) ?? .unspecified))
        }
        let user = reader.bytes()
        let order = reader.bytes()
        let buyerHash = self.tableHash.hash(scope: sale, user)
        _ = self.apply(
            ReservedEvent(
                id: id, request: request, payload: payload, deadline: deadline, sale: sale,
                user: user, order: order,
                lines: UnsafeBufferPointer(start: self.grantScratch, count: count)),
            buyer: self.findBuyer(sale, user, hash: buyerHash), buyerHash: buyerHash,
            requestHash: self.tableHash.hash(scope: sale, request))
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
