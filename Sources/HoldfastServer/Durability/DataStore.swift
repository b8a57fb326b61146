package import HoldfastJournal

/// What keeps a server's events: who it is, where they go, and how safe they are there.
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

    /// Keeps nothing beyond the process.
    package init(memory events: any EventLog) {
        self.events = events
        self.instanceID = LibCrypto.randomBytes(16)
        self.bootEpoch = 1
        self.durability = .memory
    }
}
