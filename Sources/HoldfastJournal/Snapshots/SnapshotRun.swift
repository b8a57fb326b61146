internal import CLinux
internal import HoldfastEngine
internal import Synchronization

/// One snapshot, from the newest one before it and the sealed segments behind that, in shards beside the live ones, which
/// never wait for it. Then what it makes needless is deleted.
struct SnapshotRun: Sendable {
    let snapshotFolder: String
    let journalFolder: String
    let identity: DataIdentity
    /// All shards, the control shard included.
    let shardCount: Int
    let files: any FileSystem
    let source: SnapshotSource
    let settings: SnapshotSettings
    let nowMilliseconds: Int64
    let shouldStop: @Sendable () -> Bool
    let log: @Sendable (String) -> Void

    struct Result {
        /// The newest there is; nil: there is none, since nothing was ever written.
        var info: SnapshotFooterInfo?
        var isNew: Bool
        var deletedSegments = 0
        /// Sound snapshots that are on disk now.
        var keptCount = 0

        init(_ info: SnapshotFooterInfo?, isNew: Bool, _ retention: Retention) {
            self.info = info
            self.isNew = isNew
            self.deletedSegments = retention.deletedSegments
            self.keptCount = retention.keptCount
        }
    }

    /// What was kept and what was deleted behind it.
    struct Retention {
        var deletedSegments = 0
        var keptCount = 0
    }

    /// Nil: it was stopped.
    func run() throws(JournalFailure) -> Result? {
        let list = try self.list()
        if list.sound.isEmpty && self.source.syncedEnd().lsn == 0 {
            return Result(nil, isNew: false, Retention())
        }
        // Nothing behind the newest one: no segment need end for that.
        if let newest = list.sound.last, newest.lsn == self.source.syncedEnd().lsn {
            return Result(newest, isNew: false, try self.retain(list))
        }
        guard let end = self.roll() else {
            throw JournalFailure(
                .outOfSpace, "no snapshot now: no journal segment is ready to go on in",
                hint: "it is tried again by itself; make room on the data directory's device")
        }
        if let newest = list.sound.last, newest.lsn == end.lsn {
            return Result(newest, isNew: false, try self.retain(list))
        }
        guard let info = try self.makeFromSoundBase(list, end) else { return nil }
        return Result(info, isNew: true, try self.retain(try self.list()))
    }

    /// A base whose head and foot are sound may be damaged between them: it is put aside under another name, so that it
    /// counts no more, and the one before it, or the whole journal, takes its place.
    private func makeFromSoundBase(
        _ list: SnapshotList, _ end: LogEnd
    ) throws(JournalFailure) -> SnapshotFooterInfo? {
        var list = list
        while true {
            do throws(JournalFailure) {
                return try self.makeAside(list, end)
            } catch {
                guard error.code == .damaged, let base = list.sound.last, self.isDamaged(base)
                else { throw error }
                self.log("\(error.message); it is put aside as \(base.path)\(Self.damagedSuffix)")
                do throws(FileError) {
                    try self.files.rename(base.path, to: base.path + Self.damagedSuffix)
                    try self.files.synchronizeDirectory(self.snapshotFolder)
                } catch {
                    throw JournalFailure(error, during: "put a damaged snapshot aside")
                }
                list.sound.removeLast()
            }
        }
    }

    static let damagedSuffix = ".damaged"

    private func isDamaged(_ info: SnapshotFooterInfo) -> Bool {
        do throws(JournalFailure) {
            let reader = try SnapshotReader(
                info.path, instance: self.identity.instance, files: self.files)
            defer { reader.close() }
            try reader.verify()
            return false
        } catch {
            return error.code == .damaged
        }
    }

    /// Right after much was written no segment may be ready yet: a moment's patience.
    private func roll() -> LogEnd? {
        let pause = ThreadSignal()
        for _ in 0..<Self.rollAttempts {
            if let end = self.source.roll() { return end }
            if self.shouldStop() { return nil }
            pause.wait(microseconds: 50_000)
        }
        return nil
    }

    private static let rollAttempts = 40

    /// On a thread of its own: one that seldom gets the processor must not hold a lock that a reactor waits for, so
    /// everything that does, like ending a segment, stays with the caller.
    private func makeAside(
        _ list: SnapshotList, _ end: LogEnd
    ) throws(JournalFailure) -> SnapshotFooterInfo? {
        let base = list.sound.last
        let segments = try self.segments(
            from: base?.end ?? LogEnd(lsn: 0, chain: .start(of: self.identity.instance)))
        let outcome = Outcome()
        let yields = self.settings.yieldsProcessor
        JournalThread(name: "snapshot-work") {
            if yields { _ = holdfast_run_this_thread_when_idle() }
            do throws(JournalFailure) {
                outcome.set(.success(try self.make(base, segments, end)))
            } catch {
                outcome.set(.failure(error))
            }
        }.join()
        return try outcome.get()
    }

    private final class Outcome: Sendable {
        private let state = Mutex<Swift.Result<SnapshotFooterInfo?, JournalFailure>?>(nil)

        func set(_ result: Swift.Result<SnapshotFooterInfo?, JournalFailure>) {
            self.state.withLock { $0 = result }
        }

        func get() throws(JournalFailure) -> SnapshotFooterInfo? {
            guard let result = self.state.withLock({ $0 }) else {
                preconditionFailure("a thread that was joined has left nothing")
            }
            return try result.get()
        }
    }

    private func make(
        _ base: SnapshotFooterInfo?, _ segments: [LiveSegment], _ end: LogEnd
    ) throws(JournalFailure) -> SnapshotFooterInfo? {
        let shards = ShadowShards(count: self.shardCount)
        defer { shards.discard() }
        guard let newestTime = try self.fill(shards, base, segments, end) else { return nil }
        let subject = SnapshotSubject(
            instance: self.identity.instance, generation: self.source.generation,
            shardCount: UInt32(self.shardCount), end: end,
            createdMilliseconds: self.nowMilliseconds, newestTimeMilliseconds: newestTime)
        return try SnapshotWriter.write(
            subject, folder: self.snapshotFolder, files: self.files, shouldStop: self.shouldStop
        ) { shard, sink in shards.with(shard) { $0.encodeImage(into: sink) } }
    }

    private func list() throws(JournalFailure) -> SnapshotList {
        let list = try SnapshotList.read(
            self.snapshotFolder, instance: self.identity.instance, files: self.files)
        for damaged in list.damaged { self.log(damaged.reason) }
        return list
    }

    // MARK: - The state

    /// Brings the shards to the end. Returns the newest time in them; nil: stopped.
    private func fill(
        _ shards: ShadowShards, _ base: SnapshotFooterInfo?, _ segments: [LiveSegment],
        _ end: LogEnd
    ) throws(JournalFailure) -> Int64? {
        if let base { try self.load(base, shards) }
        let begin = base?.end ?? LogEnd(lsn: 0, chain: .start(of: self.identity.instance))
        let driver = ReplayDriver(shards, threadCount: 1)
        let reached = try driver.replay(
            segments, from: begin, instance: self.identity.instance, files: self.files,
            shouldStop: self.shouldStop)
        guard let reached else { return nil }
        guard reached == end else {
            throw self.damage("the sealed segments end at \(reached), not at \(end)")
        }
        // Every event has one LSN and one sequence.
        var sum: UInt64 = 0
        for shard in 0..<self.shardCount { sum &+= shards.sequence(ofShard: shard) }
        guard sum == end.lsn else {
            throw self.damage("the shards have \(sum) events at LSN \(end.lsn)")
        }
        return max(driver.newestTimeMilliseconds, base?.newestTimeMilliseconds ?? 0)
    }

    private func load(
        _ info: SnapshotFooterInfo, _ shards: ShadowShards
    ) throws(JournalFailure) {
        guard Int(info.shardCount) == self.shardCount else {
            throw JournalFailure(
                .shardCountMismatch,
                "snapshot \(info.path) is of \(info.shardCount) shards, not \(self.shardCount)",
                hint: "move it away: it belongs to another data directory")
        }
        let reader = try SnapshotReader(
            info.path, instance: self.identity.instance, files: self.files)
        defer { reader.close() }
        try reader.load { shard, source throws(ImageError) in
            try shards.load(shard, from: source)
        }
    }

    /// The segments that have events behind an end, which must begin at it or before, with its chain.
    private func segments(from begin: LogEnd) throws(JournalFailure) -> [LiveSegment] {
        let all = self.source.segments()
        let places = all.flatMap { [$0.preceding, $0.end] }.filter { $0.lsn == begin.lsn }
        guard places.isEmpty || places.contains(begin) else {
            throw self.damage("the newest snapshot and the segments are of different logs")
        }
        let segments = Array(all.drop { $0.end.lsn <= begin.lsn })
        guard let first = segments.first, first.preceding.lsn <= begin.lsn else {
            throw self.damage("no segment goes on behind LSN \(begin.lsn)")
        }
        return segments
    }

    private func damage(_ words: String) -> JournalFailure {
        JournalFailure(
            .damaged, "no snapshot can be made: \(words)",
            hint: "run holdfast journal verify; the server goes on with what it has in memory")
    }

    // MARK: - What is needless now

    /// Keeps the newest snapshots and every segment that the oldest kept one or a reader needs. Returns how many
    /// segments went.
    private func retain(_ list: SnapshotList) throws(JournalFailure) -> Retention {
        let kept = Array(list.sound.suffix(max(2, self.settings.keptCount)))
        do throws(FileError) {
            let old = list.sound.dropLast(kept.count)
            for info in old { try self.files.unlink(info.path) }
            if !old.isEmpty { try self.files.synchronizeDirectory(self.snapshotFolder) }
            guard kept.count >= 2, let oldest = kept.first else {
                return Retention(keptCount: kept.count)
            }
            let bound = self.source.readers().reduce(oldest.lsn) { min($0, $1) }
            return Retention(
                deletedSegments: try self.deleteSegments(through: bound), keptCount: kept.count)
        } catch {
            throw JournalFailure(error, during: "delete what a snapshot made needless")
        }
    }

    private func deleteSegments(through lsn: UInt64) throws(FileError) -> Int {
        // Oldest first, so that whatever ends this leaves a journal without a gap. An empty segment tells nothing new.
        var count = 0
        for segment in self.source.segments() {
            guard segment.end.lsn <= lsn else { break }
            do throws(FileError) {
                try self.files.unlink(segment.path)
                count += 1
            } catch {
                guard error.isMissing else { throw error }
            }
        }
        if count > 0 { try self.files.synchronizeDirectory(self.journalFolder) }
        self.source.forget(lsn)
        return count
    }
}
