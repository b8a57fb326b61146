internal import CIntrinsics

/// Records of a fixed size under 128-bit keys, as many as were asked for at the start.
///
/// An index of 8-byte entries `tag << 32 | record + 1` with linear probing, at most half full, leads into a dense run
/// of records; memory is used as records are. Words 0 and 1 of a record are its key; a free record has key 0 and the
/// next free one in word 2. Owner's thread only.
struct KeyTable: ~Copyable {
    /// Where index entries are: good as long as the table is, on any thread, since the index never moves.
    struct IndexLines {
        fileprivate let entries: UnsafeMutablePointer<UInt64>
        fileprivate let mask: UInt32

        /// Asks for the index line of a key. First of two steps over a batch.
        @inline(__always)
        func prefetch(_ key: AdmissionKey) {
            holdfast_prefetch_read(self.entries + Int(KeyTable.tag(key) & self.mask))
        }
    }

    let recordWords: Int
    let capacity: Int
    private let index: ReservedMemory
    private let records: ReservedMemory
    private let entries: UnsafeMutablePointer<UInt64>
    private let firstRecord: UnsafeMutablePointer<UInt64>
    private let mask: UInt32
    /// Records that have ever been used; behind them all is untouched.
    private(set) var usedCount: Int
    private(set) var count: Int
    private var freeHead: Int

    /// - Parameters:
    ///   - capacity: 1 … 2^28 records.
    ///   - populate: touches the records' memory now, too, so that no call pays for a page fault later.
    init(capacity: Int, recordWords: Int, populate: Bool) throws(MemoryReservationError) {
        precondition(capacity > 0 && capacity <= 1 << 28, "a table's capacity is out of range")
        precondition(recordWords >= 3, "a record has room for its key and a link")
        var slots = 64
        while slots < capacity * 2 { slots *= 2 }
        // A value that owns memory cannot be half made: what can fail comes before the first field.
        // Its places are used at random: the first keys would touch all of it.
        let index = try ReservedMemory(byteCount: slots * 8, populate: true)
        let records = try ReservedMemory(
            byteCount: capacity * recordWords * 8, populate: populate)
        self.index = index
        self.records = records
        self.entries = self.index.base.bindMemory(to: UInt64.self, capacity: slots)
        self.firstRecord = self.records.base.bindMemory(
            to: UInt64.self, capacity: capacity * recordWords)
        self.mask = UInt32(slots - 1)
        self.recordWords = recordWords
        self.capacity = capacity
        self.usedCount = 0
        self.count = 0
        self.freeHead = -1
    }

    /// Where records are, and how much of that has been used: in its order.
    var recordMemory: GrowingMemory {
        GrowingMemory(base: self.records.base, byteCount: self.records.byteCount)
    }
    var usedRecordByteCount: Int { self.usedCount * self.recordWords * 8 }

    var isFull: Bool { self.count == self.capacity }

    /// Reserved bytes; what is touched grows with the records in use.
    var reservedByteCount: Int { self.index.byteCount + self.records.byteCount }

    var indexLines: IndexLines { IndexLines(entries: self.entries, mask: self.mask) }

    @inline(__always)
    fileprivate static func tag(_ key: AdmissionKey) -> UInt32 {
        UInt32(truncatingIfNeeded: key.high &>> 32)
    }

    @inline(__always)
    func record(_ number: Int) -> UnsafeMutablePointer<UInt64> {
        self.firstRecord + number &* self.recordWords
    }

    /// Asks for the key's record, if its tag stands in its first or second place: nearly all do. Second of two steps over a
    /// batch. Without branches, since which place it is nobody can foretell; for a key that is not there it asks for the
    /// first record.
    @inline(__always)
    func prefetchRecord(_ key: AdmissionKey) {
        let tag = UInt64(Self.tag(key))
        let position = UInt32(truncatingIfNeeded: tag) & self.mask
        let first = self.entries[Int(position)]
        let second = self.entries[Int((position &+ 1) & self.mask)]
        let isFirst = first &>> 32 == tag
        let isSecond = second &>> 32 == tag
        let entry = isFirst ? first : isSecond ? second : 1
        let record = self.record(max(Int(UInt32(truncatingIfNeeded: entry)), 1) &- 1)
        holdfast_prefetch_write(record)
        if self.recordWords > 8 { holdfast_prefetch_write(record + 8) }
    }

    /// The key's record, or nil.
    @inline(__always)
    func find(_ key: AdmissionKey) -> UnsafeMutablePointer<UInt64>? {
        let tag = Self.tag(key)
        var position = tag & self.mask
        while true {
            let entry = self.entries[Int(position)]
            if entry == 0 { return nil }
            if UInt32(truncatingIfNeeded: entry &>> 32) == tag {
                let record = self.record(Int(UInt32(truncatingIfNeeded: entry)) &- 1)
                if record[0] == key.high && record[1] == key.low { return record }
            }
            position = (position &+ 1) & self.mask
        }
    }

    /// A new zeroed record for a key that is not there; nil when the table is full.
    mutating func insert(_ key: AdmissionKey) -> UnsafeMutablePointer<UInt64>? {
        assert(!key.isNone, "the zero key marks a free record")
        let number: Int
        if self.freeHead >= 0 {
            number = self.freeHead
            self.freeHead = Int(self.record(number)[2]) - 1
        } else if self.usedCount < self.capacity {
            number = self.usedCount
            self.usedCount += 1
        } else {
            return nil
        }
        let record = self.record(number)
        record[0] = key.high
        record[1] = key.low
        record[2] = 0
        let tag = Self.tag(key)
        var position = tag & self.mask
        while self.entries[Int(position)] != 0 { position = (position &+ 1) & self.mask }
        self.entries[Int(position)] = UInt64(tag) &<< 32 | UInt64(number + 1)
        self.count += 1
        return record
    }

    /// Frees a record in use. Later entries of its probe chain move up, so that nothing is left that a search would
    /// have to step over.
    mutating func remove(_ number: Int) {
        let record = self.record(number)
        let key = AdmissionKey(high: record[0], low: record[1])
        precondition(!key.isNone, "a free record is freed again")
        let tag = Self.tag(key)
        let sought = UInt64(tag) &<< 32 | UInt64(number + 1)
        var hole = tag & self.mask
        while self.entries[Int(hole)] != sought {
            precondition(self.entries[Int(hole)] != 0, "a record is not in its index")
            hole = (hole &+ 1) & self.mask
        }
        var position = (hole &+ 1) & self.mask
        while self.entries[Int(position)] != 0 {
            let entry = self.entries[Int(position)]
            let home = UInt32(truncatingIfNeeded: entry &>> 32) & self.mask
            // An entry may move up to the hole unless its search begins behind it.
            if (position &- home) & self.mask >= (position &- hole) & self.mask {
                self.entries[Int(hole)] = entry
                hole = position
            }
            position = (position &+ 1) & self.mask
        }
        self.entries[Int(hole)] = 0
        record.update(repeating: 0, count: self.recordWords)
        record[2] = UInt64(self.freeHead + 1)
        self.freeHead = number
        self.count -= 1
    }

    /// The number of a record in use.
    func number(_ record: UnsafeMutablePointer<UInt64>) -> Int {
        (record - self.firstRecord) / self.recordWords
    }

    @inline(__always)
    func isUsed(_ number: Int) -> Bool {
        let record = self.record(number)
        return record[0] != 0 || record[1] != 0
    }
}
