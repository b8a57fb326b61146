/// Events that wait to be written, laid out as they will lie on disk: groups on page boundaries, each with its header's
/// bytes left free in front, so that an event is copied once. One owner, which may be another thread's later: nobody
/// else has its buffer's address.
struct PendingGroups: ~Copyable, @unchecked Sendable {
    struct Group {
        /// Of its header in the buffer.
        var offset: Int
        var bodyByteCount: Int
        var eventCount: UInt64

        static var empty: Group { Group(offset: 0, bodyByteCount: 0, eventCount: 0) }
    }

    /// A place between two batches.
    struct Mark {
        fileprivate var closedCount: Int
        fileprivate var open: Group
    }

    private(set) var buffer: AlignedBuffer
    private var closed: [Group]
    private var open = Group.empty

    private static let initialBytesMax = 1 << 20
    private let initialBytes: Int

    /// - Parameter softMax: Of a group, for the size of the buffer.
    init(softMax: Int) {
        self.initialBytes = min(JournalLayout.roundedUp(softMax), Self.initialBytesMax)
        self.buffer = AlignedBuffer(capacity: self.initialBytes)
        // Touched here, so that no reactor meets a page for the first time.
        self.buffer.base.initializeMemory(
            as: UInt8.self, repeating: 0, count: self.buffer.capacity)
        self.closed = []
        self.closed.reserveCapacity(64)
    }

    /// Where the next batch goes.
    private var used: Int {
        self.open.offset &+ JournalLayout.groupHeaderBytes &+ self.open.bodyByteCount
    }

    var isEmpty: Bool { self.open.eventCount == 0 }
    var count: Int { self.isEmpty ? 0 : self.closed.count + 1 }
    var mark: Mark { Mark(closedCount: self.closed.count, open: self.open) }

    func group(_ index: Int) -> Group {
        index < self.closed.count ? self.closed[index] : self.open
    }

    @inline(__always)
    mutating func append(_ events: UnsafeRawBufferPointer, count: Int, softMax: Int) {
        if self.open.bodyByteCount &+ events.count &+ JournalLayout.groupHeaderBytes > softMax {
            self.beginGroup()
        }
        let start = self.used
        // Up to the page's end: padding is made in place.
        let end = JournalLayout.roundedUp(start &+ events.count)
        if end > self.buffer.capacity {
            // A group that begins where the buffer ends has its header's bytes behind it.
            self.buffer.grow(to: end, keeping: min(start, self.buffer.capacity))
        }
        if let base = events.baseAddress {
            (self.buffer.base + start).copyMemory(from: base, byteCount: events.count)
        }
        self.open.bodyByteCount &+= events.count
        self.open.eventCount &+= UInt64(count)
    }

    private mutating func beginGroup() {
        if self.isEmpty { return }
        let next = JournalLayout.roundedUp(self.used)
        self.closed.append(self.open)
        self.open = Group(offset: next, bodyByteCount: 0, eventCount: 0)
    }

    /// Moves what came behind the mark to `other`, which is empty, if that is little: batches of a turn that is not
    /// complete yet. Copies under the appenders' lock, so at most `Self.movedBytesMax`.
    mutating func move(behind mark: Mark, to other: inout PendingGroups) {
        let byteCount = self.open.bodyByteCount - mark.open.bodyByteCount
        guard mark.closedCount == self.closed.count, byteCount > 0,
            byteCount <= Self.movedBytesMax
        else { return }
        let tail = UnsafeRawBufferPointer(
            start: self.buffer.base + (self.used - byteCount), count: byteCount)
        other.append(
            tail, count: Int(self.open.eventCount - mark.open.eventCount), softMax: .max)
        self.open = mark.open
    }

    private static let movedBytesMax = 256 << 10

    /// Forgets all; after an exceptional batch, gives its memory back.
    ///
    /// - Parameter keepingBytesMax: Memory that may stay; at least what a new one has.
    mutating func removeAll(keepingBytesMax: Int) {
        self.closed.removeAll(keepingCapacity: true)
        self.open = .empty
        if self.buffer.capacity > keepingBytesMax {
            self.buffer = AlignedBuffer(capacity: self.initialBytes)
        }
    }
}
