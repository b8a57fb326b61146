internal import HoldfastJournal

/// Which snapshot a start begins with: the newest that is sound to its last byte. A damaged one is passed over and
/// reported; whether an older one and the journal still give everything is the scan's to say.
struct SnapshotChoice {
    private(set) var chosen: SnapshotFooterInfo?
    /// Every sound footer is evidence, whatever lies before it.
    private(set) var knownEnds: [KnownEnd] = []
    private(set) var generationMax: UInt32 = 0
    private(set) var notes: [String] = []
    /// No file bears the name of a newer snapshot, sound or not.
    private(set) var isNewestChosen = false

    init(_ directory: DataDirectory, _ identity: DataIdentity) throws(JournalFailure) {
        let list = try SnapshotList.read(
            directory.snapshotPath, instance: identity.instance, files: directory.files)
        for damaged in list.damaged {
            self.notes.append("\(damaged.reason); it is passed over")
        }
        for info in list.sound {
            self.knownEnds.append(
                KnownEnd(.snapshot, info.path, info.end, generation: info.generation))
            self.generationMax = max(self.generationMax, info.generation)
        }
        for info in list.sound.reversed() where self.chosen == nil {
            do throws(JournalFailure) {
                let reader = try SnapshotReader(
                    info.path, instance: identity.instance, files: directory.files)
                defer { reader.close() }
                try reader.verify()
                self.chosen = info
            } catch {
                guard error.code == .damaged else { throw error }
                self.notes.append("\(error.message); it is passed over")
            }
        }
        self.isNewestChosen = self.chosen != nil && self.chosen?.path == list.newestPath
    }
}
