/// Every bound of the engine, with its relation to the others. Values that a caller meets are part of the
/// contract; the rest keep counters inside their fields.
package enum EngineLimits {
    /// Bytes of an id or a reference.
    package static let idBytesMax = 64
    /// Bytes of a name.
    package static let nameBytesMax = 256
    /// Lines of one Reserve, counted after lines of one product were summed.
    package static let linesMax = 16
    /// Units of one product in one Reserve, after summing.
    package static let quantityMax: Int64 = 1_000_000
    /// Units of one product, and of all products of one sale together.
    package static let saleUnitsMax: Int64 = 2_000_000_000
    /// Imported units of one buyer in one sale.
    package static let importedUnitsMax: Int64 = 2_000_000_000
    /// Price of one unit, in minor units. quantity × price stays inside Int64.
    package static let priceMinorMax: Int64 = 1_000_000_000_000
    /// Shortest hold and extension.
    package static let holdMillisecondsMin: Int64 = 1_000
    /// Longest hold and extension.
    package static let holdMillisecondsMax: Int64 = 4 * 3_600_000
    /// Hold of a sale that names none.
    package static let holdMillisecondsDefault: Int64 = 600_000
    /// Largest time that is taken for a time: the year 2500.
    package static let timeMillisecondsMax: Int64 = 16_725_225_600_000
    /// Cancels of unknown request ids that one sale remembers.
    package static let tombstonesPerSaleMax = 100_000
    /// Due holds that one turn, or one Reserve short of stock, expires.
    package static let expiriesPerTurnMax = 1_024
    /// A batch of calls expires so many holds that it does not need: whoever calls `expireDue` sets the pace.
    package static let expiriesPerBatchMax = 32
    /// Calls that are hashed and prefetched together.
    package static let blockCallsMax = 64
    /// Products of one sale.
    package static let productsPerSaleMax = 100_000
    /// Sales of one shard, sealed ones included; a reservation's record has 20 bits for its sale.
    package static let salesPerShardMax = 1_000_000
    /// Rows (products and purchases) of one import.
    package static let importRowsMax = 200_000
    /// Imports that one shard stages at a time.
    package static let stagedImportsMax = 64
    /// Rows of one GetStock answer.
    package static let stockRowsMax = 200
    /// Shortest time that a lease lives.
    package static let leaseMillisecondsMin: Int64 = 100
    /// Longest.
    package static let leaseMillisecondsMax: Int64 = 300_000
    /// A lease that names no time.
    package static let leaseMillisecondsDefault: Int64 = 5_000
    /// Calls that wait for one lease.
    package static let leaseWaitersMax = 1_024
    /// Calls that wait for leases of one shard.
    package static let leaseWaitersPerShardMax = 65_536
    /// Entries of the blacklist, lapsed ones that are still there included.
    package static let blacklistEntriesMax = 1_048_576
    /// Rows of one addition, and targets of one removal: an answer with all old entries fits into a frame.
    package static let blacklistRowsMax = 100
    /// Rows of one page of the list.
    package static let blacklistPageMax = 100
    /// Entries that one page looks at.
    package static let blacklistScanMax = 8_192
    /// Bytes of an entry's reason.
    package static let blacklistReasonBytesMax = 256
    /// Bytes of who made an entry.
    package static let blacklistOperatorBytesMax = 128
    /// Bytes of where an entry came from.
    package static let blacklistSourceBytesMax = 64
    /// Bytes of an entry's texts.
    package static let blacklistRowBytesMax =
        idBytesMax + blacklistReasonBytesMax + blacklistOperatorBytesMax + blacklistSourceBytesMax
    /// Entries ever made; an index has 30 bits for them.
    package static let blacklistIDMax: UInt64 = (1 << 30) - 1
    /// Calls that changed the blacklist and are remembered, and their rows and targets together.
    package static let blacklistCallsMax = 65_536
    package static let blacklistCallItemsMax = 262_144
    /// Shards of one server; a reservation id has 12 bits for the shard.
    package static let shardsMax = 4_096
}
