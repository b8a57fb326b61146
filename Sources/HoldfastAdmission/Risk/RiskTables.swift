/// How much the risk tables may hold. All of it is reserved at start, and used as buyers come.
package struct RiskCapacity: Sendable, Hashable {
    /// Buyers with something in a window: 128 bytes each, and 16 of index.
    package var users: Int
    /// Addresses with something in a window: 64 bytes each, and 16 of index.
    package var addresses: Int
    /// Words (8 bytes) for lists that outgrow their record.
    package var listWords: Int

    package init(users: Int = 1 << 20, addresses: Int = 1 << 19, listWords: Int = 1 << 24) {
        self.users = users
        self.addresses = addresses
        self.listWords = listWords
    }
}

/// What the risk tables have done since they were made. For metrics.
package struct RiskCounters: Sendable, Hashable {
    package var evaluations: UInt64 = 0
    package var challenged: UInt64 = 0
    package var rejected: UInt64 = 0
    package var missingAge: UInt64 = 0
    package var missingDevice: UInt64 = 0
    package var missingNetwork: UInt64 = 0
    /// Calls whose history could not be kept: memory ran out.
    package var untracked: UInt64 = 0
    /// Buyers forgotten early to make room, with nothing on record but one or no device.
    package var forgotten: UInt64 = 0

    package init() {}
}

/// Who did how much lately, and the rules that judge it. A `~Copyable` value of one owner; batches call it under the
/// owner's lock: `prefetch` for all calls, `prefetchRecords` for all, then `evaluate` for each.
///
/// Time is server time in Unix milliseconds and comes in; it never goes back here (`now = max(last, now)`). A moment counts
/// in a window of w milliseconds while it is younger than w. Nothing allocates once made.
package struct RiskTables: ~Copyable {
    /// Buyer: key, three headers, then the first words of calls, purchases and devices: two cache lines.
    static var userWords: Int { 16 }
    static var calls: RecentListLayout { .init(headerIndex: 2, inlineIndex: 5, inlineCapacity: 5) }
    static var purchases: RecentListLayout {
        .init(headerIndex: 3, inlineIndex: 10, inlineCapacity: 4)
    }
    static var devices: RecentListLayout {
        .init(headerIndex: 4, inlineIndex: 14, inlineCapacity: 2)
    }
    /// Address: key, header, accounts: one cache line.
    static var addressWords: Int { 8 }
    static var accounts: RecentListLayout {
        .init(headerIndex: 2, inlineIndex: 3, inlineCapacity: 5)
    }
    /// Stands for "no device id": such a buyer has one nameless device.
    static var namelessDevice: UInt64 { 0x5a_5a5a }
    /// Times lie at most this far before the first one seen, so that a journal can be read in.
    private static var baseMargin: Int64 { 8 * 86_400_000 }
    /// Records looked at when a table is full and a new key comes. Each look is a cache line, and in a rush of ever new buyers
    /// all of them hold what counts: when so many do, nobody looks again in that millisecond.
    static var urgentSweepCount: Int { 64 }

    var users: KeyTable
    var addresses: KeyTable
    var arena: BlockArena
    var compiled: CompiledRules
    var userCursor = 0
    var addressCursor = 0
    /// Until then nobody looks for room in a full table: those who did found none.
    var usersFullUntil: Int64 = 0
    var addressesFullUntil: Int64 = 0
    /// Milliseconds that stand for 0 in the lists.
    let base: Int64
    var last: Int64
    /// The measures of the last evaluation, for evidence and the log. Behind pointers, since an `InlineArray` is copied
    /// whole for an element whose place is known at run time only (docs/WORKAROUNDS.md).
    let measured: UnsafeMutablePointer<Int64>
    var measuredAge: Int64 = 0
    var measuredNetwork = -1
    package internal(set) var counters = RiskCounters()
    /// How often each rule fired, enforced or observed.
    private let firedCounts: UnsafeMutablePointer<UInt64>
    /// Grows with each `take`; says which rules a verdict's bits mean.
    package private(set) var rulesGeneration: UInt32 = 0

    /// - Parameters:
    ///   - now: server time; the tables remember nothing from more than 8 days before it.
    ///   - populate: touches all memory now, so that no call pays for a page fault later.
    package init(
        rules: RiskRules, capacity: RiskCapacity = RiskCapacity(), now: Int64,
        populate: Bool = false
    ) throws(MemoryReservationError) {
        // A value that owns memory cannot be half made: what can fail comes before the first field.
        let users = try KeyTable(
            capacity: capacity.users, recordWords: Self.userWords, populate: populate)
        let addresses = try KeyTable(
            capacity: capacity.addresses, recordWords: Self.addressWords, populate: populate)
        let arena = try BlockArena(wordCount: capacity.listWords, populate: populate)
        self.users = users
        self.addresses = addresses
        self.arena = arena
        self.compiled = CompiledRules(rules)
        self.base = now - Self.baseMargin
        self.last = self.base + 1
        self.measured = .allocate(capacity: RiskRules.measureCountMax)
        self.measured.initialize(repeating: 0, count: RiskRules.measureCountMax)
        self.firedCounts = .allocate(capacity: RiskRules.ruleCountMax)
        self.firedCounts.initialize(repeating: 0, count: RiskRules.ruleCountMax)
    }

    deinit {
        self.measured.deallocate()
        self.firedCounts.deallocate()
    }

    package var rules: RiskRules { self.compiled.source }
    package var userCount: Int { self.users.count }
    package var addressCount: Int { self.addresses.count }
    package var reservedByteCount: Int {
        self.users.reservedByteCount + self.addresses.reservedByteCount
            + self.arena.reservedByteCount
    }

    /// The records of buyers, then those of addresses.
    package var growingMemory: [GrowingMemory] {
        [self.users.recordMemory, self.addresses.recordMemory]
    }
    /// How far each of them is used.
    package var usedByteCounts: (users: Int, addresses: Int) {
        (self.users.usedRecordByteCount, self.addresses.usedRecordByteCount)
    }

    /// Other rules from now on. What has been counted stays; a rule that looks further back, or counts further than any
    /// before, is exact once its window has passed.
    package mutating func take(_ rules: RiskRules) {
        self.compiled = CompiledRules(rules)
        self.rulesGeneration &+= 1
        self.firedCounts.update(repeating: 0, count: RiskRules.ruleCountMax)
    }

    /// How often a rule fired, by its place in the rules.
    package func firedCount(_ rule: Int) -> UInt64 { self.firedCounts[rule] }

    // MARK: A batch

    /// First of two steps over a batch: asks for index lines.
    @inline(__always)
    package mutating func prefetch(_ subject: borrowing AdmissionSubject) {
        self.users.indexLines.prefetch(subject.user)
        if !subject.network.isNone { self.addresses.indexLines.prefetch(subject.network) }
    }

    /// Second step: asks for the records.
    @inline(__always)
    package mutating func prefetchRecords(_ subject: borrowing AdmissionSubject) {
        self.users.prefetchRecord(subject.user)
        if !subject.network.isNone { self.addresses.prefetchRecord(subject.network) }
    }

    /// Judges a Reserve and counts it.
    @inline(__always)
    package mutating func evaluate(_ input: RiskInput, now: Int64) -> RiskVerdict {
        let time = self.advance(to: now)
        let verdict = self.record(input, time)
        self.count(verdict)
        return verdict
    }

    /// Judges as `evaluate` would now, and counts nothing: what CheckRisk answers.
    package mutating func peek(_ input: RiskInput, now: Int64) -> RiskVerdict {
        let time = max(self.last, now) &- self.base
        self.measuredNetwork = self.network(of: input)
        let isTracked = self.peekMeasures(input, time)
        return self.judge(input, now: time &+ self.base, isTracked: isTracked)
    }

    /// Counts a Reserve that the journal tells of, without judging it. In the order of time.
    package mutating func restore(_ input: RiskInput, at milliseconds: Int64) {
        let time = self.advance(to: milliseconds)
        _ = self.record(input, time)
    }

    @inline(__always)
    private mutating func advance(to now: Int64) -> Int64 {
        self.last = max(self.last, now)
        return self.last &- self.base
    }

    @inline(__always)
    private mutating func count(_ verdict: RiskVerdict) {
        self.counters.evaluations &+= 1
        if verdict.missing.rawValue != 0 {
            if verdict.missing.contains(.age) { self.counters.missingAge &+= 1 }
            if verdict.missing.contains(.device) { self.counters.missingDevice &+= 1 }
            if verdict.missing.contains(.network) { self.counters.missingNetwork &+= 1 }
        }
        if verdict.isUntracked { self.counters.untracked &+= 1 }
        if verdict.decision == .challenge { self.counters.challenged &+= 1 }
        if verdict.decision == .reject { self.counters.rejected &+= 1 }
        var fired = verdict.fired | verdict.observed
        while fired != 0 {
            self.firedCounts[fired.trailingZeroBitCount] &+= 1
            fired &= fired &- 1
        }
    }
}
