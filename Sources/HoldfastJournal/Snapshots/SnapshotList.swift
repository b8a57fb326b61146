/// A snapshot as its header and footer describe it. Its chunks are judged when it is read.
package struct SnapshotFooterInfo: Sendable, Equatable {
    package var lsn: UInt64
    package var chain: ChainHash
    package var path: String
    package var generation: UInt32
    package var byteCount: Int
    package var createdMilliseconds: Int64
    package var newestTimeMilliseconds: Int64
    /// Images in it.
    package var shardCount: UInt32

    package var end: LogEnd { LogEnd(lsn: self.lsn, chain: self.chain) }
}

/// The snapshots of a data directory, oldest first.
package struct SnapshotList: Sendable {
    package var sound: [SnapshotFooterInfo] = []
    /// Files that bear a snapshot's name and are none, with the reason.
    package var damaged: [(path: String, reason: String)] = []

    /// Of the file with the newest name, sound or not; nil: there is none.
    package var newestPath: String? {
        (self.sound.map(\.path) + self.damaged.map(\.path)).max()
    }

    /// Reads each file's first and last page.
    ///
    /// - Throws: `io` if the directory cannot be read, `newerVersion`, `notOurs` for files of another instance. A file that
    ///   is damaged or cannot be read is no error here: an older snapshot may do.
    package static func read(
        _ folder: String, instance: InstanceID, files: any FileSystem
    ) throws(JournalFailure) -> SnapshotList {
        var list = SnapshotList()
        let names: [String]
        do throws(FileError) {
            names = try files.list(folder)
        } catch {
            throw JournalFailure(error, during: "list snapshots")
        }
        for name in names where SnapshotName.lsn(ofFile: name) != nil {
            let path = folder + "/" + name
            do throws(JournalFailure) {
                let reader = try SnapshotReader(path, instance: instance, files: files)
                list.sound.append(reader.info)
                reader.close()
            } catch {
                guard error.code == .damaged || error.code == .io else { throw error }
                list.damaged.append((path, error.message))
            }
        }
        return list
    }
}
