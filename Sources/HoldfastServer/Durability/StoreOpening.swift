internal import Glibc
internal import HoldfastEngine
internal import HoldfastJournal
internal import HoldfastTransport
internal import Logging

/// From a data directory to a running journal and shards that are up to date with it.
///
/// Nothing on disk changes before everything there has been read and found sound; what changes then can be cut off
/// anywhere and done again (docs/JOURNAL.md, "Recovery").
struct StoreOpening {
    /// A clock further ahead of the journal than this is more likely wrong than right.
    private static let aheadMillisecondsMax: Int64 = 7 * 86_400_000

    let configuration: ServerConfiguration
    let shards: ShardTable
    let clock: ServerClock
    let waiters: SyncWaiters
    let log: Logger
    /// Everything on disk is reached through it, from the opening on until the store stops.
    var files: any FileSystem = LinuxFileSystem()
    /// The journal's last word; the writer's thread. A test ends the thread in place of the process.
    var onFailure: @Sendable (JournalFailure) -> Never = { FailStop.end($0) }
    /// How long a start waits for segments that are made ready.
    var roomMillisecondsMax = 2_000

    func open() throws(JournalFailure) -> DataStore {
        let directory = try DataDirectory.open(
            self.configuration.dataDirectory, files: self.files, nowMilliseconds: self.now)
        do throws(JournalFailure) {
            return try self.open(directory)
        } catch {
            directory.close()
            throw error
        }
    }

    private func open(_ directory: DataDirectory) throws(JournalFailure) -> DataStore {
        let began = BootClock.nowNanoseconds()
        let identity = try directory.readIdentity(
            expectingShardCount: UInt32(self.configuration.shardCount))
        var report = RecoveryReport()
        let start: JournalStart
        var found = Found()
        if let identity {
            start = try self.recover(directory, identity, &report, &found)
        } else {
            start = try JournalOpening.create(
                in: directory, shardCount: UInt32(self.configuration.shardCount),
                settings: self.settings, nowMilliseconds: self.now)
            report.isNew = true
        }
        report.generation = start.generation
        report.lastLSN = start.end.lsn
        report.milliseconds = Int64((BootClock.nowNanoseconds() - began) / 1_000_000)
        guard let made = identity == nil ? try directory.readIdentity() : identity else {
            preconditionFailure("a journal without an identity")
        }
        let journal = self.makeJournal(directory, start)
        // Room for their ends is made before anybody can ask for more.
        journal.noteLiveHolds(Int(self.shards.counts.liveHolds))
        // The last that may fail: nobody would stop its threads.
        try journal.start()
        self.awaitRoom(journal)
        let snapshots = self.makeSnapshots(directory, made, journal, start, found)
        return DataStore(
            directory: directory, journal: journal, snapshots: snapshots, start: start,
            sync: self.configuration.journalSync, recovered: report)
    }

    /// The first segment alone is no room yet if it is small or many holds are live. Without room to be had, the server
    /// starts all the same: what is held can end.
    private func awaitRoom(_ journal: Journal) {
        for _ in 0..<self.roomMillisecondsMax where !journal.hasRoom { Pause.microseconds(1_000) }
    }

    /// What the next snapshot goes on from.
    private struct Found {
        var segments: [LiveSegment] = []
        var newest: SnapshotFooterInfo?
        var snapshotCount = 0
        var replayedBytes: UInt64 = 0
    }

    private func recover(
        _ directory: DataDirectory, _ identity: DataIdentity, _ report: inout RecoveryReport,
        _ found: inout Found
    ) throws(JournalFailure) -> JournalStart {
        let snapshots = try SnapshotChoice(directory, identity)
        report.notes = snapshots.notes
        // Restored from a snapshot. The folder is made when everything else has been found good.
        let isSnapshotAlone = try directory.lacksJournalFolder() && snapshots.isNewestChosen
        if isSnapshotAlone && !self.configuration.acceptsSnapshot {
            throw JournalFailure(
                .damaged,
                "data directory \(directory.path) has snapshots, the newest up to LSN "
                    + "\(snapshots.chosen?.lsn ?? 0), and no folder \(JournalLayout.journalFolder)",
                hint: "put the folder back; if this is a backup that you restore, start once with "
                    + "--accept-snapshot true: what came behind the snapshot is given up")
        }
        let scan = try JournalScan(
            directory: directory, identity: identity, knownEnds: snapshots.knownEnds,
            fromLSN: snapshots.chosen?.lsn ?? 0, isSnapshotAlone: isSnapshotAlone)
        report.cutByteCount = scan.tail.byteCount
        report.hasStoppedInOrder = scan.hasStoppedInOrder
        report.notes += scan.notes
        report.snapshotLSN = snapshots.chosen?.lsn ?? 0
        found = Found(
            segments: scan.olderSegments + scan.segments, newest: snapshots.chosen,
            snapshotCount: snapshots.knownEnds.count)
        let newest = max(
            scan.newestTimeMilliseconds, snapshots.chosen?.newestTimeMilliseconds ?? 0)
        report.newestTimeMilliseconds = newest
        try self.load(snapshots.chosen, identity, directory)
        let progress = try self.replay(scan, snapshots.chosen, identity, directory)
        report.eventCount = progress.eventCount
        found.replayedBytes = progress.byteCount
        try self.checkClock(newest: newest)
        try directory.makeJournalFolder()
        try directory.removeTemporaryFiles()
        let start = try self.beginGeneration(directory, identity, scan, snapshots, newest)
        for path in scan.removableFiles {
            do throws(FileError) {
                try directory.files.unlink(path)
            } catch {
                report.notes.append("a dead segment could not be removed: \(error)")
            }
        }
        return start
    }

    private func load(
        _ snapshot: SnapshotFooterInfo?, _ identity: DataIdentity, _ directory: DataDirectory
    ) throws(JournalFailure) {
        guard let snapshot else { return }
        let reader = try SnapshotReader(
            snapshot.path, instance: identity.instance, files: directory.files)
        defer { reader.close() }
        let shards = self.shards
        try reader.load(threadCount: Machine.usableCoreCount) { shard, source throws(ImageError) in
            try shards.load(shard: shard, from: source)
        }
    }

    private func replay(
        _ scan: JournalScan, _ snapshot: SnapshotFooterInfo?, _ identity: DataIdentity,
        _ directory: DataDirectory
    ) throws(JournalFailure) -> ReplayProgress {
        let from =
            snapshot?.end ?? LogEnd(lsn: 0, chain: .start(of: identity.instance))
        let log = self.log
        let last = scan.end.lsn
        let driver = ReplayDriver(self.shards, threadCount: Machine.usableCoreCount) { progress in
            if progress.lsn == last { return }
            log.notice(
                "replaying the journal",
                metadata: [
                    "events": "\(progress.eventCount)", "lsn": "\(progress.lsn)",
                    "last_lsn": "\(last)",
                ])
        }
        _ = try driver.replay(
            scan.segments, from: from, instance: identity.instance, files: directory.files)
        return driver.progress
    }

    /// RULES 5.
    private func checkClock(newest: Int64) throws(JournalFailure) {
        let behind = self.clock.goOn(fromMilliseconds: newest)
        if behind > 0 {
            self.log.warning(
                "the clock is behind the journal; server time goes on from the journal's newest",
                metadata: ["behind_ms": "\(behind)"])
        }
        let ahead = self.now - newest
        guard newest > 0, ahead > Self.aheadMillisecondsMax, self.shards.counts.liveHolds > 0,
            !self.configuration.acceptsClock
        else { return }
        throw JournalFailure(
            .clockAhead,
            "the clock is \(ahead / 86_400_000) days ahead of the journal's newest event, and "
                + "\(self.shards.counts.liveHolds) holds are live, which would all lapse",
            hint: "set the clock, or start with --accept-clock true if it is right")
    }

    private func beginGeneration(
        _ directory: DataDirectory, _ identity: DataIdentity, _ scan: JournalScan,
        _ snapshots: SnapshotChoice, _ newest: Int64
    ) throws(JournalFailure) -> JournalStart {
        var plan = GenerationPlan(
            identity: identity, generation: max(scan.generationMax, snapshots.generationMax) + 1,
            preceding: scan.continuation, copied: nil,
            manifestNumber: scan.manifestNumber == 0 ? nil : scan.manifestNumber,
            newestTimeMilliseconds: newest)
        guard let group = scan.unprovenGroup, group.hasEvents else {
            return try JournalOpening.open(
                in: directory, plan, settings: self.settings, nowMilliseconds: self.now)
        }
        let body = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(group.header.bodyByteCount), alignment: 16)
        defer { body.deallocate() }
        do throws(FileError) {
            let file = try directory.files.open(group.path, .read)
            defer { directory.files.close(file, group.path) }
            let count = try directory.files.readAll(
                file, group.path, into: body,
                at: group.offset + JournalLayout.groupHeaderBytes)
            guard count == body.count else {
                throw FileError(operation: "read (too short)", path: group.path, code: EIO)
            }
        } catch {
            throw JournalFailure(error, during: "read the journal's last group")
        }
        plan.copied = CopiedGroup(
            body: UnsafeRawBufferPointer(body), eventCount: group.header.eventCount)
        return try JournalOpening.open(
            in: directory, plan, settings: self.settings, nowMilliseconds: self.now)
    }

    // MARK: The journal

    private var now: Int64 { self.clock.milliseconds(at: BootClock.nowNanoseconds()) }

    private var settings: JournalSettings {
        var settings = JournalSettings()
        settings.sync = self.configuration.journalSync
        settings.segmentBytes = self.configuration.journalSegmentBytes
        settings.segmentsAhead = self.configuration.journalSegmentsAhead
        return settings
    }

    private func makeSnapshots(
        _ directory: DataDirectory, _ identity: DataIdentity, _ journal: Journal,
        _ start: JournalStart, _ found: Found
    ) -> SnapshotMaker {
        var settings = SnapshotSettings()
        settings.journalBytes = UInt64(self.configuration.snapshotJournalBytes)
        settings.intervalMilliseconds = self.configuration.snapshotIntervalMilliseconds
        let clock = self.clock
        let log = self.log
        var source = SnapshotSource(journal, start: start, olderSegments: found.segments)
        source.replayedBytes = found.replayedBytes
        let maker = SnapshotMaker(
            directory: directory, identity: identity, shardCount: self.shards.totalCount,
            settings: settings,
            source: source,
            now: { clock.milliseconds(at: BootClock.nowNanoseconds()) },
            log: { log.warning("\($0)") })
        if let newest = found.newest { maker.noteFound(newest, keptCount: found.snapshotCount) }
        maker.start()
        return maker
    }

    private func makeJournal(_ directory: DataDirectory, _ start: JournalStart) -> Journal {
        let clock = self.clock
        let waiters = self.waiters
        let log = self.log
        return Journal(
            directory: directory, start: start, settings: self.settings,
            now: { clock.milliseconds(at: BootClock.nowNanoseconds()) },
            onSynced: { waiters.wake() },
            onFailure: self.onFailure,
            onAllocation: { failure in
                if let failure {
                    log.error(
                        "no room for the journal: new work is refused, what is held can end",
                        metadata: ["failure": "\(failure)"])
                } else {
                    log.notice("room for the journal again")
                }
            })
    }
}

/// The end of a server whose journal failed. What was answered is on disk; what was not may or may not be.
enum FailStop {
    /// Says one line and ends at once: no answer leaves any more, no destructor runs.
    static func end(_ failure: JournalFailure) -> Never {
        let text =
            "holdfast: the journal failed, nothing more is answered: \(failure.message); "
            + "\(failure.hint)\n"
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count <= 0 && errno != EINTR { break }
            bytes = bytes.dropFirst(max(count, 0))
        }
        _exit(StartupFailure.Status.disk.rawValue)
    }
}
