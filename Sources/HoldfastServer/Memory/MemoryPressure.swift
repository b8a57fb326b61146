internal import Synchronization

/// Whether the engine's tables near their budget (RULES 5): past 90 % of it what is not known yet is refused. One flag for
/// all shards, since a sale lives in one shard and may take nearly all of the memory. Any thread.
package final class MemoryPressure: Sendable {
    private let budgetBytes: UInt64
    private let flag = Atomic(false)

    /// - Parameter budgetBytes: What the tables may take; without one there is no pressure.
    package init(budgetBytes: UInt64 = .max) {
        self.budgetBytes = budgetBytes
    }

    package var isLow: Bool {
        @inline(__always) get { self.flag.load(ordering: .relaxed) }
    }

    /// Tables are never given back, so the flag never goes down.
    func note(takenBytes: Int) {
        if UInt64(takenBytes) > self.budgetBytes / 10 * 9 {
            self.flag.store(true, ordering: .relaxed)
        }
    }
}
