internal import HoldfastEngine
internal import Synchronization

/// One thread that replays batches in order, and what waits for it: bounded, so that the reader waits instead of the
/// memory growing.
final class ReplayWorker: Sendable {
    /// An event that could not be applied.
    struct Failure: Sendable {
        var lsn: UInt64
        var shard: Int
        var words: String
    }

    private struct State {
        var waiting: [ReplayBatch] = []
        var spare: [ReplayBatch] = []
        var isBusy = false
        var isEnding = false
        var failure: Failure?
    }

    private static let batchesMax = 4

    private let target: any ReplayTarget
    private let state = Mutex(State())
    private let work = ThreadSignal()
    private let room = ThreadSignal()

    init(_ target: any ReplayTarget) { self.target = target }

    var failure: Failure? { self.state.withLock { $0.failure } }

    /// An empty batch.
    func batch() -> ReplayBatch { self.state.withLock { $0.spare.popLast() } ?? ReplayBatch() }

    /// Gives the thread its next batch; waits while it has enough. After a failure batches are dropped.
    func put(_ batch: ReplayBatch) {
        while true {
            self.room.forget()
            let isTaken = self.state.withLock { state in
                if state.failure != nil { return true }
                if state.waiting.count >= Self.batchesMax { return false }
                state.waiting.append(batch)
                return true
            }
            if isTaken { break }
            self.room.wait(microseconds: 0)
        }
        self.work.wake()
    }

    /// Waits until everything given is applied.
    func drain() {
        while true {
            self.room.forget()
            if self.state.withLock({ ($0.waiting.isEmpty && !$0.isBusy) || $0.failure != nil }) {
                return
            }
            self.room.wait(microseconds: 0)
        }
    }

    /// No more batches come: the thread ends when it has done what it has.
    func end() {
        self.state.withLock { $0.isEnding = true }
        self.work.wake()
    }

    /// The thread's body.
    func run() {
        let counts = UnsafeMutablePointer<Int>.allocate(capacity: self.target.shardCount + 1)
        defer { counts.deallocate() }
        while true {
            self.work.forget()
            let (batch, isEnding) = self.state.withLock { state -> (ReplayBatch?, Bool) in
                if state.waiting.isEmpty { return (nil, state.isEnding) }
                state.isBusy = true
                return (state.waiting.removeFirst(), false)
            }
            guard let batch else {
                if isEnding { return }
                self.work.wait(microseconds: 0)
                continue
            }
            self.apply(batch, counts)
            self.state.withLock { state in
                state.isBusy = false
                batch.removeAll()
                state.spare.append(batch)
            }
            self.room.wake()
        }
    }

    /// On the caller's thread instead, when there is no other.
    func apply(_ batch: ReplayBatch, _ counts: UnsafeMutablePointer<Int>) {
        if self.failure != nil { return }
        batch.forEachShard(shardCount: self.target.shardCount, counts: counts) {
            shard, events, order in
            do throws(ReplayProblem) {
                try self.target.replay(shard: shard, events: events)
                return true
            } catch {
                let failure = Failure(
                    lsn: batch.lsn(ofEvent: order[error.index]), shard: shard, words: error.words)
                self.state.withLock { $0.failure = failure }
                return false
            }
        }
    }
}
