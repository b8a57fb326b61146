/// Walking groups.
extension ScanRun {
    /// Where a walk stopped.
    struct Stop {
        var step: GroupStep
        var offset: Int
        var end: LogEnd
        /// What lies behind; empty when the walk came where it should.
        var rest: RestOfSegment
    }

    /// A segment that others follow: its groups must lead exactly to where the next one begins.
    mutating func walkWhole(_ index: Int) throws(ScanFailure) {
        let segment = self.live[index]
        let stop = try self.walk(index, until: segment.end)
        guard stop.end != segment.end else { return }
        let next = self.live[index + 1].path
        var evidence = [Evidence(.segmentHeader, next, offset: 0, lsn: segment.end.lsn)]
        evidence += self.evidence(of: stop.rest, in: segment.path)
        evidence += self.outsideEvidence(atLeast: stop.end.lsn + 1, newest: nil)
        if case .nothing = stop.step, stop.rest.usedEnd == stop.offset,
            self.isCovered(segment.end.lsn)
        {
            // Deleted behind a snapshot, and the crash kept an older one: not needed by anybody.
            self.gap = index
            self.notes.append(
                "LSN \(stop.end.lsn + 1) to \(segment.end.lsn) are in no segment; a snapshot holds "
                    + "what came of them")
            return
        }
        if case .unknownVersion(let version) = stop.step {
            throw .newerVersion(file: segment.path, version: version)
        }
        if case .group = stop.step {
            // Sound, and past what the next segment says precedes it.
            throw .damaged(
                DamageReport(
                    .brokenChain, file: next, offset: 0, firstLSN: segment.end.lsn + 1,
                    evidence: evidence, lastGood: stop.end, followingLSN: segment.end.lsn + 1))
        }
        throw .damaged(
            DamageReport(
                self.kind(of: stop), file: segment.path, offset: stop.offset,
                firstLSN: stop.end.lsn + 1, evidence: evidence, lastGood: stop.end,
                followingLSN: segment.end.lsn + 1))
    }

    func isCovered(_ lsn: UInt64) -> Bool {
        self.knownEnds.contains { $0.source == .snapshot && $0.end.lsn >= lsn }
    }

    /// Segments before a gap that a snapshot covers are of no use.
    mutating func dropBeforeGap() {
        guard let gap = self.gap else { return }
        self.older += self.live[...gap]
        self.live.removeFirst(gap + 1)
        if let last = self.lastGroup {
            self.lastGroup = last.segment > gap ? (last.group, last.segment - gap - 1) : nil
        }
    }

    func kind(of stop: Stop) -> DamageReport.Kind {
        switch stop.step {
        case .damaged, .tornBody, .unknownVersion: .group
        case .notFollowing, .group: .brokenChain
        case .nothing:
            stop.rest.usedEnd == stop.offset ? .missingSegment : .missingGroup
        }
    }

    func evidence(of rest: RestOfSegment, in path: String) -> [Evidence] {
        rest.headers.map { found in
            Evidence(.groupHeader, path, offset: found.offset, lsn: found.header.lastLSN)
        }
    }

    /// Walks a segment's groups from its first one.
    ///
    /// - Parameter target: Where to stop; nil walks to the last sound group.
    mutating func walk(_ index: Int, until target: LogEnd?) throws(ScanFailure) -> Stop {
        let segment = self.live[index]
        let place = SegmentPlace(self.identity.instance, segment.name)
        var end = segment.preceding
        var offset = JournalLayout.pageBytes
        var groups = 0
        self.newestTime = max(self.newestTime, segment.createdMilliseconds)
        self.pass(end, in: segment)
        let stop = try self.file { () throws(FileError) in
            var file = try SegmentFile(segment.path, files: self.files)
            var stop: GroupStep?
            while end != target {
                let step = try file.step(at: offset, behind: end, in: place)
                guard case .group(let header, let chain) = step,
                    header.lastLSN <= target?.lsn ?? .max
                else {
                    stop = step
                    break
                }
                let before = end
                end = LogEnd(lsn: header.lastLSN, chain: chain)
                self.lastGroup = (
                    UnprovenGroup(
                        header: header, path: segment.path, offset: offset, before: before), index
                )
                offset += Int(header.byteCount)
                groups += 1
                self.newestTime = max(self.newestTime, header.writtenMilliseconds)
                self.pass(end, in: segment)
            }
            self.live[index].groupCount = groups
            self.live[index].endOffset = offset
            guard let stop else {
                return Stop(
                    step: .nothing, offset: offset, end: end,
                    rest: RestOfSegment(usedEnd: offset))
            }
            return Stop(
                step: stop, offset: offset, end: end,
                rest: try file.rest(from: offset, in: place))
        }
        if let mismatch = self.mismatch { throw .damaged(mismatch) }
        return stop
    }

    /// Compares the known ends with a boundary of the log.
    private mutating func pass(_ end: LogEnd, in segment: LiveSegment) {
        while self.firstKnownEnd < self.knownEnds.count {
            let known = self.knownEnds[self.firstKnownEnd]
            guard known.end.lsn <= end.lsn else { return }
            if known.end.lsn == end.lsn {
                for index in self.firstKnownEnd..<self.knownEnds.count
                where self.knownEnds[index].end == end {
                    self.isKnownEndFound[index] = true
                }
                return
            }
            self.judgeKnownEnd(self.firstKnownEnd, in: segment.path)
            self.firstKnownEnd += 1
        }
    }

    /// The log has come past a known end, or ends with it.
    mutating func judgeKnownEnd(_ index: Int, in path: String) {
        let known = self.knownEnds[index]
        // Where the walk began, empty groups before it may hold the chain.
        guard !self.isKnownEndFound[index], self.mismatch == nil,
            known.end.lsn > self.live.first?.preceding.lsn ?? 0
        else { return }
        self.mismatch = DamageReport(
            .otherHistory, file: known.place, offset: 0, firstLSN: known.end.lsn,
            evidence: [known.evidence], lastGood: nil)
    }
}
