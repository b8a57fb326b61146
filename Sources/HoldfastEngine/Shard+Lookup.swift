internal import CIntrinsics

/// How a shard finds its records.
extension Shard {
    @inline(__always)
    mutating func findSale(_ id: ByteView) -> UInt32 {
        let place = self.saleMemo.place(scope: 0, id)
        let guess = place.pointee
        if guess != 0 && SaleRecord.id(self.sales[guess]).equals(id) { return guess }
        return self.findUnguessedSale(id, place)
    }

    @inline(never)
    private mutating func findUnguessedSale(
        _ id: ByteView, _ place: UnsafeMutablePointer<UInt32>
    ) -> UInt32 {
        let found = self.saleIndex.find(self.tableHash.hash(scope: 0, id)) { slot in
            SaleRecord.id(self.sales[slot]).equals(id)
        }
        if found != 0 { place.pointee = found }
        return found
    }

    @inline(__always)
    mutating func findProduct(_ sale: UInt32, _ id: ByteView) -> UInt32 {
        let place = self.productMemo.place(scope: sale, id)
        let guess = place.pointee
        if guess != 0 {
            let record = self.products[guess]
            if record.pointee.sale == sale && ProductRecord.id(record).equals(id) { return guess }
        }
        return self.findUnguessedProduct(sale, id, place)
    }

    @inline(never)
    private mutating func findUnguessedProduct(
        _ sale: UInt32, _ id: ByteView, _ place: UnsafeMutablePointer<UInt32>
    ) -> UInt32 {
        let found = self.productIndex.find(self.tableHash.hash(scope: sale, id)) { slot in
            let record = self.products[slot]
            return record.pointee.sale == sale && ProductRecord.id(record).equals(id)
        }
        if found != 0 { place.pointee = found }
        return found
    }

    @inline(__always)
    mutating func findBuyer(_ sale: UInt32, _ user: ByteView, hash: UInt64) -> UInt32 {
        self.buyerIndex.find(hash) { slot in
            let record = self.buyers[slot]
            return record.pointee.sale == sale && BuyerRecord.id(record).equals(user)
        }
    }

    /// A `RequestEntry`, 0: unknown.
    @inline(__always)
    mutating func findRequest(_ sale: UInt32, _ request: RequestID, hash: UInt64) -> UInt32 {
        self.requestIndex.find(hash) { value in
            let slot = value & RequestEntry.slotMask
            switch value & ~RequestEntry.slotMask {
            case RequestEntry.hold:
                let hold = self.holds[slot]
                return hold.pointee.request == request && hold.pointee.sale == sale
            case RequestEntry.tombstone:
                let tombstone = self.tombstones[slot]
                return tombstone.pointee.request == request && tombstone.pointee.sale == sale
            default:
                let operation = self.operations[slot]
                return operation.pointee.request == request && operation.pointee.sale == sale
            }
        }
    }

    /// The `RequestEntry` that a call means; 0: there is none in this sale.
    mutating func resolve(_ sale: UInt32, _ target: ReservationTarget) -> UInt32 {
        switch target {
        case .reservation(let id):
            let slot = id.slot
            guard id.shard == self.index, slot > 0, slot < self.holds.end else { return 0 }
            let hold = self.holds[slot]
            guard hold.pointee.generation == id.generation, hold.pointee.sale == sale else {
                return 0
            }
            return slot
        case .request(let request):
            return self.findRequest(
                sale, request, hash: self.tableHash.hash(scope: sale, request))
        }
    }

    @inline(__always)
    mutating func id(ofHold slot: UInt32) -> ReservationID {
        ReservationID(
            shard: self.index, generation: self.holds[slot].pointee.generation, slot: slot)
    }

    /// Units that a buyer holds or bought (`used`) and that were imported.
    @inline(__always)
    mutating func usage(_ buyer: UInt32, _ product: UInt32) -> (used: Int64, imported: Int64) {
        if buyer == 0 { return (0, 0) }
        let record = self.buyers[buyer]
        if record.pointee.product == product { return (Int64(record.pointee.used), 0) }
        var entry = record.pointee.entries
        while entry != 0 {
            let limit = self.limitEntries[entry]
            if limit.pointee.product == product {
                return (Int64(limit.pointee.used), Int64(limit.pointee.imported))
            }
            entry = limit.pointee.next
        }
        return (0, 0)
    }

    /// The hold's references, nil: none.
    mutating func references(ofHold slot: UInt32) -> UnsafeMutablePointer<ReferenceRecord>? {
        guard self.holds[slot].pointee.hasReferences else { return nil }
        let found = self.referenceIndex.find(self.tableHash.hash(slot: slot)) { entry in
            self.references[entry].pointee.hold == slot
        }
        return found == 0 ? nil : self.references[found]
    }

    // MARK: - Lists for operators

    /// Up to `limit` sales with ids behind `after`, in byte order. Returns how many were written.
    package mutating func saleSummaries(
        after: ByteView, limit: Int, into: UnsafeMutablePointer<SaleSummary>
    ) -> Int {
        // Insertion into the sorted room: pages are small and the call is an operator's.
        var count = 0
        var slot: UInt32 = 1
        while slot < self.sales.end {
            let id = SaleRecord.id(self.sales[slot])
            if after.isEmpty || after.precedes(id) {
                var position = count
                while position > 0 && id.precedes(into[position - 1].saleID) { position -= 1 }
                if position < limit {
                    let last = min(count, limit - 1)
                    var move = last
                    if count < limit {
                        (into + count).initialize(to: self.summary(slot))
                        count += 1
                    }
                    while move > position {
                        into[move] = into[move - 1]
                        move -= 1
                    }
                    into[position] = self.summary(slot)
                }
            }
            slot += 1
        }
        return count
    }

    private mutating func summary(_ slot: UInt32) -> SaleSummary {
        let record = self.sales[slot]
        var summary = SaleSummary(
            saleID: SaleRecord.id(record), name: SaleRecord.name(record),
            state: record.pointee.stateCode)
        summary.startsAtMilliseconds = record.pointee.startsAt
        summary.endsAtMilliseconds = record.pointee.endsAt
        summary.currency = SaleRecord.currency(record)
        summary.holdMilliseconds = record.pointee.holdMilliseconds
        summary.limitPerUser = record.pointee.limitPerUser
        summary.productCount = record.pointee.productCount
        summary.liveHolds = record.pointee.liveHolds
        var product = record.pointee.firstProduct
        while product != 0 {
            let stock = self.products[product]
            summary.total += stock.pointee.total
            summary.available += stock.pointee.available
            summary.held += stock.pointee.held
            summary.sold += stock.pointee.sold
            product = stock.pointee.nextInSale
        }
        return summary
    }
}
