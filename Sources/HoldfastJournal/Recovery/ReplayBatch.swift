/// Whole events of several shards in memory of its own, on the way to one thread.
final class ReplayBatch: @unchecked Sendable {
    static let byteCountMax = 1 << 20
    static let eventCountMax = 8_192

    private var memory: AlignedBuffer
    private(set) var byteCount = 0
    private(set) var count = 0
    private let offsets: UnsafeMutablePointer<Int>
    private let shards: UnsafeMutablePointer<UInt16>
    private let positions: UnsafeMutablePointer<UInt64>
    /// Filled by `sorted`: numbers of events by shard, then where they begin.
    private let order: UnsafeMutablePointer<Int>
    private let pointers: UnsafeMutablePointer<UnsafeRawPointer>

    init() {
        self.memory = AlignedBuffer(capacity: Self.byteCountMax)
        self.offsets = .allocate(capacity: Self.eventCountMax)
        self.shards = .allocate(capacity: Self.eventCountMax)
        self.positions = .allocate(capacity: Self.eventCountMax)
        self.order = .allocate(capacity: Self.eventCountMax)
        self.pointers = .allocate(capacity: Self.eventCountMax)
    }

    deinit {
        self.offsets.deallocate()
        self.shards.deallocate()
        self.positions.deallocate()
        self.order.deallocate()
        self.pointers.deallocate()
    }

    func removeAll() {
        self.byteCount = 0
        self.count = 0
    }

    /// Whether an event of so many bytes goes in. An empty batch grows to take any.
    func hasRoom(_ byteCount: Int) -> Bool {
        self.count == 0
            || (self.count < Self.eventCountMax
                && self.byteCount + byteCount <= Self.byteCountMax)
    }

    func append(_ event: UnsafeRawBufferPointer, shard: Int, lsn: UInt64) {
        if self.byteCount + event.count > self.memory.capacity {
            self.memory.grow(to: self.byteCount + event.count, keeping: self.byteCount)
        }
        (self.memory.base + self.byteCount).copyMemory(
            from: event.baseAddress.unsafelyUnwrapped, byteCount: event.count)
        self.offsets[self.count] = self.byteCount
        self.shards[self.count] = UInt16(shard)
        self.positions[self.count] = lsn
        self.byteCount += event.count
        self.count += 1
    }

    /// The events of each shard in the batch, in their order: shard, where they begin, which of the batch they are.
    func forEachShard(
        shardCount: Int, counts: UnsafeMutablePointer<Int>,
        _ body: (Int, UnsafeBufferPointer<UnsafeRawPointer>, UnsafePointer<Int>) -> Bool
    ) {
        // A counting sort: keeps the order within a shard.
        counts.update(repeating: 0, count: shardCount + 1)
        for index in 0..<self.count { counts[Int(self.shards[index]) + 1] += 1 }
        for shard in 0..<shardCount { counts[shard + 1] += counts[shard] }
        for index in 0..<self.count {
            let shard = Int(self.shards[index])
            self.order[counts[shard]] = index
            (self.pointers + counts[shard]).initialize(
                to: UnsafeRawPointer(self.memory.base + self.offsets[index]))
            counts[shard] += 1
        }
        // `counts[shard]` is now where the shard's events end.
        var start = 0
        for shard in 0..<shardCount {
            let end = counts[shard]
            if end > start {
                let events = UnsafeBufferPointer(
                    start: UnsafePointer(self.pointers + start), count: end - start)
                if !body(shard, events, UnsafePointer(self.order + start)) { return }
            }
            start = end
        }
    }

    func lsn(ofEvent index: Int) -> UInt64 { self.positions[index] }
}
