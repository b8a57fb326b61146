internal import Synchronization

/// The log on disk. Shards append to memory; a writer thread puts what was kicked on disk, one group after the other, none
/// before the previous one is safe (group commit), and then lets the answers go. No timer: while one group is written
/// the next gathers, so groups are as large as the disk is slow.
///
/// A failed write or sync is final: `onFailure` ends the process. Thread rules stand at each member.
package final class Journal: EventLog {
    private let directory: DataDirectory
    private let initial: JournalStart
    let settings: JournalSettings
    let files: any FileSystem
    let now: @Sendable () -> Int64
    let onSynced: @Sendable () -> Void
    private let onFailure: @Sendable (JournalFailure) -> Never
    let intake: EventIntake
    let published: PublishedPosition
    let allocator: SegmentAllocator
    private let method: WriteMethod
    private let liveHoldCount = Atomic<Int>(0)
    private let sealed = Mutex<[SealedSegment]>([])
    private let thread = Mutex<JournalThread?>(nil)
    let rollRequest: RollRequest

    /// - Parameters:
    ///   - directory: Open, and open until `stop` has returned.
    ///   - start: From `JournalOpening`.
    ///   - files: Nil: the directory's.
    ///   - now: Unix milliseconds, for headers.
    ///   - onSynced: `syncedPosition` has grown. Writer's thread; short.
    ///   - onFailure: The journal has failed for good. Writer's thread, no lock held; must end the process, or in tests
    ///     the thread.
    ///   - onAllocation: No segment can be made ready (the failure), or one can again (nil). Allocator's thread.
    package init(
        directory: DataDirectory, start: JournalStart, settings: JournalSettings,
        files: (any FileSystem)? = nil, now: @escaping @Sendable () -> Int64,
        onSynced: @escaping @Sendable () -> Void,
        onFailure: @escaping @Sendable (JournalFailure) -> Never,
        onAllocation: @escaping @Sendable (JournalFailure?) -> Void = { _ in }
    ) {
        settings.check()
        let files = files.map { PatientFileSystem($0) } ?? directory.files
        self.directory = directory
        self.initial = start
        self.settings = settings
        self.files = files
        self.now = now
        self.onSynced = onSynced
        self.onFailure = onFailure
        self.intake = EventIntake(
            lastLSN: start.end.lsn, groupBytesSoftMax: settings.groupBytesSoftMax)
        self.published = PublishedPosition(start.end)
        self.method = WriteMethod.probe(directory.journalPath, sync: settings.sync, files: files)
        self.allocator = SegmentAllocator(
            folder: directory.journalPath, method: self.method, settings: settings,
            openBytes: start.segment.byteCount - start.segment.writeOffset, files: files,
            onAllocation: onAllocation)
        self.allocator.setWanted(settings.effectiveMarginBytes)
        self.rollRequest = RollRequest()
    }

    /// Opens the segment and starts the threads. Once.
    package func start() throws(JournalFailure) {
        let writer: SegmentWriter
        do throws(FileError) {
            writer = try SegmentWriter.open(
                self.initial, directory: self.directory, method: self.method, files: self.files,
                now: self.now)
        } catch {
            throw JournalFailure(error, during: "open the journal")
        }
        self.allocator.start()
        let loop = WriterLoop(self, writer)
        self.thread.withLock { thread in
            precondition(thread == nil, "a journal is started once")
            thread = JournalThread(name: "journal-writer") { loop.run() }
        }
    }

    /// Writes all that was appended and a clean stop, and ends the threads. Nobody may append any more.
    package func stop() {
        self.intake.request(.stop)
        self.thread.withLock { $0 }?.join()
        self.rollRequest.end()
        self.allocator.stop()
    }

    // MARK: Appending (any thread)

    @inline(__always)
    package func append(
        shard: Int, events: UnsafeRawBufferPointer, count: Int, lastSequence: UInt64
    ) -> LogPosition {
        LogPosition(rawValue: self.intake.append(events, count: count))
    }

    package func kick() { self.intake.kick() }

    package var unkickedCount: Int { self.intake.unkickedCount }

    package var appendedPosition: LogPosition {
        LogPosition(rawValue: self.intake.appendedLSN)
    }

    package var syncedPosition: LogPosition { LogPosition(rawValue: self.published.syncedLSN) }

    /// Event bytes appended and not yet on disk: whoever takes in work bounds it.
    package var backlogBytes: Int {
        // Written first: what is written was appended before.
        let written = self.published.writtenEventBytes
        return self.intake.appendedBytes - written
    }

    // MARK: Space (any thread)

    /// Holds whose ends still have to find room.
    package var liveHolds: Int {
        get { self.liveHoldCount.load(ordering: .relaxed) }
        set {
            self.liveHoldCount.store(newValue, ordering: .relaxed)
            self.allocator.setWanted(self.neededBytes)
        }
    }

    /// False: what takes space must be refused (STORAGE_FULL); ends of holds go on. Turns true by itself.
    package var hasRoom: Bool { self.roomByteCount >= 0 }

    package var roomByteCount: Int { self.freeBytes - self.neededBytes }

    /// An end is an event, but lonely ones take a page each: for so many holds there is a page.
    private static let lonelyEndsMax = 8_192

    private var neededBytes: Int {
        let holds = self.liveHoldCount.load(ordering: .relaxed)
        return holds * self.settings.endEventBytes
            + min(holds, Self.lonelyEndsMax) * JournalLayout.pageBytes
            + self.settings.effectiveMarginBytes
    }

    /// Preallocated, and neither written nor appended for.
    private var freeBytes: Int { self.allocator.spaceBytes - self.backlogBytes }

    // MARK: For snapshots, retention and metrics (any thread)

    /// The last synced group's end.
    package var syncedEnd: LogEnd { self.published.end }

    /// Segments that get no more groups, oldest first.
    package var sealedSegments: [SealedSegment] { self.sealed.withLock { $0 } }

    /// Those that end at or before `lsn` are deleted, or are about to be.
    package func forgetSealedSegments(through lsn: UInt64) {
        self.sealed.withLock { $0.removeAll { $0.end.lsn <= lsn } }
    }

    package var statistics: JournalStatistics {
        var statistics = self.published.statistics
        statistics.readySegments = self.allocator.readySegmentCount
        statistics.backlogBytes = self.backlogBytes
        statistics.bufferBytes = self.intake.bufferBytes
        statistics.freeBytes = max(0, self.freeBytes)
        statistics.method = self.method
        return statistics
    }

    /// Ends the open segment behind everything appended so far, and waits for it. Not for reactors.
    ///
    /// - Returns: Where the sealed segments end. Nil: no segment is ready to go on in, or the journal stops.
    package func roll() -> LogEnd? {
        self.rollRequest.run { self.intake.request(.roll) }
    }

    // MARK: The writer

    func append(sealed segment: SealedSegment) {
        self.sealed.withLock { $0.append(segment) }
    }

    func fail(_ failure: JournalFailure) -> Never {
        self.rollRequest.end()
        self.onFailure(failure)
    }
}
