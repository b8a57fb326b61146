/// Confirm: RULES 4. Money that arrived is never forgotten.
extension Shard {
    mutating func confirm(
        _ command: ConfirmCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .confirm(ConfirmOutcome(result: .notFound))
            return
        }
        if self.sales[sale].pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            call.pointee.visibleAfter = self.sequence
            return
        }
        let known = self.resolve(sale, command.target)
        let slot = known & RequestEntry.slotMask
        switch known & ~RequestEntry.slotMask {
        case RequestEntry.tombstone:
            self.confirmTombstone(command, sale, slot, call, now, &events)
            return
        case RequestEntry.hold where slot != 0: break
        default:
            call.pointee.outcome = .confirm(ConfirmOutcome(result: .notFound))
            return
        }
        self.settle(slot, now, &events)
        let hold = self.holds[slot]
        switch hold.pointee.state {
        case .held, .expired:
            guard self.quantities(of: command, slot) else {
                call.pointee.outcome = .refused(.confirmLinesInvalid)
                return
            }
            self.confirmLive(command, slot, call, now, &events)
        case .confirmed,
            .refunded where hold.pointee.wasConfirmed:
            self.confirmAgain(command, slot, call)
        case .cancelled:
            self.refundDue(.cancelled, command, slot, call, now, &events)
        case .released:
            self.refundDue(.released, command, slot, call, now, &events)
        case .refundDue, .refunded:
            var outcome = ConfirmOutcome(
                result: .refundDue, reservationID: self.id(ofHold: slot))
            outcome.cause = hold.pointee.cause
            outcome.replayed = true
            outcome.state = hold.pointee.state
            call.pointee.outcome = .confirm(outcome)
        case .none: preconditionFailure("a reservation without a state")
        }
        call.pointee.visibleAfter = self.sequence
    }

    /// Works out into scratch what each of the hold's lines is confirmed with. False: not what the hold has.
    private mutating func quantities(of command: ConfirmCommand, _ slot: UInt32) -> Bool {
        let hold = self.holds[slot]
        let count = hold.pointee.lineCount
        var total: Int64 = 0
        if command.lines.isEmpty {
            for index in 0..<count {
                self.quantityScratch[index] = UInt32(
                    self.lines[hold.pointee.firstLine + UInt32(index)].pointee.quantity)
            }
            return true
        }
        for index in 0..<count { self.quantityScratch[index] = 0 }
        for asked in command.lines {
            guard let index = self.lineIndex(slot, asked.productID) else { return false }
            let line = self.lines[hold.pointee.firstLine + UInt32(index)]
            if asked.quantity > line.pointee.quantity { return false }
            self.quantityScratch[index] = UInt32(asked.quantity)
            total += asked.quantity
        }
        return total > 0
    }

    /// Which of a hold's lines is for a product.
    mutating func lineIndex(_ slot: UInt32, _ productID: ByteView) -> Int? {
        let hold = self.holds[slot]
        for index in 0..<hold.pointee.lineCount {
            let product = self.lines[hold.pointee.firstLine + UInt32(index)].pointee.product
            if ProductRecord.id(self.products[product]).equals(productID) { return index }
        }
        return nil
    }

    /// A hold that is live, or lapsed and may be taken again in one step.
    private mutating func confirmLive(
        _ command: ConfirmCommand, _ slot: UInt32, _ call: UnsafeMutablePointer<Call>,
        _ now: Int64, _ events: inout EventBuffer
    ) {
        let hold = self.holds[slot]
        let late = hold.pointee.state == .expired
        if late {
            if let cause = self.lateBar(slot, now, &events) {
                if cause == .none {
                    call.pointee.outcome = .refused(.expiryBacklog)
                    return
                }
                self.refundDue(cause, command, slot, call, now, &events)
                return
            }
        }
        let event = ConfirmedEvent(
            hold: slot, late: late, payment: command.paymentReference,
            quantities: UnsafeBufferPointer(
                start: self.quantityScratch, count: hold.pointee.lineCount))
        self.record(event, now, &events)
        self.apply(event)
        var outcome = ConfirmOutcome(result: .confirmed, reservationID: self.id(ofHold: slot))
        outcome.late = late
        outcome.state = .confirmed
        outcome.lineCount = self.fillConfirmed(slot, command.results)
        call.pointee.outcome = .confirm(outcome)
    }

    /// What bars a lapsed hold's Confirm; `.none`: due holds stand in the way and must be expired first.
    private mutating func lateBar(
        _ slot: UInt32, _ now: Int64, _ events: inout EventBuffer
    ) -> RefundCause? {
        let hold = self.holds[slot]
        let sale = self.sales[hold.pointee.sale]
        if sale.pointee.stateCode != .open { return .saleClosed }
        for index in 0..<hold.pointee.lineCount where self.quantityScratch[index] > 0 {
            let line = self.lines[hold.pointee.firstLine + UInt32(index)]
            if self.products[line.pointee.product].pointee.stateCode == .paused {
                return .saleClosed
            }
        }
        if self.buyers[hold.pointee.buyer].pointee.isBlacklisted { return .buyerBlacklisted }
        guard let short = self.lateShortage(slot) else { return nil }
        if self.earliestDeadline > now { return short }
        // Somebody's due hold may be what is missing.
        var budget = EngineLimits.expiriesPerTurnMax
        var drained = true
        for index in 0..<hold.pointee.lineCount where self.quantityScratch[index] > 0 {
            let product = self.lines[hold.pointee.firstLine + UInt32(index)].pointee.product
            budget -= self.expireDue(ofProduct: product, now, limit: budget, &events)
            if self.products[product].pointee.queues.earliest <= now { drained = false }
        }
        if !self.expireDue(ofBuyer: hold.pointee.buyer, now, &events) { drained = false }
        guard let stillShort = self.lateShortage(slot) else { return nil }
        return drained ? stillShort : RefundCause.none
    }

    private mutating func lateShortage(_ slot: UInt32) -> RefundCause? {
        let hold = self.holds[slot]
        let saleLimit = self.sales[hold.pointee.sale].pointee.limitPerUser
        var total: Int64 = 0
        for index in 0..<hold.pointee.lineCount where self.quantityScratch[index] > 0 {
            let product = self.lines[hold.pointee.firstLine + UInt32(index)].pointee.product
            let limit = self.products[product].pointee.limitPerUser
            let usage = self.usage(hold.pointee.buyer, product)
            let asked = Int64(self.quantityScratch[index])
            if limit != 0 && usage.used + usage.imported + asked > limit { return .expiredLimit }
            total += asked
        }
        if saleLimit != 0
            && Int64(self.buyers[hold.pointee.buyer].pointee.saleUsed) + total > saleLimit
        {
            return .expiredLimit
        }
        for index in 0..<hold.pointee.lineCount where self.quantityScratch[index] > 0 {
            let product = self.lines[hold.pointee.firstLine + UInt32(index)].pointee.product
            if self.products[product].pointee.available < Int64(self.quantityScratch[index]) {
                return .expiredSoldOut
            }
        }
        return nil
    }

    private mutating func refundDue(
        _ cause: RefundCause, _ command: ConfirmCommand, _ slot: UInt32,
        _ call: UnsafeMutablePointer<Call>, _ now: Int64, _ events: inout EventBuffer
    ) {
        let event = RefundDueEvent(
            hold: slot, sale: self.holds[slot].pointee.sale,
            request: self.holds[slot].pointee.request, cause: cause,
            payment: command.paymentReference)
        self.record(event, now, &events)
        self.apply(event)
        var outcome = ConfirmOutcome(result: .refundDue, reservationID: self.id(ofHold: slot))
        outcome.cause = cause
        outcome.state = .refundDue
        call.pointee.outcome = .confirm(outcome)
    }

    private mutating func confirmAgain(
        _ command: ConfirmCommand, _ slot: UInt32, _ call: UnsafeMutablePointer<Call>
    ) {
        let hold = self.holds[slot]
        for asked in command.lines {
            var confirmed: Int64 = 0
            if let index = self.lineIndex(slot, asked.productID) {
                let line = self.lines[hold.pointee.firstLine + UInt32(index)]
                confirmed = line.pointee.quantity + line.pointee.refunded
            } else {
                confirmed = -1
            }
            if confirmed != asked.quantity {
                call.pointee.outcome = .refused(.confirmMismatch)
                return
            }
        }
        // Lines that the first Confirm gave back, and this one does not name, agree; so must the rest.
        for index in 0..<hold.pointee.lineCount {
            let line = self.lines[hold.pointee.firstLine + UInt32(index)]
            let confirmed = line.pointee.quantity + line.pointee.refunded
            let id = ProductRecord.id(self.products[line.pointee.product])
            let named = command.lines.contains { $0.productID.equals(id) }
            let expected = command.lines.isEmpty ? line.pointee.granted : confirmed
            if command.lines.isEmpty ? confirmed != expected : (!named && confirmed != 0) {
                call.pointee.outcome = .refused(.confirmMismatch)
                return
            }
        }
        var outcome = ConfirmOutcome(result: .confirmed, reservationID: self.id(ofHold: slot))
        outcome.late = hold.pointee.isLate
        outcome.replayed = true
        outcome.state = hold.pointee.state
        outcome.lineCount = self.fillConfirmed(slot, command.results)
        call.pointee.outcome = .confirm(outcome)
    }

    /// What was confirmed, refunds not counted: the first answer's lines.
    private mutating func fillConfirmed(_ slot: UInt32, _ results: LineResults) -> Int {
        let hold = self.holds[slot]
        var count = 0
        for index in 0..<hold.pointee.lineCount {
            let line = self.lines[hold.pointee.firstLine + UInt32(index)]
            let confirmed = line.pointee.quantity + line.pointee.refunded
            if confirmed == 0 { continue }
            var result = LineResult(
                productID: ProductRecord.id(self.products[line.pointee.product]))
            result.quantity = confirmed
            result.priceMinor = line.pointee.priceMinor
            (results + count).initialize(to: result)
            count += 1
        }
        return count
    }

    private mutating func confirmTombstone(
        _ command: ConfirmCommand, _ sale: UInt32, _ slot: UInt32,
        _ call: UnsafeMutablePointer<Call>, _ now: Int64, _ events: inout EventBuffer
    ) {
        let tombstone = self.tombstones[slot]
        var outcome = ConfirmOutcome(result: .refundDue)
        outcome.cause = .cancelled
        outcome.replayed = tombstone.pointee.refundDue
        outcome.state = .refundDue
        if !tombstone.pointee.refundDue {
            let event = RefundDueEvent(
                hold: 0, sale: sale, request: tombstone.pointee.request, cause: .cancelled,
                payment: command.paymentReference)
            self.record(event, now, &events)
            self.apply(event)
        }
        call.pointee.outcome = .confirm(outcome)
        call.pointee.visibleAfter = self.sequence
    }
}
