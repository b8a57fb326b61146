/// What is known of a data directory's snapshots.
package struct SnapshotSurvey: Sendable {
    /// Of snapshots whose header and footer are sound.
    package var ends: [KnownEnd] = []
    /// Damaged ones, in words.
    package var problems: [String] = []

    /// The newest that is sound to its last byte; 0 none.
    package var usableLSN: UInt64

    package init(ends: [KnownEnd] = [], problems: [String] = [], usableLSN: UInt64 = 0) {
        self.ends = ends
        self.problems = problems
        self.usableLSN = usableLSN
    }

    /// Reads a directory's snapshots; tests give others.
    package typealias Reader =
        @Sendable (_ directory: DataDirectory, _ identity: DataIdentity)
        throws(JournalFailure) -> SnapshotSurvey

    /// Every byte of every snapshot.
    package static let read: Reader = { directory, identity throws(JournalFailure) in
        let list = try SnapshotList.read(
            directory.snapshotPath, instance: identity.instance, files: directory.files)
        var survey = SnapshotSurvey(problems: list.damaged.map { "\($0.path): \($0.reason)" })
        for info in list.sound {
            survey.ends.append(
                KnownEnd(.snapshot, info.path, info.end, generation: info.generation))
            let reader = try SnapshotReader(
                info.path, instance: identity.instance, files: directory.files)
            defer { reader.close() }
            do throws(JournalFailure) {
                try reader.verify()
                survey.usableLSN = max(survey.usableLSN, info.lsn)
            } catch {
                if error.code == .newerVersion { throw error }
                survey.problems.append(error.message)
            }
        }
        return survey
    }
}
