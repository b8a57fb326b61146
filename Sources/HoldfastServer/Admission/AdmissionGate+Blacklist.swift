internal import HoldfastAdmission
internal import HoldfastEngine
internal import HoldfastWire

/// The blacklist's side of the gate.
extension AdmissionGate: ControlEvents {
    /// Takes over what the control shard holds, before the first call.
    func load(from shards: ShardTable) {
        // The gate's lock is a leaf, here too.
        shards.forEachBlacklisted { id, row in
            let entry = LoadedEntry(id: id, row: row)
            self.withBlacklist { $0.load(entry.id, entry.row) }
        }
    }

    /// Under the control shard's lock; the gate's is a leaf.
    package func take(controlEvents events: UnsafeRawBufferPointer, position: UInt64) {
        let events = ControlEventBytes(bytes: events)
        self.withBlacklist { $0.take(events.bytes, position: position) }
    }

    package var blacklistHits: BlacklistHits { self.withBlacklist { $0.hits } }

    /// Entries that look-ups know.
    package var blacklistCount: Int { self.withBlacklist { $0.count } }

    /// Of the different addresses that were seen lately, how many each range would bar.
    func hits(of ranges: [NetworkRange]) -> (seen: Int, hits: [Int]) {
        let seen = self.recentAddresses
        return (seen.count, ranges.map { WideRange.hitCount(of: $0, among: seen) })
    }

    /// As with events: the views stay on the thread that brought them.
    private struct LoadedEntry: @unchecked Sendable {
        let id: UInt64
        let row: BlacklistRow
    }

    /// The bytes stay on the thread that brought them: the closure runs there, before the call returns.
    private struct ControlEventBytes: @unchecked Sendable {
        let bytes: UnsafeRawBufferPointer
    }
}

extension RiskFacts {
    /// The buyer, the device or the address is listed: that goes before the rules.
    mutating func take(_ match: BlacklistMatch) {
        self.outcome = .blacklisted
        self.outcomeWithObserved = .blacklisted
        let feature =
            switch match.kind {
            case .user: "user"
            case .device: "device"
            case .network: "network"
            }
        self.evidence.insert(
            Evidence(
                rule: "blacklist", feature: feature, value: Int64(clamping: match.entryID),
                threshold: 0, windowMilliseconds: 0, adds: 0, raisesTo: 0, isMissingInput: false,
                isObserved: false),
            at: 0)
    }
}
