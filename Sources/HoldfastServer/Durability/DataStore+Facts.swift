internal import HoldfastJournal
package import HoldfastWire

/// What the store says of itself over the network, and what it can be asked for. Any thread, none of it blocks.
extension DataStore {
    /// For GetServerInfo: how far the log is, and what its disk does.
    package var journalFacts: JournalFacts {
        var facts = JournalFacts(sync: self.sync)
        // In this order the second is never smaller.
        facts.syncedLSN = self.events.syncedPosition.rawValue
        facts.appendedLSN = self.events.appendedPosition.rawValue
        facts.hasRoom = self.events.hasRoom
        facts.backlogByteCount = UInt64(clamping: self.events.backlogByteCount)
        guard let journal = self.journal else { return facts }
        facts.generation = UInt32(clamping: self.bootEpoch)
        let statistics = journal.statistics
        facts.groupCount = statistics.groups
        facts.byteCount = statistics.bytes
        facts.syncCount = statistics.syncs
        facts.syncMicrosecondsTotal = statistics.syncNanosecondsSum / 1_000
        facts.syncMicrosecondsMax = statistics.syncNanosecondsMax / 1_000
        // The open one is not sealed.
        facts.segmentCount = UInt32(clamping: journal.sealedSegments.count + 1)
        facts.readyByteCount = UInt64(clamping: statistics.freeBytes)
        return facts
    }

    private var sync: JournalFacts.Sync {
        switch self.durability {
        case .disk: .group
        case .written: .none
        case .memory: .memory
        }
    }

    /// For GetServerInfo: the newest snapshot, and whether one is being made.
    package var snapshotFacts: SnapshotFacts {
        SnapshotFacts()
    }

    /// Asks for a snapshot of everything that was acknowledged before. Called by reactors: returns at once.
    /// `snapshotFacts` says from the return on that it is running, without the last attempt's error, and when it is
    /// there; who waits for it relies on that.
    package func requestSnapshot() -> SnapshotRequestResult {
        SnapshotRequestResult(outcome: .unavailableInMemory)
    }
}
