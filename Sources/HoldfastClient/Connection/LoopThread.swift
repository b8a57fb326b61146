import CLinux
import Glibc

/// Plain threads, for work that may block and must not hold a thread of the cooperative pool.
enum LoopThread {
    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a detached thread with all signals blocked, so that the application's handlers never run on it.
    /// `name` has at most 15 bytes. False if the system gives no thread.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let box = Unmanaged.passRetained(
            Box {
                _ = holdfast_block_signals()
                _ = holdfast_name_this_thread(name)
                body()
            })
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { context in
                let box = Unmanaged<Box>.fromOpaque(context!).takeRetainedValue()
                box.body()
                return nil
            }, box.toOpaque())
        if failure != 0 {
            box.release()
            return false
        }
        return true
    }
}
