/// Reads. They wait for the newest event of the shard, and never show a hold that has lapsed.
extension Shard {
    mutating func getReservation(
        _ command: GetReservationCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .getReservation(GetReservationOutcome(result: .notFound))
            return
        }
        call.pointee.visibleAfter = self.sequence
        if self.sales[sale].pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            return
        }
        let known = self.resolve(sale, command.target)
        let slot = known & RequestEntry.slotMask
        switch known & ~RequestEntry.slotMask {
        case RequestEntry.tombstone:
            var outcome = GetReservationOutcome(result: .remembered)
            outcome.requestID = self.tombstones[slot].pointee.request
            call.pointee.outcome = .getReservation(outcome)
            return
        case RequestEntry.hold where slot != 0: break
        default:
            call.pointee.outcome = .getReservation(GetReservationOutcome(result: .notFound))
            call.pointee.visibleAfter = 0
            return
        }
        self.settle(slot, now, &events)
        let hold = self.holds[slot]
        var outcome = GetReservationOutcome(
            result: .found, reservationID: self.id(ofHold: slot))
        outcome.requestID = hold.pointee.request
        outcome.userID = BuyerRecord.id(self.buyers[hold.pointee.buyer])
        outcome.state = hold.pointee.state
        outcome.deadlineMilliseconds = hold.pointee.deadline
        outcome.late = hold.pointee.isLate
        outcome.extended = hold.pointee.extensionMilliseconds > 0
        outcome.frozen = hold.pointee.isFrozen
        outcome.cause = hold.pointee.cause
        if let references = self.references(ofHold: slot) {
            outcome.orderReference = ReferenceRecord.view(
                references.pointee.order, references.pointee.orderCount)
            outcome.paymentReference = ReferenceRecord.view(
                references.pointee.payment, references.pointee.paymentCount)
        }
        outcome.lineCount = hold.pointee.lineCount
        let bound =
            hold.pointee.state == .held || hold.pointee.state == .confirmed
            || hold.pointee.state == .refunded
        for index in 0..<hold.pointee.lineCount {
            let line = self.lines[hold.pointee.firstLine + UInt32(index)]
            var result = LineResult(
                productID: ProductRecord.id(self.products[line.pointee.product]))
            result.granted = line.pointee.granted
            result.quantity =
                bound && (hold.pointee.state != .refunded || hold.pointee.wasConfirmed)
                ? line.pointee.quantity : 0
            result.refunded = line.pointee.refunded
            result.priceMinor = line.pointee.priceMinor
            (command.results + index).initialize(to: result)
        }
        call.pointee.outcome = .getReservation(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    mutating func getStock(
        _ command: GetStockCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .getStock(GetStockOutcome(result: .saleNotFound))
            return
        }
        let record = self.sales[sale]
        if record.pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            call.pointee.visibleAfter = self.sequence
            return
        }
        var buyer: UInt32 = 0
        if !command.userID.isEmpty {
            let hash = self.tableHash.hash(scope: sale, command.userID)
            buyer = self.findBuyer(sale, command.userID, hash: hash)
        }
        if buyer != 0 && self.earliestDeadline <= now
            && !self.expireDue(ofBuyer: buyer, now, &events)
        {
            call.pointee.outcome = .refused(.expiryBacklog)
            return
        }
        var outcome = GetStockOutcome(result: .found)
        var budget = EngineLimits.expiriesPerTurnMax
        if command.productIDs.isEmpty {
            var product = record.pointee.firstProduct
            if !command.afterProductID.isEmpty {
                let after = self.findProduct(sale, command.afterProductID)
                product = after == 0 ? 0 : self.products[after].pointee.nextInSale
            }
            while product != 0 && outcome.rowCount < command.rowsMax {
                guard self.row(product, buyer, now, &budget, command, &outcome, &events) else {
                    call.pointee.outcome = .refused(.expiryBacklog)
                    return
                }
                product = self.products[product].pointee.nextInSale
            }
            outcome.more = product != 0
        } else {
            for id in command.productIDs {
                let product = self.findProduct(sale, id)
                if product == 0 {
                    outcome.result = .productNotFound
                    continue
                }
                guard self.row(product, buyer, now, &budget, command, &outcome, &events) else {
                    call.pointee.outcome = .refused(.expiryBacklog)
                    return
                }
            }
        }
        outcome.saleState = record.pointee.stateCode
        outcome.startsAtMilliseconds = record.pointee.startsAt
        outcome.endsAtMilliseconds = record.pointee.endsAt
        outcome.serverTimeMilliseconds = now
        outcome.currency = SaleRecord.currency(record)
        outcome.saleLimit = record.pointee.limitPerUser
        if buyer != 0 { outcome.saleUsed = Int64(self.buyers[buyer].pointee.saleUsed) }
        call.pointee.outcome = .getStock(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    /// Writes one row. False: holds of the product are due and there are too many to expire now.
    private mutating func row(
        _ product: UInt32, _ buyer: UInt32, _ now: Int64, _ budget: inout Int,
        _ command: GetStockCommand, _ outcome: inout GetStockOutcome, _ events: inout EventBuffer
    ) -> Bool {
        if self.earliestDeadline <= now {
            budget -= self.expireDue(ofProduct: product, now, limit: budget, &events)
            if self.products[product].pointee.queues.earliest <= now { return false }
        }
        let stock = self.products[product]
        var row = StockRow(productID: ProductRecord.id(stock), name: ProductRecord.name(stock))
        row.total = stock.pointee.total
        row.available = stock.pointee.available
        row.held = stock.pointee.held
        row.sold = stock.pointee.sold
        row.priceMinor = stock.pointee.priceMinor
        row.limitPerUser = stock.pointee.limitPerUser
        row.state = stock.pointee.stateCode
        let usage = self.usage(buyer, product)
        row.used = usage.used + usage.imported
        (command.rows + outcome.rowCount).initialize(to: row)
        outcome.rowCount += 1
        return true
    }
}
