internal import CIntrinsics

/// The latest moments of one thing (a buyer's calls, an address's accounts), oldest first, inside a record.
///
/// A word is `milliseconds << 24 | tag`: sorted words are sorted times, so "how many since" is one binary search, exact
/// to the millisecond. The list keeps no more than the largest threshold of its rules asks for (`countMax`), which
/// decides "more than n within w" exactly: only the newest n + 1 moments matter.
///
/// The header word is `block << 32 | start << 16 | count`. With block 0 the words lie in the record itself; else block
/// is `class << 28 | offset` (+ 1 in the offset) in the arena. Times are relative to the tables' base and at least 1.
struct RecentList {
    let header: UnsafeMutablePointer<UInt64>
    let inline: UnsafeMutablePointer<UInt64>
    let inlineCapacity: Int

    static var tagMask: UInt64 { 0xff_ffff }

    @inline(__always)
    static func word(_ milliseconds: Int64, tag: UInt64) -> UInt64 {
        UInt64(milliseconds) &<< 24 | (tag & Self.tagMask)
    }

    @inline(__always)
    init(_ record: UnsafeMutablePointer<UInt64>, _ layout: RecentListLayout) {
        self.header = record + layout.headerIndex
        self.inline = record + layout.inlineIndex
        self.inlineCapacity = layout.inlineCapacity
    }

    @inline(__always)
    private var block: UInt32 { UInt32(truncatingIfNeeded: self.header.pointee &>> 32) }

    @inline(__always)
    private var start: Int { Int((self.header.pointee &>> 16) & 0xffff) }

    @inline(__always)
    var count: Int { Int(self.header.pointee & 0xffff) }

    @inline(__always)
    private static func header(_ block: UInt32, _ start: Int, _ count: Int) -> UInt64 {
        assert(start >= 0 && start <= 0xffff && count >= 0 && count <= 0xffff)
        return UInt64(block) &<< 32 | UInt64(start) &<< 16 | UInt64(count)
    }

    @inline(__always)
    private func words(_ arena: borrowing BlockArena) -> UnsafeMutablePointer<UInt64> {
        self.block == 0 ? self.inline : arena.pointer(Int(self.block & 0xfff_ffff) &- 1)
    }

    @inline(__always)
    private var capacity: Int {
        self.block == 0
            ? self.inlineCapacity : BlockArena.smallestWordCount &<< Int(self.block &>> 28)
    }

    /// Asks for where the next word goes.
    @inline(__always)
    func prefetch(_ arena: borrowing BlockArena) {
        if self.block != 0 {
            let words = self.words(arena) + self.start
            holdfast_prefetch_write(words)
            holdfast_prefetch_write(words + self.count)
        }
    }

    /// How many words are at or behind `from` (a word with tag 0).
    @inline(__always)
    func count(from: UInt64, _ arena: borrowing BlockArena) -> Int {
        let words = self.words(arena) + self.start
        let count = self.count
        // Most lists lie inside their window whole.
        if count == 0 || words[0] >= from { return count }
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) &>> 1
            if words[middle] < from { low = middle &+ 1 } else { high = middle }
        }
        return count &- low
    }

    /// The newest word with this tag at or behind `from`; 0: none.
    @inline(__always)
    func newest(tag: UInt64, from: UInt64, _ arena: borrowing BlockArena) -> UInt64 {
        let words = self.words(arena) + self.start
        var index = self.count
        while index > 0 {
            index &-= 1
            let word = words[index]
            if word < from { return 0 }
            if word & Self.tagMask == tag & Self.tagMask { return word }
        }
        return 0
    }

    /// Forgets what is older than `from`; gives an empty list's block back.
    @inline(__always)
    func expire(before from: UInt64, _ arena: inout BlockArena) {
        var count = self.count
        if count == 0 { return }
        let words = self.words(arena)
        var start = self.start
        if words[start] >= from { return }
        while count > 0 && words[start] < from {
            start &+= 1
            count &-= 1
        }
        if count == 0 {
            self.clear(&arena)
        } else {
            self.header.pointee = Self.header(self.block, start, count)
        }
    }

    func clear(_ arena: inout BlockArena) {
        let block = self.block
        if block != 0 {
            arena.release(Int(block & 0xfff_ffff) - 1, sizeClass: Int(block >> 28))
        }
        self.header.pointee = 0
    }

    /// Puts a word at the end; its time is not before the last one's. Past `countMax` the oldest goes.
    /// - Returns: false when the arena had no room and an older word had to go that still counted.
    @inline(__always)
    func append(_ word: UInt64, countMax: Int, _ arena: inout BlockArena) -> Bool {
        var start = self.start
        var count = self.count
        if count >= countMax {
            start &+= count &- countMax &+ 1
            count = countMax &- 1
        }
        if start &+ count < self.capacity {
            self.words(arena)[start &+ count] = word
            self.header.pointee = Self.header(self.block, start, count &+ 1)
            return true
        }
        return self.appendMakingRoom(word, start, count, &arena)
    }

    @inline(never)
    private func appendMakingRoom(
        _ word: UInt64, _ start: Int, _ count: Int, _ arena: inout BlockArena
    ) -> Bool {
        let words = self.words(arena)
        if start > 0 {
            words.update(from: words + start, count: count)
            words[count] = word
            self.header.pointee = Self.header(self.block, 0, count + 1)
            return true
        }
        var sizeClass = 0
        while BlockArena.smallestWordCount << sizeClass <= count { sizeClass += 1 }
        guard sizeClass < BlockArena.classCount, let offset = arena.take(sizeClass: sizeClass)
        else {
            words.update(from: words + 1, count: count - 1)
            words[count - 1] = word
            self.header.pointee = Self.header(self.block, 0, count)
            return false
        }
        let larger = arena.pointer(offset)
        larger.update(from: words, count: count)
        larger[count] = word
        self.clear(&arena)
        self.header.pointee = Self.header(
            UInt32(sizeClass) << 28 | UInt32(offset + 1), 0, count + 1)
        return true
    }

    /// Notes a thing at a time: a known one moves to the end with its new time, an unknown one is put there.
    /// - Returns: as `append`.
    @inline(__always)
    func refresh(
        tag: UInt64, milliseconds: Int64, countMax: Int, _ arena: inout BlockArena
    ) -> Bool {
        let word = Self.word(milliseconds, tag: tag)
        let words = self.words(arena) + self.start
        let count = self.count
        var index = count
        while index > 0 {
            index &-= 1
            if words[index] & Self.tagMask == word & Self.tagMask {
                let behind = count &- 1 &- index
                if behind > 0 { (words + index).update(from: words + index + 1, count: behind) }
                words[count &- 1] = word
                return true
            }
        }
        return self.append(word, countMax: countMax, &arena)
    }
}

/// Where in a record a list's header and first words lie.
struct RecentListLayout {
    let headerIndex: Int
    let inlineIndex: Int
    let inlineCapacity: Int
}
