internal import CIntrinsics

/// A hash index from a 64-bit hash to a 30-bit slot with a 2-bit kind, as extendible hashing (Fagin et al., 1979):
/// a directory of 64 KiB segments, each an open-addressing table of 8,192 entries. A full segment splits alone, so
/// growth moves at most 8,192 entries (tens of microseconds) and never the whole index.
///
/// An entry is `tag << 32 | kind << 30 | slot` with tag = upper half of the hash; 0 is empty. Tag bits say which
/// segment (from the top) and where in it (from the bottom), so that a split reads no record. A match of tags is only a
/// candidate: the caller compares the full bytes.
struct SegmentedIndex: ~Copyable {
    private struct Segment {
        var count: Int
        var depth: Int
    }

    private static var positionBits: Int { 13 }
    private static var entriesPerSegment: Int { 1 << Self.positionBits }
    private static var positionMask: UInt32 { UInt32(Self.entriesPerSegment - 1) }
    /// Linear probing stays short up to here.
    /// Entries that a search for what is not there looks at in a segment of middling fill; from the middle of a line on,
    /// they reach into the next one.
    private static var probesExpected: Int { 4 }
    private static var segmentCountMax: Int { Self.entriesPerSegment * 13 / 16 }

    private var directory: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>
    private var segmentOf: UnsafeMutablePointer<Int>
    private var depth: Int
    private var segments: UnsafeMutablePointer<Segment>
    private var segmentCapacity: Int
    private(set) var segmentCount: Int
    private(set) var count: Int

    init() {
        self.directory = .allocate(capacity: 1)
        self.segmentOf = .allocate(capacity: 1)
        self.segmentOf.initialize(to: 0)
        self.depth = 0
        self.segmentCapacity = 1
        self.segments = .allocate(capacity: 1)
        self.segmentCount = 0
        self.count = 0
    }

    deinit {
        self.directory.deallocate()
        self.segmentOf.deallocate()
        self.segments.deallocate()
    }

    @inline(__always)
    private func directoryIndex(_ tag: UInt32) -> Int {
        self.depth == 0 ? 0 : Int(tag &>> UInt32(32 &- self.depth))
    }

    @inline(__always)
    func prefetch(_ hash: UInt64) {
        guard self.segmentCount > 0 else { return }
        let tag = UInt32(truncatingIfNeeded: hash &>> 32)
        let first = self.directory[self.directoryIndex(tag)] + Int(tag & Self.positionMask)
        holdfast_prefetch_read(first)
        holdfast_prefetch_read(first + Self.probesExpected)
    }

    /// The same for an entry that is about to be added.
    @inline(__always)
    func prefetchInsert(_ hash: UInt64) {
        guard self.segmentCount > 0 else { return }
        let tag = UInt32(truncatingIfNeeded: hash &>> 32)
        let first = self.directory[self.directoryIndex(tag)] + Int(tag & Self.positionMask)
        holdfast_prefetch_write(first)
        holdfast_prefetch_write(first + Self.probesExpected)
    }

    /// The value (kind and slot) of the first entry with the hash's tag that `matches`; 0: none.
    @inline(__always)
    func find(_ hash: UInt64, _ matches: (UInt32) -> Bool) -> UInt32 {
        guard self.segmentCount > 0 else { return 0 }
        let tag = UInt32(truncatingIfNeeded: hash &>> 32)
        let entries = self.directory[self.directoryIndex(tag)]
        var position = tag & Self.positionMask
        while true {
            let entry = entries[Int(position)]
            if entry == 0 { return 0 }
            if UInt32(truncatingIfNeeded: entry &>> 32) == tag {
                let value = UInt32(truncatingIfNeeded: entry)
                if matches(value) { return value }
            }
            position = (position &+ 1) & Self.positionMask
        }
    }

    /// The value of the first entry with the tag, unchecked: only good for a prefetch.
    @inline(__always)
    func candidate(_ hash: UInt64) -> UInt32 { self.find(hash) { _ in true } }

    /// Adds an entry; the caller knows that its key is not there yet.
    @inline(__always)
    mutating func insert(_ hash: UInt64, _ value: UInt32, from blocks: any BlockSource) {
        assert(value != 0)
        let tag = UInt32(truncatingIfNeeded: hash &>> 32)
        if self.segmentCount == 0 { self.addFirstSegment(from: blocks) }
        var index = self.directoryIndex(tag)
        while self.segments[self.segmentOf[index]].count >= Self.segmentCountMax {
            self.split(index, from: blocks)
            index = self.directoryIndex(tag)
        }
        Self.place(self.directory[index], tag, UInt64(tag) &<< 32 | UInt64(value))
        self.segments[self.segmentOf[index]].count &+= 1
        self.count &+= 1
    }

    /// Takes out an entry that is there. Later entries of its probe chain move up within the segment, so that nothing is
    /// left behind that a search would have to step over.
    mutating func remove(_ hash: UInt64, _ value: UInt32) {
        let tag = UInt32(truncatingIfNeeded: hash &>> 32)
        let sought = UInt64(tag) &<< 32 | UInt64(value)
        let index = self.directoryIndex(tag)
        let entries = self.directory[index]
        var hole = tag & Self.positionMask
        while entries[Int(hole)] != sought {
            precondition(entries[Int(hole)] != 0, "an entry that is not in the index")
            hole = (hole &+ 1) & Self.positionMask
        }
        var position = (hole &+ 1) & Self.positionMask
        while entries[Int(position)] != 0 {
            let entry = entries[Int(position)]
            let home = UInt32(truncatingIfNeeded: entry &>> 32) & Self.positionMask
            // An entry may move up to the hole unless its search begins behind it.
            if (position &- home) & Self.positionMask >= (position &- hole) & Self.positionMask {
                entries[Int(hole)] = entry
                hole = position
            }
            position = (position &+ 1) & Self.positionMask
        }
        entries[Int(hole)] = 0
        self.segments[self.segmentOf[index]].count &-= 1
        self.count &-= 1
    }

    @inline(__always)
    private static func place(
        _ entries: UnsafeMutablePointer<UInt64>, _ tag: UInt32, _ entry: UInt64
    ) {
        var position = tag & Self.positionMask
        while entries[Int(position)] != 0 { position = (position &+ 1) & Self.positionMask }
        entries[Int(position)] = entry
    }

    private mutating func addFirstSegment(from blocks: any BlockSource) {
        let entries = blocks.takeBlock().bindMemory(
            to: UInt64.self, capacity: Self.entriesPerSegment)
        self.directory.initialize(to: entries)
        self.segments.initialize(to: Segment(count: 0, depth: 0))
        self.segmentCount = 1
    }

    /// Splits the segment behind a directory entry by the tag's next bit; doubles the directory if it must.
    @inline(never)
    private mutating func split(_ directoryIndex: Int, from blocks: any BlockSource) {
        var index = directoryIndex
        let old = self.segmentOf[index]
        if self.segments[old].depth == self.depth {
            self.doubleDirectory()
            index *= 2
        }
        let newDepth = self.segments[old].depth + 1
        precondition(newDepth + Self.positionBits <= 32, "an index is full")
        let new = self.addSegment(depth: newDepth)
        self.segments[old].depth = newDepth

        let oldEntries = self.directory[index]
        let newEntries = blocks.takeBlock().bindMemory(
            to: UInt64.self, capacity: Self.entriesPerSegment)
        // Entries of the upper half go to the new segment. The old one is rebuilt in place, starting behind an empty
        // position, so that no probe chain is cut: an entry is lifted out and put back before any later one is read.
        let bit = UInt64(1) &<< UInt64(64 &- newDepth)
        var start = 0
        while oldEntries[start] != 0 { start += 1 }
        var moved = 0
        for step in 1...Self.entriesPerSegment {
            let position = (start + step) & Int(Self.positionMask)
            let entry = oldEntries[position]
            if entry == 0 { continue }
            oldEntries[position] = 0
            let tag = UInt32(truncatingIfNeeded: entry &>> 32)
            // No branch: which half it is nobody can foretell.
            let isUpper = entry & bit != 0
            Self.place(isUpper ? newEntries : oldEntries, tag, entry)
            moved &+= isUpper ? 1 : 0
        }
        self.segments[old].count -= moved
        self.segments[new].count = moved

        // All directory entries of the old segment lie side by side; the upper half now leads to the new one.
        let span = 1 << (self.depth - newDepth + 1)
        let first = index / span * span
        for entry in (first + span / 2)..<(first + span) {
            self.directory[entry] = newEntries
            self.segmentOf[entry] = new
        }
    }

    private mutating func addSegment(depth: Int) -> Int {
        if self.segmentCount == self.segmentCapacity {
            let larger = UnsafeMutablePointer<Segment>.allocate(capacity: self.segmentCapacity * 2)
            larger.moveInitialize(from: self.segments, count: self.segmentCount)
            self.segments.deallocate()
            self.segments = larger
            self.segmentCapacity *= 2
        }
        (self.segments + self.segmentCount).initialize(to: Segment(count: 0, depth: depth))
        self.segmentCount += 1
        return self.segmentCount - 1
    }

    private mutating func doubleDirectory() {
        let size = 1 << self.depth
        let directory = UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>.allocate(
            capacity: size * 2)
        let segmentOf = UnsafeMutablePointer<Int>.allocate(capacity: size * 2)
        for index in 0..<(size * 2) {
            (directory + index).initialize(to: self.directory[index / 2])
            (segmentOf + index).initialize(to: self.segmentOf[index / 2])
        }
        self.directory.deallocate()
        self.segmentOf.deallocate()
        self.directory = directory
        self.segmentOf = segmentOf
        self.depth += 1
    }
}
