internal import Glibc

/// Answers of one reactor that wait until the journal has synced what they report: encoded, in the order in which they
/// were decided. Owner: the reactor.
///
/// One queue for all connections, since positions are released from the front: holding an answer back and letting it go
/// costs one copy of its bytes, however many connections there are. An answer that reports an older event than the one
/// before it waits for that one too, which is a group's time at most. A turn's answers of one connection lie side by side
/// and wait for the same: they are one entry.
struct HeldAnswers: ~Copyable {
    struct Entry {
        /// Kept alive by the pipeline while its `heldCount` is above 0.
        let context: Unmanaged<ConnectionContext>
        let position: UInt64
        fileprivate(set) var byteCount: Int
        /// How many of its answers the session counts as in flight until they leave.
        fileprivate(set) var countedCalls: Int
    }

    private var entries = TurnBuffer<Entry>(capacity: 4_096)
    private var firstEntry = 0
    private var bytes: UnsafeMutableRawPointer
    private var capacity: Int
    private var start = 0
    private var end = 0
    private var newestPosition: UInt64 = 0

    private static let keptByteCount = 1 << 20
    /// An entry grows until it is so long: what it takes of a connection's output stays small.
    private static let entryByteCount = 16 << 10

    init() {
        self.capacity = Self.keptByteCount
        self.bytes = .allocate(byteCount: self.capacity, alignment: 64)
    }

    deinit { self.bytes.deallocate() }

    var isEmpty: Bool { self.firstEntry == self.entries.count }

    /// Room for one answer behind those that wait; valid until the next call.
    @inline(__always)
    mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if self.capacity &- self.end < byteCount { self.makeRoom(byteCount) }
        return self.bytes + self.end
    }

    /// Keeps what was written into the room. True: as an entry of its own; false: as the end of the last one.
    @inline(__always)
    mutating func commit(
        _ byteCount: Int, until position: UInt64, _ context: Unmanaged<ConnectionContext>,
        isCounted: Bool
    ) -> Bool {
        precondition(byteCount >= 0 && byteCount <= self.capacity &- self.end)
        if position > self.newestPosition { self.newestPosition = position }
        self.end &+= byteCount
        let countedCalls = isCounted ? 1 : 0
        if !self.isEmpty {
            let last = self.entries.base + (self.entries.count &- 1)
            if last.pointee.context.toOpaque() == context.toOpaque(),
                last.pointee.position == self.newestPosition,
                last.pointee.byteCount < Self.entryByteCount
            {
                last.pointee.byteCount &+= byteCount
                last.pointee.countedCalls &+= countedCalls
                return false
            }
        }
        self.entries.append(
            Entry(
                context: context, position: self.newestPosition, byteCount: byteCount,
                countedCalls: countedCalls))
        return true
    }

    /// The oldest entry, if the log is synced up to what it waits for. Its bytes are valid until the next call.
    @inline(__always)
    mutating func next(synced: UInt64) -> (entry: Entry, bytes: UnsafeRawPointer)? {
        guard self.firstEntry < self.entries.count else { return nil }
        let entry = self.entries[self.firstEntry]
        guard entry.position <= synced else { return nil }
        let first = UnsafeRawPointer(self.bytes + self.start)
        self.firstEntry &+= 1
        self.start &+= entry.byteCount
        return (entry, first)
    }

    /// After the last `next` of a turn: what was let go is forgotten.
    mutating func compact() {
        if self.isEmpty {
            self.entries.removeAll()
            self.firstEntry = 0
            self.start = 0
            self.end = 0
            if self.capacity > Self.keptByteCount { self.resize(to: Self.keptByteCount) }
        } else if self.firstEntry > 4_096 && self.firstEntry > self.entries.count / 2 {
            self.entries.removeFirst(self.firstEntry)
            self.firstEntry = 0
        }
    }

    @inline(never)
    private mutating func makeRoom(_ byteCount: Int) {
        let used = self.end - self.start
        // Moving pays while half of the room is free; otherwise the queue has outgrown it.
        var larger = self.capacity
        while larger - used < max(byteCount, used) { larger *= 2 }
        self.resize(to: larger)
    }

    private mutating func resize(to capacity: Int) {
        let used = self.end - self.start
        if capacity == self.capacity {
            memmove(self.bytes, self.bytes + self.start, used)
        } else {
            let moved = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
            moved.copyMemory(from: self.bytes + self.start, byteCount: used)
            self.bytes.deallocate()
            self.bytes = moved
            self.capacity = capacity
        }
        self.start = 0
        self.end = used
    }
}
