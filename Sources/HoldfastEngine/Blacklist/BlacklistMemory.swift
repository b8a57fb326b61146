/// What a call changed, for its retry.
struct RememberedBlacklistCall: Equatable {
    var payload: PayloadHash
    var isRemoval: Bool
    /// One a row or target: the entry that it made or took out, 0 none.
    var ids: [UInt64]
    /// One a row: the entry that it replaced, 0 none. Empty for a removal.
    var replaced: [UInt64]
}

/// The newest calls that changed the blacklist, by request id: a bounded memory that drops the oldest. The same calls leave
/// the same memory.
struct BlacklistMemory {
    private var calls: [RequestID: RememberedBlacklistCall] = [:]
    /// In the order of their coming; those before `head` are gone.
    private var order: [RequestID] = []
    private var head = 0
    private var itemCount = 0

    var count: Int { self.calls.count }

    subscript(request: RequestID) -> RememberedBlacklistCall? { self.calls[request] }

    mutating func remember(_ request: RequestID, _ call: RememberedBlacklistCall) {
        precondition(self.calls[request] == nil, "a blacklist call is remembered twice")
        self.calls[request] = call
        self.order.append(request)
        self.itemCount += call.ids.count
        while self.calls.count > EngineLimits.blacklistCallsMax
            || self.itemCount > EngineLimits.blacklistCallItemsMax
        {
            let oldest = self.order[self.head]
            self.head += 1
            self.itemCount -= self.calls.removeValue(forKey: oldest)?.ids.count ?? 0
        }
        if self.head > 4_096 && self.head > self.order.count / 2 {
            self.order.removeFirst(self.head)
            self.head = 0
        }
    }

    /// Oldest first.
    func forEach(_ body: (RequestID, RememberedBlacklistCall) -> Void) {
        for request in self.order[self.head...] {
            if let call = self.calls[request] { body(request, call) }
        }
    }
}

/// Ends of entries, earliest first: a heap whose entries may be gone already; its first never is.
struct BlacklistDeadlines {
    private struct Deadline {
        var expires: Int64
        var id: UInt64

        func precedes(_ other: Deadline) -> Bool {
            (self.expires, self.id) < (other.expires, other.id)
        }
    }

    private var heap: [Deadline] = []

    /// Unix milliseconds; Int64.max: none.
    var earliest: Int64 { self.heap.first?.expires ?? .max }
    var earliestID: UInt64 { self.heap.first?.id ?? 0 }
    var count: Int { self.heap.count }

    mutating func insert(_ expires: Int64, id: UInt64) {
        self.heap.append(Deadline(expires: expires, id: id))
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].precedes(self.heap[parent]) else { break }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out first ones that are gone, and all of them when they are most of the heap.
    mutating func dropGone(liveCount: Int, isLive: (UInt64) -> Bool) {
        if self.heap.count > 2 * liveCount + 1_024 {
            let live = self.heap.filter { isLive($0.id) }
            self.heap.removeAll(keepingCapacity: false)
            for deadline in live { self.insert(deadline.expires, id: deadline.id) }
        }
        while let first = self.heap.first, !isLive(first.id) { self.removeFirst() }
    }

    /// Takes out the first one.
    mutating func removeFirst(liveCount: Int, isLive: (UInt64) -> Bool) {
        self.removeFirst()
        self.dropGone(liveCount: liveCount, isLive: isLive)
    }

    private mutating func removeFirst() {
        let last = self.heap.removeLast()
        if self.heap.isEmpty { return }
        self.heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < self.heap.count && self.heap[child].precedes(self.heap[least]) {
                least = child
            }
            if least == parent { return }
            self.heap.swapAt(least, parent)
            parent = least
        }
    }
}
