/// Where table memory comes from. The engine takes blocks and never gives one back; whoever implements this can keep
/// blocks touched ahead of use, so that no page is first touched under a shard's lock.
package protocol BlockSource: AnyObject, Sendable {
    /// `TableBlock.byteCount` zeroed bytes, aligned to 4,096. Any thread.
    func takeBlock() -> UnsafeMutableRawPointer
}

package enum TableBlock {
    /// One size for everything: a slab's chunk and an index's segment.
    package static let byteCount = 65_536
}

/// Blocks from the heap, for tests and tools.
package final class HeapBlockSource: BlockSource {
    package init() {}

    package func takeBlock() -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: TableBlock.byteCount, alignment: 4_096)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: TableBlock.byteCount)
        return block
    }
}
