/// Entries were added to the blacklist, all by one call.
struct BlacklistAddedEvent {
    var request: RequestID
    var payload: PayloadHash
    var operatorName: ByteView
    var rows: UnsafeBufferPointer<BlacklistRow>
    /// One a row: id and replaced id. Id 0: the row had lapsed.
    var items: UnsafePointer<BlacklistItem>
}

/// Why entries went. Numbers go to disk.
enum BlacklistEnd: UInt8 {
    /// An operator took them out.
    case removed = 1
    case lapsed = 2
}

/// Entries went from the blacklist.
struct BlacklistRemovedEvent {
    var cause: BlacklistEnd
    /// Zero when they lapsed.
    var request: RequestID
    var payload: PayloadHash
    var operatorName: ByteView
    /// One a target; 0: there was none.
    var ids: [UInt64]
}

/// Events of the blacklist: encoded, applied, replayed.
extension Shard {
    /// request 16 · payload 16 · operator · count u16, each id u64, replaced u64, kind u8, expires i64, value, reason, source.
    mutating func record(
        _ event: BlacklistAddedEvent, _ now: Int64, _ events: inout EventBuffer
    ) {
        let byteCountMax =
            256 + event.rows.count * (32 + EngineLimits.blacklistRowBytesMax)
        var writer = self.begin(.blacklistAdded, now, byteCountMax, &events)
        writer.put(event.request)
        writer.put(event.payload)
        writer.put(event.operatorName)
        writer.put(UInt16(event.rows.count))
        for index in 0..<event.rows.count {
            let row = event.rows[index]
            writer.put(event.items[index].id)
            writer.put(event.items[index].replacedID)
            writer.put(row.kind.rawValue)
            writer.put(row.expiresMilliseconds)
            writer.put(row.value)
            writer.put(row.reason)
            writer.put(row.source)
        }
        events.finish(writer)
    }

    /// cause u8 · request 16 · payload 16 · operator · count u16, each id u64.
    mutating func record(
        _ event: BlacklistRemovedEvent, _ now: Int64, _ events: inout EventBuffer
    ) {
        var writer = self.begin(.blacklistRemoved, now, 256 + event.ids.count * 8, &events)
        writer.put(event.cause.rawValue)
        writer.put(event.request)
        writer.put(event.payload)
        writer.put(event.operatorName)
        writer.put(UInt16(event.ids.count))
        for id in event.ids { writer.put(id) }
        events.finish(writer)
    }

    /// `now`: when it was decided, the entries' birthday.
    mutating func apply(_ event: BlacklistAddedEvent, _ now: Int64) {
        var call = RememberedBlacklistCall(
            payload: event.payload, isRemoval: false, ids: [], replaced: [])
        for index in 0..<event.rows.count {
            let item = event.items[index]
            call.ids.append(item.id)
            call.replaced.append(item.replacedID)
            if item.id == 0 { continue }
            if item.replacedID != 0 { self.forgetBlacklisted(item.replacedID) }
            var row = event.rows[index]
            row.createdMilliseconds = now
            row.operatorName = event.operatorName
            self.keepBlacklisted(item.id, row)
        }
        self.dropGoneDeadlines()
        self.blacklistMemory.remember(event.request, call)
    }

    mutating func apply(_ event: BlacklistRemovedEvent) {
        for id in event.ids where id != 0 { self.forgetBlacklisted(id) }
        self.dropGoneDeadlines()
        guard event.cause == .removed else { return }
        self.blacklistMemory.remember(
            event.request,
            RememberedBlacklistCall(
                payload: event.payload, isRemoval: true, ids: event.ids, replaced: []))
    }

    mutating func keepBlacklisted(_ id: UInt64, _ row: BlacklistRow) {
        self.blacklist.append(id, row)
        self.blacklistIndex.insert(
            self.tableHash.hash(scope: UInt32(row.kind.rawValue), row.value), UInt32(id),
            from: self.blocks)
        if row.expiresMilliseconds != 0 {
            self.blacklistDeadlines.insert(row.expiresMilliseconds, id: id)
        }
    }

    private mutating func forgetBlacklisted(_ id: UInt64) {
        guard let row = self.blacklist.row(id) else {
            preconditionFailure("a blacklist entry that is not there is removed")
        }
        self.blacklistIndex.remove(
            self.tableHash.hash(scope: UInt32(row.kind.rawValue), row.value), UInt32(id))
        self.blacklist.remove(id)
    }

    private mutating func dropGoneDeadlines() {
        self.blacklistDeadlines.dropGone(liveCount: self.blacklist.count) {
            self.blacklist.contains($0)
        }
    }

    // MARK: Replay

    mutating func replayBlacklistAdded(_ reader: inout EventReader) {
        let time = reader.time
        let request = reader.request()
        let payload = reader.payload()
        let operatorName = reader.bytes()
        var rows: [BlacklistRow] = []
        var items: [BlacklistItem] = []
        for _ in 0..<reader.get(UInt16.self) {
            let (item, row) = reader.blacklistRow()
            items.append(item)
            rows.append(row)
        }
        rows.withUnsafeBufferPointer { rows in
            items.withUnsafeBufferPointer { items in
                guard let base = items.baseAddress else { return }
                self.apply(
                    BlacklistAddedEvent(
                        request: request, payload: payload, operatorName: operatorName,
                        rows: rows, items: base), time)
            }
        }
    }

    mutating func replayBlacklistRemoved(_ reader: inout EventReader) {
        let cause = BlacklistEnd(rawValue: reader.get()) ?? .lapsed
        let request = reader.request()
        let payload = reader.payload()
        let operatorName = reader.bytes()
        var ids: [UInt64] = []
        for _ in 0..<reader.get(UInt16.self) { ids.append(reader.get()) }
        self.apply(
            BlacklistRemovedEvent(
                cause: cause, request: request, payload: payload, operatorName: operatorName,
                ids: ids))
    }

    // MARK: Checks of events from a file

    mutating func fitsBlacklistAdded(_ scan: inout EventScan) -> Bool {
        let request = scan.request()
        scan.skip(16)
        _ = scan.bytes(EngineLimits.blacklistOperatorBytesMax)
        let count = Int(scan.get(UInt16.self))
        guard count >= 1, count <= EngineLimits.blacklistRowsMax,
            self.blacklistMemory[request] == nil
        else { return false }
        var fits = true
        var nextID = self.blacklist.lastID
        var liveCount = self.blacklist.count
        /// Values of earlier rows of this event, with the newest id of each.
        var earlier: [(id: UInt64, kind: BlacklistRowKind, value: ByteView)] = []
        for _ in 0..<count {
            let id = scan.get(UInt64.self)
            let replaced = scan.get(UInt64.self)
            let kind = BlacklistRowKind(rawValue: scan.get())
            let expires = scan.get(Int64.self)
            let value = scan.id()
            _ = scan.bytes(EngineLimits.blacklistReasonBytesMax)
            _ = scan.bytes(EngineLimits.blacklistSourceBytesMax)
            guard scan.isSound, let kind, expires >= 0 else { return false }
            if id == 0 {
                fits = fits && replaced == 0
                continue
            }
            nextID += 1
            var there = self.findBlacklisted(kind, value)
            if let before = earlier.firstIndex(where: {
                $0.kind == kind && $0.value.equals(value)
            }) {
                there = earlier[before].id
                earlier[before].id = id
            } else {
                earlier.append((id, kind, value))
            }
            liveCount += there == 0 ? 1 : 0
            fits = fits && id == nextID && replaced == there
        }
        return fits && nextID <= EngineLimits.blacklistIDMax
            && liveCount <= EngineLimits.blacklistEntriesMax
    }

    func fitsBlacklistRemoved(_ scan: inout EventScan) -> Bool {
        let cause = BlacklistEnd(rawValue: scan.get())
        let request = scan.request()
        scan.skip(16)
        _ = scan.bytes(EngineLimits.blacklistOperatorBytesMax)
        let count = Int(scan.get(UInt16.self))
        guard count >= 1, count <= EngineLimits.blacklistRowsMax else { return false }
        var ids: [UInt64] = []
        for _ in 0..<count {
            let id = scan.get(UInt64.self)
            if id == 0 { continue }
            guard !ids.contains(id), self.blacklist.contains(id) else { return false }
            ids.append(id)
        }
        switch cause {
        case .removed: return self.blacklistMemory[request] == nil
        case .lapsed: return true
        case nil: return false
        }
    }

    func checkBlacklist(_ problems: inout [String]) {
        var seen = 0
        var ending = 0
        self.blacklist.forEach(after: 0) { id, row in
            seen += 1
            if row.expiresMilliseconds != 0 { ending += 1 }
            if self.findBlacklisted(row.kind, row.value) != id {
                problems.append("blacklist entry \(id) is not found by its value")
            }
            return true
        }
        if seen != self.blacklist.count {
            problems.append("\(seen) blacklist entries are counted as \(self.blacklist.count)")
        }
        if ending > self.blacklistDeadlines.count {
            problems.append("a blacklist entry's end is not in the heap")
        }
    }
}

extension EventReader {
    fileprivate mutating func blacklistRow() -> (BlacklistItem, BlacklistRow) {
        var item = BlacklistItem(result: .added)
        item.id = self.get()
        item.replacedID = self.get()
        // Checked before, or our own.
        let kind = BlacklistRowKind(rawValue: self.get()) ?? .user
        let expires = self.get(Int64.self)
        let value = self.bytes()
        let reason = self.bytes()
        return (
            item,
            BlacklistRow(
                kind: kind, value: value, expiresMilliseconds: expires, reason: reason,
                source: self.bytes())
        )
    }
}

/// What events did to the blacklist, for whoever keeps a copy of it.
package enum BlacklistFeed {
    /// Calls back in the order of the events. The bytes are whole events of this program; views are good during the call.
    package static func read(
        _ events: UnsafeRawBufferPointer,
        removed: (UInt64) -> Void, added: (UInt64, BlacklistRow) -> Void
    ) {
        var offset = 0
        while offset < events.count {
            let length = Int(
                UInt32(littleEndian: events.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            let event = UnsafeRawBufferPointer(rebasing: events[offset..<offset + length])
            offset += length
            switch EventKind(rawValue: event[4]) {
            case .blacklistAdded:
                var reader = EventReader(event)
                _ = reader.request()
                _ = reader.payload()
                let operatorName = reader.bytes()
                for _ in 0..<reader.get(UInt16.self) {
                    var (item, row) = reader.blacklistRow()
                    if item.id == 0 { continue }
                    if item.replacedID != 0 { removed(item.replacedID) }
                    row.createdMilliseconds = reader.time
                    row.operatorName = operatorName
                    added(item.id, row)
                }
            case .blacklistRemoved:
                var reader = EventReader(event)
                _ = reader.get(UInt8.self)
                _ = reader.request()
                _ = reader.payload()
                _ = reader.bytes()
                for _ in 0..<reader.get(UInt16.self) {
                    let id = reader.get(UInt64.self)
                    if id != 0 { removed(id) }
                }
            default: continue
            }
        }
    }
}
