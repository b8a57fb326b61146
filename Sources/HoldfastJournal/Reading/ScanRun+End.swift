/// Judging where the log ends: torn tail or damage.
extension ScanRun {
    /// A segment behind the newest one with a sound header.
    private struct LaterEntry {
        var entry: SegmentEntry
        /// That it had a header, and what was behind it.
        var evidence: [Evidence]
        var isBlank: Bool
    }

    /// Walks the newest segment and looks behind it.
    mutating func judgeEnd(newest: Int?) throws(ScanFailure) -> TailReport {
        var stop = Stop(
            step: .nothing, offset: 0, end: self.origin, rest: RestOfSegment(usedEnd: 0))
        if newest != nil {
            stop = try self.walk(self.live.count - 1, until: nil)
            self.live[self.live.count - 1].end = stop.end
        }
        if case .unknownVersion(let version) = stop.step {
            throw .newerVersion(file: self.live.last?.path ?? "", version: version)
        }
        let later = try self.laterEntries(behind: newest)
        try self.judge(stop, newest: newest, later)
        for index in self.knownEnds.indices where self.knownEnds[index].end.lsn == stop.end.lsn {
            self.judgeKnownEnd(index, in: self.live.last?.path ?? self.journalPath)
        }
        if let mismatch = self.mismatch { throw .damaged(mismatch) }
        try self.judgeManifest(end: stop.end)
        if case .tornBody = stop.step { self.isLastGroupProven = true }
        if later.contains(where: { $0.entry.precedingLSN >= stop.end.lsn }) {
            self.isLastGroupProven = true
        }
        return TailReport(
            path: self.live.last?.path ?? "", offset: stop.offset,
            byteCount: stop.rest.usedEnd - stop.offset,
            tornSegments: later.filter { !$0.isBlank }.map(\.entry.path))
    }

    /// What is in segments behind the newest one with a sound header.
    private func laterEntries(behind newest: Int?) throws(ScanFailure) -> [LaterEntry] {
        var later: [LaterEntry] = []
        for entry in self.entries[(newest.map { $0 + 1 } ?? 0)...] {
            let rest = try self.file { () throws(FileError) in
                var file = try SegmentFile(entry.path, files: self.files)
                return try file.rest(
                    from: 0, in: SegmentPlace(self.identity.instance, entry.name))
            }
            var evidence = self.evidence(of: rest, in: entry.path)
            if case .valid(let manifest) = self.manifest, manifest.newestSegment == entry.name {
                evidence.append(self.evidence(of: manifest))
            }
            later.append(
                LaterEntry(entry: entry, evidence: evidence, isBlank: rest.usedEnd == 0))
        }
        return later
    }

    /// Throws if anything proves that the log went on where the walk stopped.
    private func judge(
        _ stop: Stop, newest: Int?, _ later: [LaterEntry]
    ) throws(ScanFailure) {
        let next = stop.end.lsn + 1
        let newestName = newest.map { self.entries[$0].name }
        let path = self.live.last?.path ?? self.journalPath
        var evidence = self.evidence(of: stop.rest, in: path)
        if case .notFollowing(let header) = stop.step {
            evidence.append(
                Evidence(.groupHeader, path, offset: stop.offset, lsn: header.lastLSN))
        }
        if !evidence.isEmpty {
            evidence += self.outsideEvidence(atLeast: next, newest: newestName)
            throw self.damage(stop, path, evidence)
        }
        // A segment behind it that had a header lost it, whatever the end of the one before looks like.
        for lost in later where !lost.evidence.isEmpty && lost.entry.name.firstLSN <= next {
            throw .damaged(
                DamageReport(
                    .segmentHeader, file: lost.entry.path, offset: 0,
                    firstLSN: lost.entry.name.firstLSN,
                    evidence: lost.evidence
                        + self.outsideEvidence(
                            atLeast: lost.entry.name.firstLSN, newest: newestName
                        ).filter { !lost.evidence.contains($0) },
                    lastGood: stop.end))
        }
        try self.judgeMissingNewest(stop, newestName)
        for lost in later {
            evidence += lost.evidence.filter { $0.lsn >= next }
            if lost.entry.precedingLSN >= next {
                evidence.append(
                    Evidence(
                        .segmentName, lost.entry.path, offset: 0, lsn: lost.entry.precedingLSN))
            }
        }
        evidence += self.outsideEvidence(atLeast: next, newest: newestName).filter {
            !evidence.contains($0)
        }
        if !evidence.isEmpty {
            // An empty segment that begins just here is where it was.
            if let lost = later.last(where: { $0.entry.name.firstLSN == next }) {
                throw .damaged(
                    DamageReport(
                        .segmentHeader, file: lost.entry.path, offset: 0, firstLSN: next,
                        evidence: evidence, lastGood: stop.end))
            }
            throw self.damage(stop, path, evidence)
        }
        try self.judgeSize(stop, newest: newest)
    }

    private func damage(_ stop: Stop, _ path: String, _ evidence: [Evidence]) -> ScanFailure {
        .damaged(
            DamageReport(
                self.kind(of: stop), file: path, offset: stop.offset, firstLSN: stop.end.lsn + 1,
                evidence: evidence, lastGood: stop.end))
    }

    /// The manifest names a segment that is not there, and none came after it.
    private func judgeMissingNewest(
        _ stop: Stop, _ newest: SegmentName?
    ) throws(ScanFailure) {
        guard case .valid(let manifest) = self.manifest,
            !self.entries.contains(where: { $0.name == manifest.newestSegment }),
            newest.map({ $0 < manifest.newestSegment }) ?? true
        else { return }
        let isReached = manifest.preceding.lsn <= stop.end.lsn
        let file =
            isReached || self.live.isEmpty
            ? self.journalPath + "/" + manifest.newestSegment.fileName
            : self.live[self.live.count - 1].path
        let first = min(manifest.preceding.lsn, stop.end.lsn) + 1
        var evidence = [self.evidence(of: manifest)]
        evidence += self.knownEnds.filter { $0.end.lsn >= first }.map(\.evidence)
        throw .damaged(
            DamageReport(
                .missingSegment, file: file, offset: isReached ? 0 : stop.offset,
                firstLSN: first, evidence: evidence, lastGood: stop.end))
    }

    /// The newest segment is shorter than it was made.
    private func judgeSize(_ stop: Stop, newest: Int?) throws(ScanFailure) {
        guard let newest, let header = self.entries[newest].validHeader,
            UInt64(self.entries[newest].byteCount) < header.segmentByteCount
        else { return }
        if case .nothing = stop.step, let last = self.lastGroup,
            last.segment == self.live.count - 1, last.group.header.kind == .cleanStop
        {
            return
        }
        throw .damaged(
            DamageReport(
                .shortSegment, file: self.entries[newest].path, offset: stop.offset,
                firstLSN: stop.end.lsn + 1,
                evidence: [
                    Evidence(
                        .segmentSize, self.entries[newest].path, offset: 0, lsn: stop.end.lsn)
                ], lastGood: stop.end))
    }

    /// A journal has a readable manifest that says what its newest segment's header says.
    private func judgeManifest(end: LogEnd) throws(ScanFailure) {
        let path = self.journalPath + "/" + JournalLayout.manifestFile
        guard case .valid(let manifest) = self.manifest else {
            let identity = Evidence(.identity, JournalLayout.identityFile, offset: 0, lsn: end.lsn)
            throw .damaged(
                DamageReport(
                    .manifest, file: path, offset: 0, firstLSN: end.lsn + 1,
                    evidence: [identity], lastGood: end))
        }
        for entry in self.entries where entry.name == manifest.newestSegment {
            guard let header = entry.validHeader, header.preceding != manifest.preceding else {
                continue
            }
            throw .damaged(
                DamageReport(
                    .manifest, file: path, offset: manifest.offset, firstLSN: end.lsn + 1,
                    evidence: [
                        Evidence(.segmentHeader, entry.path, offset: 0, lsn: header.preceding.lsn)
                    ], lastGood: end))
        }
    }
}
