/// A reservation that the shard knows, as far as admission's windows want to know it after a restart. The views stay valid
/// as long as the shard, in any thread: ids are written once, and records never move.
package struct RecentReservation: @unchecked Sendable {
    package var saleID: ByteView
    package var userID: ByteView
    package var requestID: RequestID
}

/// Where a reservation is, and when it was made: what is sorted before the reservations are read. Trivial.
package struct RecentSlot: BitwiseCopyable, Sendable {
    /// Unix milliseconds.
    package var madeMilliseconds: Int64
    package var slot: UInt32
}

/// When the reservations were made that replay brought, at most this much too early: a record does not say it.
struct ReplayedTimes {
    static var stepMilliseconds: Int64 { 64 }
    /// At least an hour, and a mebibyte.
    static var entryCountMax: Int { 65_536 }

    /// In the order of slots and of time: from this slot on it was this time.
    private(set) var entries: [RecentSlot] = []

    @inline(__always)
    mutating func note(slot: UInt32, milliseconds: Int64) {
        if let last = self.entries.last,
            milliseconds < last.madeMilliseconds + Self.stepMilliseconds
        {
            return
        }
        self.append(slot, milliseconds)
    }

    @inline(never)
    private mutating func append(_ slot: UInt32, _ milliseconds: Int64) {
        if self.entries.count == Self.entryCountMax {
            self.entries.removeFirst(Self.entryCountMax / 2)
        }
        self.entries.append(RecentSlot(madeMilliseconds: milliseconds, slot: slot))
    }
}

extension Shard {
    /// Reservations made after `since`, live and ended, the newest first, at most `countMax`. To be asked once, after
    /// recovery: what replay noted for it is given back.
    ///
    /// What was replayed is dated as its events were, to 64 ms. What a snapshot brought is dated by its first deadline less
    /// the hold time of its sale: where the call asked for a hold time of its own, that is wrong by the difference, but never
    /// later than `now`. Slots are in the order of time, so this stops at the first stretch
    /// with nothing recent in it: its cost does not depend on what is older.
    package mutating func takeRecentReservations(
        since: Int64, now: Int64, countMax: Int
    ) -> [RecentSlot] {
        let times = self.replayedTimes.entries
        self.replayedTimes = ReplayedTimes()
        var found: [RecentSlot] = []
        var known = times.count
        var slot = self.holds.end
        var oldInRow = 0
        while slot > 1 && found.count < countMax && oldInRow < Self.oldInRowMax {
            slot -= 1
            while known > 0 && times[known - 1].slot > slot { known -= 1 }
            let made: Int64
            if known > 0 {
                made = times[known - 1].madeMilliseconds
            } else {
                let hold = self.holds[slot]
                made =
                    hold.pointee.deadline - hold.pointee.extensionMilliseconds
                    - self.sales[hold.pointee.sale].pointee.holdMilliseconds
            }
            if made > since {
                oldInRow = 0
                found.append(RecentSlot(madeMilliseconds: min(made, now), slot: slot))
            } else {
                oldInRow += 1
            }
        }
        return found
    }

    /// Gives back what replay noted, when nobody is going to ask.
    package mutating func forgetReplayedTimes() { self.replayedTimes = ReplayedTimes() }

    /// As many old reservations side by side end the search.
    private static var oldInRowMax: Int { 4_096 }

    /// One that `takeRecentReservations` named.
    package func recentReservation(_ slot: UInt32) -> RecentReservation {
        let hold = self.holds[slot]
        return RecentReservation(
            saleID: SaleRecord.id(self.sales[hold.pointee.sale]),
            userID: BuyerRecord.id(self.buyers[hold.pointee.buyer]),
            requestID: hold.pointee.request)
    }
}
