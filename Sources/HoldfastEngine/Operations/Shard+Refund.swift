internal import HoldfastHash

/// Refund: whole or part, once a request id.
extension Shard {
    mutating func refund(
        _ command: RefundCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .refund(RefundOutcome(result: .notFound))
            return
        }
        call.pointee.visibleAfter = self.sequence
        if self.sales[sale].pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            return
        }
        let payload = self.payload(of: command)
        let known = self.resolve(sale, .request(command.requestID))
        if known != 0 {
            self.refundKnown(command, known, payload, call)
            return
        }
        let slot = self.resolve(sale, .reservation(command.reservationID))
        if slot == 0 {
            call.pointee.outcome = .refund(RefundOutcome(result: .notFound))
            call.pointee.visibleAfter = 0
            return
        }
        // A reservation can be refunded in many parts: no room is kept for that.
        if self.isStorageLow {
            call.pointee.outcome = .refused(.storageFull)
            return
        }
        self.settle(slot, now, &events)
        let hold = self.holds[slot]
        var outcome = RefundOutcome(result: .refunded, reservationID: self.id(ofHold: slot))
        var count = 0
        switch hold.pointee.state {
        case .confirmed:
            guard let lines = self.refundLines(command, slot) else {
                call.pointee.outcome = .refused(.refundLinesInvalid)
                return
            }
            count = lines
        case .refundDue: break
        default:
            outcome.result = .notRefundable
            outcome.state = hold.pointee.state
            call.pointee.outcome = .refund(outcome)
            call.pointee.visibleAfter = self.sequence
            return
        }
        let event = RefundedEvent(
            hold: slot, request: command.requestID, payload: payload, restock: command.restock,
            reference: command.refundReference,
            lines: UnsafeBufferPointer(start: self.refundScratch, count: count))
        self.record(event, now, &events)
        self.apply(event)
        outcome.lineCount = count
        outcome.state = hold.pointee.state
        self.fillRefund(
            UnsafeBufferPointer(start: self.refundScratch, count: count), command.results)
        call.pointee.outcome = .refund(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    /// Works out into scratch what goes back. Nil: not what is there.
    private mutating func refundLines(_ command: RefundCommand, _ slot: UInt32) -> Int? {
        let hold = self.holds[slot]
        var count = 0
        if command.lines.isEmpty {
            for index in 0..<hold.pointee.lineCount {
                let line = hold.pointee.firstLine + UInt32(index)
                let quantity = self.lines[line].pointee.quantity
                if quantity == 0 { continue }
                (self.refundScratch + count).initialize(
                    to: RefundedLine(line: line, quantity: UInt32(quantity)))
                count += 1
            }
            return count
        }
        for asked in command.lines {
            guard let index = self.lineIndex(slot, asked.productID) else { return nil }
            let line = hold.pointee.firstLine + UInt32(index)
            if asked.quantity > self.lines[line].pointee.quantity { return nil }
            (self.refundScratch + count).initialize(
                to: RefundedLine(line: line, quantity: UInt32(asked.quantity)))
            count += 1
        }
        return count
    }

    private mutating func fillRefund(
        _ lines: UnsafeBufferPointer<RefundedLine>, _ results: LineResults
    ) {
        for (index, refunded) in lines.enumerated() {
            let line = self.lines[refunded.line]
            var result = LineResult(
                productID: ProductRecord.id(self.products[line.pointee.product]))
            result.quantity = Int64(refunded.quantity)
            result.priceMinor = line.pointee.priceMinor
            (results + index).initialize(to: result)
        }
    }

    private mutating func refundKnown(
        _ command: RefundCommand, _ known: UInt32, _ payload: PayloadHash,
        _ call: UnsafeMutablePointer<Call>
    ) {
        guard known & ~RequestEntry.slotMask == RequestEntry.operation else {
            call.pointee.outcome = .refused(.requestIDReused)
            return
        }
        let operation = self.operations[known & RequestEntry.slotMask]
        guard operation.pointee.kind == OperationKind.refund.rawValue,
            operation.pointee.payload == payload
        else {
            call.pointee.outcome = .refused(.requestIDReused)
            return
        }
        let hold = operation.pointee.subject
        var outcome = RefundOutcome(result: .refunded, reservationID: self.id(ofHold: hold))
        outcome.replayed = true
        outcome.state = self.holds[hold].pointee.state
        outcome.lineCount = Int(operation.pointee.lineCount)
        if let lines = UnsafePointer<RefundedLine>(
            bitPattern: UInt(operation.pointee.lines))
        {
            self.fillRefund(
                UnsafeBufferPointer(start: lines, count: outcome.lineCount), command.results)
        }
        call.pointee.outcome = .refund(outcome)
    }

    private mutating func payload(of command: RefundCommand) -> PayloadHash {
        var state = StableHash.begin()
        state.add(UInt64(OperationKind.refund.rawValue))
        state.add(command.reservationID.rawValue)
        state.add(command.restock ? 1 : 0)
        state.add(UInt64(command.lines.count))
        // Order of lines does not matter: their hashes are added up.
        var lines: (UInt64, UInt64) = (0, 0)
        for line in command.lines {
            var one = StableHash.begin()
            one.add(line.productID)
            one.add(UInt64(line.quantity))
            let hash = one.finish128()
            lines = (lines.0 &+ hash.0, lines.1 &+ hash.1)
        }
        state.add(lines.0)
        state.add(lines.1)
        state.add(command.refundReference)
        let hash = state.finish128()
        return PayloadHash(first: hash.0, second: hash.1)
    }
}
