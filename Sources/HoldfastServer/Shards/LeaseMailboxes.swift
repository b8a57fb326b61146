package import HoldfastEngine
internal import HoldfastTransport
internal import Synchronization

/// Where the ends of waiting acquires go: one box a reactor. Whoever executes a shard's calls settles the waiters of
/// other reactors too, and must not touch their connections: it leaves the end in the owner's box and wakes it.
///
/// Lock order: a shard, then the log, then a box. A box's lock is held for an append or a swap.
package final class LeaseMailboxes: Sendable {
    private struct Box {
        var settled: [SettledWaiter] = []
        weak var reactor: Reactor?
    }

    /// A class, since a lock cannot be copied into an array.
    private final class Slot: Sendable {
        let box = Mutex(Box())
        let isFull = Atomic<Bool>(false)
    }

    private let slots: [Slot]

    package init(reactorCount: Int) {
        self.slots = (0..<reactorCount).map { _ in Slot() }
    }

    /// Whom to wake when something comes for a reactor's connections.
    func attach(_ reactor: Reactor) {
        self.slots[reactor.index].box.withLock { $0.reactor = reactor }
    }

    /// Any thread. An origin without a box has no connection that waits: what comes for it is dropped.
    func deliver(_ waiter: SettledWaiter) {
        guard Int(waiter.origin) < self.slots.count else { return }
        let slot = self.slots[Int(waiter.origin)]
        let reactor = slot.box.withLock { box in
            box.settled.append(waiter)
            return box.reactor
        }
        slot.isFull.store(true, ordering: .releasing)
        reactor?.wake()
    }

    /// What came since the last time, in the order of its settling within each shard.
    package func take(origin: Int) -> [SettledWaiter] {
        let slot = self.slots[origin]
        guard slot.isFull.exchange(false, ordering: .acquiring) else { return [] }
        return slot.box.withLock { box in
            let all = box.settled
            box.settled.removeAll(keepingCapacity: true)
            return all
        }
    }
}
