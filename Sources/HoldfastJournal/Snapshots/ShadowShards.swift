internal import Glibc
package import HoldfastEngine
internal import Synchronization

/// Shards beside the live ones, in memory of their own that is given back as a whole: to make a snapshot, or to look into
/// one. Different shards may be used by different threads; one shard by one thread at a time.
package final class ShadowShards: @unchecked Sendable, ReplayTarget {
    package let shardCount: Int
    private let shards: UnsafeMutablePointer<Shard>
    private let blocks: MappedBlocks
    private let isDiscarded = Atomic(false)

    /// - Parameter count: All shards, the control shard included.
    package init(count: Int) {
        self.shardCount = count
        self.blocks = MappedBlocks()
        self.shards = .allocate(capacity: count)
        for index in 0..<count {
            (self.shards + index).initialize(
                to: Shard(index: index, settings: ShardSettings(), blocks: self.blocks))
        }
    }

    deinit { self.discard() }

    /// Gives all memory back. Nothing may be used afterwards.
    package func discard() {
        if self.isDiscarded.exchange(true, ordering: .acquiringAndReleasing) { return }
        self.shards.deinitialize(count: self.shardCount)
        self.shards.deallocate()
        self.blocks.unmap()
    }

    package func with<Result>(_ shard: Int, _ body: (inout Shard) -> Result) -> Result {
        precondition(shard >= 0 && shard < self.shardCount)
        return body(&self.shards[shard])
    }

    package func load(_ shard: Int, from source: any ImageSource) throws(ImageError) {
        precondition(shard >= 0 && shard < self.shardCount)
        try self.shards[shard].loadImage(from: source)
    }

    package func sequence(ofShard shard: Int) -> UInt64 { self.shards[shard].sequence }

    package func replay(
        shard: Int, events: UnsafeBufferPointer<UnsafeRawPointer>
    ) throws(ReplayProblem) {
        try self.shards[shard].replay(events)
    }
}

/// Zeroed blocks from the kernel, 2 MiB at a time, all given back together.
final class MappedBlocks: BlockSource {
    private struct State {
        var mappings: [UInt] = []
        var left = 0
    }

    private static let mappingBytes = 2 << 20
    private let state = Mutex(State())

    func takeBlock() -> UnsafeMutableRawPointer {
        self.state.withLock { state in
            if state.left == 0 {
                let base = mmap(
                    nil, Self.mappingBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                    -1, 0)
                guard let base, base != MAP_FAILED else {
                    preconditionFailure("no memory for a shadow of the shards: errno \(errno)")
                }
                state.mappings.append(UInt(bitPattern: base))
                state.left = Self.mappingBytes / TableBlock.byteCount
            }
            state.left -= 1
            return UnsafeMutableRawPointer(bitPattern: state.mappings[state.mappings.count - 1])
                .unsafelyUnwrapped + state.left * TableBlock.byteCount
        }
    }

    func unmap() {
        self.state.withLock { state in
            for mapping in state.mappings {
                munmap(UnsafeMutableRawPointer(bitPattern: mapping), Self.mappingBytes)
            }
            state = State()
        }
    }

    /// Memory that is taken and not given back.
    var byteCount: Int { self.state.withLock { $0.mappings.count * Self.mappingBytes } }
}
