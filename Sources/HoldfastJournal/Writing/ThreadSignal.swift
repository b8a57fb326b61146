internal import CLinux
internal import Glibc
internal import Synchronization

/// Lets one thread sleep until another has something for it, by futex. A wake that nobody waits for is kept, once.
final class ThreadSignal: @unchecked Sendable {
    /// 1: woken. On a heap place of its own, since the kernel knows it by address.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>

    init() {
        self.word = .allocate(capacity: 1)
        self.word.initialize(to: Atomic(0))
    }

    deinit {
        self.word.deinitialize(count: 1)
        self.word.deallocate()
    }

    func wake() {
        self.word.pointee.store(1, ordering: .sequentiallyConsistent)
        holdfast_futex_wake(self.address)
    }

    /// Wakes of before count no more. What they announced is looked at after this.
    func forget() { self.word.pointee.store(0, ordering: .sequentiallyConsistent) }

    /// Returns at a wake since `forget`, after so long, or for no reason.
    ///
    /// - Parameter microseconds: 0: for ever.
    func wait(microseconds: Int) {
        holdfast_futex_wait(self.address, 0, UInt64(microseconds))
    }

    private var address: UnsafePointer<UInt32> {
        UnsafeRawPointer(self.word).assumingMemoryBound(to: UInt32.self)
    }
}

/// A time that no step of the clock touches.
enum MonotonicClock {
    static func sleep(microseconds: UInt32) { _ = usleep(microseconds) }

    static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A plain thread with a name: what it does blocks, and so does not belong on Swift's own pool. Signals are handled
/// elsewhere.
final class JournalThread: Sendable {
    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let handle: Mutex<pthread_t?>

    /// - Parameter name: 15 bytes at most, as the kernel keeps it.
    init(name: String, _ body: @escaping @Sendable () -> Void) {
        precondition(name.utf8.count < 16, "the kernel keeps 15 bytes of a thread's name")
        let context = Unmanaged.passRetained(Work(name: name, body: body)).toOpaque()
        var handle = pthread_t()
        let result = pthread_create(&handle, nil, Self.run, context)
        precondition(result == 0, "no thread: \(String(cString: strerror(result)))")
        self.handle = Mutex(handle)
    }

    /// Waits for its end, once.
    func join() {
        let handle = self.handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        if let handle { pthread_join(handle, nil) }
    }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
        { context in
            guard let context else { return nil }
            let work = Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
            _ = holdfast_name_this_thread(work.name)
            _ = holdfast_block_signals()
            work.body()
            return nil
        }
}
