internal import Synchronization

/// A file full of zeros, on disk with its name, that waits to become a segment.
struct ReadySegment: Sendable {
    let file: JournalFile
    let byteCount: Int
    /// Not the allocator's: made by the writer for one large group.
    var isLarge = false
}

/// Keeps files ready for the writer, made of zeros by a thread of its own: a sync of a file that grows costs twice.
///
/// Failing is not fatal. The thread says so once, tries again every second, and says when it has succeeded.
final class SegmentAllocator: Sendable {
    private struct State {
        var ready: [ReadySegment] = []
        var fileNumber = 0
        /// Bytes that should be there, ready or in the open segment.
        var wantedBytes = 0
        /// The thread found nothing to do and sleeps, or is about to.
        var isIdle = false
        var isStopping = false
        var problem: JournalFailure?
    }

    private let folder: String
    private let method: WriteMethod
    private let settings: JournalSettings
    private let files: any FileSystem
    private let onAllocation: @Sendable (JournalFailure?) -> Void
    private let state: Mutex<State>
    private let work = ThreadSignal()
    private let made = ThreadSignal()
    private let openBytes: Atomic<Int>
    private let readyBytes = Atomic<Int>(0)
    private let readyCount = Atomic<Int>(0)
    private let thread = Mutex<JournalThread?>(nil)

    /// - Parameters:
    ///   - openBytes: What the open segment has left.
    ///   - onAllocation: Told a failure when it begins and nil when it is over. On the allocator's thread.
    init(
        folder: String, method: WriteMethod, settings: JournalSettings, openBytes: Int,
        files: any FileSystem, onAllocation: @escaping @Sendable (JournalFailure?) -> Void
    ) {
        self.folder = folder
        self.method = method
        self.settings = settings
        self.files = files
        self.onAllocation = onAllocation
        self.openBytes = Atomic(openBytes)
        self.state = Mutex(State())
    }

    func start() {
        self.thread.withLock { thread in
            precondition(thread == nil, "the allocator is started once")
            thread = JournalThread(name: "journal-alloc") { self.run() }
        }
    }

    /// Waits for the thread and removes what is ready. The writer must have ended.
    func stop() {
        self.state.withLock { $0.isStopping = true }
        self.work.wake()
        self.thread.withLock { $0 }?.join()
        while let ready = self.take() {
            ready.file.close(self.files)
            // Left behind, it goes at the next start.
            try? self.files.unlink(ready.file.path)
        }
    }

    // MARK: Space

    /// Preallocated: in the open segment and ready.
    var spaceBytes: Int {
        self.openBytes.load(ordering: .relaxed) + self.readyBytes.load(ordering: .acquiring)
    }
    var readySegmentCount: Int { self.readyCount.load(ordering: .relaxed) }

    /// The writer's open segment has so much left.
    func setOpenBytes(_ byteCount: Int) {
        self.openBytes.store(byteCount, ordering: .relaxed)
    }

    /// So much should be preallocated, beside what `segmentsAhead` says. Called once a turn: no system call while there is
    /// enough, or while more is being made.
    func setWanted(_ byteCount: Int) {
        let mustWake = self.state.withLock { state in
            state.wantedBytes = byteCount
            guard state.isIdle && self.needsMore(state) else { return false }
            state.isIdle = false
            return true
        }
        if mustWake { self.work.wake() }
    }

    // MARK: Ready files

    /// The writer now fills a file it took: its bytes count as the open segment's.
    func isInUse(_ ready: ReadySegment, openBytes: Int) {
        self.openBytes.store(openBytes, ordering: .relaxed)
        if !ready.isLarge { self.readyBytes.subtract(ready.byteCount, ordering: .releasing) }
    }

    /// The oldest ready file, for the caller to own. Its bytes count as ready until `isInUse`, so that space never looks
    /// smaller than it is.
    func take() -> ReadySegment? {
        let ready = self.state.withLock { $0.ready.isEmpty ? nil : $0.ready.removeFirst() }
        guard let ready else { return nil }
        self.readyCount.subtract(1, ordering: .relaxed)
        self.work.wake()
        return ready
    }

    /// The same, waiting for one to be made.
    func take(waitingMicroseconds: Int) throws(JournalFailure) -> ReadySegment {
        let deadline =
            MonotonicClock.nanoseconds + UInt64(waitingMicroseconds) * 1_000
        while true {
            self.made.forget()
            if let ready = self.take() { return ready }
            let now = MonotonicClock.nanoseconds
            guard now < deadline else { break }
            self.work.wake()
            self.made.wait(microseconds: Int((deadline - now) / 1_000) + 1)
        }
        if let problem = self.state.withLock({ $0.problem }) { throw problem }
        throw JournalFailure(
            .io, "no segment was made ready within \(waitingMicroseconds / 1_000) ms",
            hint: "check the device of the data directory: writing zeros to it takes too long")
    }

    // MARK: The thread

    private func run() {
        while true {
            self.work.forget()
            let (isStopping, number) = self.state.withLock { state in
                state.isIdle = !self.needsMore(state)
                return (state.isStopping, state.isIdle ? nil : state.fileNumber)
            }
            if isStopping { return }
            guard let number else {
                self.work.wait(microseconds: 0)
                continue
            }
            do throws(FileError) {
                guard let ready = try self.make(number) else { return }
                self.readyBytes.add(ready.byteCount, ordering: .releasing)
                self.readyCount.add(1, ordering: .relaxed)
                let hadProblem = self.state.withLock { state in
                    state.ready.append(ready)
                    state.fileNumber += 1
                    defer { state.problem = nil }
                    return state.problem != nil
                }
                self.made.wake()
                if hadProblem { self.onAllocation(nil) }
            } catch {
                self.report(JournalFailure(error, during: "preallocate a segment"))
                self.waitToRetry()
            }
        }
    }

    private func needsMore(_ state: borrowing State) -> Bool {
        if state.ready.count < self.settings.segmentsAhead { return true }
        // One segment more than is needed: the next roll must not make it short.
        // What is wanted grows with each hold: files are made ahead of that too, or a rush would be refused.
        return self.spaceBytes
            < state.wantedBytes + self.settings.segmentsAhead * self.settings.segmentBytes
    }

    private func report(_ problem: JournalFailure) {
        let isNew = self.state.withLock { state in
            defer { state.problem = problem }
            return state.problem == nil
        }
        if isNew { self.onAllocation(problem) }
    }

    /// A wake in between may be a stop, or the writer that waits for a segment: it sees the end of its patience itself.
    private func waitToRetry() {
        let deadline =
            MonotonicClock.nanoseconds + UInt64(self.settings.allocationRetryMicroseconds) * 1_000
        while true {
            self.work.forget()
            if self.state.withLock({ $0.isStopping }) { return }
            let now = MonotonicClock.nanoseconds
            guard now < deadline else { return }
            self.work.wait(microseconds: Int((deadline - now) / 1_000) + 1)
        }
    }

    /// - Returns: Nil when it is to stop.
    private func make(_ number: Int) throws(FileError) -> ReadySegment? {
        let path = self.folder + "/ready-\(number)" + DataDirectory.temporarySuffix
        let byteCount = self.settings.segmentBytes
        let file = try JournalFile.createAnew(path, self.method, self.files)
        do throws(FileError) {
            let start = MonotonicClock.nanoseconds
            var previous = start
            let isWhole = try file.fillWithZeros(from: 0, to: byteCount, self.files) {
                defer { previous = MonotonicClock.nanoseconds }
                return self.giveWay(since: previous)
            }
            guard isWhole else {
                self.discard(file)
                return nil
            }
            try file.synchronize(self.files)
            try self.files.synchronizeDirectory(self.folder)
        } catch {
            // What a full disk has of it goes back.
            self.discard(file)
            throw error
        }
        return ReadySegment(file: file, byteCount: byteCount)
    }

    private func discard(_ file: JournalFile) {
        file.close(self.files)
        try? self.files.unlink(file.path)
    }

    /// While the next segment is there already, half of the time is the groups' own: they share the device.
    ///
    /// - Returns: False when it is to stop.
    private func giveWay(since previous: UInt64) -> Bool {
        // A file that was taken meanwhile is seen here, and must not end every rest from now on.
        self.work.forget()
        let (isStopping, hasReady) = self.state.withLock { ($0.isStopping, !$0.ready.isEmpty) }
        if isStopping { return false }
        if hasReady {
            let spent = Int((MonotonicClock.nanoseconds - previous) / 1_000)
            self.work.wait(microseconds: min(max(spent, 1), 20_000))
        }
        return true
    }
}

extension JournalFile {
    /// A new file, also if an earlier attempt has left one there.
    static func createAnew(
        _ path: String, _ method: WriteMethod, _ files: any FileSystem
    ) throws(FileError) -> JournalFile {
        do throws(FileError) {
            return try self.create(path, method, files)
        } catch {
            guard error.isPresent else { throw error }
        }
        try files.unlink(path)
        return try self.create(path, method, files)
    }
}
