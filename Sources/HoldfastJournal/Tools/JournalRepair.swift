/// Makes a damaged data directory usable again by giving up what is behind the damage, and keeps a copy of everything that
/// it touches. May be killed at any point and run again.
package struct JournalRepair: Sendable {
    /// Without it nothing changes.
    package var acceptsLoss = false
    /// Nothing changes, whatever else is said.
    package var validatesOnly = false

    package init() {}

    /// - Parameters:
    ///   - nowMilliseconds: For the new segment's header.
    ///   - emit: Takes whole lines for an operator.
    package func run(
        _ path: String, files: any FileSystem, nowMilliseconds: Int64,
        snapshots: SnapshotSurvey.Reader = SnapshotSurvey.read, emit: (String) -> Void
    ) throws(JournalFailure) -> ToolStatus {
        let directory = try DataDirectory.open(
            path, files: files, nowMilliseconds: nowMilliseconds)
        defer { directory.close() }
        guard let identity = try directory.readIdentity() else {
            throw JournalFailure(
                .notOurs, "\(path) holds no journal: it has no identity",
                hint: "restore the identity file from a backup, or let the server make a new one")
        }
        let survey = try snapshots(directory, identity)
        for problem in survey.problems { emit("note: \(problem)\n") }
        let newest = survey.usableLSN
        let isAlone =
            try directory.lacksJournalFolder() && newest > 0 && survey.problems.isEmpty
        let damage: DamageReport
        do throws(ScanFailure) {
            let scan = try JournalScan.run(
                journalPath: directory.journalPath, identity: identity, files: directory.files,
                knownEnds: survey.ends, fromLSN: newest, isSnapshotAlone: isAlone)
            emit(
                "nothing to repair: the log is sound up to LSN \(scan.end.lsn)"
                    + (newest > 0 ? " from the snapshot of LSN \(newest) on" : "") + "\n")
            return .good
        } catch {
            guard case .damaged(let report) = error else { throw error.failure }
            damage = report
        }
        let salvage: Salvage
        do throws(ScanFailure) {
            // What does not agree with the segments is set aside: it must not choose where to begin.
            let base = damage.kind == .otherHistory ? 0 : newest
            var run = ScanRun(
                journalPath: directory.journalPath, identity: identity, files: directory.files,
                knownEnds: [], fromLSN: base)
            salvage = try run.salvage(damage, snapshots: survey.ends)
        } catch {
            throw error.failure
        }
        Self.explain(damage, salvage, emit)
        guard self.acceptsLoss, !self.validatesOnly else {
            emit(
                "nothing was changed; to go on from there: holdfast journal repair --accept-loss\n")
            return .damaged
        }
        try directory.makeJournalFolder()
        let copies = try Self.copy(salvage, directory)
        emit("copied \(salvage.touched.count + 1) files to \(copies)\n")
        try Self.change(salvage, identity, directory, nowMilliseconds)
        emit("repaired: the log ends at LSN \(salvage.end.lsn); start the server\n")
        return .good
    }

    private static func explain(
        _ damage: DamageReport, _ salvage: Salvage, _ emit: (String) -> Void
    ) {
        emit("damage: \(damage.message)\n")
        for evidence in damage.evidence { emit("  evidence: \(evidence)\n") }
        var text = "the log is sound up to LSN \(salvage.end.lsn)"
        if salvage.lastGoodTimeMilliseconds > 0 {
            text += ", written \(DirectoryLock.timeText(salvage.lastGoodTimeMilliseconds))"
        }
        emit(text + "\n")
        guard let last = salvage.lastLostLSN else {
            emit("no event is known to be lost by going on from there\n")
            return
        }
        emit("would be lost: LSN \(salvage.end.lsn + 1) to \(last), ")
        let readable = salvage.lostEvents.reduce(0) { $0 + $1.count }
        emit("\(last - salvage.end.lsn) events, \(readable) of them readable")
        if readable > 0 {
            let kinds = salvage.lostEvents.map { "\($0.name) \($0.count)" }
            emit(": " + kinds.joined(separator: ", "))
        }
        emit("\n")
    }

    // MARK: Copies

    /// Everything that changes, and the manifest, whole and on disk before anything is changed.
    ///
    /// - Returns: The folder.
    private static func copy(
        _ salvage: Salvage, _ directory: DataDirectory
    ) throws(JournalFailure) -> String {
        let files = directory.files
        do throws(FileError) {
            let names = try files.list(directory.path)
            var number = 1
            while names.contains("repair-\(number)") { number += 1 }
            let folder = directory.path + "/repair-\(number)"
            let temporary = folder + DataDirectory.temporarySuffix
            // Of a repair that was cut off while it copied.
            if names.contains("repair-\(number)" + DataDirectory.temporarySuffix) {
                for name in try files.list(temporary) { try files.unlink(temporary + "/" + name) }
            } else {
                try files.makeDirectory(temporary)
            }
            for path in salvage.touched + [directory.manifestPath] {
                let name = path.split(separator: "/").last.map(String.init) ?? "file"
                do throws(FileError) {
                    try self.copy(path, to: temporary + "/" + name, files)
                } catch {
                    guard error.isMissing, path == directory.manifestPath else { throw error }
                }
            }
            try files.synchronizeDirectory(temporary)
            try files.rename(temporary, to: folder)
            try files.synchronizeDirectory(directory.path)
            return folder
        } catch {
            throw JournalFailure(error, during: "copy what repair would change")
        }
    }

    private static func copy(
        _ path: String, to target: String, _ files: any FileSystem
    ) throws(FileError) {
        var source = try SegmentFile(path, files: files)
        let file = try files.open(target, .create)
        defer { files.close(file, target) }
        var offset = 0
        while offset < source.byteCount {
            let piece = try source.bytes(at: offset, count: SegmentFile.windowBytes)
            guard piece.count > 0 else { break }
            try files.writeAll(file, target, piece, at: offset, isSynchronous: false)
            offset += piece.count
        }
        try files.synchronize(file, target)
    }

    // MARK: The change

    private static func change(
        _ salvage: Salvage, _ identity: DataIdentity, _ directory: DataDirectory,
        _ nowMilliseconds: Int64
    ) throws(JournalFailure) {
        let files = directory.files
        do throws(FileError) {
            // The new header will prove the last good group, which may lie in the page cache alone.
            if let path = salvage.lastPath {
                let file = try files.open(path, .write)
                defer { files.close(file, path) }
                try files.synchronize(file, path)
            }
        } catch {
            throw JournalFailure(error, during: "sync the last good segment")
        }
        var settings = JournalSettings()
        settings.segmentBytes = max(65_536, JournalLayout.roundedUp(salvage.segmentBytes))
        // From here on the log ends at the last good event: everything later in older segments is dead.
        _ = try JournalOpening.open(
            in: directory,
            GenerationPlan(
                identity: identity, generation: salvage.generationMax + 1,
                preceding: salvage.end, copied: nil, manifestNumber: salvage.manifestNumber,
                newestTimeMilliseconds: salvage.lastGoodTimeMilliseconds),
            settings: settings, nowMilliseconds: nowMilliseconds)
        do throws(FileError) {
            for path in salvage.strangers { try files.unlink(path) }
            try files.synchronizeDirectory(directory.journalPath)
            try files.synchronizeDirectory(directory.snapshotPath)
        } catch {
            throw JournalFailure(error, during: "remove what does not belong")
        }
    }
}
