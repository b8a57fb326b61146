internal import HoldfastHash

/// The blacklist's calls. All or nothing, remembered by request id.
extension Shard {
    mutating func blacklistAdd(
        _ command: BlacklistAddCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        precondition(
            command.rows.count >= 1 && command.rows.count <= EngineLimits.blacklistRowsMax)
        let payload = Self.payload(command)
        if let known = self.blacklistMemory[command.requestID] {
            self.answerAgain(known, isRemoval: false, payload, command.room, call)
            return
        }
        if let refusal = self.barToNew() {
            call.pointee.outcome = .refused(refusal)
            return
        }
        if !self.hasBlacklistRoom(for: command.rows, now, &events) {
            call.pointee.outcome = .refused(.blacklistFull)
            call.pointee.visibleAfter = self.sequence
            return
        }
        var nextID = self.blacklist.lastID
        var changes = false
        for index in 0..<command.rows.count {
            let row = command.rows[index]
            var item = BlacklistItem(result: .lapsed)
            if !row.isLapsed(at: now) {
                changes = true
                nextID += 1
                item.id = command.validateOnly ? 0 : nextID
                item.result = .added
                let there = self.findBlacklisted(row.kind, row.value)
                if let earlier = Self.earlier(index, command) {
                    item.result = .replaced
                    item.replacedID = earlier
                } else if there != 0, let old = self.blacklist.row(there) {
                    item.result = .replaced
                    item.replacedID = there
                    item.hasRow = true
                    item.row = command.room.copy(old, at: index)
                }
            }
            (command.room.items + index).initialize(to: item)
        }
        if changes && !command.validateOnly {
            let event = BlacklistAddedEvent(
                request: command.requestID, payload: payload, operatorName: command.operatorName,
                rows: command.rows, items: UnsafePointer(command.room.items))
            self.record(event, now, &events)
            self.apply(event, now)
        }
        call.pointee.outcome = .blacklistChange(
            BlacklistChangeOutcome(itemCount: command.rows.count, replayed: false))
        call.pointee.visibleAfter = self.sequence
    }

    /// The id that an earlier row of the same call gave to the value of row `index`; nil: there is none.
    private static func earlier(_ index: Int, _ command: BlacklistAddCommand) -> UInt64? {
        let row = command.rows[index]
        var found: UInt64?
        for other in 0..<index {
            let item = command.room.items[other]
            guard item.result != .lapsed, command.rows[other].kind == row.kind,
                command.rows[other].value.equals(row.value)
            else { continue }
            found = item.id
        }
        return found
    }

    /// Room for the rows that name something new; lapsed entries make some.
    private mutating func hasBlacklistRoom(
        for rows: UnsafeBufferPointer<BlacklistRow>, _ now: Int64, _ events: inout EventBuffer
    ) -> Bool {
        guard self.blacklist.lastID + UInt64(rows.count) <= EngineLimits.blacklistIDMax else {
            return false
        }
        if self.blacklist.count + rows.count <= EngineLimits.blacklistEntriesMax { return true }
        _ = self.dropLapsedBlacklist(now, limit: EngineLimits.expiriesPerTurnMax, &events)
        var new = 0
        for row in rows
        where !row.isLapsed(at: now) && self.findBlacklisted(row.kind, row.value) == 0 {
            new += 1
        }
        return self.blacklist.count + new <= EngineLimits.blacklistEntriesMax
    }

    mutating func blacklistRemove(
        _ command: BlacklistRemoveCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        precondition(
            command.targets.count >= 1 && command.targets.count <= EngineLimits.blacklistRowsMax)
        let payload = Self.payload(command)
        if let known = self.blacklistMemory[command.requestID] {
            self.answerAgain(known, isRemoval: true, payload, command.room, call)
            return
        }
        var ids: [UInt64] = []
        var changes = false
        for index in 0..<command.targets.count {
            let target = command.targets[index]
            let id =
                target.id != 0 ? target.id : self.findBlacklisted(target.kind, target.value)
            var item = BlacklistItem(result: .notFound)
            if !ids.contains(id), let old = self.blacklist.row(id) {
                changes = true
                item.result = .removed
                item.id = id
                item.hasRow = true
                item.row = command.room.copy(old, at: index)
            }
            ids.append(item.id)
            (command.room.items + index).initialize(to: item)
        }
        // It gives room back: it goes on when the disk has little left.
        if changes && !command.validateOnly {
            let event = BlacklistRemovedEvent(
                cause: .removed, request: command.requestID, payload: payload,
                operatorName: command.operatorName, ids: ids)
            self.record(event, now, &events)
            self.apply(event)
        }
        call.pointee.outcome = .blacklistChange(
            BlacklistChangeOutcome(itemCount: command.targets.count, replayed: false))
        call.pointee.visibleAfter = self.sequence
    }

    /// The first answer once more: ids as they were, without the entries that they stood for.
    private mutating func answerAgain(
        _ known: RememberedBlacklistCall, isRemoval: Bool, _ payload: PayloadHash,
        _ room: BlacklistRoom, _ call: UnsafeMutablePointer<Call>
    ) {
        call.pointee.visibleAfter = self.sequence
        guard known.isRemoval == isRemoval, known.payload == payload else {
            call.pointee.outcome = .refused(.requestIDReused)
            return
        }
        for index in known.ids.indices {
            var item = BlacklistItem(result: isRemoval ? .notFound : .lapsed)
            item.id = known.ids[index]
            if isRemoval {
                if item.id != 0 { item.result = .removed }
            } else if item.id != 0 {
                item.replacedID = known.replaced[index]
                item.result = item.replacedID == 0 ? .added : .replaced
            }
            (room.items + index).initialize(to: item)
        }
        call.pointee.outcome = .blacklistChange(
            BlacklistChangeOutcome(itemCount: known.ids.count, replayed: true))
    }

    mutating func blacklistList(
        _ command: BlacklistListCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64
    ) {
        var count = 0
        func show(_ id: UInt64, _ row: BlacklistRow) {
            var item = BlacklistItem(result: .added)
            item.id = id
            item.hasRow = true
            item.row = command.room.copy(row, at: count)
            (command.room.items + count).initialize(to: item)
            count += 1
        }
        var next: UInt64 = 0
        if command.values.isEmpty {
            var seen = 0
            var last = command.afterID
            var isCut = false
            self.blacklist.forEach(after: command.afterID) { id, row in
                if count == command.rowsMax || seen == EngineLimits.blacklistScanMax {
                    isCut = true
                    return false
                }
                seen += 1
                last = id
                if !row.isLapsed(at: now) && (command.kind ?? row.kind) == row.kind {
                    show(id, row)
                }
                return true
            }
            next = isCut ? last : 0
        } else {
            for target in command.values where count < command.rowsMax {
                let id = self.findBlacklisted(target.kind, target.value)
                if let row = self.blacklist.row(id), !row.isLapsed(at: now) { show(id, row) }
            }
        }
        call.pointee.outcome = .blacklistList(
            BlacklistListOutcome(
                itemCount: count, nextAfterID: next, entryCount: self.blacklist.count))
        call.pointee.visibleAfter = self.sequence
    }

    /// The entry of a value, lapsed or not; 0: there is none.
    func findBlacklisted(_ kind: BlacklistRowKind, _ value: ByteView) -> UInt64 {
        let hash = self.tableHash.hash(scope: UInt32(kind.rawValue), value)
        return UInt64(
            self.blacklistIndex.find(hash) { id in
                guard let row = self.blacklist.row(UInt64(id)) else { return false }
                return row.kind == kind && row.value.equals(value)
            })
    }

    /// Every entry that is there, by id: for whoever keeps a copy of it. The views are good during the call.
    package func forEachBlacklisted(_ body: (UInt64, BlacklistRow) -> Void) {
        self.blacklist.forEach(after: 0) { id, row in
            body(id, row)
            return true
        }
    }

    // MARK: Lapse

    /// When an entry lapses next. A disk without room keeps lapsed entries: they bar nobody.
    var nextBlacklistLapse: Int64 {
        self.isStorageLow ? .max : self.blacklistDeadlines.earliest
    }

    /// Forgets lapsed entries, earliest first; returns how many.
    mutating func dropLapsedBlacklist(
        _ now: Int64, limit: Int, _ events: inout EventBuffer
    ) -> Int {
        var made = 0
        while made < limit && self.nextBlacklistLapse <= now {
            let ids = self.lapsed(
                now, limit: min(limit - made, EngineLimits.blacklistRowsMax))
            let event = BlacklistRemovedEvent(
                cause: .lapsed, request: RequestID(first: 0, second: 0),
                payload: PayloadHash(first: 0, second: 0), operatorName: .empty, ids: ids)
            self.record(event, now, &events)
            self.apply(event)
            made += ids.count
        }
        return made
    }

    /// The entries that lapsed first, at least the first.
    private mutating func lapsed(_ now: Int64, limit: Int) -> [UInt64] {
        var ids: [UInt64] = []
        while ids.count < limit && self.blacklistDeadlines.earliest <= now {
            let id = self.blacklistDeadlines.earliestID
            ids.append(id)
            self.blacklistDeadlines.removeFirst(liveCount: self.blacklist.count) {
                self.blacklist.contains($0)
            }
        }
        return ids
    }

    // MARK: Payloads

    /// What a retry must repeat: not who sends it.
    private static func payload(_ command: BlacklistAddCommand) -> PayloadHash {
        var state = StableHash.begin()
        state.add(UInt64(EventKind.blacklistAdded.rawValue))
        state.add(UInt64(command.rows.count))
        for row in command.rows {
            state.add(UInt64(row.kind.rawValue))
            state.add(row.value)
            state.add(UInt64(bitPattern: row.expiresMilliseconds))
            state.add(row.reason)
            state.add(row.source)
        }
        let hash = state.finish128()
        return PayloadHash(first: hash.0, second: hash.1)
    }

    private static func payload(_ command: BlacklistRemoveCommand) -> PayloadHash {
        var state = StableHash.begin()
        state.add(UInt64(EventKind.blacklistRemoved.rawValue))
        state.add(UInt64(command.targets.count))
        for target in command.targets {
            state.add(target.id)
            state.add(UInt64(target.kind.rawValue))
            state.add(target.value)
        }
        let hash = state.finish128()
        return PayloadHash(first: hash.0, second: hash.1)
    }
}

extension BlacklistRoom {
    /// A copy of an entry in the room of line `index`.
    func copy(_ row: BlacklistRow, at index: Int) -> BlacklistRow {
        var cursor = self.text + index * EngineLimits.blacklistRowBytesMax
        func copy(_ text: ByteView) -> ByteView {
            cursor.update(from: text.base, count: text.count)
            defer { cursor += text.count }
            return ByteView(base: UnsafePointer(cursor), count: text.count)
        }
        var copied = row
        copied.value = copy(row.value)
        copied.reason = copy(row.reason)
        copied.operatorName = copy(row.operatorName)
        copied.source = copy(row.source)
        return copied
    }
}
