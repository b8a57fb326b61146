/// One acquire that waits in line.
struct LeaseWaiter {
    var owner: RequestID
    /// Slot of the lease that it waits for.
    var lease: UInt32
    var origin: UInt16
    var ttlMilliseconds: Int64
    /// Waits until then, Unix milliseconds.
    var deadline: Int64
    var holder: ShortText
    // Tickets of the neighbours in line, 0: none.
    fileprivate var previous: UInt64 = 0
    fileprivate var next: UInt64 = 0

    init(
        owner: RequestID, lease: UInt32, origin: UInt16, ttlMilliseconds: Int64, deadline: Int64,
        holder: ShortText
    ) {
        self.owner = owner
        self.lease = lease
        self.origin = origin
        self.ttlMilliseconds = ttlMilliseconds
        self.deadline = deadline
        self.holder = holder
    }
}

/// Who waits for which lease, first come first served. Volatile: a waiter is a call on a connection, and neither
/// outlives the process. Not on the path of a buyer.
struct LeaseWaiters {
    private struct Line {
        var first: UInt64
        var last: UInt64
        var count: Int
    }

    private struct Place: Hashable {
        let lease: UInt32
        let owner: RequestID
    }

    private struct Due: Comparable {
        let deadline: Int64
        let ticket: UInt64

        static func < (left: Self, right: Self) -> Bool {
            (left.deadline, left.ticket) < (right.deadline, right.ticket)
        }
    }

    private var waiters: [UInt64: LeaseWaiter] = [:]
    private var lines: [UInt32: Line] = [:]
    private var tickets: [Place: UInt64] = [:]
    /// A binary heap by deadline. Who left the line early stays in it until it is the earliest, or too many are stale.
    private var due: [Due] = []
    private var lastTicket: UInt64 = 0

    var count: Int { self.waiters.count }

    /// The earliest deadline of a waiter; Int64.max: nobody waits.
    var earliestDeadline: Int64 { self.due.first?.deadline ?? .max }

    func count(ofLease lease: UInt32) -> Int { self.lines[lease]?.count ?? 0 }

    func ticket(ofLease lease: UInt32, owner: RequestID) -> UInt64? {
        self.tickets[Place(lease: lease, owner: owner)]
    }

    /// Joins the end of the line.
    mutating func append(_ waiter: LeaseWaiter) -> UInt64 {
        self.lastTicket += 1
        let ticket = self.lastTicket
        var waiter = waiter
        var line = self.lines[waiter.lease] ?? Line(first: ticket, last: 0, count: 0)
        waiter.previous = line.last
        waiter.next = 0
        if line.last != 0 { self.waiters[line.last]?.next = ticket }
        line.last = ticket
        line.count += 1
        self.lines[waiter.lease] = line
        self.add(waiter, ticket)
        return ticket
    }

    /// Takes the place of a waiter, which is given back.
    mutating func replace(
        _ old: UInt64, with waiter: LeaseWaiter
    ) -> (ticket: UInt64, replaced: LeaseWaiter)? {
        guard let replaced = self.waiters.removeValue(forKey: old) else { return nil }
        self.lastTicket += 1
        let ticket = self.lastTicket
        var waiter = waiter
        waiter.previous = replaced.previous
        waiter.next = replaced.next
        if waiter.previous != 0 { self.waiters[waiter.previous]?.next = ticket }
        if waiter.next != 0 { self.waiters[waiter.next]?.previous = ticket }
        if self.lines[waiter.lease]?.first == old { self.lines[waiter.lease]?.first = ticket }
        if self.lines[waiter.lease]?.last == old { self.lines[waiter.lease]?.last = ticket }
        self.add(waiter, ticket)
        return (ticket, replaced)
    }

    /// Leaves the line. Nil: not in it any more.
    mutating func remove(_ ticket: UInt64) -> LeaseWaiter? {
        guard let waiter = self.waiters.removeValue(forKey: ticket) else { return nil }
        self.tickets[Place(lease: waiter.lease, owner: waiter.owner)] = nil
        if waiter.previous != 0 { self.waiters[waiter.previous]?.next = waiter.next }
        if waiter.next != 0 { self.waiters[waiter.next]?.previous = waiter.previous }
        if var line = self.lines[waiter.lease] {
            if line.first == ticket { line.first = waiter.next }
            if line.last == ticket { line.last = waiter.previous }
            line.count -= 1
            self.lines[waiter.lease] = line.count == 0 ? nil : line
        }
        self.dropStale()
        return waiter
    }

    mutating func removeFirst(ofLease lease: UInt32) -> (ticket: UInt64, waiter: LeaseWaiter)? {
        guard let ticket = self.lines[lease]?.first, let waiter = self.remove(ticket) else {
            return nil
        }
        return (ticket, waiter)
    }

    /// One whose time is over at `now`.
    mutating func removeDue(_ now: Int64) -> (ticket: UInt64, waiter: LeaseWaiter)? {
        guard let first = self.due.first, first.deadline <= now,
            let waiter = self.remove(first.ticket)
        else { return nil }
        return (first.ticket, waiter)
    }

    private mutating func add(_ waiter: LeaseWaiter, _ ticket: UInt64) {
        self.waiters[ticket] = waiter
        self.tickets[Place(lease: waiter.lease, owner: waiter.owner)] = ticket
        self.due.append(Due(deadline: waiter.deadline, ticket: ticket))
        var position = self.due.count - 1
        while position > 0 && self.due[position] < self.due[(position - 1) / 2] {
            self.due.swapAt(position, (position - 1) / 2)
            position = (position - 1) / 2
        }
        self.dropStale()
    }

    /// Keeps a waiter at the top of the heap, and the heap within twice the waiters.
    private mutating func dropStale() {
        while let first = self.due.first, self.waiters[first.ticket] == nil { self.dropFirst() }
        if self.due.count > 2 * self.waiters.count + 64 {
            // A sorted array is a heap.
            self.due = self.due.filter { self.waiters[$0.ticket] != nil }.sorted()
        }
    }

    private mutating func dropFirst() {
        let last = self.due.removeLast()
        if self.due.isEmpty { return }
        self.due[0] = last
        var position = 0
        while true {
            var least = position
            for child in [2 * position + 1, 2 * position + 2]
            where child < self.due.count && self.due[child] < self.due[least] {
                least = child
            }
            if least == position { return }
            self.due.swapAt(position, least)
            position = least
        }
    }
}
