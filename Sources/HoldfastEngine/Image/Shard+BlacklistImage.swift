/// The blacklist's part of an image. Its section is there when the blacklist has ever been used, in an image of version 2:
/// so the images of shards with sales are as they always were.
///
/// The section's texts: newest id u64 · call count u32 · calls, oldest first: request 16 · payload 16 · removal u8 ·
/// count u16 · each id u64, and unless a removal replaced u64 · entries by id: id u64 · entry as stored.
extension Shard {
    var hasBlacklistSection: Bool { self.blacklist.lastID > 0 }

    func putBlacklist(_ writer: inout ImageWriter) {
        var callBytes = 0
        self.blacklistMemory.forEach { _, call in
            callBytes += 35 + call.ids.count * (call.isRemoval ? 8 : 16)
        }
        Self.putHead(
            .blacklist, count: self.blacklist.count,
            textBytes: 12 + callBytes + self.blacklist.count * 8 + self.blacklist.byteCount, &writer
        )
        writer.put(self.blacklist.lastID)
        writer.put(UInt32(self.blacklistMemory.count))
        self.blacklistMemory.forEach { request, call in
            writer.put(request)
            writer.put(call.payload.first)
            writer.put(call.payload.second)
            writer.put(UInt8(call.isRemoval ? 1 : 0))
            writer.put(UInt16(call.ids.count))
            for index in call.ids.indices {
                writer.put(call.ids[index])
                if !call.isRemoval { writer.put(call.replaced[index]) }
            }
        }
        self.blacklist.forEach(after: 0) { id, row in
            writer.put(id)
            let byteCount = StoredBlacklistRow.byteCount(of: row)
            StoredBlacklistRow.write(row, to: writer.room(byteCount))
            return !writer.isStopped
        }
    }

    mutating func loadBlacklist(
        _ head: ImageHead, _ reader: inout ImageReader
    ) throws(ImageError) {
        let texts = try reader.sectionHead(.blacklist, head)
        let begin = reader.offset
        let lastID = try reader.get(UInt64.self)
        guard lastID >= 1, lastID <= EngineLimits.blacklistIDMax,
            head[.blacklist] <= EngineLimits.blacklistEntriesMax
        else { throw reader.damaged("blacklist: more entries than there can be") }
        try self.loadBlacklistCalls(lastID, &reader)
        let room = UnsafeMutableRawPointer.allocate(
            byteCount: EngineLimits.blacklistRowBytesMax, alignment: 8)
        defer { room.deallocate() }
        for number in 0..<head[.blacklist] {
            let id = try reader.get(UInt64.self)
            guard id > self.blacklist.lastID, id <= lastID else {
                throw reader.damaged("blacklist: not in its order")
            }
            let row = try Self.loadBlacklistRow(room, number, &reader)
            guard self.findBlacklisted(row.kind, row.value) == 0 else {
                throw reader.damaged("blacklist: entry \(number + 1) is there twice")
            }
            self.keepBlacklisted(id, row)
        }
        self.blacklist.skip(to: lastID)
        guard reader.offset - begin == texts else {
            throw reader.damaged("blacklist: another number of bytes than its head says")
        }
    }

    private mutating func loadBlacklistCalls(
        _ lastID: UInt64, _ reader: inout ImageReader
    ) throws(ImageError) {
        let calls = Int(try reader.get(UInt32.self))
        guard calls <= EngineLimits.blacklistCallsMax else {
            throw reader.damaged("blacklist: too many calls")
        }
        for _ in 0..<calls {
            let request = try reader.request()
            let payload = try reader.payload()
            let isRemoval = try reader.get(UInt8.self)
            let count = Int(try reader.get(UInt16.self))
            guard isRemoval <= 1, count >= 1, count <= EngineLimits.blacklistRowsMax,
                self.blacklistMemory[request] == nil
            else { throw reader.damaged("blacklist: a call that cannot be") }
            var call = RememberedBlacklistCall(
                payload: payload, isRemoval: isRemoval == 1, ids: [], replaced: [])
            for _ in 0..<count {
                call.ids.append(try reader.get())
                if !call.isRemoval { call.replaced.append(try reader.get()) }
            }
            guard (call.ids + call.replaced).allSatisfy({ $0 <= lastID }) else {
                throw reader.damaged("blacklist: a call with an entry that never was")
            }
            self.blacklistMemory.remember(request, call)
        }
    }

    /// - Parameter room: `EngineLimits.blacklistRowBytesMax` bytes, in which the texts then lie.
    private static func loadBlacklistRow(
        _ room: UnsafeMutableRawPointer, _ number: Int, _ reader: inout ImageReader
    ) throws(ImageError) -> BlacklistRow {
        let kind = BlacklistRowKind(rawValue: try reader.get())
        let expires = try reader.get(Int64.self)
        let created = try reader.get(Int64.self)
        guard let kind, expires >= 0 else {
            throw reader.damaged("blacklist: entry \(number + 1) cannot be")
        }
        var used = 0
        var texts: [ByteView] = []
        for bytesMax in [
            EngineLimits.idBytesMax, EngineLimits.blacklistReasonBytesMax,
            EngineLimits.blacklistOperatorBytesMax, EngineLimits.blacklistSourceBytesMax,
        ] {
            let count = Int(try reader.get(UInt16.self))
            guard count <= bytesMax else {
                throw reader.damaged("blacklist: entry \(number + 1) cannot be")
            }
            try reader.read(into: room + used, count)
            texts.append(
                ByteView(base: (room + used).assumingMemoryBound(to: UInt8.self), count: count))
            used += count
        }
        guard texts[0].count >= 1 else {
            throw reader.damaged("blacklist: entry \(number + 1) cannot be")
        }
        var row = BlacklistRow(
            kind: kind, value: texts[0], expiresMilliseconds: expires, reason: texts[1],
            source: texts[3])
        row.createdMilliseconds = created
        row.operatorName = texts[2]
        return row
    }
}
