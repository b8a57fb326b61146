import FaultKit
import Glibc
import HoldfastJournal
import Synchronization

/// One directory and one journal on it, with what the journal says kept.
final class JournalBench: Sendable {
    static let now: Int64 = 1_763_870_000_000

    let folder: TemporaryDirectory
    let files: FaultyFileSystem
    let directory: DataDirectory
    let start: JournalStart
    let journal: Journal
    let failures = Kept<JournalFailure>()
    /// nil: well again.
    let allocations = Kept<JournalFailure?>()

    /// A new directory; not started.
    ///
    /// - Parameter plan: In force before the first call.
    init(
        _ settings: JournalSettings = JournalBench.tinySettings, onDisk: Bool = false,
        plan: FaultyFileSystem.Plan? = nil,
        before: (@Sendable (FaultyFileSystem.Call) -> Void)? = nil,
        onSynced: @escaping @Sendable () -> Void = {}
    ) throws(JournalFailure) {
        self.folder = TemporaryDirectory(onDisk: onDisk)
        self.files = FaultyFileSystem(plan, before: before)
        self.directory = try DataDirectory.open(
            self.folder.path, files: self.files, nowMilliseconds: Self.now)
        do {
            self.start = try JournalOpening.create(
                in: self.directory, shardCount: 4, settings: settings, nowMilliseconds: Self.now)
        } catch {
            self.directory.close()
            throw error
        }
        let failures = self.failures
        let allocations = self.allocations
        self.journal = Journal(
            directory: self.directory, start: self.start, settings: settings, now: { Self.now },
            onSynced: onSynced,
            onFailure: { failure in
                failures.append(failure)
                pthread_exit(nil)
            },
            onAllocation: { allocations.append($0) })
    }

    deinit { self.directory.close() }

    /// Small, so that tests reach the ends of segments.
    static var tinySettings: JournalSettings {
        var settings = JournalSettings()
        settings.segmentBytes = 64 << 10
        settings.groupBytesSoftMax = 16 << 10
        settings.sealAfterMicroseconds = 60_000_000
        settings.segmentsAhead = 2
        settings.marginBytes = 16 << 10
        settings.segmentWaitMicroseconds = 10_000_000
        settings.allocationRetryMicroseconds = 1_000
        return settings
    }

    var walked: WalkedLog { get throws { try WalkedLog(self.folder.path) } }

    /// Whether the condition came true within a generous time.
    static func waits(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<20_000 {
            if try condition() { return true }
            usleep(500)
        }
        return false
    }

    /// Waits until the journal has written all that was appended, or has failed.
    func waitUntilSynced() -> Bool {
        Self.waits {
            self.journal.syncedPosition == self.journal.appendedPosition
                || !self.failures.all.isEmpty
        }
    }
}

/// A list that threads add to.
final class Kept<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])
    var all: [Element] { self.list.withLock { $0 } }
    func append(_ element: Element) { self.list.withLock { $0.append(element) } }
}

/// Holds whoever passes until it is opened.
final class TestGate: Sendable {
    private let isClosed: Atomic<Bool>
    private let waiting = Atomic<Int>(0)

    init(isClosed: Bool = false) { self.isClosed = Atomic(isClosed) }

    func close() { self.isClosed.store(true, ordering: .sequentiallyConsistent) }
    func open() { self.isClosed.store(false, ordering: .sequentiallyConsistent) }
    var waitingCount: Int { self.waiting.load(ordering: .sequentiallyConsistent) }

    func pass() {
        self.waiting.add(1, ordering: .sequentiallyConsistent)
        while self.isClosed.load(ordering: .sequentiallyConsistent) { usleep(200) }
        self.waiting.subtract(1, ordering: .sequentiallyConsistent)
    }
}
