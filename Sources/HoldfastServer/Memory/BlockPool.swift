internal import Glibc
internal import HoldfastEngine
internal import Synchronization

/// Table memory for the engine: 64 KiB blocks out of 2 MiB regions that a thread of its own has touched before.
///
/// The first touch of a page costs a fault and, as a huge page, the clearing of 2 MiB: on a reactor that is a spike in
/// everybody's latency (durable p99 went from 7 to 2 ms without it). So the thread keeps some regions ready, and a
/// reactor only takes from a list. Should a reactor outrun the thread, it maps a region itself and the pool counts it.
/// Memory is given back only when the pool goes.
package final class BlockPool: BlockSource {
    package static let regionBytes = 2 << 20
    private static let blocksPerRegion = BlockPool.regionBytes / TableBlock.byteCount

    private struct State: ~Copyable {
        /// Touched regions that nobody has taken from yet.
        var ready: [UnsafeMutableRawPointer] = []
        /// The region that is being carved.
        var current: UnsafeMutableRawPointer?
        var carvedCount = 0
        var regions: [UnsafeMutableRawPointer] = []
        var lateCount = 0
        var takenBytes = 0
        var isStopping = false
    }

    private let state = Mutex(State())
    private let aheadCount: Int
    private let pressure: MemoryPressure
    private let wakeup = Wakeup()
    private let thread: NativeThread

    /// - Parameters:
    ///   - regionsAhead: Regions of 2 MiB that are kept touched ahead of use.
    ///   - prefaultedRegions: Regions that are touched here and now, at least two.
    ///   - pressure: Told when the blocks taken pass 90 % of its budget.
    package init(
        regionsAhead: Int, prefaultedRegions: Int = 2, pressure: MemoryPressure = MemoryPressure()
    ) {
        precondition(regionsAhead > 0)
        self.aheadCount = regionsAhead
        self.pressure = pressure
        self.thread = NativeThread(name: "holdfast-pages")
        for _ in 0..<max(prefaultedRegions, min(2, regionsAhead)) { self.addRegion(late: false) }
    }

    deinit {
        self.state.withLock { state in
            for region in state.regions { munmap(region, Self.regionBytes) }
        }
    }

    /// Starts the thread that touches. It holds the pool until `stop`.
    package func start() {
        self.thread.start { self.keepAhead() }
    }

    /// Ends the thread and waits for it. The pool goes on to give blocks.
    package func stop() {
        self.state.withLock { $0.isStopping = true }
        self.wakeup.signal()
        self.thread.join()
    }

    package func takeBlock() -> UnsafeMutableRawPointer {
        while true {
            let (block, isLow) = self.state.withLock { (state) -> (Taken?, Bool) in
                if state.current == nil || state.carvedCount == Self.blocksPerRegion {
                    guard let region = state.ready.popLast() else { return (nil, true) }
                    state.current = region
                    state.carvedCount = 0
                }
                guard let current = state.current else { return (nil, true) }
                let block = current + state.carvedCount * TableBlock.byteCount
                state.carvedCount += 1
                state.takenBytes += TableBlock.byteCount
                self.pressure.note(takenBytes: state.takenBytes)
                return (Taken(pointer: block), state.ready.count < self.aheadCount)
            }
            if isLow { self.wakeup.signal() }
            if let block { return block.pointer }
            self.addRegion(late: true)
        }
    }

    /// Bytes mapped so far.
    package var mappedBytes: Int { self.state.withLock { $0.regions.count * Self.regionBytes } }

    /// Regions that somebody had to wait for.
    package var lateRegionCount: Int { self.state.withLock { $0.lateCount } }

    /// Regions that are touched and unused.
    package var readyRegionCount: Int { self.state.withLock { $0.ready.count } }

    private struct Taken: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private func keepAhead() {
        while true {
            let (isStopping, missing) = self.state.withLock { state in
                (state.isStopping, self.aheadCount - state.ready.count)
            }
            if isStopping { return }
            if missing > 0 { self.addRegion(late: false) } else { self.wakeup.wait() }
        }
    }

    private func addRegion(late: Bool) {
        let region = Taken(pointer: Self.mapTouched())
        self.state.withLock { state in
            state.regions.append(region.pointer)
            state.ready.append(region.pointer)
            if late { state.lateCount += 1 }
        }
    }

    /// A region at a multiple of 2 MiB, every page of it touched.
    private static func mapTouched() -> UnsafeMutableRawPointer {
        let wanted = self.regionBytes
        let raw = mmap(
            nil, 2 * wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let raw, raw != MAP_FAILED else {
            fatalError("out of memory: the kernel gives no more; lower memory.budget_bytes")
        }
        // Twice the size always contains an aligned region; the ends go back.
        let address = UInt(bitPattern: raw)
        let aligned = (address + UInt(wanted) - 1) & ~UInt(wanted - 1)
        let before = Int(aligned - address)
        if before > 0 { munmap(raw, before) }
        let after = wanted - before
        if after > 0 { munmap(raw + before + wanted, after) }
        let region = raw + before
        // A wish: without huge pages the loop below touches 512 small ones.
        madvise(region, wanted, MADV_HUGEPAGE)
        var offset = 0
        while offset < wanted {
            (region + offset).storeBytes(of: 0, as: UInt8.self)
            offset += 4_096
        }
        return region
    }
}
