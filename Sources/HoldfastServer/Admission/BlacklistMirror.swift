internal import HoldfastAdmission
internal import HoldfastEngine

/// The control shard's blacklist in the form that look-ups want: changed by the shard's own events, in their order. A value of
/// one owner, who keeps it behind a lock.
struct BlacklistMirror: ~Copyable {
    /// Records that one change lets the sweep look at, so that filters lose what is gone.
    private static let sweepCount = 1_024

    private var list: Blacklist
    /// Log position of the newest change: who is told of an entry waits for it.
    private(set) var position: UInt64 = 0
    /// Calls that an entry barred, or would have barred, since the start.
    private(set) var hits = BlacklistHits()

    init(hasher: AdmissionHasher) throws(MemoryReservationError) {
        self.list = try Blacklist(
            hasher: hasher, entryCountMax: EngineLimits.blacklistEntriesMax)
    }

    var count: Int { self.list.count }

    // MARK: A call

    @inline(__always)
    mutating func prefetch(_ subject: borrowing AdmissionSubject) { self.list.prefetch(subject) }

    @inline(__always)
    mutating func prefetchNetworks(_ subject: borrowing AdmissionSubject) {
        self.list.prefetchNetworks(subject)
    }

    @inline(__always)
    mutating func match(_ subject: borrowing AdmissionSubject, now: Int64) -> BlacklistMatch? {
        self.list.match(subject, now: now)
    }

    @inline(__always)
    mutating func count(_ match: BlacklistMatch) {
        switch match.kind {
        case .user: self.hits.user &+= 1
        case .device: self.hits.device &+= 1
        case .network: self.hits.network &+= 1
        }
    }

    // MARK: Changes

    /// An entry as the control shard has it, at the start.
    mutating func load(_ id: UInt64, _ row: BlacklistRow) { self.add(id, row) }

    /// What a batch of the control shard decided.
    /// - Parameters:
    ///   - events: whole events.
    ///   - position: of the last of them in the log.
    ///   - now: server time, Unix milliseconds.
    mutating func take(_ events: UnsafeRawBufferPointer, position: UInt64) {
        var changes: [Change] = []
        var newest: Int64 = 0
        BlacklistFeed.read(
            events, removed: { changes.append(.remove($0)) },
            added: { id, row in
                newest = max(newest, row.createdMilliseconds)
                changes.append(.add(Self.entry(id, row)))
            })
        if changes.isEmpty { return }
        self.position = position
        for change in changes {
            switch change {
            case .remove(let id): _ = self.list.remove(id: id)
            case .add(let entry): self.add(entry)
            }
        }
        self.list.removeExpired(now: newest, recordCount: Self.sweepCount)
    }

    private enum Change {
        case add(BlacklistEntry)
        case remove(UInt64)
    }

    private mutating func add(_ id: UInt64, _ row: BlacklistRow) { self.add(Self.entry(id, row)) }

    private mutating func add(_ entry: BlacklistEntry) {
        do throws(BlacklistError) {
            _ = try self.list.add(entry, now: entry.createdMilliseconds)
        } catch {
            // The control shard has as many entries at most, in the order of their ids, within the same bounds.
            preconditionFailure("a blacklist entry of the control shard: \(error)")
        }
    }

    /// Texts for people stay with the control shard.
    private static func entry(_ id: UInt64, _ row: BlacklistRow) -> BlacklistEntry {
        let value: BlacklistValue =
            switch row.kind {
            case .user: .user(Array(row.value.buffer))
            case .device: .device(Array(row.value.buffer))
            case .network: .network(Self.range(row.value))
            }
        return BlacklistEntry(
            id: id, value: value,
            expiresMilliseconds: row.expiresMilliseconds == 0 ? nil : row.expiresMilliseconds,
            createdMilliseconds: row.createdMilliseconds, reason: "", operatorName: "", source: "")
    }

    private static func range(_ text: ByteView) -> NetworkRange {
        do throws(NetworkTextError) {
            return try NetworkRange(parsing: String(decoding: text.buffer, as: UTF8.self))
        } catch {
            preconditionFailure("a blacklist entry of the control shard: \(error)")
        }
    }
}

/// Calls that the blacklist barred, by what was listed.
package struct BlacklistHits: Equatable, Sendable {
    package var user: UInt64 = 0
    package var device: UInt64 = 0
    package var network: UInt64 = 0
}

/// The addresses of the latest calls, for whoever is about to bar a wide range. A value of one owner.
struct RecentAddresses: ~Copyable {
    static let countMax = 16_384

    private let base: UnsafeMutablePointer<NetworkAddress>
    private var next = 0
    private var isFull = false

    init() {
        self.base = .allocate(capacity: Self.countMax)
        self.base.initialize(repeating: .unspecified, count: Self.countMax)
    }

    deinit { self.base.deallocate() }

    @inline(__always)
    mutating func note(_ subject: borrowing AdmissionSubject) {
        if subject.network.isNone { return }
        self.base[self.next] = subject.address
        self.next &+= 1
        if self.next == Self.countMax {
            self.next = 0
            self.isFull = true
        }
    }

    /// Each address once.
    var distinct: Set<NetworkAddress> {
        Set(
            UnsafeBufferPointer(start: self.base, count: self.isFull ? Self.countMax : self.next))
    }
}
