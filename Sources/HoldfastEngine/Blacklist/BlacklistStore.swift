/// The blacklist's entries in the order of their ids, encoded side by side in chunks of 1,024 ids. A chunk whose entries are
/// mostly gone is packed, one with nothing left is let go: memory follows what is there. One thread at a time.
struct BlacklistStore: ~Copyable {
    private static var chunkCount: Int { 1_024 }

    /// Entries of neighbouring ids.
    private final class Chunk {
        var bytes: UnsafeMutableRawPointer
        var capacity: Int
        var used = 0
        var deadBytes = 0
        var liveCount = 0
        /// Where each id's entry begins; `gone`: it does not.
        var offsets: [UInt32] = []

        static var gone: UInt32 { .max }

        init(capacity: Int) {
            self.capacity = capacity
            self.bytes = .allocate(byteCount: capacity, alignment: 8)
        }

        deinit { self.bytes.deallocate() }

        func reserve(_ byteCount: Int) {
            if self.used + byteCount <= self.capacity { return }
            self.move(to: max(self.capacity * 2, self.used + byteCount))
        }

        private func move(to capacity: Int) {
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
            larger.copyMemory(from: self.bytes, byteCount: self.used)
            self.bytes.deallocate()
            self.bytes = larger
            self.capacity = capacity
        }

        /// Without what is gone.
        func pack() {
            let left = self.used - self.deadBytes
            let packed = UnsafeMutableRawPointer.allocate(byteCount: max(left, 64), alignment: 8)
            var end = 0
            for index in self.offsets.indices where self.offsets[index] != Self.gone {
                let start = Int(self.offsets[index])
                let byteCount = StoredBlacklistRow(self.bytes + start).byteCount
                (packed + end).copyMemory(from: self.bytes + start, byteCount: byteCount)
                self.offsets[index] = UInt32(end)
                end += byteCount
            }
            self.bytes.deallocate()
            self.bytes = packed
            self.capacity = max(left, 64)
            self.used = end
            self.deadBytes = 0
        }
    }

    private var chunks: [Chunk?] = []
    /// The newest id ever given.
    private(set) var lastID: UInt64 = 0
    /// Entries that are there.
    private(set) var count = 0
    /// Bytes that they take.
    private(set) var byteCount = 0

    /// Ids up to this one were given, whether or not their entries are still there.
    mutating func skip(to id: UInt64) {
        precondition(id >= self.lastID, "blacklist ids grow")
        self.lastID = id
    }

    /// - Parameter id: Larger than `lastID`, at most `EngineLimits.blacklistIDMax`.
    mutating func append(_ id: UInt64, _ row: BlacklistRow) {
        precondition(id > self.lastID && id <= EngineLimits.blacklistIDMax, "blacklist ids grow")
        let (number, offset) = Self.place(id)
        while self.chunks.count <= number { self.chunks.append(nil) }
        let byteCount = StoredBlacklistRow.byteCount(of: row)
        let chunk = self.chunks[number] ?? Chunk(capacity: 4_096)
        self.chunks[number] = chunk
        chunk.reserve(byteCount)
        while chunk.offsets.count < offset { chunk.offsets.append(Chunk.gone) }
        chunk.offsets.append(UInt32(chunk.used))
        StoredBlacklistRow.write(row, to: chunk.bytes + chunk.used)
        chunk.used += byteCount
        chunk.liveCount += 1
        self.lastID = id
        self.count += 1
        self.byteCount += byteCount
    }

    /// False: there is no such entry.
    func contains(_ id: UInt64) -> Bool { self.stored(id) != nil }

    /// The entry's fields where they lie: good until the next change.
    func row(_ id: UInt64) -> BlacklistRow? { self.stored(id)?.row }

    /// The entry is there.
    mutating func remove(_ id: UInt64) {
        let (number, offset) = Self.place(id)
        guard let stored = self.stored(id), let chunk = self.chunks[number] else {
            preconditionFailure("a blacklist entry is removed twice")
        }
        let byteCount = stored.byteCount
        chunk.offsets[offset] = Chunk.gone
        chunk.liveCount -= 1
        chunk.deadBytes += byteCount
        self.count -= 1
        self.byteCount -= byteCount
        if chunk.liveCount == 0 {
            self.chunks[number] = nil
        } else if chunk.deadBytes > chunk.used / 2 && chunk.deadBytes > 4_096 {
            chunk.pack()
        }
    }

    /// Entries with larger ids in order, while `body` returns true.
    func forEach(after id: UInt64, _ body: (UInt64, BlacklistRow) -> Bool) {
        var (number, offset) = Self.place(id &+ 1)
        while number < self.chunks.count {
            if let chunk = self.chunks[number] {
                while offset < chunk.offsets.count {
                    let start = chunk.offsets[offset]
                    if start != Chunk.gone {
                        let id = UInt64(number * Self.chunkCount + offset + 1)
                        if !body(id, StoredBlacklistRow(chunk.bytes + Int(start)).row) { return }
                    }
                    offset += 1
                }
            }
            number += 1
            offset = 0
        }
    }

    private func stored(_ id: UInt64) -> StoredBlacklistRow? {
        guard id > 0, id <= self.lastID else { return nil }
        let (number, offset) = Self.place(id)
        guard number < self.chunks.count, let chunk = self.chunks[number],
            offset < chunk.offsets.count, chunk.offsets[offset] != Chunk.gone
        else { return nil }
        return StoredBlacklistRow(chunk.bytes + Int(chunk.offsets[offset]))
    }

    private static func place(_ id: UInt64) -> (chunk: Int, offset: Int) {
        let (chunk, offset) = Int(clamping: id &- 1).quotientAndRemainder(
            dividingBy: Self.chunkCount)
        return (chunk, offset)
    }
}

/// An entry as the store and an image have it, little-endian:
///
///     0 kind u8 · 1 expires i64 · 9 created i64 · value · reason · operator · source, each a count u16 and its bytes
struct StoredBlacklistRow {
    private let start: UnsafeRawPointer
    static var fixedBytes: Int { 17 }

    init(_ start: UnsafeRawPointer) { self.start = start }

    static func byteCount(of row: BlacklistRow) -> Int {
        self.fixedBytes + 8 + row.value.count + row.reason.count + row.operatorName.count
            + row.source.count
    }

    static func write(_ row: BlacklistRow, to start: UnsafeMutableRawPointer) {
        start.storeBytes(of: row.kind.rawValue, as: UInt8.self)
        start.storeBytes(of: row.expiresMilliseconds.littleEndian, toByteOffset: 1, as: Int64.self)
        start.storeBytes(of: row.createdMilliseconds.littleEndian, toByteOffset: 9, as: Int64.self)
        var cursor = start + Self.fixedBytes
        for text in [row.value, row.reason, row.operatorName, row.source] {
            cursor.storeBytes(of: UInt16(text.count).littleEndian, as: UInt16.self)
            (cursor + 2).copyMemory(from: text.base, byteCount: text.count)
            cursor += 2 + text.count
        }
    }

    private func integer(_ offset: Int) -> Int64 {
        Int64(littleEndian: self.start.loadUnaligned(fromByteOffset: offset, as: Int64.self))
    }

    private func text(_ cursor: inout UnsafeRawPointer) -> ByteView {
        let count = Int(UInt16(littleEndian: cursor.loadUnaligned(as: UInt16.self)))
        let view = ByteView(
            base: (cursor + 2).assumingMemoryBound(to: UInt8.self), count: count)
        cursor += 2 + count
        return view
    }

    var row: BlacklistRow {
        var cursor = self.start + Self.fixedBytes
        // What was written came from a kind.
        let kind = BlacklistRowKind(rawValue: self.start.load(as: UInt8.self)) ?? .user
        let value = self.text(&cursor)
        let reason = self.text(&cursor)
        let operatorName = self.text(&cursor)
        let source = self.text(&cursor)
        var row = BlacklistRow(
            kind: kind, value: value, expiresMilliseconds: self.integer(1), reason: reason,
            source: source)
        row.createdMilliseconds = self.integer(9)
        row.operatorName = operatorName
        return row
    }

    var byteCount: Int { Self.byteCount(of: self.row) }
}
