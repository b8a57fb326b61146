import Synchronization

/// Tells the tasks of one load phase when to go on and when to stop. Any task.
final class LoadGate: Sendable {
    private let stopped = Atomic(false)
    private let paused = Atomic(false)
    private let jobs: Atomic<Int>

    /// - Parameter jobsMax: Jobs that may be begun in all.
    init(jobsMax: Int) {
        self.jobs = Atomic(jobsMax)
    }

    var isStopped: Bool { self.stopped.load(ordering: .relaxed) }

    func stop() {
        self.stopped.store(true, ordering: .relaxed)
    }

    /// Whether jobs wait.
    var isPaused: Bool {
        get { self.paused.load(ordering: .relaxed) }
        set { self.paused.store(newValue, ordering: .relaxed) }
    }

    func waitWhilePaused() async {
        while self.isPaused && !self.isStopped {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Whether one more job may be begun.
    func takeJob() -> Bool {
        if self.isStopped { return false }
        return self.jobs.wrappingSubtract(1, ordering: .relaxed).newValue >= 0
    }
}
