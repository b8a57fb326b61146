internal import CIntrinsics

/// Why a call is barred: the entry, by id.
package struct BlacklistMatch: Hashable, Sendable, BitwiseCopyable {
    package var kind: BlacklistKind
    package var entryID: UInt64
}

package enum BlacklistAddOutcome: Hashable, Sendable {
    case added(id: UInt64)
    /// The value was listed already; its entry is gone for the new one.
    case replaced(id: UInt64, old: BlacklistEntry)
    /// Asked not to shorten: the entry there lasts longer and stays.
    case kept(BlacklistEntry)
}

/// Who may not buy. A `~Copyable` value of one owner; batches call it under the owner's lock: `prefetch` for all calls,
/// `prefetchNetworks` for all, then `match` for each.
///
/// A look-up is one probe for the buyer, one for the device, and for the address one per prefix length in use around it: it
/// does not depend on how many entries there are: a filter answers for nearly all who are not listed. The most specific entry that has not lapsed wins. Changes are the
/// owner's to journal: an entry is its own event (`BlacklistEntry.encoded`), a removal is an id. Applied in the same order
/// they give the same list, since nothing here depends on hidden time: lapsed entries are only skipped, and swept.
package struct Blacklist: ~Copyable {
    /// Key, time of expiry (`Int64.max`: never), position in the store and kind.
    private static var recordWords: Int { 5 }

    private var table: KeyTable
    private var guide: PrefixGuide
    private var filter: KeyFilter
    /// The next filter, without the keys that are gone; complete when the sweep has gone round.
    private var nextFilter: KeyFilter
    private var store = BlacklistStore()
    private let hasher: AdmissionHasher
    private let networkKey: AdmissionKey
    private var userCount = 0
    private var deviceCount = 0
    private var networkCount = 0
    private var cursor = 0

    /// - Parameters:
    ///   - hasher: the one that makes the keys of calls.
    ///   - entryCountMax: room for this many; 56 bytes each in tables, and the entry's own bytes.
    package init(
        hasher: AdmissionHasher, entryCountMax: Int = 1 << 20, populate: Bool = false
    ) throws(MemoryReservationError) {
        // Addresses are spread by a key of this start, so that nobody can choose ranges that collide.
        let networkKey = hasher.key(.network, "blacklist")
        let table = try KeyTable(
            capacity: entryCountMax, recordWords: Self.recordWords, populate: populate)
        let guide = try PrefixGuide(key: networkKey.low)
        let filter = try KeyFilter(keyCountMax: entryCountMax)
        let nextFilter = try KeyFilter(keyCountMax: entryCountMax)
        self.table = table
        self.guide = guide
        self.filter = filter
        self.nextFilter = nextFilter
        self.hasher = hasher
        self.networkKey = networkKey
    }

    /// Entries, lapsed ones that have not been swept included.
    package var count: Int { self.store.count }
    package var lastID: UInt64 { self.store.lastID }
    package var entryCountMax: Int { self.table.capacity }

    // MARK: A call

    /// First of two steps over a batch.
    @inline(__always)
    package mutating func prefetch(_ subject: borrowing AdmissionSubject) {
        if self.userCount > 0 { self.filter.prefetch(subject.user) }
        if self.deviceCount > 0, !subject.device.isNone { self.filter.prefetch(subject.device) }
        if self.networkCount > 0, !subject.network.isNone { self.guide.prefetch(subject.address) }
    }

    /// Second step: asks for the probes that the address needs.
    @inline(__always)
    package mutating func prefetchNetworks(_ subject: borrowing AdmissionSubject) {
        guard self.networkCount > 0, !subject.network.isNone else { return }
        let address = subject.address
        if address.isIPv4 {
            var lengths = self.guide.lengths4(address)
            while lengths != 0 {
                let length = lengths.trailingZeroBitCount
                lengths &= lengths &- 1
                self.filter.prefetch(
                    self.key(address, depth: length &+ NetworkAddress.mappedPrefixLength))
            }
        } else {
            var lengths = self.guide.lengths6(address)
            while lengths != 0 {
                let depth = lengths.trailingZeroBitCount &+ 1
                lengths &= lengths &- 1
                self.filter.prefetch(self.key(address, depth: depth))
            }
        }
    }

    /// The entry that bars a call: the buyer's, else the device's, else the most specific one of the address.
    @inline(__always)
    package mutating func match(_ subject: borrowing AdmissionSubject, now: Int64)
        -> BlacklistMatch?
    {
        if self.userCount > 0, let match = self.probe(subject.user, now) { return match }
        if self.deviceCount > 0, !subject.device.isNone,
            let match = self.probe(subject.device, now)
        {
            return match
        }
        if self.networkCount > 0, !subject.network.isNone {
            return self.match(subject.address, now: now)
        }
        return nil
    }

    /// The most specific entry that bars an address.
    @inline(__always)
    package mutating func match(_ address: NetworkAddress, now: Int64) -> BlacklistMatch? {
        if address.isIPv4 {
            var lengths = self.guide.lengths4(address)
            while lengths != 0 {
                let length = 63 &- lengths.leadingZeroBitCount
                lengths &= ~(1 &<< UInt64(length))
                let depth = length &+ NetworkAddress.mappedPrefixLength
                if let match = self.probe(self.key(address, depth: depth), now) { return match }
            }
            return nil
        }
        var lengths = self.guide.lengths6(address)
        while lengths != 0 {
            let depth = 128 &- lengths.leadingZeroBitCount
            lengths &= ~(1 &<< UInt128(depth &- 1))
            if let match = self.probe(self.key(address, depth: depth), now) { return match }
        }
        return self.guide.holdsAllIPv6 ? self.probe(self.key(address, depth: 0), now) : nil
    }

    @inline(__always)
    private mutating func probe(_ key: AdmissionKey, _ now: Int64) -> BlacklistMatch? {
        guard self.filter.mayHold(key), let record = self.table.find(key),
            Int64(bitPattern: record[2]) > now
        else {
            return nil
        }
        return BlacklistMatch(
            kind: BlacklistKind(rawValue: UInt8(truncatingIfNeeded: record[3] &>> 32))
                .unsafelyUnwrapped, entryID: record[4])
    }

    /// The key of the range of `depth` bits around an address, one to one for each family and depth, so two ranges never
    /// meet: for IPv4 a mixed 64-bit number, for IPv6 three rounds of a Feistel network. Ranges and ids meet with a
    /// chance of 2⁻¹²⁸.
    @inline(__always)
    private func key(_ address: NetworkAddress, depth: Int) -> AdmissionKey {
        if address.isIPv4 {
            let hostBits = UInt64(128 &- depth)
            let first = (UInt64(UInt32(truncatingIfNeeded: address.bits)) &>> hostBits) &<< hostBits
            let high = Self.mix((first | UInt64(depth) &<< 32) ^ self.networkKey.high)
            let low = high.byteSwapped ^ self.networkKey.low
            return high | low == 0
                ? AdmissionKey(high: 0, low: 1) : AdmissionKey(high: high, low: low)
        }
        let bits = address.masked(to: depth).bits
        let salt =
            self.networkKey.high &+ UInt64(truncatingIfNeeded: depth) &* 0x9e37_79b9_7f4a_7c15
        var high = UInt64(truncatingIfNeeded: bits &>> 64)
        var low = UInt64(truncatingIfNeeded: bits)
        high ^= Self.mix(low ^ salt)
        low ^= Self.mix(high ^ self.networkKey.low)
        high ^= Self.mix(low &+ salt)
        return high | low == 0 ? AdmissionKey(high: 0, low: 1) : AdmissionKey(high: high, low: low)
    }

    /// The finalizer of SplitMix64.
    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = (value ^ (value &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value &>> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value &>> 31)
    }

    // MARK: Changes

    private func key(_ value: BlacklistValue) -> AdmissionKey {
        switch value {
        case .user(let bytes): bytes.withUnsafeBytes { self.hasher.key(.user, $0) }
        case .device(let bytes): bytes.withUnsafeBytes { self.hasher.key(.device, $0) }
        case .network(let range): self.key(range.first, depth: range.depth)
        }
    }

    /// Adds an entry; a value that is listed already is replaced.
    /// - Parameters:
    ///   - entry: with id 0 it gets the next one; else (journal, snapshot) its id must be larger than the last.
    ///   - neverShortens: an entry that lasts longer stays: for automatic bans beside an operator's.
    ///   - now: server time in Unix milliseconds.
    package mutating func add(
        _ entry: BlacklistEntry, neverShortens: Bool = false, now: Int64
    ) throws(BlacklistError) -> BlacklistAddOutcome {
        try entry.check()
        var entry = entry
        if entry.id == 0 { entry.id = self.store.lastID + 1 }
        guard entry.id > self.store.lastID else {
            throw .idNotGrowing(id: entry.id, last: self.store.lastID)
        }
        let key = self.key(entry.value)
        var old: BlacklistEntry?
        if let record = self.table.find(key) {
            let there = self.store.entry(Self.position(record))
            if neverShortens && !there.isLapsed(at: now) && !entry.lasts(asLongAs: there) {
                return .kept(there)
            }
            old = there
            self.drop(record, there)
        } else if self.table.isFull, self.removeExpired(now: now, recordCount: .max) == 0 {
            throw .full(entryCountMax: self.table.capacity)
        }
        guard let record = self.table.insert(key) else {
            preconditionFailure("room for a blacklist entry was made and is not there")
        }
        record[2] = UInt64(bitPattern: entry.expiresMilliseconds ?? .max)
        record[3] =
            UInt64(self.store.append(entry)) | UInt64(entry.value.kind.rawValue) << 32
        record[4] = entry.id
        self.filter.insert(key)
        self.nextFilter.insert(key)
        self.adjustCounts(entry.value, by: 1)
        return old.map { .replaced(id: entry.id, old: $0) } ?? .added(id: entry.id)
    }

    /// Takes out an entry; nil when there is none with this id.
    package mutating func remove(id: UInt64) -> BlacklistEntry? {
        guard let entry = self.store.entry(id: id) else { return nil }
        guard let record = self.table.find(self.key(entry.value)) else {
            preconditionFailure("a stored blacklist entry is not in its table")
        }
        self.drop(record, entry)
        return entry
    }

    package mutating func remove(_ value: BlacklistValue) -> BlacklistEntry? {
        guard let entry = self.entry(value) else { return nil }
        return self.remove(id: entry.id)
    }

    /// Takes out lapsed entries, looking at up to `recordCount`; goes on where it stopped.
    /// - Returns: how many went. Call it now and then: it also keeps the filter free of entries that are gone.
    @discardableResult
    package mutating func removeExpired(now: Int64, recordCount: Int) -> Int {
        var removed = 0
        for _ in 0..<min(recordCount, self.table.usedCount) {
            if self.cursor >= self.table.usedCount {
                self.cursor = 0
                self.renewFilter()
            }
            let number = self.cursor
            self.cursor += 1
            guard self.table.isUsed(number) else { continue }
            let record = self.table.record(number)
            guard Int64(bitPattern: record[2]) <= now else {
                self.nextFilter.insert(AdmissionKey(high: record[0], low: record[1]))
                continue
            }
            self.drop(record, self.store.entry(Self.position(record)))
            removed += 1
        }
        return removed
    }

    /// All keys that were there since the last time are in the next filter: the sweep saw them or they were added since.
    private mutating func renewFilter() {
        swap(&self.filter, &self.nextFilter)
        self.nextFilter.removeAll()
    }

    private static func position(_ record: UnsafeMutablePointer<UInt64>) -> UInt32 {
        UInt32(truncatingIfNeeded: record[3])
    }

    private mutating func drop(
        _ record: UnsafeMutablePointer<UInt64>, _ entry: BlacklistEntry
    ) {
        self.store.remove(Self.position(record))
        self.table.remove(self.table.number(record))
        self.adjustCounts(entry.value, by: -1)
    }

    private mutating func adjustCounts(_ value: BlacklistValue, by step: Int) {
        switch value {
        case .user: self.userCount += step
        case .device: self.deviceCount += step
        case .network(let range):
            self.networkCount += step
            if step > 0 { self.guide.insert(range) } else { self.guide.remove(range) }
        }
    }

    // MARK: Reading

    package func entry(id: UInt64) -> BlacklistEntry? { self.store.entry(id: id) }

    /// The entry of exactly this value, lapsed or not.
    package func entry(_ value: BlacklistValue) -> BlacklistEntry? {
        self.table.find(self.key(value)).map { self.store.entry(Self.position($0)) }
    }

    /// A page in the order of ids. The next page begins after the last id of this one, whatever has changed meanwhile.
    /// - Parameters:
    ///   - kind: only this kind; nil: all.
    ///   - now: lapsed entries are left out; nil: they are not.
    package func list(
        afterID: UInt64 = 0, kind: BlacklistKind? = nil, now: Int64? = nil, countMax: Int
    ) -> [BlacklistEntry] {
        var page: [BlacklistEntry] = []
        if countMax <= 0 { return page }
        self.store.forEach(after: afterID) { entry in
            let isShown = kind.map { $0 == entry.value.kind } ?? true
            if isShown && !(now.map { entry.isLapsed(at: $0) } ?? false) { page.append(entry) }
            return page.count < countMax
        }
        return page
    }
}
