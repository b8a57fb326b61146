internal import HoldfastAdmission
internal import Synchronization

/// Touches the pages of the risk tables ahead of use, on a thread of its own.
///
/// The first touch of a huge page clears 2 MiB, on a virtual machine with memory that its host has to find first: 8 ms were
/// measured, once for each 16,384 new buyers, in the seconds that a sale opens.
final class PageToucher: Sendable {
    /// So much is touched ahead of what is used.
    private static let aheadByteCount = 32 << 20
    private static let stepByteCount = 2 << 20

    /// What the tables' owner has said, and what this thread has done.
    private struct State {
        var used: [Int]
        var touched: [Int]
        var isStopping = false
    }

    private let memories: [GrowingMemory]
    private let state: Mutex<State>
    private let wakeup = Wakeup()
    private let thread = NativeThread(name: "holdfast-risk")

    /// - Parameter memories: Good until `stop` has returned.
    init(_ memories: [GrowingMemory]) {
        self.memories = memories
        let none = Array(repeating: 0, count: memories.count)
        self.state = Mutex(State(used: none, touched: none))
    }

    /// Begins; the thread holds this object until `stop`.
    func start() {
        self.thread.start { self.run() }
    }

    /// Ends the thread and waits for it.
    func stop() {
        self.state.withLock { $0.isStopping = true }
        self.wakeup.signal()
        self.thread.join()
    }

    /// How much of each memory is used now. Any thread; cheap, for now and then.
    func note(used: (users: Int, addresses: Int)) {
        let isLow = self.state.withLock { state in
            state.used = [used.users, used.addresses]
            return self.memories.indices.contains {
                self.missing(state, $0) > Self.aheadByteCount / 2
            }
        }
        if isLow { self.wakeup.signal() }
    }

    private func missing(_ state: borrowing State, _ index: Int) -> Int {
        min(state.used[index] + Self.aheadByteCount, self.memories[index].byteCount)
            - state.touched[index]
    }

    private func run() {
        while true {
            let (isStopping, next) = self.state.withLock { state in
                (
                    state.isStopping,
                    self.memories.indices.first { self.missing(state, $0) > 0 }
                        .map { ($0, state.touched[$0]) }
                )
            }
            if isStopping { return }
            guard let (index, start) = next else {
                self.wakeup.wait()
                continue
            }
            let end = min(start + Self.stepByteCount, self.memories[index].byteCount)
            // A kernel that cannot is not asked again: pages come with their first use.
            let touched =
                self.memories[index].touch(start..<end) ? end : self.memories[index].byteCount
            self.state.withLock { $0.touched[index] = touched }
        }
    }
}
