/// Cancel, Extend and the release of a buyer's holds: RULES 4.
extension Shard {
    mutating func cancel(
        _ command: CancelCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .cancel(CancelOutcome(result: .notFound))
            return
        }
        if self.sales[sale].pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            call.pointee.visibleAfter = self.sequence
            return
        }
        let known = self.resolve(sale, command.target)
        if known == 0 {
            self.cancelUnknown(command, sale, call, now, &events)
            return
        }
        let slot = known & RequestEntry.slotMask
        switch known & ~RequestEntry.slotMask {
        case RequestEntry.tombstone:
            var outcome = CancelOutcome(result: .remembered)
            outcome.replayed = true
            call.pointee.outcome = .cancel(outcome)
            call.pointee.visibleAfter = self.sequence
            return
        case RequestEntry.hold: break
        default:
            call.pointee.outcome = .cancel(CancelOutcome(result: .notFound))
            return
        }
        self.settle(slot, now, &events)
        let hold = self.holds[slot]
        var outcome = CancelOutcome(result: .cancelled, reservationID: self.id(ofHold: slot))
        switch hold.pointee.state {
        case .held, .expired, .released:
            self.recordEnd(.cancelled, hold: slot, reason: command.reason, now, &events)
            self.applyEnd(slot, .cancelled)
        case .cancelled, .refundDue:
            outcome.replayed = true
        case .refunded where !hold.pointee.wasConfirmed:
            outcome.replayed = true
        case .confirmed, .refunded:
            outcome.result = .alreadyConfirmed
        case .none: preconditionFailure("a reservation without a state")
        }
        outcome.state = hold.pointee.state
        call.pointee.outcome = .cancel(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    /// A Cancel that comes before its Reserve bars it: a tombstone (the "suspension" hole of TCC).
    private mutating func cancelUnknown(
        _ command: CancelCommand, _ sale: UInt32, _ call: UnsafeMutablePointer<Call>,
        _ now: Int64, _ events: inout EventBuffer
    ) {
        guard case .request(let request) = command.target else {
            call.pointee.outcome = .cancel(CancelOutcome(result: .notFound))
            return
        }
        if let bar = self.barToNew() {
            call.pointee.outcome = .refused(bar)
            return
        }
        if Int(self.sales[sale].pointee.tombstones) >= EngineLimits.tombstonesPerSaleMax {
            call.pointee.outcome = .refused(.tombstonesFull)
            return
        }
        self.recordTombstone(
            sale: sale, request: request, reason: command.reason, now, &events)
        self.applyTombstone(sale: sale, request: request, reason: command.reason)
        call.pointee.outcome = .cancel(CancelOutcome(result: .remembered))
        call.pointee.visibleAfter = self.sequence
    }

    mutating func extend(
        _ command: ExtendCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .extend(ExtendOutcome(result: .notFound))
            return
        }
        if self.sales[sale].pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            call.pointee.visibleAfter = self.sequence
            return
        }
        let known = self.resolve(sale, command.target)
        if known == 0 || known & ~RequestEntry.slotMask != RequestEntry.hold {
            call.pointee.outcome = .extend(ExtendOutcome(result: .notFound))
            return
        }
        self.settle(known, now, &events)
        let hold = self.holds[known]
        var outcome = ExtendOutcome(result: .extended, reservationID: self.id(ofHold: known))
        if hold.pointee.state != .held {
            outcome.result = .notHeld
        } else if hold.pointee.extensionMilliseconds > 0 {
            outcome.replayed = true
        } else if self.isStorageLow {
            call.pointee.outcome = .refused(.storageFull)
            return
        } else {
            let length =
                command.extendMilliseconds == 0
                ? self.sales[sale].pointee.holdMilliseconds : command.extendMilliseconds
            self.recordExtension(hold: known, milliseconds: length, now, &events)
            self.applyExtension(hold: known, milliseconds: length)
        }
        outcome.deadlineMilliseconds = hold.pointee.deadline
        outcome.state = hold.pointee.state
        call.pointee.outcome = .extend(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    mutating func releaseBuyer(
        _ command: ReleaseBuyerCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .releaseBuyer(ReleaseBuyerOutcome(saleFound: false))
            return
        }
        if self.sales[sale].pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            call.pointee.visibleAfter = self.sequence
            return
        }
        var outcome = ReleaseBuyerOutcome(saleFound: true)
        let hash = self.tableHash.hash(scope: sale, command.userID)
        let buyer = self.findBuyer(sale, command.userID, hash: hash)
        let blacklisted = buyer != 0 && self.buyers[buyer].pointee.isBlacklisted
        if blacklisted != command.blacklisted {
            self.recordStanding(
                sale: sale, user: command.userID, blacklisted: command.blacklisted, now, &events)
            self.applyStanding(
                sale: sale, user: command.userID, blacklisted: command.blacklisted)
        }
        if buyer != 0 && command.blacklisted {
            var hold = self.buyers[buyer].pointee.firstHold
            while hold != 0 && outcome.released < EngineLimits.expiriesPerTurnMax {
                let next = self.holds[hold].pointee.buyerNext
                self.settle(hold, now, &events)
                if self.holds[hold].pointee.state == .held {
                    self.recordEnd(.released, hold: hold, reason: 0, now, &events)
                    self.applyEnd(hold, .released)
                    outcome.released += 1
                }
                hold = next
            }
            outcome.more = hold != 0
        }
        call.pointee.outcome = .releaseBuyer(outcome)
        call.pointee.visibleAfter = self.sequence
    }
}
