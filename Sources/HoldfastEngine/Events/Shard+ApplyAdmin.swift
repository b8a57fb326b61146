/// Applying what operators decide: sales, products, purchases, states, stock.
extension Shard {
    mutating func apply(_ event: SaleSetEvent) {
        var slot = event.sale
        if slot == self.sales.end {
            slot = self.sales.append(from: self.blocks)
            let record = self.sales[slot]
            record.pointee.idCount = UInt8(event.id.count)
            (UnsafeMutableRawPointer(record) + SaleRecord.idOffset).copyMemory(
                from: event.id.base, byteCount: event.id.count)
            self.saleIndex.insert(
                self.tableHash.hash(scope: 0, event.id), slot, from: self.blocks)
        }
        let record = self.sales[slot]
        let configuration = event.configuration
        if !configuration.name.isEmpty && !SaleRecord.name(record).equals(configuration.name) {
            let name = self.blobs.copy(configuration.name, from: self.blocks)
            record.pointee.name = UInt64(UInt(bitPattern: name.base))
            record.pointee.nameCount = UInt16(name.count)
        }
        record.pointee.stateCode = configuration.state
        record.pointee.startsAt = configuration.startsAtMilliseconds
        record.pointee.endsAt = configuration.endsAtMilliseconds
        record.pointee.holdMilliseconds = configuration.holdMilliseconds
        record.pointee.limitPerUser = configuration.limitPerUser
        (UnsafeMutableRawPointer(record) + SaleRecord.currencyOffset).copyMemory(
            from: configuration.currency.base, byteCount: min(8, configuration.currency.count))
        self.nextSeal = 0
    }

    mutating func apply(_ event: ProductSetEvent) {
        var slot = event.product
        let sale = self.sales[event.sale]
        if slot == self.products.end {
            slot = self.products.append(from: self.blocks)
            let record = self.products[slot]
            record.pointee.idCount = UInt8(event.row.productID.count)
            (UnsafeMutableRawPointer(record) + ProductRecord.idOffset).copyMemory(
                from: event.row.productID.base, byteCount: event.row.productID.count)
            record.pointee.sale = event.sale
            record.pointee.total = event.row.total
            record.pointee.available = event.row.total
            record.pointee.queues.earliest = .max
            sale.pointee.units += event.row.total
            if sale.pointee.lastProduct == 0 {
                sale.pointee.firstProduct = slot
            } else {
                self.products[sale.pointee.lastProduct].pointee.nextInSale = slot
            }
            sale.pointee.lastProduct = slot
            sale.pointee.productCount += 1
            self.productIndex.insert(
                self.tableHash.hash(scope: event.sale, event.row.productID), slot,
                from: self.blocks)
        }
        let record = self.products[slot]
        if !event.row.name.isEmpty && !ProductRecord.name(record).equals(event.row.name) {
            let name = self.blobs.copy(event.row.name, from: self.blocks)
            record.pointee.name = UInt64(UInt(bitPattern: name.base))
            record.pointee.nameCount = UInt16(name.count)
        }
        record.pointee.priceMinor = event.row.priceMinor
        record.pointee.limitPerUser = event.row.limitPerUser
        record.pointee.stateCode = event.row.state
    }

    mutating func applyPurchase(sale: UInt32, product: UInt32, _ row: PurchaseRow) {
        let hash = self.tableHash.hash(scope: sale, row.userID)
        var buyer = self.findBuyer(sale, row.userID, hash: hash)
        if buyer == 0 { buyer = self.addBuyer(sale, row.userID, hash: hash) }
        self.setImported(buyer, product, row.quantity)
    }

    mutating func apply(_ event: OperationEvent) {
        switch event.kind {
        case .setSaleState:
            self.sales[event.sale].pointee.stateCode =
                SaleStateCode(rawValue: UInt8(event.value)) ?? .closed
        case .setProductState:
            self.products[event.subject].pointee.stateCode =
                ProductStateCode(rawValue: UInt8(event.value)) ?? .paused
        case .adjustStock:
            let product = self.products[event.subject]
            product.pointee.total += event.value
            product.pointee.available += event.value
            self.sales[event.sale].pointee.units += event.value
        case .refund: preconditionFailure("a refund has an event of its own")
        }
        _ = self.remember(
            event.kind, event.sale, subject: event.subject, event.request, event.payload)
    }

    mutating func applyStanding(sale: UInt32, user: ByteView, blacklisted: Bool) {
        let hash = self.tableHash.hash(scope: sale, user)
        var buyer = self.findBuyer(sale, user, hash: hash)
        if buyer == 0 { buyer = self.addBuyer(sale, user, hash: hash) }
        self.buyers[buyer].pointee.isBlacklisted = blacklisted
    }

    mutating func applySeal(sale: UInt32) {
        self.sales[sale].pointee.stateCode = .sealed
    }
}
