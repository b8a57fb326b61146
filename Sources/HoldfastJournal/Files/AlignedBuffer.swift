/// Bytes aligned to a page, as O_DIRECT wants them. Grows, never shrinks. One owner.
package struct AlignedBuffer: ~Copyable {
    package private(set) var base: UnsafeMutableRawPointer
    package private(set) var capacity: Int

    /// - Parameter capacity: Rounded up to whole pages; not initialised.
    package init(capacity: Int) {
        self.capacity = JournalLayout.roundedUp(max(capacity, 1))
        self.base = .allocate(byteCount: self.capacity, alignment: JournalLayout.pageBytes)
    }

    deinit { self.base.deallocate() }

    /// Room for `capacity` bytes; the first `used` are kept.
    @inline(never)
    package mutating func grow(to capacity: Int, keeping used: Int) {
        precondition(used <= self.capacity, "more is kept than there is")
        guard capacity > self.capacity else { return }
        let larger = JournalLayout.roundedUp(max(capacity, self.capacity * 2))
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: larger, alignment: JournalLayout.pageBytes)
        base.copyMemory(from: self.base, byteCount: used)
        self.base.deallocate()
        self.base = base
        self.capacity = larger
    }

    package func bytes(_ count: Int) -> UnsafeRawBufferPointer {
        precondition(count <= self.capacity)
        return UnsafeRawBufferPointer(start: self.base, count: count)
    }
}
