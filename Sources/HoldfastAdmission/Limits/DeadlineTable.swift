internal import CIntrinsics

/// A table of fixed size from keys to deadlines in which **an entry is free once its deadline has passed**: nothing is ever
/// deleted, swept or rehashed, and no entry that still counts is ever given up for another.
///
/// It suits a limiter, since a bucket that has refilled and a window that has emptied are worth nothing: both are as
/// good as a key that was never seen. Single-threaded; the owner locks.
///
/// A line of 64 bytes is one cache line and holds three entries:
///
///     0   deadline    3 × UInt64, 0: never used
///     24  tag, low    3 × UInt64
///     48  tag, high   3 × UInt32
///     60  reach       UInt32: how many lines further entries whose home is this line may lie
///
/// The tag is 96 bits of the key; its high part also says the home line. A key lies in the first line from its home on
/// that had a free entry, at most `reachMax` lines away. With ten million entries two keys share a tag with a chance
/// of 10⁻¹⁵.
struct DeadlineTable: ~Copyable {
    static let entriesPerLine = 3
    static let lineByteCount = 64
    /// Up to here a search goes: 384 entries all in use mean that the table is full. Ways that
    /// long come up only when more than four fifths of the table are in use.
    static let reachMax = 127

    /// Where lines are: good as long as the table is, on any thread, since the table's memory never moves.
    struct Lines {
        fileprivate let base: UnsafeMutableRawPointer
        fileprivate let count: UInt64

        @inline(__always)
        fileprivate func home(_ tagHigh: UInt32) -> Int {
            Int((UInt64(tagHigh) &* self.count) &>> 32)
        }

        /// Asks for the key's home line.
        @inline(__always)
        func prefetch(_ key: AdmissionKey) {
            let line = self.home(UInt32(truncatingIfNeeded: key.high))
            holdfast_prefetch_write(self.base + line &* DeadlineTable.lineByteCount)
        }
    }

    let lineCount: Int
    let lines: Lines
    private let memory: ReservedMemory
    private let words: UnsafeMutablePointer<UInt64>
    private let halves: UnsafeMutablePointer<UInt32>

    var entryCount: Int { self.lineCount * Self.entriesPerLine }

    /// Takes at most `byteCount` bytes (at least 4 KiB).
    init(byteCount: Int, populate: Bool) throws(MemoryReservationError) {
        precondition(byteCount >= 4_096, "a table of less than a page")
        self.lineCount = min(byteCount / Self.lineByteCount, Int(UInt32.max))
        self.memory = try ReservedMemory(
            byteCount: self.lineCount * Self.lineByteCount, populate: populate)
        self.words = self.memory.base.assumingMemoryBound(to: UInt64.self)
        self.halves = self.memory.base.assumingMemoryBound(to: UInt32.self)
        self.lines = Lines(base: self.memory.base, count: UInt64(self.lineCount))
    }

    @inline(__always)
    private func homeLine(_ tagHigh: UInt32) -> Int { self.lines.home(tagHigh) }

    @inline(__always)
    private func next(_ line: Int) -> Int { line &+ 1 == self.lineCount ? 0 : line &+ 1 }

    /// Where the key's entry is, whether or not its deadline has passed; -1: nowhere. Good until the next `insert`.
    @inline(__always)
    func find(_ key: AdmissionKey) -> Int {
        let tagHigh = UInt32(truncatingIfNeeded: key.high)
        var line = self.homeLine(tagHigh)
        var left = self.halves[line &* 16 &+ 15]
        while true {
            let word = line &* 8 &+ 3
            let half = line &* 16 &+ 12
            if self.words[word] == key.low && self.halves[half] == tagHigh { return line &* 4 }
            if self.words[word &+ 1] == key.low && self.halves[half &+ 1] == tagHigh {
                return line &* 4 &+ 1
            }
            if self.words[word &+ 2] == key.low && self.halves[half &+ 2] == tagHigh {
                return line &* 4 &+ 2
            }
            if left == 0 { return -1 }
            left &-= 1
            line = self.next(line)
        }
    }

    /// Gives a key that `find` did not find an entry whose deadline has passed by `now`; -1: there is none in reach.
    mutating func insert(_ key: AdmissionKey, deadline: UInt64, now: UInt64) -> Int {
        let tagHigh = UInt32(truncatingIfNeeded: key.high)
        let home = self.homeLine(tagHigh)
        self.shortenReach(home, now: now)
        var line = home
        for distance in 0...min(Self.reachMax, self.lineCount - 1) {
            let free = self.freePlaces(line, now: now)
            if free != 0 {
                let place = free.trailingZeroBitCount
                self.words[line &* 8 &+ place] = deadline
                self.words[line &* 8 &+ 3 &+ place] = key.low
                self.halves[line &* 16 &+ 12 &+ place] = tagHigh
                if distance > Int(self.halves[home &* 16 &+ 15]) {
                    self.halves[home &* 16 &+ 15] = UInt32(distance)
                }
                return line &* 4 &+ place
            }
            line = self.next(line)
        }
        return -1
    }

    /// A bit for each entry of a line whose deadline has passed. Without branches: which of them is free is anybody's guess.
    @inline(__always)
    private func freePlaces(_ line: Int, now: UInt64) -> UInt32 {
        let deadlines = self.words + line &* 8
        let first: UInt32 = deadlines[0] <= now ? 1 : 0
        let second: UInt32 = deadlines[1] <= now ? 2 : 0
        let third: UInt32 = deadlines[2] <= now ? 4 : 0
        return first | second | third
    }

    /// A crowd that has passed leaves no long searches behind: the home's reach shrinks to its furthest entry in use.
    ///
    /// An unused entry of a key may be left out of reach by this, and the key inserted once more. The new entry then lies
    /// before the old one, which was free itself, so a search that walks outwards never meets the old one first.
    @inline(__always)
    private mutating func shortenReach(_ home: Int, now: UInt64) {
        let reach = self.halves[home &* 16 &+ 15]
        if reach == 0 { return }
        var needed: UInt32 = 0
        var line = home
        for distance in 1...reach {
            line = self.next(line)
            for place in 0..<Self.entriesPerLine
            where self.words[line &* 8 &+ place] > now
                && self.homeLine(self.halves[line &* 16 &+ 12 &+ place]) == home
            {
                needed = distance
            }
        }
        self.halves[home &* 16 &+ 15] = needed
    }

    /// An entry's deadline. Setting it to one that has passed frees the entry.
    @inline(__always)
    subscript(entry: Int) -> UInt64 {
        get { self.words[(entry &>> 2) &* 8 &+ (entry & 3)] }
        nonmutating set { self.words[(entry &>> 2) &* 8 &+ (entry & 3)] = newValue }
    }

    /// The entry's place among all entries, 0 ..< `entryCount`: for what lies beside the table.
    @inline(__always)
    static func index(_ entry: Int) -> Int { (entry &>> 2) &* Self.entriesPerLine &+ (entry & 3) }

    /// The inverse of `index`.
    @inline(__always)
    static func entry(at index: Int) -> Int {
        index / Self.entriesPerLine &* 4 &+ index % Self.entriesPerLine
    }

    /// How many of the entries of `sampleCount` lines, evenly spread, are in use at `now`.
    func sample(lines sampleCount: Int, now: UInt64) -> (used: Int, of: Int) {
        let count = min(sampleCount, self.lineCount)
        var used = 0
        for step in 0..<count {
            let line = step * self.lineCount / count
            for place in 0..<Self.entriesPerLine where self.words[line * 8 + place] > now {
                used += 1
            }
        }
        return (used, count * Self.entriesPerLine)
    }
}
