internal import HoldfastTransport
internal import Synchronization

/// Which reactors hold answers back until the log has synced, and whom to wake when it has. Any thread.
///
/// A reactor says that it waits and then reads the synced position; whoever syncs moves the position and then looks who
/// waits. Between the two steps both have a full fence: without it each store may pass the load behind it, on x86 too, and
/// neither would see the other.
package final class SyncWaiters: Sendable {
    private struct Sleeper {
        weak var reactor: Reactor?
    }

    /// One a reactor, each an object of its own: reactors do not share a cache line here.
    private final class Slot: Sendable {
        let waits = Atomic<Bool>(false)
        let sleeper = Mutex(Sleeper())
    }

    private let slots: [Slot]

    package init(reactorCount: Int) {
        self.slots = (0..<reactorCount).map { _ in Slot() }
    }

    func attach(_ reactor: Reactor) {
        self.slots[reactor.index].sleeper.withLock { $0.reactor = reactor }
    }

    /// To be said before the synced position is read.
    func wait(_ index: Int) {
        self.slots[index].waits.store(true, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    func stopWaiting(_ index: Int) {
        self.slots[index].waits.store(false, ordering: .relaxed)
    }

    /// Answers of some reactor wait.
    package var isAnyWaiting: Bool {
        self.slots.contains { $0.waits.load(ordering: .sequentiallyConsistent) }
    }

    /// The synced position has moved: whoever waits looks at it. No system call for a reactor that is busy.
    package func wake() {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        for slot in self.slots where slot.waits.load(ordering: .sequentiallyConsistent) {
            slot.sleeper.withLock { $0.reactor }?.wake()
        }
    }
}
