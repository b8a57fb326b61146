/// A data directory that was put together from an identity and a snapshot.
extension ScanRun {
    /// The log ends with the snapshot, unless something knows of later events.
    func scanSnapshotAlone() throws(ScanFailure) -> JournalScan {
        guard
            let snapshot = self.knownEnds.last(where: {
                $0.source == .snapshot && $0.end.lsn == self.fromLSN
            }), self.fromLSN > 0
        else { preconditionFailure("a log that ends with a snapshot needs that snapshot") }
        let later = self.outsideEvidence(atLeast: self.fromLSN + 1, newest: nil)
        guard later.isEmpty else {
            throw .damaged(
                DamageReport(
                    .missingSegment, file: self.journalPath, offset: 0, firstLSN: self.fromLSN + 1,
                    evidence: later, lastGood: snapshot.end))
        }
        return JournalScan(
            segments: [], olderSegments: [], end: snapshot.end,
            tail: TailReport(path: "", offset: 0, byteCount: 0, tornSegments: []),
            unprovenGroup: nil, newestTimeMilliseconds: 0,
            generationMax: self.knownEnds.map(\.generation).max() ?? 0, manifestNumber: 0,
            removableFiles: [], hasStoppedInOrder: false,
            notes: [
                "there is no journal: the log ends with \(snapshot.place) at LSN "
                    + "\(snapshot.end.lsn), and whatever came after it is not here"
            ])
    }
}
