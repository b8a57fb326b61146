/// Room for new keys: forgetting what is in no window any more, in turns and when a table is full.
extension RiskTables {
    /// Forgets what has left all windows, looking at up to `recordCount` buyers and as many addresses; goes on where it
    /// stopped. Call it now and then: 1,024 records every 10 ms go once through a million in 10 seconds.
    package mutating func sweep(now: Int64, recordCount: Int) {
        self.last = max(self.last, now)
        let time = self.last - self.base
        for _ in 0..<min(recordCount, self.users.usedCount) {
            _ = self.sweepUser(time, isUrgent: false)
        }
        for _ in 0..<min(recordCount, self.addresses.usedCount) { _ = self.sweepAddress(time) }
    }

    /// A record for a new buyer; nil when all that were looked at hold something that counts.
    mutating func newUser(_ input: RiskInput, _ time: Int64) -> UnsafeMutablePointer<UInt64>? {
        if self.users.isFull {
            if time < self.usersFullUntil { return nil }
            var looked = 0
            while !self.sweepUser(time, isUrgent: true) {
                looked += 1
                if looked == Self.urgentSweepCount {
                    self.usersFullUntil = time + 1
                    return nil
                }
            }
        }
        return self.users.insert(input.subject.user)
    }

    mutating func newAddress(_ input: RiskInput, _ time: Int64) -> UnsafeMutablePointer<UInt64>? {
        if self.addresses.isFull {
            if time < self.addressesFullUntil { return nil }
            var looked = 0
            while !self.sweepAddress(time) {
                looked += 1
                if looked == Self.urgentSweepCount {
                    self.addressesFullUntil = time + 1
                    return nil
                }
            }
        }
        return self.addresses.insert(input.subject.network)
    }

    /// Looks at the next buyer; frees the record when nothing in it counts, and, when room is short, when all that
    /// counts is at most one device: the least that can be lost.
    /// - Returns: whether a record was freed.
    private mutating func sweepUser(_ time: Int64, isUrgent: Bool) -> Bool {
        if self.userCursor >= self.users.usedCount { self.userCursor = 0 }
        let number = self.userCursor
        self.userCursor += 1
        guard number < self.users.usedCount, self.users.isUsed(number) else { return false }
        let record = self.users.record(number)
        let calls = RecentList(record, Self.calls)
        let purchases = RecentList(record, Self.purchases)
        let devices = RecentList(record, Self.devices)
        calls.expire(before: self.from(.callsPerUser, time), &self.arena)
        purchases.expire(before: self.from(.purchasesPerUser, time), &self.arena)
        devices.expire(before: self.from(.devicesPerUser, time), &self.arena)
        guard calls.count == 0, purchases.count == 0, devices.count <= (isUrgent ? 1 : 0) else {
            return false
        }
        if devices.count > 0 { self.counters.forgotten &+= 1 }
        devices.clear(&self.arena)
        self.users.remove(number)
        return true
    }

    private mutating func sweepAddress(_ time: Int64) -> Bool {
        if self.addressCursor >= self.addresses.usedCount { self.addressCursor = 0 }
        let number = self.addressCursor
        self.addressCursor += 1
        guard number < self.addresses.usedCount, self.addresses.isUsed(number) else { return false }
        let accounts = RecentList(self.addresses.record(number), Self.accounts)
        accounts.expire(before: self.from(.accountsPerAddress, time), &self.arena)
        guard accounts.count == 0 else { return false }
        self.addresses.remove(number)
        return true
    }

    private func from(_ feature: RiskFeature, _ time: Int64) -> UInt64 {
        Self.from(time, self.keeping(feature).horizonMilliseconds)
    }
}
