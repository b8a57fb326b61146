internal import FoundationEssentials
internal import Glibc

/// What the machine has.
enum Machine {
    /// Cores that this process may use.
    static var usableCoreCount: Int {
        min(256, max(1, ProcessInfo.processInfo.activeProcessorCount))
    }

    /// Bytes of physical memory.
    static var memoryBytes: UInt64 {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let pageBytes = sysconf(Int32(_SC_PAGESIZE))
        guard pages > 0, pageBytes > 0 else { return 1 << 30 }
        return UInt64(pages) * UInt64(pageBytes)
    }
}
