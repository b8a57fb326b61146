import Glibc

/// Threads of their own, since tasks share a few.
enum Threads {
    private final class Job: Sendable {
        let index: Int
        let work: @Sendable (Int) -> Void

        init(index: Int, work: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.work = work
        }
    }

    /// Runs `work` with each number below `count`, each on its own thread, and waits for all.
    static func run(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
        var threads: [pthread_t] = []
        for index in 0..<count {
            var thread = pthread_t()
            let job = Unmanaged.passRetained(Job(index: index, work: work))
            let status = pthread_create(&thread, nil, Self.start, job.toOpaque())
            precondition(status == 0, "no thread: \(String(cString: strerror(status)))")
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
    }

    private static let start:
        @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
            let job = Unmanaged<Job>.fromOpaque($0!).takeRetainedValue()
            job.work(job.index)
            return nil
        }
}
