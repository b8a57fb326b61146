internal import HoldfastEngine

/// The longest sound log that can be had from a damaged journal, and what going on from its end would lose.
struct Salvage {
    /// Where the log would go on.
    var end: LogEnd
    /// The segment with the last of it; nil if nothing or a snapshot is all there is.
    var lastPath: String?
    var generationMax: UInt32
    /// Nil if no page of it can be read.
    var manifestNumber: UInt64?
    var segmentBytes = 0
    /// Files that hold events past the end, or do not belong: copied before anything changes.
    var touched: [String]
    /// Of these, what must not stay where it is.
    var strangers: [String]
    /// The newest event that is known to have been there, if past the end.
    var lastLostLSN: UInt64?
    /// Events past the end that can still be read, by kind.
    var lostEvents: [(name: String, count: Int)] = []
    /// When the last good group was written, in Unix milliseconds; 0 unknown.
    var lastGoodTimeMilliseconds: Int64 = 0
}

extension ScanRun {
    /// Finds the end of what is sound: from a snapshot's end on, or from the first event.
    mutating func salvage(_ damage: DamageReport, snapshots: [KnownEnd]) throws(ScanFailure)
        -> Salvage
    {
        self.strangers = []
        do throws(ScanFailure) { try self.readManifest() } catch {
            guard case .damaged = error else { throw error }
        }
        try self.listSegments()
        let newest = self.entries.lastIndex { $0.validHeader != nil }
        try self.chooseLive(newest: newest)
        let base = snapshots.first { $0.end.lsn == self.fromLSN }?.end ?? self.origin
        var end = base
        var lastPath: String?
        if let first = self.live.first,
            first.preceding.lsn == 0
                ? first.preceding == self.origin : first.preceding.lsn <= base.lsn
        {
            for index in self.live.indices {
                let stop = try self.walk(
                    index, until: index == self.live.count - 1 ? nil : self.live[index].end)
                if stop.end.lsn >= end.lsn {
                    end = stop.end
                    lastPath = self.live[index].path
                }
                if stop.end != self.live[index].end { break }
            }
        }
        var salvage = Salvage(
            end: end, lastPath: lastPath,
            generationMax: max(
                self.entries.map(\.name.generation).max() ?? 0,
                snapshots.map(\.generation).max() ?? 0),
            manifestNumber: nil, touched: [], strangers: self.strangers ?? [],
            lastLostLSN: damage.evidence.map(\.lsn).max().flatMap { $0 > end.lsn ? $0 : nil },
            lastGoodTimeMilliseconds: self.newestGoodTime(end))
        if case .valid(let manifest) = self.manifest {
            salvage.generationMax = max(salvage.generationMax, manifest.generation)
            salvage.manifestNumber = manifest.number
        }
        try self.count(&salvage)
        for known in snapshots
        where known.end.lsn > end.lsn
            || damage.kind == .otherHistory && known.place == damage.file
        {
            salvage.strangers.append(known.place)
            salvage.lastLostLSN = max(salvage.lastLostLSN ?? 0, known.end.lsn)
        }
        salvage.touched += salvage.strangers.filter { !salvage.touched.contains($0) }
        if let lost = salvage.lastLostLSN, lost <= end.lsn { salvage.lastLostLSN = nil }
        return salvage
    }

    private func newestGoodTime(_ end: LogEnd) -> Int64 {
        guard let last = self.lastGroup, last.group.header.lastLSN == end.lsn else { return 0 }
        return last.group.header.writtenMilliseconds
    }

    /// Groups past the end, wherever they lie in segments of this instance.
    private func count(_ salvage: inout Salvage) throws(ScanFailure) {
        var seen: Set<UInt64> = []
        var counts = [Int](repeating: 0, count: EventLayout.all.count + 1)
        for entry in self.entries {
            if let header = entry.validHeader {
                salvage.segmentBytes = max(
                    salvage.segmentBytes, Int(clamping: header.segmentByteCount))
            }
            var holdsLater = entry.precedingLSN >= salvage.end.lsn
            try self.file { () throws(FileError) in
                var file = try SegmentFile(entry.path, files: self.files)
                let place = SegmentPlace(self.identity.instance, entry.name)
                let rest = try file.rest(from: 0, in: place, headersMax: .max)
                for (header, offset) in rest.headers where header.lastLSN > salvage.end.lsn {
                    holdsLater = true
                    salvage.lastLostLSN = max(salvage.lastLostLSN ?? 0, header.lastLSN)
                    let bytes = try file.bytes(at: offset, count: Int(header.byteCount))
                    guard header.eventCount > 0, bytes.count == Int(header.byteCount),
                        let base = bytes.baseAddress,
                        GroupHeader.bodyChecksum(of: base, byteCount: bytes.count)
                            == header.bodyChecksum,
                        seen.insert(header.firstLSN).inserted
                    else { continue }
                    let body = UnsafeRawBufferPointer(
                        start: base + JournalLayout.groupHeaderBytes,
                        count: Int(header.bodyByteCount))
                    _ = EventSummary.forEach(in: body, withValues: false) { event in
                        counts[event.isKnown ? Int(event.kind) : 0] += 1
                    }
                }
                // What is damaged beyond recognition is kept as well.
                if rest.usedEnd > 0, entry.path == salvage.lastPath { holdsLater = true }
            }
            if holdsLater || entry.validHeader == nil { salvage.touched.append(entry.path) }
        }
        salvage.lostEvents = counts.enumerated().filter { $0.element > 0 }.map { kind, count in
            (kind == 0 ? "unknown" : EventLayout.all[kind - 1].name, count)
        }
    }
}
