internal import CLinux
internal import Glibc
internal import Synchronization

/// A plain thread with a name, for work that blocks and so does not belong on Swift's own pool.
final class NativeThread: Sendable {
    private struct State {
        var handle: pthread_t?
    }

    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let name: String
    private let state = Mutex(State())

    /// - Parameter name: 15 bytes at most, as the kernel keeps it.
    init(name: String) {
        precondition(name.utf8.count < 16)
        self.name = name
    }

    func start(_ body: @escaping @Sendable () -> Void) {
        self.state.withLock { state in
            precondition(state.handle == nil, "a thread is started once")
            let context = Unmanaged.passRetained(Work(name: self.name, body: body)).toOpaque()
            var handle = pthread_t()
            let result = pthread_create(&handle, nil, Self.run, context)
            precondition(result == 0, "no thread: \(String(cString: strerror(result)))")
            state.handle = handle
        }
    }

    /// Waits for the end. Does nothing if the thread never ran.
    func join() {
        let handle = self.state.withLock { state -> pthread_t? in
            defer { state.handle = nil }
            return state.handle
        }
        if let handle { pthread_join(handle, nil) }
    }

    /// Lets the thread run on without anybody to wait for it.
    func detach() {
        let handle = self.state.withLock { state -> pthread_t? in
            defer { state.handle = nil }
            return state.handle
        }
        if let handle { pthread_detach(handle) }
    }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
        { context in
            guard let context else { return nil }
            let work = Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
            _ = holdfast_name_this_thread(work.name)
            work.body()
            return nil
        }
}

/// Lets one thread sleep until another has something for it. Signals are not counted beyond one.
final class Wakeup: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>
    private let isSignalled = Atomic<Bool>(false)

    init() {
        self.semaphore = .allocate(capacity: 1)
        precondition(sem_init(self.semaphore, 0, 0) == 0)
    }

    deinit {
        sem_destroy(self.semaphore)
        self.semaphore.deallocate()
    }

    func signal() {
        if !self.isSignalled.exchange(true, ordering: .acquiringAndReleasing) {
            sem_post(self.semaphore)
        }
    }

    func wait() {
        while sem_wait(self.semaphore) != 0 && errno == EINTR {}
        self.isSignalled.store(false, ordering: .releasing)
    }
}
