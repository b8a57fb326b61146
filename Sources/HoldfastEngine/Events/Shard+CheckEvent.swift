/// Whether an event can be applied: for events that come from a file, whose checksum says that somebody wrote them, but
/// not that it was this program in its right mind. The live path has no use for it.
extension Shard {
    /// Nil: the event is the next one, and `apply` will meet only what is there. Else what is wrong with it.
    /// - Parameter event: As many bytes as its length says; at least a head.
    mutating func problem(with event: UnsafeRawPointer) -> StaticString? {
        let byteCount = Int(
            UInt32(littleEndian: event.loadUnaligned(as: UInt32.self)))
        guard byteCount >= EventHead.byteCount else { return "it is shorter than its head" }
        guard event.load(fromByteOffset: 5, as: UInt8.self) == EventHead.version else {
            return "its version is unknown"
        }
        guard let kind = EventKind(rawValue: event.load(fromByteOffset: 4, as: UInt8.self)) else {
            return "its kind is unknown"
        }
        let shard = UInt16(littleEndian: event.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        guard Int(shard) == self.index else { return "it is another shard's" }
        let sequence = UInt64(
            littleEndian: event.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        guard sequence == self.sequence &+ 1 else { return "it is out of sequence" }
        var scan = EventScan(event: event, byteCount: byteCount)
        let fits: Bool
        switch kind {
        case .reserved: fits = self.fitsReserved(&scan)
        case .confirmed: fits = self.fitsConfirmed(&scan)
        case .refundDue: fits = self.fitsRefundDue(&scan)
        case .refunded: fits = self.fitsRefunded(&scan)
        case .cancelled, .expired, .released: fits = self.fitsEnd(kind, &scan)
        case .extended: fits = self.fitsExtension(&scan)
        case .tombstoned:
            fits = self.isSale(scan.get())
            scan.skip(17)
        case .saleSet: fits = self.fitsSale(&scan)
        case .productSet: fits = self.fitsProduct(&scan)
        case .purchaseSet: fits = self.fitsPurchase(&scan)
        case .stockAdjusted, .saleStateSet, .productStateSet:
            fits = self.fitsOperation(kind, &scan)
        case .saleSealed: fits = self.isSale(scan.get())
        case .buyerStandingSet:
            fits = self.isSale(scan.get())
            scan.skip(1)
            _ = scan.id()
        case .importStaged, .importCommitted, .importDropped:
            fits = self.fitsImport(kind, &scan)
        case .leaseGranted: fits = self.fitsGrant(&scan)
        case .leaseRenewed:
            fits = self.isHeldLease(scan.get())
            scan.skip(8)
        case .leaseEnded:
            fits = self.isHeldLease(scan.get())
            scan.skip(1)
        case .blacklistAdded: fits = self.fitsBlacklistAdded(&scan)
        case .blacklistRemoved: fits = self.fitsBlacklistRemoved(&scan)
        }
        guard scan.isWhole else { return "its fields do not fill it" }
        return fits ? nil : "it does not follow from the events before it"
    }

    @inline(__always)
    private func isSale(_ slot: UInt32) -> Bool { slot > 0 && slot < self.sales.end }

    @inline(__always)
    private func isProduct(_ slot: UInt32, of sale: UInt32) -> Bool {
        slot > 0 && slot < self.products.end && self.products[slot].pointee.sale == sale
    }

    @inline(__always)
    private func isHold(_ slot: UInt32) -> Bool { slot > 0 && slot < self.holds.end }

    private func isHeldLease(_ slot: UInt32) -> Bool {
        slot > 0 && slot < self.leases.end && self.leases[slot].pointee.heapPosition > 0
    }

    @inline(__always)
    private func fitsReserved(_ scan: inout EventScan) -> Bool {
        let id = ReservationID(rawValue: scan.get())
        scan.skip(32)
        let deadline = scan.get(Int64.self)
        let sale = scan.get(UInt32.self)
        let count = Int(scan.get(UInt8.self))
        guard id.shard == self.index, id.slot == self.holds.end, deadline >= 0,
            deadline < 1 << 44, self.isSale(sale), count >= 1, count <= EngineLimits.linesMax
        else { return false }
        var fits = true
        for _ in 0..<count {
            let product = scan.get(UInt32.self)
            let granted = Int64(scan.get(UInt32.self) & 0x0fff_ffff)
            let price = scan.get(Int64.self)
            fits =
                fits && self.isProduct(product, of: sale) && granted <= EngineLimits.quantityMax
                && granted <= self.products[product].pointee.available && price >= 0
                && price <= EngineLimits.priceMinorMax
        }
        _ = scan.id()
        _ = scan.reference()
        return fits
    }

    private func fitsConfirmed(_ scan: inout EventScan) -> Bool {
        let slot = scan.get(UInt32.self)
        let late = scan.get(UInt8.self) != 0
        let count = Int(scan.get(UInt8.self))
        guard self.isHold(slot) else { return false }
        let hold = self.holds[slot].pointee
        guard count == hold.lineCount, late == (hold.state == .expired),
            late || hold.state == .held
        else { return false }
        for index in 0..<count {
            let confirmed = Int64(scan.get(UInt32.self))
            let line = self.lines[hold.firstLine + UInt32(index)].pointee
            guard confirmed <= line.quantity,
                !late || confirmed <= self.products[line.product].pointee.available
            else { return false }
        }
        _ = scan.reference()
        return true
    }

    private mutating func fitsRefundDue(_ scan: inout EventScan) -> Bool {
        let slot = scan.get(UInt32.self)
        let sale = scan.get(UInt32.self)
        let request = scan.request()
        let cause = scan.get(UInt8.self)
        _ = scan.reference()
        guard RefundCause(rawValue: cause) != nil else { return false }
        if slot != 0 {
            guard self.isHold(slot) else { return false }
            let state = self.holds[slot].pointee.state
            return state != .held && state != .confirmed
        }
        guard self.isSale(sale) else { return false }
        let known = self.resolve(sale, .request(request))
        return known & ~RequestEntry.slotMask == RequestEntry.tombstone
    }

    private func fitsRefunded(_ scan: inout EventScan) -> Bool {
        let slot = scan.get(UInt32.self)
        scan.skip(33)
        let count = Int(scan.get(UInt8.self))
        guard self.isHold(slot), count <= EngineLimits.linesMax else { return false }
        let hold = self.holds[slot].pointee
        guard count == 0 || hold.state == .confirmed else { return false }
        for _ in 0..<count {
            let line = scan.get(UInt32.self)
            let quantity = Int64(scan.get(UInt32.self))
            guard line >= hold.firstLine, line < hold.firstLine + UInt32(hold.lineCount),
                quantity <= self.lines[line].pointee.quantity
            else { return false }
        }
        _ = scan.reference()
        return hold.state != .held
    }

    private func fitsEnd(_ kind: EventKind, _ scan: inout EventScan) -> Bool {
        let slot = scan.get(UInt32.self)
        scan.skip(1)
        guard self.isHold(slot) else { return false }
        let state = self.holds[slot].pointee.state
        return state == .held || (kind == .cancelled && (state == .expired || state == .released))
    }

    private func fitsExtension(_ scan: inout EventScan) -> Bool {
        let slot = scan.get(UInt32.self)
        let milliseconds = scan.get(Int64.self)
        guard self.isHold(slot), milliseconds >= 0, milliseconds < 1 << 24 else { return false }
        let hold = self.holds[slot].pointee
        return hold.state == .held && hold.deadline + milliseconds < 1 << 44
    }

    private func fitsSale(_ scan: inout EventScan) -> Bool {
        let slot = scan.get(UInt32.self)
        let id = scan.id()
        guard scan.isConfiguration() else { return false }
        if slot == self.sales.end { return self.sales.count < EngineLimits.salesPerShardMax }
        return self.isSale(slot) && SaleRecord.id(self.sales[slot]).equals(id)
    }

    private func fitsProduct(_ scan: inout EventScan) -> Bool {
        let slot = scan.get(UInt32.self)
        let sale = scan.get(UInt32.self)
        guard let total = scan.productTotal(), self.isSale(sale) else { return false }
        if slot == self.products.end {
            return self.sales[sale].pointee.units + total <= EngineLimits.saleUnitsMax
        }
        return self.isProduct(slot, of: sale)
    }

    private mutating func fitsPurchase(_ scan: inout EventScan) -> Bool {
        let sale = scan.get(UInt32.self)
        let product = scan.get(UInt32.self)
        let user = scan.id()
        _ = scan.id()
        let quantity = scan.get(Int64.self)
        _ = scan.reference()
        guard self.isSale(sale), self.isProduct(product, of: sale), quantity >= 0,
            quantity <= EngineLimits.importedUnitsMax
        else { return false }
        let buyer = self.findBuyer(sale, user, hash: self.tableHash.hash(scope: sale, user))
        if buyer == 0 { return true }
        return Int64(self.buyers[buyer].pointee.saleUsed) + quantity <= Int64(UInt32.max)
    }

    private func fitsOperation(_ kind: EventKind, _ scan: inout EventScan) -> Bool {
        let sale = scan.get(UInt32.self)
        let subject = scan.get(UInt32.self)
        scan.skip(32)
        let value = scan.get(Int64.self)
        guard self.isSale(sale), abs(value) <= EngineLimits.saleUnitsMax else { return false }
        if kind == .saleStateSet { return subject == 0 && value >= 0 && value <= 255 }
        guard self.isProduct(subject, of: sale) else { return false }
        if kind == .productStateSet { return value >= 0 && value <= 255 }
        return self.products[subject].pointee.available + value >= 0
            && self.sales[sale].pointee.units + value <= EngineLimits.saleUnitsMax
    }

    private func fitsImport(_ kind: EventKind, _ scan: inout EventScan) -> Bool {
        let id = scan.request()
        let chunk = Int(scan.get(UInt32.self))
        scan.skip(16)
        let body = scan.raw(Int(scan.get(UInt32.self)))
        let known = self.imports[id]
        switch kind {
        case .importStaged:
            return known?.committed == nil && chunk == known?.chunks.count ?? 0
                && EventScan.isChunk(UnsafeRawBufferPointer(body.buffer))
        case .importCommitted:
            var inner = EventScan(UnsafeRawBufferPointer(body.buffer))
            inner.skip(12)
            _ = inner.id()
            return known?.committed == nil && chunk == known?.chunks.count ?? 0 && inner.isWhole
        default: return true
        }
    }

    private func fitsGrant(_ scan: inout EventScan) -> Bool {
        let sale = scan.get(UInt32.self)
        let token = scan.get(UInt64.self)
        scan.skip(32)
        let name = scan.reference()
        _ = scan.reference()
        guard token == self.fencingCounter &+ 1 else { return false }
        if sale != 0 {
            return self.isSale(sale) && self.sales[sale].pointee.lease == 0 && name.isEmpty
        }
        if name.isEmpty { return false }
        return self.leaseIndex.find(self.tableHash.hash(scope: 0, name)) { slot in
            LeaseRecord.name(self.leases[slot]).equals(name)
        } == 0
    }
}
