internal import CIntrinsics

/// Records of one trivial type in 64 KiB blocks. A slot number stays valid for ever, records never move, growth takes
/// one block and touches nothing else. Slot 0 means "none" and is never handed out.
///
/// `Record` must be valid when all its bytes are zero, and its stride a power of two.
struct Slab<Record>: ~Copyable {
    /// The block directory; grows by doubling, 8 bytes for 64 KiB of records.
    private var directory: UnsafeMutablePointer<UnsafeMutablePointer<Record>>
    private var directoryCapacity: Int
    private(set) var blockCount: Int
    private let shift: UInt32
    private let mask: UInt32
    /// Slots handed out, slot 0 included.
    private(set) var end: UInt32

    init() {
        let stride = MemoryLayout<Record>.stride
        precondition(stride & (stride - 1) == 0, "a slab's record must have a power-of-two stride")
        let perBlock = TableBlock.byteCount / stride
        self.shift = UInt32(perBlock.trailingZeroBitCount)
        self.mask = UInt32(perBlock - 1)
        self.directoryCapacity = 8
        self.directory = .allocate(capacity: self.directoryCapacity)
        self.blockCount = 0
        self.end = 1
    }

    deinit { self.directory.deallocate() }

    /// Records in use.
    var count: Int { Int(self.end) - 1 }

    @inline(__always)
    subscript(slot: UInt32) -> UnsafeMutablePointer<Record> {
        assert(slot > 0 && slot < self.end, "slot out of range")
        return self.directory[Int(slot &>> self.shift)] + Int(slot & self.mask)
    }

    /// The next free slot: its record is all zero.
    @inline(__always)
    mutating func append(from blocks: any BlockSource) -> UInt32 {
        let slot = self.end
        precondition(slot < 1 << 30, "a slab is full")
        if Int(slot &>> self.shift) >= self.blockCount { self.grow(from: blocks) }
        self.end = slot &+ 1
        return slot
    }

    /// Hands out the next slots that lie side by side: at least one, at most `countMax`, their records all zero. For
    /// loading a whole table.
    mutating func appendRun(
        _ countMax: Int, from blocks: any BlockSource
    ) -> (first: UInt32, records: UnsafeMutableBufferPointer<Record>) {
        let first = self.append(from: blocks)
        let left = Int(self.mask) - Int(first & self.mask)
        let more = min(countMax - 1, left, (1 << 30) - 1 - Int(first))
        self.end += UInt32(more)
        return (first, UnsafeMutableBufferPointer(start: self[first], count: more + 1))
    }

    /// The records in use from a slot on that lie side by side; `slot` is in use.
    func run(from slot: UInt32) -> UnsafeMutableBufferPointer<Record> {
        let left = Int(self.mask) + 1 - Int(slot & self.mask)
        return UnsafeMutableBufferPointer(
            start: self[slot], count: min(left, Int(self.end - slot)))
    }

    /// Asks for the cache line of a slot that may be handed out next.
    @inline(__always)
    func prefetchNext() {
        let block = Int(self.end &>> self.shift)
        if block < self.blockCount {
            holdfast_prefetch_write(self.directory[block] + Int(self.end & self.mask))
        }
    }

    @inline(never)
    private mutating func grow(from blocks: any BlockSource) {
        if self.blockCount == self.directoryCapacity {
            let larger = UnsafeMutablePointer<UnsafeMutablePointer<Record>>.allocate(
                capacity: self.directoryCapacity * 2)
            larger.moveInitialize(from: self.directory, count: self.blockCount)
            self.directory.deallocate()
            self.directory = larger
            self.directoryCapacity *= 2
        }
        let block = blocks.takeBlock()
        let records = block.bindMemory(
            to: Record.self, capacity: TableBlock.byteCount / MemoryLayout<Record>.stride)
        (self.directory + self.blockCount).initialize(to: records)
        self.blockCount += 1
    }
}
