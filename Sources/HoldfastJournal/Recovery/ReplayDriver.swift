internal import HoldfastEngine

/// How far a replay has come.
package struct ReplayProgress: Sendable, Equatable {
    package var eventCount: UInt64 = 0
    package var byteCount: UInt64 = 0
    /// The newest event that was read.
    package var lsn: UInt64 = 0
}

/// Takes groups in their order and replays their events into shards on several threads, a shard's events in their order
/// on one of them. Every event is checked before it is applied: a group with a good checksum and an event that cannot be
/// is an error that names it. One thread feeds it.
package final class ReplayDriver {
    private let target: any ReplayTarget
    private let workers: [ReplayWorker]
    private var threads: [JournalThread] = []
    private var open: [ReplayBatch]
    /// By shard: the sequence of the newest event that was read.
    private var sequences: [UInt64]
    private let report: ((ReplayProgress) -> Void)?
    private var nextReport: UInt64
    private var files: [(firstLSN: UInt64, path: String)] = []
    private var isFinished = false
    package private(set) var progress = ReplayProgress()
    /// Of an event, Unix milliseconds.
    package private(set) var newestTimeMilliseconds: Int64 = 0

    private static let reportNanoseconds: UInt64 = 1_000_000_000
    /// length u32 · kind u8 · version u8 · shard u16 · sequence u64 · time i64
    private static let headBytes = 24
    private static let eventVersion: UInt8 = 1
    private static let kinds = 1...UInt8(EventLayout.all.count)

    /// - Parameters:
    ///   - threadCount: Threads that apply. At least 1.
    ///   - report: Called about once a second from `add`, on the feeding thread.
    package init(
        _ target: any ReplayTarget, threadCount: Int, report: ((ReplayProgress) -> Void)? = nil
    ) {
        self.target = target
        self.report = report
        let workers = (0..<max(1, threadCount)).map { _ in ReplayWorker(target) }
        self.workers = workers
        self.open = workers.map { $0.batch() }
        self.sequences = (0..<target.shardCount).map { target.sequence(ofShard: $0) }
        self.nextReport = MonotonicClock.nanoseconds + Self.reportNanoseconds
        for (number, worker) in workers.enumerated() {
            self.threads.append(JournalThread(name: "hf-replay-\(number)") { worker.run() })
        }
    }

    deinit { self.stop() }

    /// Takes one group's events; its memory is free afterwards. What was taken may be applied later.
    ///
    /// - Parameters:
    ///   - body: Whole events, one behind the other.
    ///   - lsn: Of the first of them.
    ///   - lastLSN: Of the last.
    ///   - path: The file, for errors.
    ///   - afterLSN: Events up to here are known already and left out: a group may begin before a snapshot's end.
    /// - Throws: `damaged`; no more can be taken then.
    package func add(
        _ body: UnsafeRawBufferPointer, firstLSN: UInt64, lastLSN: UInt64, path: String,
        afterLSN: UInt64 = 0
    ) throws(JournalFailure) {
        precondition(!self.isFinished, "a replay that is over")
        if self.files.last?.path != path { self.files.append((firstLSN, path)) }
        var offset = 0
        var lsn = firstLSN
        while offset < body.count {
            guard lsn <= lastLSN else {
                throw self.damage(lsn, "the group has more events than its header says")
            }
            let count = try self.length(body, offset, lsn)
            let event = UnsafeRawBufferPointer(rebasing: body[offset..<offset + count])
            if lsn > afterLSN { try self.take(event, lsn) }
            offset += count
            lsn += 1
        }
        guard lsn == lastLSN &+ 1 else {
            throw self.damage(lsn, "the group has fewer events than its header says")
        }
        self.progress.lsn = lastLSN
        try self.check()
        if let report, MonotonicClock.nanoseconds >= self.nextReport {
            self.nextReport = MonotonicClock.nanoseconds + Self.reportNanoseconds
            report(self.progress)
        }
    }

    private func length(
        _ body: UnsafeRawBufferPointer, _ offset: Int, _ lsn: UInt64
    ) throws(JournalFailure) -> Int {
        guard body.count - offset >= Self.headBytes else {
            throw self.damage(lsn, "its head passes the group's end")
        }
        let count = Int(
            UInt32(littleEndian: body.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        guard count >= Self.headBytes, count <= body.count - offset else {
            throw self.damage(lsn, "it says it has \(count) bytes")
        }
        return count
    }

    private func take(_ event: UnsafeRawBufferPointer, _ lsn: UInt64) throws(JournalFailure) {
        let version = event[5]
        guard version == Self.eventVersion else {
            throw JournalFailure(
                .newerVersion, self.place(lsn) + ": its version is \(version)",
                hint: "start the version that wrote it, or a newer one")
        }
        guard Self.kinds.contains(event[4]) else {
            throw JournalFailure(
                .newerVersion, self.place(lsn) + ": its kind is \(event[4])",
                hint: "start the version that wrote it, or a newer one")
        }
        let shard = Int(
            UInt16(littleEndian: event.loadUnaligned(fromByteOffset: 6, as: UInt16.self)))
        guard shard < self.sequences.count else {
            throw self.damage(lsn, "its shard is \(shard) of \(self.sequences.count)")
        }
        let sequence = UInt64(
            littleEndian: event.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        guard sequence == self.sequences[shard] &+ 1 else {
            throw self.damage(
                lsn, "it is event \(sequence) of shard \(shard), behind \(self.sequences[shard])")
        }
        self.sequences[shard] = sequence
        self.newestTimeMilliseconds = max(
            self.newestTimeMilliseconds,
            Int64(littleEndian: event.loadUnaligned(fromByteOffset: 16, as: Int64.self)))
        let number = shard % self.workers.count
        if !self.open[number].hasRoom(event.count) { self.pass(number) }
        self.open[number].append(event, shard: shard, lsn: lsn)
        self.progress.eventCount += 1
        self.progress.byteCount += UInt64(event.count)
    }

    private func pass(_ number: Int) {
        self.workers[number].put(self.open[number])
        self.open[number] = self.workers[number].batch()
    }

    /// Waits until everything taken is applied. The shards are then the caller's again.
    package func finish() throws(JournalFailure) {
        for number in self.workers.indices where self.open[number].count > 0 { self.pass(number) }
        for worker in self.workers { worker.drain() }
        self.stop()
        try self.check()
        self.report?(self.progress)
    }

    private func stop() {
        if self.isFinished { return }
        self.isFinished = true
        for worker in self.workers { worker.end() }
        for thread in self.threads { thread.join() }
    }

    private func check() throws(JournalFailure) {
        // Of several the oldest: the others may follow from it.
        let failures = self.workers.compactMap(\.failure)
        guard let first = failures.min(by: { $0.lsn < $1.lsn }) else { return }
        throw self.damage(first.lsn, "shard \(first.shard) cannot apply it: \(first.words)")
    }

    private func place(_ lsn: UInt64) -> String {
        let file = self.files.last { $0.firstLSN <= lsn }?.path ?? "the journal"
        return "event \(lsn) in \(file)"
    }

    private func damage(_ lsn: UInt64, _ words: String) -> JournalFailure {
        JournalFailure(
            .damaged, self.place(lsn) + ": \(words)",
            hint: "its checksum is good, so it was written like that: keep the data directory, "
                + "report this, and restore a backup")
    }
}

extension ReplayDriver {
    /// Replays live segments from an event on, and waits for the end.
    ///
    /// - Parameters:
    ///   - end: Where the target stands: its snapshot's, or LSN 0.
    ///   - shouldStop: Asked before each group; true ends it early.
    /// - Returns: Where the target stands then. Nil: it was stopped.
    package func replay(
        _ segments: [LiveSegment], from end: LogEnd, instance: InstanceID, files: any FileSystem,
        shouldStop: () -> Bool = { false }
    ) throws(JournalFailure) -> LogEnd? {
        var reader = GroupReader(
            segments, instance: instance, fromLSN: end.lsn + 1, files: files)
        while let group = try Self.next(&reader) {
            if shouldStop() { return nil }
            if group.body.count == 0 { continue }
            try self.add(
                group.body, firstLSN: group.header.firstLSN, lastLSN: group.header.lastLSN,
                path: group.path, afterLSN: end.lsn)
        }
        try self.finish()
        return segments.isEmpty ? end : reader.end
    }

    private static func next(
        _ reader: inout GroupReader
    ) throws(JournalFailure) -> GroupReader.Group? {
        do throws(ScanFailure) {
            return try reader.next()
        } catch {
            throw error.failure
        }
    }
}
