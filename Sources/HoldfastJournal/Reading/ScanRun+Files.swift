/// Reading names, headers and the manifest.
extension ScanRun {
    /// The valid page with the higher number.
    mutating func readManifest() throws(ScanFailure) {
        let path = self.journalPath + "/" + JournalLayout.manifestFile
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try self.files.contents(
                of: path, byteCountMax: 2 * JournalLayout.pageBytes)
        } catch {
            if error.isMissing { return }
            throw .file(error)
        }
        var newest: Manifest?
        for page in 0..<2 {
            let start = page * JournalLayout.pageBytes
            guard bytes.count >= start + JournalLayout.pageBytes else { continue }
            let verdict = bytes.withUnsafeBytes {
                Manifest.decode($0.baseAddress.unsafelyUnwrapped + start)
            }
            switch verdict {
            case .zero: continue
            case .damaged:
                self.notes.append(
                    "page \(page) of \(path) is damaged; the other one counts, and the next start "
                        + "writes it anew")
            case .unknownVersion(let version): throw .newerVersion(file: path, version: version)
            case .valid(let manifest):
                guard manifest.instance == self.identity.instance else {
                    throw .damaged(self.foreign(path, offset: start))
                }
                if manifest.number > newest?.number ?? 0 { newest = manifest }
            }
        }
        if let newest { self.manifest = .valid(newest) }
    }

    /// Names and headers of all segments.
    mutating func listSegments() throws(ScanFailure) {
        let names = try self.file { () throws(FileError) in
            do throws(FileError) {
                return try self.files.list(self.journalPath)
            } catch {
                // Without a folder there are none; whether there must be is judged with the rest.
                guard error.isMissing else { throw error }
                return []
            }
        }
        for text in names where text.hasSuffix(SegmentName.suffix) {
            let path = self.journalPath + "/" + text
            guard let name = SegmentName(fileName: text), name.firstLSN > 0 else {
                if self.strangers != nil {
                    self.strangers?.append(path)
                    continue
                }
                throw .damaged(
                    DamageReport(
                        .unknownFile, file: path, offset: 0, firstLSN: 1, evidence: [],
                        lastGood: nil))
            }
            do throws(ScanFailure) {
                self.entries.append(try self.entry(name, path))
            } catch {
                guard self.strangers != nil, case .damaged = error else { throw error }
                self.strangers?.append(path)
            }
        }
        self.entries.sort { $0.name < $1.name }
    }

    private func entry(_ name: SegmentName, _ path: String) throws(ScanFailure) -> SegmentEntry {
        var verdict = HeaderVerdict<SegmentHeader>.damaged
        let byteCount = try self.file { () throws(FileError) in
            var file = try SegmentFile(path, files: self.files)
            let page = try file.bytes(
                at: 0, count: JournalLayout.pageBytes, readsAhead: false)
            if page.count == JournalLayout.pageBytes, let base = page.baseAddress {
                verdict = SegmentHeader.decode(base)
            } else if SegmentFile.isZero(page) {
                verdict = .zero
            }
            return file.byteCount
        }
        var entry = SegmentEntry(name: name, path: path, byteCount: byteCount, header: .damaged)
        switch verdict {
        case .damaged: break
        case .zero: entry.header = .zero
        case .unknownVersion(let version): entry.header = .unknownVersion(version)
        case .valid(let header):
            guard header.instance == self.identity.instance,
                header.shardCount == self.identity.shardCount
            else { throw .damaged(self.foreign(path, offset: 0)) }
            guard header.name == name else {
                throw .damaged(
                    DamageReport(
                        .misnamedSegment, file: path, offset: 0, firstLSN: name.firstLSN,
                        evidence: [
                            Evidence(.segmentHeader, path, offset: 0, lsn: header.preceding.lsn)
                        ], lastGood: nil))
            }
            entry.header = .valid(header)
        }
        return entry
    }

    private func foreign(_ path: String, offset: Int) -> DamageReport {
        DamageReport(
            .foreign, file: path, offset: offset, firstLSN: 1, evidence: [], lastGood: nil)
    }

    /// Goes from the newest segment back: each segment ends where the ones behind it begin, and one that begins there
    /// or later is dead.
    mutating func chooseLive(newest: Int?) throws(ScanFailure) {
        guard let newest, let header = self.entries[newest].validHeader else { return }
        for entry in self.entries[(newest + 1)...] {
            if case .unknownVersion(let version) = entry.header {
                throw .newerVersion(file: entry.path, version: version)
            }
        }
        var chosen = [self.segment(self.entries[newest], header, end: header.preceding)]
        var follower = self.entries[newest].path
        var target = header.preceding
        for entry in self.entries[..<newest].reversed() {
            let isNeeded = target.lsn > self.fromLSN
            guard let header = entry.validHeader else {
                guard isNeeded, entry.precedingLSN < target.lsn else { continue }
                if case .unknownVersion(let version) = entry.header {
                    throw .newerVersion(file: entry.path, version: version)
                }
                if self.strangers != nil {
                    self.strangers?.append(entry.path)
                    continue
                }
                var evidence = [
                    Evidence(.segmentHeader, follower, offset: 0, lsn: target.lsn)
                ]
                evidence += self.outsideEvidence(atLeast: entry.name.firstLSN, newest: nil)
                throw .damaged(
                    DamageReport(
                        .segmentHeader, file: entry.path, offset: 0,
                        firstLSN: entry.name.firstLSN, evidence: evidence, lastGood: nil,
                        followingLSN: target.lsn + 1))
            }
            // At the same LSN it holds nothing but what was written again, unless its empty groups lead there.
            guard header.preceding.lsn <= target.lsn, header.preceding != target else { continue }
            if header.preceding.lsn == target.lsn, try !self.leads(entry, header, to: target) {
                continue
            }
            let segment = self.segment(entry, header, end: target)
            if isNeeded { chosen.append(segment) } else { self.older.append(segment) }
            follower = entry.path
            target = header.preceding
        }
        self.live = chosen.reversed()
        self.older.reverse()
    }

    /// Whether groups without events lead from a segment's beginning to an end.
    private func leads(
        _ entry: SegmentEntry, _ header: SegmentHeader, to target: LogEnd
    ) throws(ScanFailure) -> Bool {
        try self.file { () throws(FileError) in
            var file = try SegmentFile(entry.path, files: self.files)
            let place = SegmentPlace(self.identity.instance, entry.name)
            var end = header.preceding
            var offset = JournalLayout.pageBytes
            while end != target {
                guard
                    case .group(let group, let chain) = try file.step(
                        at: offset, behind: end, in: place),
                    group.eventCount == 0
                else { return false }
                end = LogEnd(lsn: group.lastLSN, chain: chain)
                offset += Int(group.byteCount)
            }
            return true
        }
    }

    private func segment(
        _ entry: SegmentEntry, _ header: SegmentHeader, end: LogEnd
    ) -> LiveSegment {
        LiveSegment(
            name: entry.name, path: entry.path, byteCount: entry.byteCount,
            preceding: header.preceding, end: end,
            createdMilliseconds: header.createdMilliseconds)
    }

    /// Where the live segments begin, everything must be there before.
    mutating func checkBeginning() throws(ScanFailure) {
        guard let first = self.live.first else { return }
        let snapshots = self.knownEnds.filter { $0.source == .snapshot }.map(\.end.lsn)
        let covered = self.fromLSN > 0 ? self.fromLSN : snapshots.max() ?? 0
        if first.preceding.lsn == 0 {
            guard first.preceding != self.origin else { return }
            throw .damaged(
                DamageReport(
                    .brokenChain, file: first.path, offset: 0, firstLSN: 1,
                    evidence: [Evidence(.segmentHeader, first.path, offset: 0, lsn: 0)],
                    lastGood: nil))
        }
        guard first.preceding.lsn > covered else { return }
        throw .damaged(
            DamageReport(
                .missingSegment, file: first.path, offset: 0, firstLSN: covered + 1,
                evidence: [
                    Evidence(.segmentHeader, first.path, offset: 0, lsn: first.preceding.lsn)
                ], lastGood: nil))
    }
}
