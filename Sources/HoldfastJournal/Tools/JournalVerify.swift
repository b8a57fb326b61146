internal import Glibc
internal import HoldfastEngine

/// Reads everything of a data directory and judges it. Changes nothing, and may run beside a server.
package struct JournalVerify: Sendable {
    /// A live directory may change while it is read: so often everything is read again.
    private static let attemptsMax = 5
    private static let problemsMax = 20

    package struct Report: Sendable {
        package var path: String
        package var identity: DataIdentity
        /// Who seems to have the directory open.
        package var holder: String?
        package var scan: JournalScan?
        package var damage: DamageReport?
        /// Groups that check out, but whose events do not; damaged snapshots.
        package var problems: [String] = []
        package var groupCount = 0
        package var eventCount: UInt64 = 0
        package var snapshotCount = 0

        package var status: ToolStatus {
            self.damage == nil && self.problems.isEmpty ? .good : .damaged
        }
    }

    /// - Throws: What keeps it from reading; `notOurs` if it is no data directory.
    package static func run(
        _ path: String, files: any FileSystem,
        snapshots: SnapshotSurvey.Reader = SnapshotSurvey.read
    ) throws(JournalFailure) -> Report {
        let directory = try DataDirectory.look(path, files: files)
        guard let identity = try directory.readIdentity() else {
            throw JournalFailure(
                .notOurs, "\(path) is no data directory: it has no identity",
                hint: "name the directory of the setting data.directory")
        }
        var attempt = 1
        while true {
            var report = Report(path: path, identity: identity)
            report.holder = self.holder(of: directory)
            let survey = try self.survey(directory, identity, snapshots)
            do throws(ScanFailure) {
                report.snapshotCount = survey.ends.count
                report.problems = survey.problems
                let isAlone = self.isSnapshotAlone(directory, survey)
                let scan = try JournalScan.run(
                    journalPath: directory.journalPath, identity: identity,
                    files: directory.files, knownEnds: survey.ends,
                    fromLSN: isAlone ? survey.usableLSN : 0, isSnapshotAlone: isAlone)
                report.scan = scan
                try self.readEvents(of: scan, directory, &report)
                return report
            } catch {
                // Beside a server, a file may have come or gone in between.
                if report.holder != nil, attempt < Self.attemptsMax {
                    attempt += 1
                    usleep(200_000)
                    continue
                }
                guard case .damaged(let damage) = error else { throw error.failure }
                report.damage = damage
                return report
            }
        }
    }

    /// As a server's start would take it.
    private static func isSnapshotAlone(
        _ directory: DataDirectory, _ survey: SnapshotSurvey
    ) -> Bool {
        guard survey.usableLSN > 0, survey.problems.isEmpty else { return false }
        // If that cannot be told, the scan fails in the same way and says more.
        return (try? directory.lacksJournalFolder()) ?? false
    }

    private static func survey(
        _ directory: DataDirectory, _ identity: DataIdentity, _ snapshots: SnapshotSurvey.Reader
    ) throws(JournalFailure) -> SnapshotSurvey {
        do throws(JournalFailure) {
            return try snapshots(directory, identity)
        } catch {
            // What it covers would look as if it were missing.
            if error.code == .newerVersion { throw error }
            return SnapshotSurvey(problems: [error.description])
        }
    }

    /// What replay would trust: whole events, as many as the header says, each shard's in sequence.
    private static func readEvents(
        of scan: JournalScan, _ directory: DataDirectory, _ report: inout Report
    ) throws(ScanFailure) {
        var reader = GroupReader(
            scan.segments, instance: report.identity.instance, files: directory.files)
        var sequences = [UInt64](repeating: 0, count: Int(UInt16.max) + 1)
        let isFromStart = scan.segments.first?.preceding.lsn == 0
        while let group = try reader.next() {
            report.groupCount += 1
            var count: UInt64 = 0
            var problem: String?
            let isWhole = EventSummary.forEach(in: group.body, withValues: false) { event in
                count += 1
                if !event.isKnown {
                    problem = "an event of kind \(event.kind), version \(event.version)"
                }
                let last = sequences[Int(event.shard)]
                if event.sequence != last + 1 && (isFromStart || last != 0) {
                    problem =
                        "shard \(event.shard) goes from sequence \(last) to \(event.sequence)"
                }
                sequences[Int(event.shard)] = event.sequence
            }
            report.eventCount += count
            if !isWhole { problem = "a body that is no sequence of events" }
            if count != group.header.eventCount {
                problem =
                    problem ?? "\(count) events where the header says \(group.header.eventCount)"
            }
            if let problem, report.problems.count < Self.problemsMax {
                report.problems.append("\(group.path) at \(group.offset): \(problem)")
            }
        }
    }

    /// The process that the lock names, if it is still there.
    static func holder(of directory: DataDirectory) -> String? {
        let path = directory.path + "/" + JournalLayout.lockFile
        guard let bytes = try? directory.files.contents(of: path, byteCountMax: 128) else {
            return nil
        }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let words = line.split(separator: " ")
        guard words.count > 1, words[0] == "process", let process = Int32(words[1]),
            kill(process, 0) == 0 || errno == EPERM
        else { return nil }
        return line
    }
}

extension JournalVerify.Report {
    package func printed(as output: ToolOutput) -> String {
        output == .json ? self.json : self.text
    }

    private var text: String {
        var lines = [
            "data directory \(self.path): instance \(self.identity.instance), "
                + "\(self.identity.shardCount) shards"
        ]
        if let holder { lines.append("in use by \(holder): its end may move while it is read") }
        if let scan {
            lines.append("segment                            first LSN   last LSN    groups")
            for segment in scan.segments {
                lines.append(
                    Self.padded(segment.name.fileName, 35)
                        + Self.padded("\(segment.preceding.lsn + 1)", 12)
                        + Self.padded("\(segment.end.lsn)", 12) + "\(segment.groupCount)")
            }
            lines.append(
                "\(self.eventCount) events in \(self.groupCount) groups, "
                    + "\(self.snapshotCount) snapshots; the log ends at \(scan.end)")
            if scan.hasStoppedInOrder { lines.append("the server stopped in order") }
            if scan.tail.byteCount > 0 {
                lines.append(
                    "note: torn tail of \(scan.tail.byteCount) bytes in \(scan.tail.path) at "
                        + "\(scan.tail.offset), of a write that was never acknowledged; the next "
                        + "start cuts it")
            }
            lines += scan.tail.tornSegments.map { "note: \($0) was never begun" }
            lines += scan.notes.map { "note: " + $0 }
        }
        if let damage {
            lines.append("DAMAGED: " + damage.message)
            lines += damage.evidence.map { "  evidence: \($0)" }
            lines += damage.remedies.map { "  possible: " + $0 }
        }
        lines += self.problems.map { "DAMAGED: " + $0 }
        lines.append(self.status == .good ? "sound" : "damaged")
        return lines.joined(separator: "\n") + "\n"
    }

    private var json: String {
        var object = JSONText()
        object.put("path", self.path)
        object.put("instance", self.identity.instance.description)
        object.put("shards", self.identity.shardCount)
        if let holder { object.put("in_use_by", holder) }
        object.put("sound", self.status == .good)
        object.put("events", self.eventCount)
        object.put("groups", self.groupCount)
        object.put("snapshots", self.snapshotCount)
        if let scan {
            object.put("end_lsn", scan.end.lsn)
            object.put("end_chain", scan.end.chain.description)
            object.put("cut_bytes", scan.tail.byteCount)
            object.put("stopped_in_order", scan.hasStoppedInOrder)
            object.put("notes", list: scan.notes.map(JSONText.quoted))
            object.put(
                "segments",
                list: scan.segments.map { segment in
                    var row = JSONText()
                    row.put("file", segment.name.fileName)
                    row.put("first_lsn", segment.preceding.lsn + 1)
                    row.put("last_lsn", segment.end.lsn)
                    row.put("groups", segment.groupCount)
                    return row.text
                })
        }
        if let damage { object.put("damage", raw: damage.json) }
        object.put("problems", list: self.problems.map(JSONText.quoted))
        return object.text + "\n"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.utf8.count))
    }
}

extension DamageReport {
    var json: String {
        var object = JSONText()
        object.put("kind", self.kind.rawValue)
        object.put("file", self.file)
        object.put("offset", self.offset)
        object.put("first_lsn", self.firstLSN)
        if let lastLSN { object.put("last_lsn", lastLSN) }
        if let lastGood { object.put("last_good_lsn", lastGood.lsn) }
        object.put("evidence", list: self.evidence.map { JSONText.quoted($0.description) })
        object.put("remedies", list: self.remedies.map(JSONText.quoted))
        return object.text
    }
}
