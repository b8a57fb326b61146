/// Leases with fencing: RULES 7.
extension Shard {
    mutating func acquireLease(
        _ command: AcquireLeaseCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        guard let found = self.findLease(command.target, now, &events) else {
            call.pointee.outcome = .acquireLease(AcquireLeaseOutcome(result: .saleNotFound))
            return
        }
        defer { call.pointee.visibleAfter = self.sequence }
        if found.sale != 0 && self.sales[found.sale].pointee.stateCode == .sealed {
            call.pointee.outcome = .refused(.saleSealed)
            return
        }
        var outcome = AcquireLeaseOutcome(result: .held)
        var slot = found.slot
        if slot == 0 {
            if self.isStorageLow {
                call.pointee.outcome = .refused(.storageFull)
                return
            }
            if self.freeLease == 0 && self.isMemoryFull() {
                call.pointee.outcome = .refused(.memoryFull)
                return
            }
            let isName = found.sale == 0
            slot = self.grant(
                sale: found.sale, name: isName ? command.target.id : .empty, owner: command.owner,
                ttlMilliseconds: command.ttlMilliseconds, holder: ShortText(command.holder), now,
                &events)
        } else if self.leases[slot].pointee.owner == command.owner {
            outcome.replayed = true
        } else if command.waitMilliseconds > 0 {
            call.pointee.outcome = self.wait(command, slot, now)
            return
        } else {
            outcome.result = .heldByAnother
            outcome.holder = self.leases[slot].pointee.holder.copy(to: command.holderRoom)
        }
        if outcome.result == .held {
            outcome.fencingToken = self.leases[slot].pointee.fencingToken
        }
        outcome.deadlineMilliseconds = self.leases[slot].pointee.deadline
        call.pointee.outcome = .acquireLease(outcome)
    }

    /// Joins the line. An owner that stands in it already keeps its place: the newer call takes it over, since the older
    /// one's answer is likely lost.
    private mutating func wait(
        _ command: AcquireLeaseCommand, _ slot: UInt32, _ now: Int64
    ) -> Outcome {
        let waiter = LeaseWaiter(
            owner: command.owner, lease: slot, origin: command.origin,
            ttlMilliseconds: command.ttlMilliseconds, deadline: now + command.waitMilliseconds,
            holder: ShortText(command.holder))
        if let old = self.waiters.ticket(ofLease: slot, owner: command.owner),
            let (ticket, replaced) = self.waiters.replace(old, with: waiter)
        {
            self.settleInVain(old, replaced)
            return .leaseWaiting(ticket)
        }
        if self.waiters.count(ofLease: slot) >= EngineLimits.leaseWaitersMax
            || self.waiters.count >= EngineLimits.leaseWaitersPerShardMax
        {
            return .refused(.leaseQueueFull)
        }
        return .leaseWaiting(self.waiters.append(waiter))
    }

    mutating func renewLease(
        _ command: RenewLeaseCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        guard let found = self.findLease(command.target, now, &events) else {
            call.pointee.outcome = .renewLease(RenewLeaseOutcome(result: .saleNotFound))
            return
        }
        var outcome = RenewLeaseOutcome(result: .lost)
        if found.slot != 0 && self.leases[found.slot].pointee.owner == command.owner {
            // Renewals never end, so they are no end of anything.
            if self.isStorageLow {
                call.pointee.outcome = .refused(.storageFull)
                return
            }
            let lease = self.leases[found.slot]
            let ttl =
                command.ttlMilliseconds == 0
                ? lease.pointee.ttlMilliseconds : command.ttlMilliseconds
            self.recordLeaseRenewed(found.slot, deadline: now + ttl, now, &events)
            self.applyLeaseRenewed(found.slot, deadline: now + ttl)
            outcome.result = .held
            outcome.fencingToken = lease.pointee.fencingToken
            outcome.deadlineMilliseconds = lease.pointee.deadline
        }
        call.pointee.outcome = .renewLease(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    mutating func releaseLease(
        _ command: ReleaseLeaseCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        guard let found = self.findLease(command.target, now, &events) else {
            call.pointee.outcome = .releaseLease(ReleaseLeaseOutcome(result: .saleNotFound))
            return
        }
        var outcome = ReleaseLeaseOutcome(result: .released)
        if found.slot != 0 {
            let lease = self.leases[found.slot]
            if command.breaks {
                outcome.holder = lease.pointee.holder.copy(to: command.holderRoom)
                self.endLease(found.slot, .broken, now, &events)
            } else if lease.pointee.owner == command.owner {
                self.endLease(found.slot, .released, now, &events)
            } else if let ticket = self.waiters.ticket(ofLease: found.slot, owner: command.owner),
                let waiter = self.waiters.remove(ticket)
            {
                // Who gives back what it still waits for wants it no more.
                self.settleInVain(ticket, waiter)
            }
        }
        call.pointee.outcome = .releaseLease(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    /// The sale (0: a free name) and the slot of its live lease (0: none). Nil: no such sale. A lapsed lease ends here:
    /// it is nobody's, whether or not its turn has come.
    private mutating func findLease(
        _ target: LeaseTarget, _ now: Int64, _ events: inout EventBuffer
    ) -> (sale: UInt32, slot: UInt32)? {
        var sale: UInt32 = 0
        if case .sale(let id) = target {
            sale = self.findSale(id)
            if sale == 0 { return nil }
        }
        let slot = self.leaseSlot(sale, target)
        if slot == 0 || self.leases[slot].pointee.deadline > now { return (sale, slot) }
        self.endLease(slot, .lapsed, now, &events)
        return (sale, self.leaseSlot(sale, target))
    }

    private mutating func leaseSlot(_ sale: UInt32, _ target: LeaseTarget) -> UInt32 {
        if sale != 0 { return self.sales[sale].pointee.lease }
        let name = target.id
        return self.leaseIndex.find(self.tableHash.hash(scope: 0, name)) { slot in
            LeaseRecord.name(self.leases[slot]).equals(name)
        }
    }

    private mutating func grant(
        sale: UInt32, name: ByteView, owner: RequestID, ttlMilliseconds: Int64, holder: ShortText,
        _ now: Int64, _ events: inout EventBuffer
    ) -> UInt32 {
        let event = LeaseGrantedEvent(
            sale: sale, fencingToken: self.fencingCounter + 1, owner: owner,
            ttlMilliseconds: ttlMilliseconds, deadline: now + ttlMilliseconds, name: name,
            holder: holder)
        self.record(event, now, &events)
        return self.apply(event)
    }

    /// Ends a lease and grants it to the first in line that still waits.
    private mutating func endLease(
        _ slot: UInt32, _ end: LeaseEnd, _ now: Int64, _ events: inout EventBuffer
    ) {
        let sale = self.leases[slot].pointee.sale
        self.recordLeaseEnded(slot, end, now, &events)
        self.applyLeaseEnded(slot)
        while let (ticket, waiter) = self.waiters.removeFirst(ofLease: slot) {
            if waiter.deadline <= now {
                self.settle(ticket, waiter, .heldByAnother, deadline: 0, holder: ShortText())
                continue
            }
            let granted = self.grant(
                sale: sale, name: sale == 0 ? LeaseRecord.name(self.leases[slot]) : .empty,
                owner: waiter.owner, ttlMilliseconds: waiter.ttlMilliseconds,
                holder: waiter.holder, now, &events)
            precondition(granted == slot, "a lease's line waits at its slot")
            self.settle(
                ticket, waiter, .held, deadline: self.leases[slot].pointee.deadline,
                holder: ShortText())
            return
        }
    }

    // MARK: - Waiters

    /// Ends leases that are due and lets go of those who waited long enough. Returns how many.
    mutating func endDueLeases(
        _ now: Int64, limit: Int, _ events: inout EventBuffer
    ) -> Int {
        var made = 0
        while made < limit && self.earliestLease <= now {
            self.endLease(self.leaseHeap[1], .lapsed, now, &events)
            made += 1
        }
        while made < limit, let (ticket, waiter) = self.waiters.removeDue(now) {
            self.settleInVain(ticket, waiter)
            made += 1
        }
        return made
    }

    /// Takes a waiting acquire out of its line: its caller is gone. False: it was settled before.
    package mutating func withdrawWaiter(_ ticket: UInt64) -> Bool {
        self.waiters.remove(ticket) != nil
    }

    package var hasSettledWaiters: Bool { !self.settledWaiters.isEmpty }

    /// Hands out the waiters that were settled since the last time, in the order of it. The owner of the shard asks after each
    /// `execute` and `expireDue`.
    package mutating func takeSettledWaiters(_ take: (SettledWaiter) -> Void) {
        for waiter in self.settledWaiters { take(waiter) }
        self.settledWaiters.removeAll(keepingCapacity: true)
    }

    private mutating func settleInVain(_ ticket: UInt64, _ waiter: LeaseWaiter) {
        let lease = self.leases[waiter.lease]
        self.settle(
            ticket, waiter, .heldByAnother, deadline: lease.pointee.deadline,
            holder: lease.pointee.holder)
    }

    private mutating func settle(
        _ ticket: UInt64, _ waiter: LeaseWaiter, _ result: LeaseResult, deadline: Int64,
        holder: ShortText
    ) {
        self.settledWaiters.append(
            SettledWaiter(
                shard: self.index, ticket: ticket, origin: waiter.origin, result: result,
                fencingToken: result == .held ? self.fencingCounter : 0,
                deadlineMilliseconds: deadline, holder: holder, visibleAfter: self.sequence))
    }

    // MARK: - Fencing

    /// Whether a change of a sale (0: there is none) must be refused.
    ///
    /// With a proof: unless it names the very lease that is held now, by owner and token. A lease that lapsed, was given
    /// back or was broken proves nothing from that moment on, whether or not anybody came after: its holder believes that
    /// it is alone, and is not. Without one: while anybody holds the lease.
    ///
    /// Nothing is kept for this when a lease ends: a token is never granted twice, so the live lease is all there is to
    /// compare with, and the events that grant and end it bring it back in replay.
    mutating func isFenced(
        _ sale: UInt32, _ proof: LeaseProofReference?, _ now: Int64
    ) -> Bool {
        let lease = sale == 0 ? 0 : self.sales[sale].pointee.lease
        guard lease != 0, self.leases[lease].pointee.deadline > now else { return proof != nil }
        guard let proof else { return true }
        return proof.pointee.fencingToken != self.leases[lease].pointee.fencingToken
            || proof.pointee.owner != self.leases[lease].pointee.owner
    }
}
