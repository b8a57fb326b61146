/// Input and output buffers of one reactor. Reactor thread only.
///
/// Blocks of the base size are kept for the next one who asks, last in first out, so that a warm
/// reactor allocates nothing and touches few cache lines. Larger ones go straight to the allocator.
final class BufferPool {
    /// One TLS record (16 KiB), and a little more: with a power of two, the buffers of many
    /// connections would fall on the same lines of the cache.
    static let blockByteCount = 16 * 1024 + 704
    private static let spareMax = 1024

    private let spares: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var spareCount = 0
    /// In use by connections, in bytes.
    private(set) var usedByteCount = 0

    init() { self.spares = .allocate(capacity: Self.spareMax) }

    deinit {
        for index in 0..<self.spareCount { self.spares[index].deallocate() }
        self.spares.deallocate()
    }

    func take() -> UnsafeMutableRawPointer {
        self.usedByteCount &+= Self.blockByteCount
        if self.spareCount > 0 {
            self.spareCount &-= 1
            return self.spares[self.spareCount]
        }
        return .allocate(byteCount: Self.blockByteCount, alignment: 64)
    }

    /// Any size; `take()` for the base size.
    func take(byteCount: Int) -> UnsafeMutableRawPointer {
        if byteCount == Self.blockByteCount { return self.take() }
        self.usedByteCount += byteCount
        return .allocate(byteCount: byteCount, alignment: 64)
    }

    func give(_ buffer: UnsafeMutableRawPointer, byteCount: Int) {
        self.usedByteCount &-= byteCount
        if byteCount == Self.blockByteCount && self.spareCount < Self.spareMax {
            self.spares[self.spareCount] = buffer
            self.spareCount &+= 1
        } else {
            buffer.deallocate()
        }
    }
}
