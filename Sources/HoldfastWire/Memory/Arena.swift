/// Bump memory of one reactor turn: what decoding needs lives here until the turn's answers are written.
///
/// Owner: one reactor's thread. A call may take at most `callBytesMax`; `reset` gives everything back at once.
/// Memory is taken from the heap only while the arena has not yet seen a turn as large as this one:
/// `reset` folds several blocks into one, so a warm arena never grows.
package struct Arena: ~Copyable {
    /// More than this is not kept over a `reset`, so that one huge Preload does not stay in memory.
    private static let keptBytesMax = 8 << 20
    private static let alignment = 16

    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private var used: Int
    /// Full blocks of this turn; empty once warm.
    private var fullBlocks: [(base: UnsafeMutableRawPointer, capacity: Int)]
    private var callUsed: Int
    /// The call asked for more than its share.
    package private(set) var callExhausted = false
    private let initialBytes: Int
    /// Bytes that one call may take, alignment included.
    package let callBytesMax: Int

    package init(initialBytes: Int, callBytesMax: Int) {
        precondition(initialBytes > 0 && callBytesMax > 0)
        self.initialBytes = initialBytes
        self.callBytesMax = callBytesMax
        self.base = UnsafeMutableRawPointer.allocate(
            byteCount: initialBytes, alignment: Self.alignment)
        self.capacity = initialBytes
        self.used = 0
        self.callUsed = 0
        self.fullBlocks = []
    }

    deinit {
        for block in self.fullBlocks { block.base.deallocate() }
        self.base.deallocate()
    }

    /// A new call: its cap starts at 0. What earlier calls took stays.
    package mutating func beginCall() {
        self.callUsed = 0
        self.callExhausted = false
    }

    /// Uninitialised bytes, or nil when this call has had its share. Alignment: a power of two up to 16.
    package mutating func allocate(
        _ byteCount: Int, alignment: Int = 16
    ) -> UnsafeMutableRawPointer? {
        assert(alignment <= Self.alignment && alignment & (alignment - 1) == 0)
        guard byteCount >= 0, byteCount <= self.callBytesMax &- self.callUsed else {
            self.callExhausted = true
            return nil
        }
        self.callUsed &+= byteCount
        return self.take(byteCount, alignment: alignment)
    }

    /// The same without the cap, for answers: their size follows from our own limits, not from the caller.
    package mutating func allocateForAnswer(
        _ byteCount: Int, alignment: Int = 16
    ) -> UnsafeMutableRawPointer {
        precondition(byteCount >= 0)
        return self.take(byteCount, alignment: alignment)
    }

    /// Gives the end of the newest allocation back.
    @inline(__always)
    mutating func giveBack(_ byteCount: Int) {
        assert(byteCount >= 0 && byteCount <= self.used)
        self.used &-= byteCount
        self.callUsed &-= byteCount
    }

    /// Gives everything back. All pointers that the arena gave out are dead.
    package mutating func reset() {
        self.used = 0
        self.callUsed = 0
        if self.fullBlocks.isEmpty && self.capacity <= Self.keptBytesMax { return }
        self.fold()
    }

    /// Bytes that this turn has taken so far; for tests and metrics.
    package var usedBytes: Int { self.fullBlocks.reduce(self.used) { $0 + $1.capacity } }

    /// Bytes that the arena owns; constant once warm.
    package var ownedBytes: Int { self.fullBlocks.reduce(self.capacity) { $0 + $1.capacity } }

    @inline(__always)
    private mutating func take(_ byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer {
        let start = (self.used &+ alignment &- 1) & ~(alignment &- 1)
        if start &+ byteCount <= self.capacity {
            self.used = start &+ byteCount
            return self.base + start
        }
        return self.takeFromNewBlock(byteCount)
    }

    @inline(never)
    private mutating func takeFromNewBlock(_ byteCount: Int) -> UnsafeMutableRawPointer {
        self.fullBlocks.append((self.base, self.capacity))
        self.capacity = max(self.capacity * 2, byteCount)
        self.base = UnsafeMutableRawPointer.allocate(
            byteCount: self.capacity, alignment: Self.alignment)
        self.used = byteCount
        return self.base
    }

    @inline(never)
    private mutating func fold() {
        let wanted = self.ownedBytes
        for block in self.fullBlocks { block.base.deallocate() }
        self.fullBlocks.removeAll(keepingCapacity: true)
        self.base.deallocate()
        self.capacity = wanted <= Self.keptBytesMax ? wanted : self.initialBytes
        self.base = UnsafeMutableRawPointer.allocate(
            byteCount: self.capacity, alignment: Self.alignment)
    }
}

extension Arena {
    /// Room for `count` uninitialised elements, or nil when this call has had its share.
    mutating func allocateArray<Element>(
        _ type: Element.Type, count: Int
    ) -> UnsafeMutablePointer<Element>? {
        self.allocate(count * MemoryLayout<Element>.stride)?.bindMemory(to: type, capacity: count)
    }

    /// The same for an answer, without the cap.
    mutating func allocateAnswerArray<Element>(
        _ type: Element.Type, count: Int
    ) -> UnsafeMutablePointer<Element> {
        self.allocateForAnswer(count * MemoryLayout<Element>.stride)
            .bindMemory(to: type, capacity: count)
    }
}
