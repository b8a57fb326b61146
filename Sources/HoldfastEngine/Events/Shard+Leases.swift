/// A lease got an owner. Which slot it takes follows from the events before.
struct LeaseGrantedEvent {
    /// 0: a free name.
    var sale: UInt32
    var fencingToken: UInt64
    var owner: RequestID
    var ttlMilliseconds: Int64
    var deadline: Int64
    /// Empty for a sale.
    var name: ByteView
    var holder: ShortText
}

/// Why a lease ended. Numbers go to disk.
enum LeaseEnd: UInt8 {
    case lapsed = 1
    case released = 2
    case broken = 3
}

/// Events of leases: encoded, applied, replayed.
extension Shard {
    /// sale u32 · token u64 · owner 16 · ttl i64 · deadline i64 · name · holder.
    mutating func record(_ event: LeaseGrantedEvent, _ now: Int64, _ events: inout EventBuffer) {
        var writer = self.begin(.leaseGranted, now, 192, &events)
        writer.put(event.sale)
        writer.put(event.fencingToken)
        writer.put(event.owner)
        writer.put(event.ttlMilliseconds)
        writer.put(event.deadline)
        writer.put(event.name)
        writer.put(event.holder.copy(to: self.textScratch))
        events.finish(writer)
    }

    /// slot u32 · deadline i64.
    mutating func recordLeaseRenewed(
        _ slot: UInt32, deadline: Int64, _ now: Int64, _ events: inout EventBuffer
    ) {
        var writer = self.begin(.leaseRenewed, now, 16, &events)
        writer.put(slot)
        writer.put(deadline)
        events.finish(writer)
    }

    /// slot u32 · why u8. From here on the lease's fencing token proves nothing: which lease it was follows from the
    /// events before, so no token is needed.
    mutating func recordLeaseEnded(
        _ slot: UInt32, _ end: LeaseEnd, _ now: Int64, _ events: inout EventBuffer
    ) {
        var writer = self.begin(.leaseEnded, now, 8, &events)
        writer.put(slot)
        writer.put(end.rawValue)
        events.finish(writer)
    }

    /// Returns the slot.
    @discardableResult
    mutating func apply(_ event: LeaseGrantedEvent) -> UInt32 {
        var slot = self.freeLease
        if slot == 0 {
            slot = self.leases.append(from: self.blocks)
        } else {
            self.freeLease = self.leases[slot].pointee.nextFree
        }
        let record = self.leases[slot]
        record.pointee.owner = event.owner
        record.pointee.fencingToken = event.fencingToken
        record.pointee.deadline = event.deadline
        record.pointee.ttlMilliseconds = event.ttlMilliseconds
        record.pointee.sale = event.sale
        record.pointee.nextFree = 0
        // Reads the name before it writes it: a lease that goes on to a waiter takes the slot that it had.
        record.pointee.name = ShortText(event.name)
        record.pointee.holder = event.holder
        self.fencingCounter = event.fencingToken
        if event.sale != 0 {
            self.sales[event.sale].pointee.lease = slot
        } else {
            self.leaseIndex.insert(
                self.tableHash.hash(scope: 0, LeaseRecord.name(record)), slot, from: self.blocks)
        }
        self.addToLeaseHeap(slot)
        return slot
    }

    mutating func applyLeaseRenewed(_ slot: UInt32, deadline: Int64) {
        let record = self.leases[slot]
        record.pointee.deadline = deadline
        self.repairLeaseHeap(Int(record.pointee.heapPosition))
    }

    /// Frees the slot; its name stays readable until the slot is taken again.
    mutating func applyLeaseEnded(_ slot: UInt32) {
        let record = self.leases[slot]
        if record.pointee.sale != 0 {
            self.sales[record.pointee.sale].pointee.lease = 0
        } else {
            self.leaseIndex.remove(
                self.tableHash.hash(scope: 0, LeaseRecord.name(record)), slot)
        }
        self.removeFromLeaseHeap(slot)
        record.pointee.nextFree = self.freeLease
        self.freeLease = slot
    }

    mutating func replayLeaseGranted(_ reader: inout EventReader) {
        self.apply(
            LeaseGrantedEvent(
                sale: reader.get(), fencingToken: reader.get(), owner: reader.request(),
                ttlMilliseconds: reader.get(), deadline: reader.get(), name: reader.bytes(),
                holder: ShortText(reader.bytes())))
    }
}
