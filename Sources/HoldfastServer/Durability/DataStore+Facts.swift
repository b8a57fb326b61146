internal import HoldfastJournal
package import HoldfastWire

/// What the store says of itself over the network, and what it can be asked for. Any thread, none of it blocks.
extension DataStore {
    /// For GetServerInfo: how far the log is, and what its disk does.
    package var journalFacts: JournalFacts {
        var facts = JournalFacts(sync: .memory)
        facts.appendedLSN = self.events.appendedPosition.rawValue
        facts.syncedLSN = self.events.syncedPosition.rawValue
        facts.hasRoom = self.events.hasRoom
        facts.backlogByteCount = UInt64(clamping: self.events.backlogByteCount)
        return facts
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
