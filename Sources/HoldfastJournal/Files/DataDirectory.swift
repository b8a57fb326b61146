internal import Glibc
internal import Synchronization

/// A data directory: its paths, its lock and its identity. `open` makes it ready for a server or a tool that changes it;
/// `look` is for tools that only read and may run beside a server. Any thread.
///
/// An identity becomes valid only when everything else of a new directory is on disk: until then it lies under its
/// temporary name, which tells a first start that was interrupted from a directory that has lost its identity.
package final class DataDirectory: Sendable {
    package let path: String
    /// What the directory's files are used through; repeats interrupted calls.
    package let files: any FileSystem
    private let lock: Mutex<DirectoryLock?>

    package var journalPath: String { self.path + "/" + JournalLayout.journalFolder }
    package var snapshotPath: String { self.path + "/" + JournalLayout.snapshotFolder }
    package var identityPath: String { self.path + "/" + JournalLayout.identityFile }
    package var manifestPath: String { self.journalPath + "/" + JournalLayout.manifestFile }
    var newIdentityPath: String { self.identityPath + Self.temporarySuffix }
    package static let temporarySuffix = ".tmp"

    private init(path: String, files: any FileSystem, lock: DirectoryLock?) {
        self.path = path
        self.files = files
        self.lock = Mutex(lock)
    }

    /// Makes what is missing of the directory, checks owner and permissions, and takes the lock.
    ///
    /// - Parameter nowMilliseconds: For the lock's text.
    /// - Throws: `locked`, `permissions`, `notOurs`, `outOfSpace`, `io`.
    package static func open(
        _ path: String, files: any FileSystem, nowMilliseconds: Int64
    ) throws(JournalFailure) -> DataDirectory {
        let files = PatientFileSystem(files)
        let directory = DataDirectory(path: self.trimmed(path), files: files, lock: nil)
        do throws(FileError) {
            if try self.make(directory.path, files) {
                try files.synchronizeDirectory(self.parent(of: directory.path))
            }
        } catch {
            throw JournalFailure(error, during: "make the data directory")
        }
        try directory.check(directory.path, isDirectory: true)
        let lock = try DirectoryLock.take(
            directory.path + "/" + JournalLayout.lockFile, of: directory.path, files: files,
            nowMilliseconds: nowMilliseconds)
        directory.lock.withLock { $0 = lock }
        do throws(JournalFailure) {
            try directory.prepare()
        } catch {
            directory.close()
            throw error
        }
        return directory
    }

    /// A directory to read: nothing is made, changed or locked.
    package static func look(
        _ path: String, files: any FileSystem
    ) throws(JournalFailure) -> DataDirectory {
        let directory = DataDirectory(
            path: self.trimmed(path), files: PatientFileSystem(files), lock: nil)
        do throws(FileError) {
            guard try directory.files.status(directory.path).isDirectory else {
                throw FileError(operation: "open", path: directory.path, code: ENOTDIR)
            }
        } catch {
            throw JournalFailure(error, during: "read the data directory")
        }
        return directory
    }

    /// Gives the lock back. Nothing of the directory may be used afterwards.
    package func close() {
        let lock = self.lock.withLock { lock in
            defer { lock = nil }
            return lock
        }
        lock?.giveBack(self.files)
    }

    /// Removes what was being made when the last process ended. Not the new identity: `readIdentity` and the first
    /// opening need it.
    package func removeTemporaryFiles() throws(JournalFailure) {
        do throws(FileError) {
            for folder in [self.journalPath, self.snapshotPath] {
                for name in try self.files.list(folder)
                where name.hasSuffix(Self.temporarySuffix) {
                    try self.files.unlink(folder + "/" + name)
                }
            }
        } catch {
            throw JournalFailure(error, during: "remove temporary files")
        }
    }

    // MARK: Identity

    /// The directory's identity, or nil if nothing was ever kept in it.
    ///
    /// - Throws: `notOurs` if there are files of a journal without an identity, or the identity is no identity.
    package func readIdentity() throws(JournalFailure) -> DataIdentity? {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try self.files.contents(
                of: self.identityPath, byteCountMax: 2 * JournalLayout.pageBytes)
        } catch {
            guard error.isMissing else {
                throw JournalFailure(error, during: "read the data directory's identity")
            }
            try self.checkNeverUsed()
            return nil
        }
        return try self.decoded(bytes)
    }

    /// The same, for a server that runs with so many shards.
    package func readIdentity(
        expectingShardCount shardCount: UInt32
    ) throws(JournalFailure) -> DataIdentity? {
        guard let identity = try self.readIdentity() else { return nil }
        guard identity.shardCount == shardCount else {
            throw JournalFailure(
                .shardCountMismatch,
                "data directory \(self.path) was made with \(identity.shardCount) shards, the "
                    + "configuration says \(shardCount)",
                hint: "set shards to \(identity.shardCount): which shard a sale lives in follows "
                    + "from it, so it never changes")
        }
        return identity
    }

    private func decoded(_ bytes: [UInt8]) throws(JournalFailure) -> DataIdentity {
        let verdict: HeaderVerdict<DataIdentity> =
            bytes.count == JournalLayout.pageBytes
            ? bytes.withUnsafeBytes { DataIdentity.decode($0.baseAddress.unsafelyUnwrapped) }
            : .damaged
        switch verdict {
        case .valid(let identity): return identity
        case .unknownVersion(let version):
            throw JournalFailure(
                .newerVersion, "\(self.identityPath) has format \(version)",
                hint: "start the version that wrote it, or a newer one")
        case .zero, .damaged:
            throw JournalFailure(
                .notOurs, "\(self.identityPath) is damaged",
                hint: "restore it from a backup of this data directory")
        }
    }

    /// Without an identity nothing may be there but what an interrupted first start leaves.
    private func checkNeverUsed() throws(JournalFailure) {
        let names: [String]
        var kept: [String] = []
        do throws(FileError) {
            names = try self.files.list(self.path)
            // The identity's temporary name: a first start got this far, and nobody was served from it.
            if names.contains(JournalLayout.identityFile + Self.temporarySuffix) { return }
            for folder in [JournalLayout.journalFolder, JournalLayout.snapshotFolder]
            where names.contains(folder) {
                for name in try self.files.list(self.path + "/" + folder)
                where !name.hasSuffix(Self.temporarySuffix) {
                    kept.append(folder + "/" + name)
                }
            }
        } catch {
            throw JournalFailure(error, during: "read the data directory")
        }
        kept.append(contentsOf: names.filter { !Self.isOurs($0) })
        guard let first = kept.first else { return }
        throw JournalFailure(
            .notOurs,
            "data directory \(self.path) has no identity, but \(kept.count) files, like \(first)",
            hint: "restore the file \(JournalLayout.identityFile) from a backup, or name an empty "
                + "directory")
    }

    private static func isOurs(_ name: String) -> Bool {
        name == JournalLayout.journalFolder || name == JournalLayout.snapshotFolder
            || name == JournalLayout.lockFile || name == "lost+found"
    }

    // MARK: Making and checking

    /// Whether the journal's folder is not there: so a directory looks that was put together from an identity and a
    /// snapshot. `open` leaves it so; a folder that is there and empty is one that has lost its files.
    package func lacksJournalFolder() throws(JournalFailure) -> Bool {
        do throws(FileError) {
            _ = try self.files.status(self.journalPath)
            return false
        } catch {
            guard error.isMissing else { throw JournalFailure(error, during: "read the journal") }
            return true
        }
    }

    /// Makes the journal's folder if it is not there.
    package func makeJournalFolder() throws(JournalFailure) { try self.make([self.journalPath]) }

    private func make(_ folders: [String]) throws(JournalFailure) {
        var hasMade = false
        do throws(FileError) {
            for folder in folders {
                if try Self.make(folder, self.files) { hasMade = true }
            }
            if hasMade { try self.files.synchronizeDirectory(self.path) }
        } catch {
            throw JournalFailure(error, during: "make the data directory's folders")
        }
    }

    private func prepare() throws(JournalFailure) {
        var folders = [self.journalPath, self.snapshotPath]
        if try self.lacksJournalFolder(), try self.hasIdentityFile() { folders.removeFirst() }
        try self.make(folders)
        for folder in folders {
            try self.check(folder, isDirectory: true)
            let names: [String]
            do throws(FileError) {
                names = try self.files.list(folder)
            } catch {
                throw JournalFailure(error, during: "read the data directory")
            }
            for name in names { try self.check(folder + "/" + name, isDirectory: false) }
        }
        try self.check(self.path + "/" + JournalLayout.lockFile, isDirectory: false)
        try self.check(self.identityPath, isDirectory: false, mayBeMissing: true)
    }

    private func hasIdentityFile() throws(JournalFailure) -> Bool {
        do throws(FileError) {
            _ = try self.files.status(self.identityPath)
            return true
        } catch {
            guard error.isMissing else {
                throw JournalFailure(error, during: "read the data directory's identity")
            }
            return false
        }
    }

    /// Ours alone to write.
    private func check(
        _ path: String, isDirectory: Bool, mayBeMissing: Bool = false
    ) throws(JournalFailure) {
        let status: FileStatus
        do throws(FileError) {
            status = try self.files.status(path)
        } catch {
            if mayBeMissing && error.isMissing { return }
            throw JournalFailure(error, during: "check the data directory")
        }
        let user = geteuid()
        guard status.isDirectory == isDirectory else {
            throw JournalFailure(
                .notOurs, "\(path) is \(isDirectory ? "not " : "")a directory",
                hint: "name a data directory, or one that is not there yet")
        }
        guard status.ownerID == user else {
            throw JournalFailure(
                .permissions,
                "\(path) belongs to user \(status.ownerID), the server runs as \(user)",
                hint: "start the server as that user, or chown -R the data directory")
        }
        guard status.permissions & 0o022 == 0 else {
            throw JournalFailure(
                .permissions,
                "others may write \(path) (mode \(String(status.permissions, radix: 8)))",
                hint: "chmod -R go-w \(self.path)")
        }
    }

    /// - Returns: Whether it was not there.
    private static func make(_ path: String, _ files: any FileSystem) throws(FileError) -> Bool {
        do throws(FileError) {
            try files.makeDirectory(path)
            return true
        } catch {
            guard error.isPresent else { throw error }
            return false
        }
    }

    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.utf8.count > 1 && path.hasSuffix("/") { path.removeLast() }
        return path
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
