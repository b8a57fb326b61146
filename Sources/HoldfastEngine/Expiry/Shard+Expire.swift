/// Expiry: journaled events, bounded work, never late for anybody who asks.
extension Shard {
    /// Expires at most `limit` due holds, leases and blacklist entries, earliest deadlines first, and seals sales whose retention is over.
    /// Returns how many it dealt with; `limit` or more means "call again". `now`: Unix milliseconds.
    package mutating func expireDue(
        now: Int64, limit: Int, events: inout EventBuffer
    ) -> Int {
        let now = self.advance(to: now)
        var made = 0
        while made < limit && self.earliestDeadline <= now {
            self.expire(
                self.lines[self.earliestLine(of: self.productHeap[1])].pointee.hold, now, &events)
            made += 1
        }
        made += self.endDueLeases(now, limit: limit - made, &events)
        made += self.dropLapsedBlacklist(now, limit: limit - made, &events)
        if self.nextSeal <= now { made += self.sealDue(now, &events) }
        return made
    }

    private mutating func expire(_ hold: UInt32, _ now: Int64, _ events: inout EventBuffer) {
        self.recordEnd(.expired, hold: hold, reason: 0, now, &events)
        self.applyEnd(hold, .expired)
    }

    /// A hold that is due counts as expired for whoever asks, whether or not its turn has come.
    @inline(__always)
    mutating func settle(_ hold: UInt32, _ now: Int64, _ events: inout EventBuffer) {
        let record = self.holds[hold]
        if record.pointee.state == .held && record.pointee.deadline <= now {
            self.expire(hold, now, &events)
        }
    }

    /// Expires due holds of one product; returns how many.
    mutating func expireDue(
        ofProduct product: UInt32, _ now: Int64, limit: Int, _ events: inout EventBuffer
    ) -> Int {
        var made = 0
        while made < limit && self.products[product].pointee.queues.earliest <= now
            && self.products[product].pointee.heapPosition != 0
        {
            self.expire(self.lines[self.earliestLine(of: product)].pointee.hold, now, &events)
            made += 1
        }
        return made
    }

    /// Expires due holds of one buyer, looking at a bounded part of the chain. False: it did not see all of it.
    mutating func expireDue(
        ofBuyer buyer: UInt32, _ now: Int64, _ events: inout EventBuffer
    ) -> Bool {
        var seen = 0
        var hold = self.buyers[buyer].pointee.firstHold
        while hold != 0 {
            if seen == EngineLimits.expiriesPerTurnMax { return false }
            seen += 1
            let next = self.holds[hold].pointee.buyerNext
            self.settle(hold, now, &events)
            hold = next
        }
        return true
    }

    /// Seals each sale that ended a retention ago and has no live hold; works out when to look again.
    private mutating func sealDue(_ now: Int64, _ events: inout EventBuffer) -> Int {
        var made = 0
        var next = Int64.max
        var slot: UInt32 = 1
        while slot < self.sales.end {
            let sale = self.sales[slot]
            if sale.pointee.stateCode != .sealed {
                let due = sale.pointee.endsAt + self.settings.retentionMilliseconds
                if due > now {
                    next = min(next, due)
                } else if sale.pointee.liveHolds > 0 {
                    next = min(next, now + 1_000)
                } else {
                    self.recordSeal(sale: slot, now, &events)
                    self.applySeal(sale: slot)
                    made += 1
                }
            }
            slot += 1
        }
        self.nextSeal = next
        return made
    }
}
