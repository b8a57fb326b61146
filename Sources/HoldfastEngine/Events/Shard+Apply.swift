internal import CIntrinsics

/// The only place that changes a shard's tables. Total: an event cannot be refused. The live path hands in what it
/// already found (slots, hashes); replay looks it up first.
extension Shard {
    /// Takes stock and limit, makes the reservation. `buyer` 0: not known yet. Returns the buyer.
    @inline(__always)
    mutating func apply(
        _ event: ReservedEvent, buyer known: UInt32, buyerHash: UInt64, requestHash: UInt64
    ) -> UInt32 {
        let buyer =
            known != 0 ? known : self.addBuyer(event.sale, event.user, hash: buyerHash)
        let slot = self.holds.append(from: self.blocks)
        precondition(slot == event.id.slot, "a reservation in another slot than its event says")
        let firstLine = self.lines.end
        let hold = self.holds[slot]
        hold.initialize(
            to: HoldRecord(
                request: event.request, payload: event.payload, deadline: event.deadline,
                generation: event.id.generation, buyer: buyer, firstLine: firstLine,
                lineCount: event.lines.count, sale: event.sale))
        for granted in event.lines {
            let line = self.lines.append(from: self.blocks)
            self.lines[line].initialize(
                to: LineRecord(
                    hold: slot, product: granted.product, granted: granted.granted,
                    priceMinor: granted.priceMinor, outcome: granted.outcome))
            if granted.granted == 0 { continue }
            let product = self.products[granted.product]
            product.pointee.available -= granted.granted
            product.pointee.held += granted.granted
            product.pointee.lastTake = self.sequence
            self.addUsed(buyer, granted.product, granted.granted)
            self.enqueue(line, deadline: event.deadline)
        }
        self.requestIndex.insert(requestHash, slot, from: self.blocks)
        let owner = self.buyers[buyer]
        let first = owner.pointee.firstHold
        hold.pointee.buyerNext = first
        if first != 0 { self.holds[first].pointee.buyerPrevious = slot }
        owner.pointee.firstHold = slot
        self.sales[event.sale].pointee.liveHolds += 1
        self.liveHolds += 1
        if !event.order.isEmpty { self.setReference(slot, order: event.order) }
        self.holds.prefetchNext()
        self.lines.prefetchNext()
        return buyer
    }

    mutating func addBuyer(_ sale: UInt32, _ user: ByteView, hash: UInt64) -> UInt32 {
        let slot = self.buyers.append(from: self.blocks)
        let record = self.buyers[slot]
        record.initialize(to: BuyerRecord(sale: sale))
        if user.count <= BuyerRecord.inlineIDBytes {
            BuyerRecord.setInlineID(record, user)
        } else {
            BuyerRecord.setLongID(record, self.blobs.copy(user, from: self.blocks))
        }
        self.buyerIndex.insert(hash, slot, from: self.blocks)
        self.buyers.prefetchNext()
        return slot
    }

    /// Adds to what a buyer holds and bought of a product.
    @inline(__always)
    mutating func addUsed(_ buyer: UInt32, _ product: UInt32, _ delta: Int64) {
        let record = self.buyers[buyer]
        record.pointee.saleUsed = UInt32(Int64(record.pointee.saleUsed) + delta)
        if record.pointee.product == product {
            record.pointee.used = UInt32(Int64(record.pointee.used) + delta)
            return
        }
        if let entry = self.limitEntry(buyer, product) {
            entry.pointee.used = UInt32(Int64(entry.pointee.used) + delta)
        } else if record.pointee.product == 0 {
            record.pointee.product = product
            record.pointee.used = UInt32(delta)
        } else {
            self.addLimitEntry(buyer, product).pointee.used = UInt32(delta)
        }
    }

    private mutating func limitEntry(
        _ buyer: UInt32, _ product: UInt32
    ) -> UnsafeMutablePointer<LimitEntry>? {
        var entry = self.buyers[buyer].pointee.entries
        while entry != 0 {
            let record = self.limitEntries[entry]
            if record.pointee.product == product { return record }
            entry = record.pointee.next
        }
        return nil
    }

    private mutating func addLimitEntry(
        _ buyer: UInt32, _ product: UInt32
    ) -> UnsafeMutablePointer<LimitEntry> {
        let slot = self.limitEntries.append(from: self.blocks)
        let record = self.limitEntries[slot]
        let owner = self.buyers[buyer]
        record.initialize(
            to: LimitEntry(product: product, used: 0, imported: 0, next: owner.pointee.entries))
        owner.pointee.entries = slot
        return record
    }

    /// Sets what was imported for a buyer; what is held and sold stays.
    mutating func setImported(_ buyer: UInt32, _ product: UInt32, _ quantity: Int64) {
        let owner = self.buyers[buyer]
        let entry: UnsafeMutablePointer<LimitEntry>
        if let known = self.limitEntry(buyer, product) {
            entry = known
        } else {
            entry = self.addLimitEntry(buyer, product)
            if owner.pointee.product == product {
                entry.pointee.used = owner.pointee.used
                owner.pointee.product = 0
                owner.pointee.used = 0
            }
        }
        let change = quantity - Int64(entry.pointee.imported)
        owner.pointee.saleUsed = UInt32(Int64(owner.pointee.saleUsed) + change)
        entry.pointee.imported = UInt32(quantity)
    }

    private mutating func reference(_ hold: UInt32) -> UnsafeMutablePointer<ReferenceRecord> {
        if let known = self.references(ofHold: hold) { return known }
        let slot = self.references.append(from: self.blocks)
        self.references[slot].pointee.hold = hold
        self.referenceIndex.insert(self.tableHash.hash(slot: hold), slot, from: self.blocks)
        self.holds[hold].pointee.hasReferences = true
        return self.references[slot]
    }

    mutating func setReference(_ hold: UInt32, order: ByteView) {
        let copy = self.blobs.copy(order, from: self.blocks)
        let record = self.reference(hold)
        record.pointee.order = UInt64(UInt(bitPattern: copy.base))
        record.pointee.orderCount = UInt8(copy.count)
    }

    mutating func setReference(_ hold: UInt32, payment: ByteView) {
        if payment.isEmpty { return }
        let copy = self.blobs.copy(payment, from: self.blocks)
        let record = self.reference(hold)
        record.pointee.payment = UInt64(UInt(bitPattern: copy.base))
        record.pointee.paymentCount = UInt8(copy.count)
    }

    /// Ends a live hold's life among the living: queues, the buyer's chain, counts. Stock is the caller's.
    mutating func unlink(_ slot: UInt32) {
        let hold = self.holds[slot]
        for index in 0..<hold.pointee.lineCount {
            self.dequeue(hold.pointee.firstLine + UInt32(index))
        }
        let next = hold.pointee.buyerNext
        let previous = hold.pointee.buyerPrevious
        if next != 0 { self.holds[next].pointee.buyerPrevious = previous }
        if previous != 0 {
            self.holds[previous].pointee.buyerNext = next
        } else {
            self.buyers[hold.pointee.buyer].pointee.firstHold = next
        }
        hold.pointee.buyerNext = 0
        hold.pointee.buyerPrevious = 0
        self.sales[hold.pointee.sale].pointee.liveHolds -= 1
        self.liveHolds -= 1
    }

    /// Cancelled, expired or released. From HELD stock and limit go back, once; from anything else only the state moves.
    mutating func applyEnd(_ slot: UInt32, _ state: ReservationState) {
        let hold = self.holds[slot]
        if hold.pointee.state == .held {
            self.unlink(slot)
            for index in 0..<hold.pointee.lineCount {
                let line = self.lines[hold.pointee.firstLine + UInt32(index)]
                let quantity = line.pointee.quantity
                if quantity == 0 { continue }
                let product = self.products[line.pointee.product]
                product.pointee.held -= quantity
                product.pointee.available += quantity
                self.addUsed(hold.pointee.buyer, line.pointee.product, -quantity)
            }
            if state == .expired {
                let buyer = self.buyers[hold.pointee.buyer]
                if buyer.pointee.lapses < .max { buyer.pointee.lapses += 1 }
            }
        }
        hold.pointee.state = state
    }

    mutating func apply(_ event: ConfirmedEvent) {
        let hold = self.holds[event.hold]
        if !event.late { self.unlink(event.hold) }
        for index in 0..<hold.pointee.lineCount {
            let line = self.lines[hold.pointee.firstLine + UInt32(index)]
            let product = self.products[line.pointee.product]
            let confirmed = Int64(event.quantities[index])
            let held = line.pointee.quantity
            line.pointee.quantity = confirmed
            if event.late {
                if confirmed == 0 { continue }
                product.pointee.available -= confirmed
                product.pointee.lastTake = self.sequence
                self.addUsed(hold.pointee.buyer, line.pointee.product, confirmed)
            } else {
                product.pointee.held -= held
                product.pointee.available += held - confirmed
                if held != confirmed {
                    self.addUsed(hold.pointee.buyer, line.pointee.product, confirmed - held)
                }
            }
            product.pointee.sold += confirmed
        }
        if event.late {
            let buyer = self.buyers[hold.pointee.buyer]
            if buyer.pointee.lapses > 0 { buyer.pointee.lapses -= 1 }
        }
        hold.pointee.state = .confirmed
        hold.pointee.wasConfirmed = true
        hold.pointee.isLate = event.late
        self.setReference(event.hold, payment: event.payment)
    }

    mutating func apply(_ event: RefundDueEvent) {
        if event.hold != 0 {
            let hold = self.holds[event.hold]
            hold.pointee.state = .refundDue
            hold.pointee.cause = event.cause
            self.setReference(event.hold, payment: event.payment)
            return
        }
        let known = self.resolve(event.sale, .request(event.request))
        precondition(
            known & ~RequestEntry.slotMask == RequestEntry.tombstone,
            "a refund is due for a request id without a tombstone")
        self.tombstones[known & RequestEntry.slotMask].pointee.refundDue = true
    }

    mutating func apply(_ event: RefundedEvent) {
        let hold = self.holds[event.hold]
        let sale = self.sales[hold.pointee.sale]
        for refunded in event.lines {
            let line = self.lines[refunded.line]
            let product = self.products[line.pointee.product]
            let quantity = Int64(refunded.quantity)
            line.pointee.quantity -= quantity
            line.pointee.refunded += quantity
            product.pointee.sold -= quantity
            if event.restock {
                product.pointee.available += quantity
            } else {
                product.pointee.total -= quantity
                sale.pointee.units -= quantity
            }
            self.addUsed(hold.pointee.buyer, line.pointee.product, -quantity)
        }
        var left: Int64 = 0
        for index in 0..<hold.pointee.lineCount where hold.pointee.state == .confirmed {
            left += self.lines[hold.pointee.firstLine + UInt32(index)].pointee.quantity
        }
        if left == 0 { hold.pointee.state = .refunded }
        let operation = self.remember(
            .refund, hold.pointee.sale, subject: event.hold, event.request, event.payload)
        if event.lines.count > 0 {
            let bytes = event.lines.count * MemoryLayout<RefundedLine>.stride
            let copy = self.blobs.allocate(bytes, from: self.blocks)
            UnsafeMutableRawPointer(copy).copyMemory(
                from: UnsafeRawPointer(event.lines.baseAddress!), byteCount: bytes)
            operation.pointee.lines = UInt64(UInt(bitPattern: copy))
            operation.pointee.lineCount = UInt8(event.lines.count)
        }
    }

    mutating func remember(
        _ kind: OperationKind, _ sale: UInt32, subject: UInt32, _ request: RequestID,
        _ payload: PayloadHash
    ) -> UnsafeMutablePointer<OperationRecord> {
        let slot = self.operations.append(from: self.blocks)
        let record = self.operations[slot]
        record.pointee.request = request
        record.pointee.payload = payload
        record.pointee.sale = sale
        record.pointee.subject = subject
        record.pointee.kind = kind.rawValue
        self.requestIndex.insert(
            self.tableHash.hash(scope: sale, request), RequestEntry.operation | slot,
            from: self.blocks)
        return record
    }

    mutating func applyTombstone(sale: UInt32, request: RequestID, reason: UInt8) {
        let slot = self.tombstones.append(from: self.blocks)
        let record = self.tombstones[slot]
        record.pointee.request = request
        record.pointee.sale = sale
        record.pointee.reason = reason
        self.requestIndex.insert(
            self.tableHash.hash(scope: sale, request), RequestEntry.tombstone | slot,
            from: self.blocks)
        self.sales[sale].pointee.tombstones += 1
    }

    mutating func applyExtension(hold slot: UInt32, milliseconds: Int64) {
        let hold = self.holds[slot]
        for index in 0..<hold.pointee.lineCount {
            self.dequeue(hold.pointee.firstLine + UInt32(index))
        }
        hold.pointee.deadline += milliseconds
        hold.pointee.extensionMilliseconds = milliseconds
        for index in 0..<hold.pointee.lineCount {
            let line = hold.pointee.firstLine + UInt32(index)
            if self.lines[line].pointee.quantity > 0 {
                self.enqueue(line, deadline: hold.pointee.deadline)
            }
        }
    }
}
