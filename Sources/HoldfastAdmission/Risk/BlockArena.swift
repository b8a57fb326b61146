/// Blocks of 8 … 1,024 words for the lists that outgrow their record, out of one reservation of a fixed size.
///
/// A block is named by its offset in units of 8 words and its class (8 << class words). Freed blocks are chained per
/// class through their first word and are not split or joined: lists of one kind want the same sizes again. Owner's
/// thread only.
struct BlockArena: ~Copyable {
    static var smallestWordCount: Int { 8 }
    static var classCount: Int { 8 }

    private let memory: ReservedMemory
    private let words: UnsafeMutablePointer<UInt64>
    private let unitCount: Int
    private var nextUnit: Int
    /// The first free block of each class as offset + 1; 0: none.
    private var freeHeads: InlineArray<8, UInt64>

    init(wordCount: Int, populate: Bool) throws(MemoryReservationError) {
        precondition(wordCount >= 1_024 && wordCount <= 1 << 30, "an arena's size is out of range")
        self.memory = try ReservedMemory(byteCount: wordCount * 8, populate: populate)
        self.words = self.memory.base.bindMemory(to: UInt64.self, capacity: wordCount)
        self.unitCount = wordCount / Self.smallestWordCount
        self.nextUnit = 0
        self.freeHeads = InlineArray(repeating: 0)
    }

    var reservedByteCount: Int { self.memory.byteCount }

    @inline(__always)
    func pointer(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
        self.words + offset &* Self.smallestWordCount
    }

    /// The offset of a block of 8 << `sizeClass` words; nil: the arena is used up.
    mutating func take(sizeClass: Int) -> Int? {
        let head = self.freeHeads[sizeClass]
        if head != 0 {
            let offset = Int(head - 1)
            self.freeHeads[sizeClass] = self.pointer(offset)[0]
            return offset
        }
        let units = 1 << sizeClass
        guard self.nextUnit + units <= self.unitCount else { return nil }
        let offset = self.nextUnit
        self.nextUnit += units
        return offset
    }

    mutating func release(_ offset: Int, sizeClass: Int) {
        self.pointer(offset)[0] = self.freeHeads[sizeClass]
        self.freeHeads[sizeClass] = UInt64(offset + 1)
    }
}
