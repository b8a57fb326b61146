package import HoldfastJournal
internal import Synchronization

/// What keeps a server's events: who it is, where they go, and how safe they are there.
///
/// `open` makes one of a data directory; it holds the directory's lock until `stop`.
package final class DataStore: Sendable {
    package enum Durability: String, Sendable {
        /// An answer means that it is on disk.
        case disk
        /// Written and not synced.
        case written
        /// Gone with the process: tests and tools.
        case memory
    }

    let events: any EventLog
    /// 16 bytes, made with the data directory.
    let instanceID: [UInt8]
    /// Grows at each start.
    let bootEpoch: UInt64
    let durability: Durability
    /// What was found at the start; nil in memory.
    let recovered: RecoveryReport?
    private let directory: DataDirectory?
    let journal: Journal?

    /// Keeps nothing beyond the process.
    package init(memory events: any EventLog) {
        self.events = events
        self.instanceID = LibCrypto.randomBytes(16)
        self.bootEpoch = 1
        self.durability = .memory
        self.recovered = nil
        self.directory = nil
        self.journal = nil
    }

    init(
        directory: DataDirectory, journal: Journal, start: JournalStart, sync: SyncMode,
        recovered: RecoveryReport
    ) {
        self.events = journal
        self.instanceID = start.instance.bytes
        self.bootEpoch = UInt64(start.generation)
        self.durability = sync == .group ? .disk : .written
        self.recovered = recovered
        self.directory = directory
        self.journal = journal
    }

    /// Waits until everything that was appended is as safe as it gets. Not for reactors.
    func settle(pollMicroseconds: UInt32 = 200, attemptsMax: Int = 50_000) {
        self.events.kick()
        let end = self.events.appendedPosition
        for _ in 0..<attemptsMax where self.events.syncedPosition < end {
            Pause.microseconds(pollMicroseconds)
        }
    }

    /// Writes what is left and the mark of a stop in order, and gives the directory back. Nobody may append any more.
    func stop() {
        self.journal?.stop()
        self.directory?.close()
    }
}
