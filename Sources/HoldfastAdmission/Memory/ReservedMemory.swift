internal import Glibc

/// The operating system would not give memory. `description` says how much, why, and what to do.
package struct MemoryReservationError: Error, CustomStringConvertible {
    package let byteCount: Int
    package let errorNumber: Int32

    package var description: String {
        "cannot reserve \(byteCount) bytes for admission: \(String(cString: strerror(self.errorNumber))); lower its memory setting or give the process more"
    }
}

/// Zeroed memory of a fixed size, aligned to 2 MiB, that takes room only where it has been touched. Owner of a table.
package struct ReservedMemory: ~Copyable {
    package let base: UnsafeMutableRawPointer
    package let byteCount: Int
    private let mapping: UnsafeMutableRawPointer
    private let mappingByteCount: Int

    private static var hugePageByteCount: Int { 1 << 21 }

    /// `populate` touches every page now, so that no call pays for a page fault later.
    package init(byteCount: Int, populate: Bool) throws(MemoryReservationError) {
        precondition(byteCount > 0, "an empty reservation")
        // Room to begin at a 2 MiB border: huge pages spare most TLB misses of a table that is read at random.
        self.mappingByteCount = byteCount + Self.hugePageByteCount
        let mapping = mmap(
            nil, self.mappingByteCount, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let mapping, mapping != MAP_FAILED else {
            throw MemoryReservationError(byteCount: byteCount, errorNumber: errno)
        }
        self.mapping = mapping
        self.byteCount = byteCount
        let address = UInt(bitPattern: mapping)
        let mask = UInt(Self.hugePageByteCount - 1)
        self.base = mapping + Int((address + mask) & ~mask - address)
        // Advice only: without huge pages it is slower and as right.
        _ = madvise(self.base, byteCount, Int32(MADV_HUGEPAGE))
        if populate {
            for offset in stride(from: 0, to: byteCount, by: 4_096) {
                (self.base + offset).storeBytes(of: 0, as: UInt8.self)
            }
        }
    }

    deinit { munmap(self.mapping, self.mappingByteCount) }
}

/// Where a table's memory grows, for a thread that touches pages ahead of use. Good as long as the table is.
package struct GrowingMemory: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    package let byteCount: Int

    /// Has the kernel give pages to these bytes, as writing to them would, and changes none. Any thread, beside the owner.
    ///
    /// - Returns: False where the kernel does not know how (before Linux 5.14): then pages come with their first use.
    package func touch(_ range: Range<Int>) -> Bool {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.byteCount)
        // MADV_POPULATE_WRITE, which the C library's headers here do not have yet.
        return madvise(self.base + range.lowerBound, range.count, 23) == 0
    }
}
