import HoldfastJournal
import HoldfastServer
import Synchronization

/// A log whose disk is moved by hand: while it is held, nothing that is appended counts as synced.
final class ManualLog: EventLog {
    private struct State {
        var appended: UInt64 = 0
        var synced: UInt64 = 0
        var isHeld = false
        var backlogByteCount = 0
    }

    private let state = Mutex(State())
    private let waiters: SyncWaiters

    init(waiters: SyncWaiters) { self.waiters = waiters }

    func append(
        shard: Int, events: UnsafeRawBufferPointer, count: Int, lastSequence: UInt64
    ) -> LogPosition {
        self.state.withLock { state in
            state.appended += UInt64(count)
            if !state.isHeld { state.synced = state.appended }
            return LogPosition(rawValue: state.appended)
        }
    }

    func kick() {}

    var unkickedCount: Int { 0 }

    func noteLiveHolds(_ count: Int) {}

    var roomByteCount: Int { .max }
    var backlogByteCount: Int { self.state.withLock { $0.backlogByteCount } }

    /// So many bytes wait for the disk, from here on.
    func setBacklog(byteCount: Int) { self.state.withLock { $0.backlogByteCount = byteCount } }

    var appendedPosition: LogPosition {
        LogPosition(rawValue: self.state.withLock { $0.appended })
    }

    var syncedPosition: LogPosition {
        LogPosition(rawValue: self.state.withLock { $0.synced })
    }

    /// The disk stands still from here on.
    func hold() { self.state.withLock { $0.isHeld = true } }

    /// The disk catches up, and keeps up.
    func release() {
        self.state.withLock { state in
            state.isHeld = false
            state.synced = state.appended
        }
        self.waiters.wake()
    }
}
