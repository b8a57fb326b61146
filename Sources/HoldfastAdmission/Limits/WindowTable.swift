/// Exact sliding windows: for each key a queue of the milliseconds in which it called and how often, so a window takes room
/// for `min(limit, windowMilliseconds)` of them at most, and for one with its first call.
///
/// Keys lie in a `DeadlineTable`; the deadline is when the newest call leaves the window. Queues are chains of 64-byte
/// chunks. A chain whose key is no longer remembered is taken back when its entry is used anew, and by a sweep that goes
/// a few entries on with each call. Single-threaded; the owner locks.
struct WindowTable: ~Copyable {
    /// A key's queue; 0 for `head`: none.
    private struct Queue: BitwiseCopyable {
        var head: UInt32 = 0
        var tail: UInt32 = 0
        var callCount: UInt32 = 0
        var unused: UInt32 = 0
    }

    private struct Moment: BitwiseCopyable {
        /// Milliseconds modulo 2³²: what a remembered key holds lies within two days.
        var milliseconds: UInt32 = 0
        var callCount: UInt32 = 0
    }

    /// 64 bytes, one cache line.
    private struct Chunk: BitwiseCopyable {
        var next: UInt32 = 0
        var first: UInt16 = 0
        var end: UInt16 = 0
        var moments: InlineArray<7, Moment>
    }

    private static let momentsPerChunk: UInt16 = 7
    /// With each spent call, so that all of a table is swept with a quarter as many calls as it has keys …
    private static let sweepCount = 4
    /// … and when no chunk is left.
    private static let sweepCountWhenFull = 256

    private(set) var entries: DeadlineTable
    private let queueMemory: ReservedMemory
    private let chunkMemory: ReservedMemory
    private let queues: UnsafeMutablePointer<Queue>
    private let chunks: UnsafeMutablePointer<Chunk>
    private let chunkCount: UInt32
    /// Chunks from here on were never used; 0 is no chunk.
    private var unusedChunk: UInt32 = 1
    private var freeChunk: UInt32 = 0
    private var sweepIndex = 0

    /// Takes at most `byteCount` bytes: for each key in the table one chunk and a half.
    init(byteCount: Int, populate: Bool) throws(MemoryReservationError) {
        precondition(byteCount >= 65_536, "windows in less than 64 KiB")
        assert(MemoryLayout<Chunk>.stride == 64 && MemoryLayout<Queue>.stride == 16)
        let entryByteCount =
            byteCount / 6 / DeadlineTable.lineByteCount * DeadlineTable.lineByteCount
        let entries = try DeadlineTable(byteCount: entryByteCount, populate: populate)
        let queueByteCount = entries.entryCount * MemoryLayout<Queue>.stride
        let queueMemory = try ReservedMemory(byteCount: queueByteCount, populate: populate)
        let chunkCount = min(
            (byteCount - entryByteCount - queueByteCount) / MemoryLayout<Chunk>.stride,
            Int(UInt32.max))
        let chunkMemory = try ReservedMemory(
            byteCount: chunkCount * MemoryLayout<Chunk>.stride, populate: populate)
        self.entries = entries
        self.queueMemory = queueMemory
        self.chunkMemory = chunkMemory
        self.chunkCount = UInt32(chunkCount)
        // Zeros are empty queues and empty chunks.
        self.queues = self.queueMemory.base.assumingMemoryBound(to: Queue.self)
        self.chunks = self.chunkMemory.base.assumingMemoryBound(to: Chunk.self)
    }

    /// Milliseconds until the window allows a call; 0: now. Forgets calls that have left the window, which changes no answer.
    @inline(__always)
    mutating func wait(_ entry: Int, _ policy: CompiledPolicy, now: UInt64) -> Int64 {
        if self.entries[entry] <= now { return 0 }
        let index = DeadlineTable.index(entry)
        self.trim(index, policy, now: now)
        let callCount = self.queues[index].callCount
        if callCount < policy.limit { return 0 }
        // So many of the oldest must leave; more than one only when the limit was lowered.
        var leaving = Int64(callCount - policy.limit) + 1
        var chunk = self.queues[index].head
        while true {
            let pointer = self.chunks + Int(chunk)
            for place in Int(pointer.pointee.first)..<Int(pointer.pointee.end) {
                let moment = pointer.pointee.moments[place]
                leaving -= Int64(moment.callCount)
                if leaving <= 0 {
                    let age = Self.age(moment, now)
                    return Int64(policy.windowMilliseconds - UInt64(age))
                }
            }
            chunk = pointer.pointee.next
            precondition(chunk != 0, "a window holds fewer calls than it counted")
        }
    }

    /// Makes room for one more call of a key that is in the table and keeps its entry until the window has passed. False: no
    /// room, and nothing changed.
    mutating func prepare(_ entry: Int, _ policy: CompiledPolicy, now: UInt64) -> Bool {
        self.sweep(Self.sweepCount, now: now)
        let index = DeadlineTable.index(entry)
        if self.entries[entry] <= now { self.release(index) }
        let tail = Int(self.queues[index].tail)
        if tail == 0 || self.chunks[tail].end == Self.momentsPerChunk {
            let chunk = self.takeChunk(now: now)
            if chunk == 0 { return false }
            if tail == 0 { self.queues[index].head = chunk } else { self.chunks[tail].next = chunk }
            self.queues[index].tail = chunk
        }
        self.entries[entry] = now &+ LimitTime.milliseconds(policy.windowMilliseconds)
        return true
    }

    /// The same for a key that is not in the table. -1: no room.
    mutating func prepareNew(_ key: AdmissionKey, _ policy: CompiledPolicy, now: UInt64) -> Int {
        // The deadline of now keeps nothing yet: `prepare` sees a dead entry and takes back what it still holds.
        let entry = self.entries.insert(key, deadline: now, now: now)
        if entry < 0 { return -1 }
        return self.prepare(entry, policy, now: now) ? entry : -1
    }

    /// Counts a call for which `prepare` made room.
    @inline(__always)
    mutating func commit(_ entry: Int, now: UInt64) {
        let index = DeadlineTable.index(entry)
        let milliseconds = UInt32(truncatingIfNeeded: LimitTime.wholeMilliseconds(now))
        let tail = self.chunks + Int(self.queues[index].tail)
        let end = Int(tail.pointee.end)
        if end > Int(tail.pointee.first)
            && tail.pointee.moments[end - 1].milliseconds == milliseconds
        {
            tail.pointee.moments[end - 1].callCount += 1
        } else {
            precondition(end < Int(Self.momentsPerChunk), "a call for which no room was made")
            tail.pointee.moments[end] = Moment(milliseconds: milliseconds, callCount: 1)
            tail.pointee.end += 1
        }
        self.queues[index].callCount += 1
    }

    /// Undoes `prepare`: the entry keeps for as long as before.
    mutating func abandon(_ entry: Int, deadline: UInt64) {
        self.entries[entry] = deadline
    }

    @inline(__always)
    private static func age(_ moment: Moment, _ now: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: LimitTime.wholeMilliseconds(now)) &- moment.milliseconds
    }

    /// Takes the calls that have left the window out of the queue. Keeps its last chunk.
    private mutating func trim(_ index: Int, _ policy: CompiledPolicy, now: UInt64) {
        while true {
            let head = self.queues[index].head
            if head == 0 { return }
            let chunk = self.chunks + Int(head)
            while chunk.pointee.first < chunk.pointee.end {
                let moment = chunk.pointee.moments[Int(chunk.pointee.first)]
                if UInt64(Self.age(moment, now)) < policy.windowMilliseconds { return }
                self.queues[index].callCount -= moment.callCount
                chunk.pointee.first += 1
            }
            if head == self.queues[index].tail {
                chunk.pointee.first = 0
                chunk.pointee.end = 0
                return
            }
            self.queues[index].head = chunk.pointee.next
            chunk.pointee.next = self.freeChunk
            self.freeChunk = head
        }
    }

    /// Takes a whole queue back.
    private mutating func release(_ index: Int) {
        let queue = self.queues[index]
        if queue.head == 0 { return }
        self.chunks[Int(queue.tail)].next = self.freeChunk
        self.freeChunk = queue.head
        self.queues[index] = Queue()
    }

    private mutating func takeChunk(now: UInt64) -> UInt32 {
        if self.freeChunk == 0 && self.unusedChunk >= self.chunkCount {
            self.sweep(Self.sweepCountWhenFull, now: now)
        }
        let chunk: UInt32
        if self.freeChunk != 0 {
            chunk = self.freeChunk
            self.freeChunk = self.chunks[Int(chunk)].next
        } else if self.unusedChunk < self.chunkCount {
            chunk = self.unusedChunk
            self.unusedChunk += 1
        } else {
            return 0
        }
        self.chunks[Int(chunk)].next = 0
        self.chunks[Int(chunk)].first = 0
        self.chunks[Int(chunk)].end = 0
        return chunk
    }

    /// Takes back the queues of the next `count` entries as far as their keys are forgotten.
    private mutating func sweep(_ count: Int, now: UInt64) {
        for _ in 0..<min(count, self.entries.entryCount) {
            if self.queues[self.sweepIndex].head != 0
                && self.entries[DeadlineTable.entry(at: self.sweepIndex)] <= now
            {
                self.release(self.sweepIndex)
            }
            self.sweepIndex += 1
            if self.sweepIndex == self.entries.entryCount { self.sweepIndex = 0 }
        }
    }
}
