/// The entries themselves, encoded, in the order of their ids: what lists and explanations read, away from the tables that a
/// call touches. Chunks of 1,024 positions; a chunk with nothing left in it is let go.
struct BlacklistStore {
    private static let chunkCount = 1_024

    private struct Chunk {
        /// All ids ever in here, ascending, also those of removed entries.
        var ids: [UInt64] = []
        /// Empty: removed.
        var entries: [[UInt8]] = []
        var liveCount = 0
    }

    /// Nil: nothing is left in it.
    private var chunks: [Chunk?] = []
    /// The first id of each chunk.
    private var firstIDs: [UInt64] = []
    private var openCount = 0
    private(set) var lastID: UInt64 = 0
    private(set) var count = 0

    /// Puts an entry at the end; its id is larger than `lastID`.
    /// - Returns: its position, which stays.
    mutating func append(_ entry: BlacklistEntry) -> UInt32 {
        precondition(entry.id > self.lastID, "blacklist ids grow")
        if self.chunks.isEmpty || self.openCount == Self.chunkCount {
            self.closeLast()
            self.chunks.append(Chunk())
            self.firstIDs.append(entry.id)
            self.openCount = 0
        }
        let chunk = self.chunks.count - 1
        self.chunks[chunk]!.ids.append(entry.id)  // The last chunk is open: never nil.
        self.chunks[chunk]!.entries.append(entry.encoded)
        self.chunks[chunk]!.liveCount += 1
        self.openCount += 1
        self.lastID = entry.id
        self.count += 1
        let position = chunk * Self.chunkCount + self.openCount - 1
        precondition(position <= Int(UInt32.max), "four billion blacklist entries in one start")
        return UInt32(position)
    }

    private mutating func closeLast() {
        if let last = self.chunks.indices.last, self.chunks[last]?.liveCount == 0 {
            self.chunks[last] = nil
        }
    }

    /// The entry at a position that has one.
    func entry(_ position: UInt32) -> BlacklistEntry {
        let (chunk, offset) = Int(position).quotientAndRemainder(dividingBy: Self.chunkCount)
        guard let bytes = self.chunks[chunk]?.entries[offset], !bytes.isEmpty else {
            preconditionFailure("a blacklist position without an entry")
        }
        return Self.decoded(bytes)
    }

    mutating func remove(_ position: UInt32) {
        let (chunk, offset) = Int(position).quotientAndRemainder(dividingBy: Self.chunkCount)
        precondition(
            self.chunks[chunk]?.entries[offset].isEmpty == false,
            "a blacklist entry is removed twice")
        self.chunks[chunk]!.entries[offset] = []
        self.chunks[chunk]!.liveCount -= 1
        self.count -= 1
        // The open chunk stays, since more will come into it.
        if self.chunks[chunk]!.liveCount == 0 && chunk < self.chunks.count - 1 {
            self.chunks[chunk] = nil
        }
    }

    func entry(id: UInt64) -> BlacklistEntry? {
        var found: BlacklistEntry?
        self.forEach(after: id &- 1) { entry in
            if entry.id == id { found = entry }
            return false
        }
        return id == 0 ? nil : found
    }

    /// Entries with larger ids, in order, while `body` returns true.
    func forEach(after id: UInt64, _ body: (BlacklistEntry) -> Bool) {
        // The last chunk that begins at or before the next id.
        var low = 0
        var high = self.firstIDs.count
        while low < high {
            let middle = (low + high) / 2
            if self.firstIDs[middle] <= id { low = middle + 1 } else { high = middle }
        }
        for chunk in max(low - 1, 0)..<max(self.chunks.count, 0) {
            guard let entries = self.chunks[chunk] else { continue }
            for (offset, bytes) in entries.entries.enumerated()
            where entries.ids[offset] > id && !bytes.isEmpty {
                if !body(Self.decoded(bytes)) { return }
            }
        }
    }

    private static func decoded(_ bytes: [UInt8]) -> BlacklistEntry {
        do throws(BlacklistError) {
            return try BlacklistEntry(decoding: bytes)
        } catch {
            preconditionFailure("a stored blacklist entry does not read: \(error)")
        }
    }
}
