/// Bytes of names and references, appended for ever: a blob never moves and is never freed.
struct BlobStore: ~Copyable {
    private var cursor: UnsafeMutablePointer<UInt8>?
    private var room: Int
    private(set) var blockCount: Int

    init() {
        self.cursor = nil
        self.room = 0
        self.blockCount = 0
    }

    /// `byteCount` bytes, aligned to 8; at most one block.
    mutating func allocate(
        _ byteCount: Int, from blocks: any BlockSource
    ) -> UnsafeMutablePointer<UInt8> {
        let rounded = (byteCount + 7) & ~7
        precondition(rounded <= TableBlock.byteCount, "a blob is larger than a block")
        if rounded > self.room {
            self.cursor = blocks.takeBlock().bindMemory(
                to: UInt8.self, capacity: TableBlock.byteCount)
            self.room = TableBlock.byteCount
            self.blockCount += 1
        }
        guard let start = self.cursor else { preconditionFailure("a blob store without a block") }
        self.cursor = start + rounded
        self.room -= rounded
        return start
    }

    /// A copy that lives as long as the process.
    mutating func copy(_ bytes: ByteView, from blocks: any BlockSource) -> ByteView {
        guard bytes.count > 0 else { return .empty }
        let start = self.allocate(bytes.count, from: blocks)
        start.update(from: bytes.base, count: bytes.count)
        return ByteView(base: UnsafePointer(start), count: bytes.count)
    }
}
