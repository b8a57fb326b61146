internal import HoldfastHash

/// Reserve: the order of decision of RULES 3, first that applies.
extension Shard {
    mutating func reserve(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ keys: PreparedCall,
        _ call: UnsafeMutablePointer<Call>,
        _ now: Int64, _ events: inout EventBuffer
    ) {
        let sale = keys.sale != 0 ? keys.sale : self.findSale(command.pointee.saleID)
        if sale == 0 {
            call.pointee.outcome = .reserve(ReserveOutcome(result: .saleNotFound))
            return
        }
        let record = self.sales[sale]
        if record.pointee.stateCode == .sealed {
            call.pointee.outcome = .reserve(ReserveOutcome(result: .ended))
            call.pointee.visibleAfter = self.sequence
            return
        }
        let requestHash =
            keys.sale != 0
            ? keys.requestHash : self.tableHash.hash(scope: sale, command.pointee.requestID)
        let known = self.findRequest(sale, command.pointee.requestID, hash: requestHash)
        if known != 0 {
            self.reserveKnown(command, known, call, now, &events)
            return
        }
        if let bar = self.barToNew() {
            call.pointee.outcome = .refused(bar)
            return
        }

        var outcome = ReserveOutcome(result: .reserved)
        outcome.lineCount = command.pointee.lines.count
        outcome.saleLimit = record.pointee.limitPerUser
        let buyerHash =
            keys.sale != 0
            ? keys.buyerHash : self.tableHash.hash(scope: sale, command.pointee.userID)
        let buyer = self.findBuyer(sale, command.pointee.userID, hash: buyerHash)
        if buyer != 0 { outcome.saleUsed = Int64(self.buyers[buyer].pointee.saleUsed) }

        if !self.resolveLines(command, sale, buyer) {
            outcome.result = .productNotFound
            call.pointee.outcome = .reserve(outcome)
            return
        }
        if let refusal = self.barrier(command, record, buyer, now, &outcome, call, &events) {
            outcome.result = refusal
            call.pointee.outcome = .reserve(outcome)
            return
        }

        // Stock and limit. Short while holds are due: expire those first, they are no longer anybody's.
        var result = self.grant(command, record, buyer)
        if self.earliestDeadline <= now && Self.isShort(command, result) {
            let drained = self.expireFor(command, buyer, now, &events)
            if buyer != 0 { outcome.saleUsed = Int64(self.buyers[buyer].pointee.saleUsed) }
            result = self.grant(command, record, buyer)
            if !drained && Self.isShort(command, result) {
                call.pointee.outcome = .refused(.expiryBacklog)
                return
            }
        }
        if result == .reserved && command.pointee.verdict == .challengeRequired {
            self.clearGrants(command)
            outcome.result = .challengeRequired
            call.pointee.outcome = .reserve(outcome)
            return
        }
        if result != .reserved {
            outcome.result = result
            call.pointee.outcome = .reserve(outcome)
            call.pointee.visibleAfter = self.newestTake(command, saleWide: outcome.saleLimit > 0)
            return
        }
        self.hold(command, sale, buyer, buyerHash, requestHash, &outcome, now, &events)
        call.pointee.outcome = .reserve(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    /// Refused, or granted less than was asked.
    private static func isShort(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ result: ReserveResult
    ) -> Bool {
        if result != .reserved { return true }
        for index in 0..<command.pointee.lines.count
        where command.pointee.results[index].granted < command.pointee.lines[index].quantity {
            return true
        }
        return false
    }

    /// Finds the lines' products and writes the numbers that every answer carries. False: one is unknown.
    @inline(__always)
    private mutating func resolveLines(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ sale: UInt32, _ buyer: UInt32
    ) -> Bool {
        var complete = true
        for index in 0..<command.pointee.lines.count {
            let product = self.findProduct(sale, command.pointee.lines[index].productID)
            self.productScratch[index] = product
            var result = LineResult(productID: command.pointee.lines[index].productID)
            if product == 0 {
                complete = false
                result.outcome = .productNotFound
            } else {
                self.fillNumbers(&result, product, buyer)
            }
            (command.pointee.results + index).initialize(to: result)
        }
        return complete
    }

    @inline(__always)
    mutating func fillNumbers(_ result: inout LineResult, _ product: UInt32, _ buyer: UInt32) {
        let stock = self.products[product]
        let usage = self.usage(buyer, product)
        result.left = stock.pointee.available
        result.used = usage.used + usage.imported
        result.limit = stock.pointee.limitPerUser
        result.priceMinor = stock.pointee.priceMinor
    }

    /// Outcomes 5 to 10: what bars the buyer whatever is left. Nil: nothing.
    @inline(__always)
    private mutating func barrier(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ sale: UnsafeMutablePointer<SaleRecord>,
        _ buyer: UInt32,
        _ now: Int64, _ outcome: inout ReserveOutcome, _ call: UnsafeMutablePointer<Call>,
        _ events: inout EventBuffer
    ) -> ReserveResult? {
        if now < sale.pointee.startsAt {
            outcome.startsInMilliseconds = sale.pointee.startsAt - now
            return .notStarted
        }
        let state = sale.pointee.stateCode
        if now >= sale.pointee.endsAt || state == .closed {
            call.pointee.visibleAfter = self.sequence
            return .ended
        }
        var paused = state == .paused
        for index in 0..<command.pointee.lines.count
        where self.products[self.productScratch[index]].pointee.stateCode == .paused {
            paused = true
            command.pointee.results[index].outcome = .paused
        }
        if paused {
            call.pointee.visibleAfter = self.sequence
            return .paused
        }
        // A verdict may be older than the ban: what the shard knows counts too, so nothing lands after a release.
        if buyer != 0 && self.buyers[buyer].pointee.isBlacklisted {
            call.pointee.visibleAfter = self.sequence
            return .blacklisted
        }
        switch command.pointee.verdict {
        case .blacklisted: return .blacklisted
        case .riskRejected: return .riskRejected
        case .notEligible: return .notEligible
        case .allow, .challengeRequired: break
        }
        return self.standing(command, buyer, now, call, &events)
    }

    /// What the sale itself has against a buyer: holds that lapsed, each of them journaled.
    @inline(__always)
    private mutating func standing(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ buyer: UInt32, _ now: Int64,
        _ call: UnsafeMutablePointer<Call>, _ events: inout EventBuffer
    ) -> ReserveResult? {
        if buyer != 0 && self.settings.lapsesMax != 0 {
            if self.earliestDeadline <= now {
                _ = self.expireDue(ofBuyer: buyer, now, &events)
                self.refreshNumbers(command, buyer)
            }
            if self.buyers[buyer].pointee.lapses >= self.settings.lapsesMax {
                call.pointee.visibleAfter = self.sequence
                return .notEligible
            }
        }
        return nil
    }

    private mutating func refreshNumbers(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ buyer: UInt32
    ) {
        for index in 0..<command.pointee.lines.count {
            self.fillNumbers(&command.pointee.results[index], self.productScratch[index], buyer)
        }
    }

    /// Works out what each line gets, without changing anything.
    @inline(__always)
    private mutating func grant(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ sale: UnsafeMutablePointer<SaleRecord>,
        _ buyer: UInt32
    ) -> ReserveResult {
        let saleLimit = sale.pointee.limitPerUser
        let saleUsed = buyer == 0 ? 0 : Int64(self.buyers[buyer].pointee.saleUsed)
        var saleLeft = saleLimit == 0 ? Int64.max : max(0, saleLimit - saleUsed)
        var limited = false
        var short = false
        var granted = false
        for index in 0..<command.pointee.lines.count {
            let asked = command.pointee.lines[index].quantity
            precondition(asked > 0, "a quantity that the wire layer refuses")
            let line = command.pointee.results + index
            let limit = line.pointee.limit
            let limitLeft = min(
                saleLeft, limit == 0 ? Int64.max : max(0, limit - line.pointee.used))
            let left = line.pointee.left
            if asked <= limitLeft && asked <= left {
                line.pointee.granted = asked
                line.pointee.outcome = .reserved
                granted = true
            } else {
                let got = min(limitLeft, left)
                let isLimited = command.pointee.allowPartial ? limitLeft <= left : asked > limitLeft
                line.pointee.granted = command.pointee.allowPartial ? got : 0
                line.pointee.outcome = isLimited ? .limitExceeded : .soldOut
                if isLimited { limited = true } else { short = true }
                if got > 0 && command.pointee.allowPartial { granted = true }
            }
            // What an earlier line takes of the sale's limit is gone for the next; a refused call counts what was asked.
            if saleLimit != 0 {
                saleLeft -= min(
                    saleLeft, command.pointee.allowPartial ? line.pointee.granted : asked)
            }
        }
        if !limited && !short { return .reserved }
        if command.pointee.allowPartial && granted { return .reserved }
        self.clearGrants(command)
        return limited ? .limitExceeded : .soldOut
    }

    /// A refused call grants nothing; a line that nothing stood against says so.
    private func clearGrants(_ command: UnsafeMutablePointer<ReserveCommand>) {
        for index in 0..<command.pointee.lines.count {
            command.pointee.results[index].granted = 0
            if command.pointee.results[index].outcome == .reserved {
                command.pointee.results[index].outcome = .unspecified
            }
        }
    }

    /// Expires due holds of the products and the buyer that a short Reserve needs. False: some are still due.
    private mutating func expireFor(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ buyer: UInt32, _ now: Int64,
        _ events: inout EventBuffer
    ) -> Bool {
        var budget = EngineLimits.expiriesPerTurnMax
        var drained = true
        for index in 0..<command.pointee.lines.count {
            let product = self.productScratch[index]
            budget -= self.expireDue(ofProduct: product, now, limit: budget, &events)
            if self.products[product].pointee.queues.earliest <= now { drained = false }
        }
        if buyer != 0 && !self.expireDue(ofBuyer: buyer, now, &events) { drained = false }
        self.refreshNumbers(command, buyer)
        return drained
    }

    private mutating func newestTake(
        _ command: UnsafeMutablePointer<ReserveCommand>, saleWide: Bool
    ) -> UInt64 {
        if saleWide { return self.sequence }
        var newest: UInt64 = 0
        for index in 0..<command.pointee.lines.count {
            newest = max(newest, self.products[self.productScratch[index]].pointee.lastTake)
        }
        return newest
    }

    /// Decides RESERVED: makes the event, applies it, fills the answer.
    @inline(__always)
    private mutating func hold(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ sale: UInt32, _ buyer: UInt32,
        _ buyerHash: UInt64,
        _ requestHash: UInt64, _ outcome: inout ReserveOutcome, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        for index in 0..<command.pointee.lines.count {
            let line = command.pointee.results[index]
            (self.grantScratch + index).initialize(
                to: GrantedLine(
                    product: self.productScratch[index], granted: line.granted,
                    priceMinor: line.priceMinor, outcome: line.outcome))
        }
        let length =
            command.pointee.holdMilliseconds == 0
            ? self.sales[sale].pointee.holdMilliseconds : command.pointee.holdMilliseconds
        let event = ReservedEvent(
            id: ReservationID(shard: self.index, generation: 1, slot: self.holds.end),
            request: command.pointee.requestID, payload: self.payload(of: command),
            deadline: now + length, sale: sale, user: command.pointee.userID,
            order: command.pointee.orderReference,
            lines: UnsafeBufferPointer(start: self.grantScratch, count: command.pointee.lines.count)
        )
        self.record(event, now, &events)
        let owner = self.apply(
            event, buyer: buyer, buyerHash: buyerHash, requestHash: requestHash)
        outcome.reservationID = event.id
        outcome.deadlineMilliseconds = event.deadline
        outcome.state = .held
        outcome.saleUsed = Int64(self.buyers[owner].pointee.saleUsed)
        for index in 0..<command.pointee.lines.count {
            command.pointee.results[index].left -= command.pointee.results[index].granted
            command.pointee.results[index].used += command.pointee.results[index].granted
        }
    }

    /// The fixed hash of what makes two Reserves the same: user, lines by product, hold, partial, order reference.
    private mutating func payload(of command: UnsafeMutablePointer<ReserveCommand>) -> PayloadHash {
        var state = StableHash.begin()
        state.add(command.pointee.userID)
        state.add(UInt64(command.pointee.lines.count))
        let count = command.pointee.lines.count
        for index in 0..<count { self.orderScratch[index] = index }
        if count > 1 {
            for index in 1..<count {
                let item = self.orderScratch[index]
                var position = index
                while position > 0
                    && command.pointee.lines[item].productID.precedes(
                        command.pointee.lines[self.orderScratch[position - 1]].productID)
                {
                    self.orderScratch[position] = self.orderScratch[position - 1]
                    position -= 1
                }
                self.orderScratch[position] = item
            }
        }
        for index in 0..<count {
            let line = command.pointee.lines[self.orderScratch[index]]
            state.add(line.productID)
            state.add(UInt64(line.quantity))
        }
        state.add(UInt64(command.pointee.holdMilliseconds))
        state.add(command.pointee.allowPartial ? 1 : 0)
        state.add(command.pointee.orderReference)
        let hash = state.finish128()
        return PayloadHash(first: hash.0, second: hash.1)
    }

    /// A request id that is known: the first answer again, a tombstone, or a conflict.
    private mutating func reserveKnown(
        _ command: UnsafeMutablePointer<ReserveCommand>, _ known: UInt32,
        _ call: UnsafeMutablePointer<Call>,
        _ now: Int64, _ events: inout EventBuffer
    ) {
        let slot = known & RequestEntry.slotMask
        call.pointee.visibleAfter = self.sequence
        switch known & ~RequestEntry.slotMask {
        case RequestEntry.tombstone:
            call.pointee.outcome = .reserve(ReserveOutcome(result: .cancelledBefore))
            return
        case RequestEntry.hold: break
        default:
            call.pointee.outcome = .refused(.requestIDReused)
            return
        }
        if self.holds[slot].pointee.payload != self.payload(of: command) {
            call.pointee.outcome = .refused(.requestIDReused)
            return
        }
        self.settle(slot, now, &events)
        let hold = self.holds[slot]
        var outcome = ReserveOutcome(result: .reserved, reservationID: self.id(ofHold: slot))
        outcome.deadlineMilliseconds =
            hold.pointee.deadline - hold.pointee.extensionMilliseconds
        outcome.replayed = true
        outcome.state = hold.pointee.state
        outcome.lineCount = hold.pointee.lineCount
        outcome.saleUsed = Int64(self.buyers[hold.pointee.buyer].pointee.saleUsed)
        outcome.saleLimit = self.sales[hold.pointee.sale].pointee.limitPerUser
        for index in 0..<hold.pointee.lineCount {
            let line = self.lines[hold.pointee.firstLine + UInt32(index)]
            var result = LineResult(
                productID: ProductRecord.id(self.products[line.pointee.product]))
            self.fillNumbers(&result, line.pointee.product, hold.pointee.buyer)
            result.granted = line.pointee.granted
            result.priceMinor = line.pointee.priceMinor
            result.outcome = line.pointee.outcome
            (command.pointee.results + index).initialize(to: result)
        }
        call.pointee.outcome = .reserve(outcome)
        call.pointee.visibleAfter = self.sequence
    }
}
