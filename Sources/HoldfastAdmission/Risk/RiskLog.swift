/// The latest judged calls, in three rings of fixed size: those that the rules did not simply allow, those that the limiter refused,
/// and a thin sample of the others. A flood in one pushes nothing out of another.
///
/// Of the refusals of one second the first `fullPerSecond` are kept all and the rest ever more thinly (a million leave about
/// ten times `fullPerSecond`). Each entry carries how many calls it stands for, so sums over the log estimate what
/// happened. Owner's thread only; nothing allocates after it is made.
package struct RiskLog: ~Copyable {
    package struct Settings: Sendable, Hashable {
        package var refusalCapacity: Int
        package var limitedCapacity: Int
        package var allowedCapacity: Int
        package var fullPerSecond: Int
        /// One in so many calls that were simply allowed is kept.
        package var allowedOneIn: Int

        package init(
            refusalCapacity: Int = 16_384, limitedCapacity: Int = 4_096,
            allowedCapacity: Int = 4_096, fullPerSecond: Int = 128, allowedOneIn: Int = 1_024
        ) {
            precondition(
                refusalCapacity > 0 && limitedCapacity > 0 && allowedCapacity > 0
                    && fullPerSecond > 0 && allowedOneIn > 0, "a log keeps something")
            self.refusalCapacity = refusalCapacity
            self.limitedCapacity = limitedCapacity
            self.allowedCapacity = allowedCapacity
            self.fullPerSecond = fullPerSecond
            self.allowedOneIn = allowedOneIn
        }
    }

    /// Where a reader of the log stands: in which ring, and below which entry of it. Stays good while entries come and go.
    package struct Cursor: Equatable, Sendable {
        package var ring: Int
        package var below: Int

        package init(ring: Int, below: Int) {
            self.ring = ring
            self.below = below
        }

        package static let start = Cursor(ring: 0, below: .max)
        package static let ringCount = 3
    }

    private struct Ring {
        let entries: UnsafeMutablePointer<RiskLogEntry>
        let capacity: Int
        /// Entries ever written.
        var written = 0
        /// Calls since the last entry.
        var pending: UInt64 = 0
        var second: Int64 = .min
        var countInSecond = 0
        var nextInSecond = 0

        init(capacity: Int) {
            self.entries = .allocate(capacity: capacity)
            self.capacity = capacity
        }

        mutating func append(_ entry: RiskLogEntry) {
            (self.entries + self.written % self.capacity).initialize(to: entry)
            self.written += 1
            self.pending = 0
        }

        /// Whether a call of this moment is one of those that are kept.
        mutating func keeps(at now: Int64, fullPerSecond: Int) -> Bool {
            if now / 1_000 != self.second {
                self.second = now / 1_000
                self.countInSecond = 0
                self.nextInSecond = 0
            }
            self.pending &+= 1
            self.countInSecond += 1
            guard self.countInSecond > self.nextInSecond else { return false }
            self.nextInSecond = self.countInSecond + self.countInSecond / fullPerSecond
            return true
        }

        var count: Int { min(self.written, self.capacity) }

        /// 0: the newest.
        func entry(_ back: Int) -> RiskLogEntry {
            self.entries[(self.written - 1 - back) % self.capacity]
        }
    }

    private let settings: Settings
    private var refusals: Ring
    private var limited: Ring
    private var allowed: Ring

    package init(settings: Settings = Settings()) {
        self.settings = settings
        self.refusals = Ring(capacity: settings.refusalCapacity)
        self.limited = Ring(capacity: settings.limitedCapacity)
        self.allowed = Ring(capacity: settings.allowedCapacity)
    }

    deinit {
        self.refusals.entries.deallocate()
        self.limited.entries.deallocate()
        self.allowed.entries.deallocate()
    }

    package var refusalCount: Int { self.refusals.count }
    package var limitedCount: Int { self.limited.count }
    package var allowedCount: Int { self.allowed.count }

    /// Notes a call right after `tables` judged it: what was measured is still there.
    /// - Parameters:
    ///   - user: the buyer's id as it came.
    ///   - limit: what the limiter said of the same call.
    @inline(__always)
    package mutating func note(
        _ input: RiskInput, _ verdict: RiskVerdict, user: UnsafeRawBufferPointer,
        limit: LimitDecision = .allowed, now: Int64, of tables: inout RiskTables
    ) {
        if verdict.decision == .allow && verdict.decisionWithObserved == .allow
            && limit == .allowed
        {
            self.allowed.pending &+= 1
            if self.allowed.pending < UInt64(self.settings.allowedOneIn) { return }
            self.allowed.append(
                RiskLogEntry(
                    milliseconds: now, weight: self.allowed.pending, input: input,
                    verdict: verdict, limit: limit, user: user, tables: tables))
        } else {
            self.noteRefusal(input, verdict, user, limit, now, &tables)
        }
    }

    @inline(never)
    private mutating func noteRefusal(
        _ input: RiskInput, _ verdict: RiskVerdict, _ user: UnsafeRawBufferPointer,
        _ limit: LimitDecision, _ now: Int64, _ tables: inout RiskTables
    ) {
        let isRisk = verdict.decision != .allow || verdict.decisionWithObserved != .allow
        let full = self.settings.fullPerSecond
        if isRisk {
            guard self.refusals.keeps(at: now, fullPerSecond: full) else { return }
            self.refusals.append(
                RiskLogEntry(
                    milliseconds: now, weight: self.refusals.pending, input: input,
                    verdict: verdict, limit: limit, user: user, tables: tables))
        } else {
            guard self.limited.keeps(at: now, fullPerSecond: full) else { return }
            self.limited.append(
                RiskLogEntry(
                    milliseconds: now, weight: self.limited.pending, input: input,
                    verdict: verdict, limit: limit, user: user, tables: tables))
        }
    }

    /// What the log has of a buyer, newest first: refusals, then what the limiter refused, then allowed samples.
    package func entries(of user: AdmissionKey, countMax: Int) -> [RiskLogEntry] {
        var found: [RiskLogEntry] = []
        self.forEach { entry in
            if found.count < countMax && entry.input.subject.user == user { found.append(entry) }
        }
        return found
    }

    /// Every entry: refusals from the newest to the oldest, then what the limiter refused, then allowed samples.
    package func forEach(_ body: (RiskLogEntry) -> Void) {
        for back in 0..<self.refusals.count { body(self.refusals.entry(back)) }
        for back in 0..<self.limited.count { body(self.limited.entry(back)) }
        for back in 0..<self.allowed.count { body(self.allowed.entry(back)) }
    }

    /// Reads on from `cursor`, in the order of `forEach`: at most `countMax` entries, having looked at `lookMax` at most, so that
    /// a buyer with few entries costs no more than one with many. Entries that came since are not read, those that were
    /// pushed out meanwhile are gone.
    /// - Parameter user: only this buyer's; nil: everybody's.
    /// - Returns: the entries, each with the cursor that goes on behind it, and the cursor behind all that was looked at;
    ///   nil: that is the end.
    package func page(
        from cursor: Cursor, of user: AdmissionKey?, countMax: Int, lookMax: Int
    ) -> (entries: [(entry: RiskLogEntry, next: Cursor)], next: Cursor?) {
        precondition(countMax > 0 && lookMax > 0, "a page has room")
        var found: [(entry: RiskLogEntry, next: Cursor)] = []
        var cursor = cursor
        var looked = 0
        while let ring = self.ring(cursor.ring) {
            let oldest = ring.written - ring.count
            var index = min(cursor.below, ring.written)
            while index > oldest {
                if looked == lookMax || found.count == countMax {
                    return (found, Cursor(ring: cursor.ring, below: index))
                }
                index -= 1
                looked += 1
                let entry = ring.entries[index % ring.capacity]
                if user == nil || entry.input.subject.user == user {
                    found.append((entry, Cursor(ring: cursor.ring, below: index)))
                }
            }
            cursor = Cursor(ring: cursor.ring + 1, below: .max)
        }
        return (found, nil)
    }

    private func ring(_ number: Int) -> Ring? {
        switch number {
        case 0: self.refusals
        case 1: self.limited
        case 2: self.allowed
        default: nil
        }
    }
}
