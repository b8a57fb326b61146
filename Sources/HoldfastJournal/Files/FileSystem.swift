internal import Glibc

/// The system calls that the journal makes, one method a call: the seam at which tests let the k-th call fail, cut a
/// write short or stop the process. Any thread; a descriptor is one thread's.
///
/// A method is exactly one system call and never repeats it: `PatientFileSystem` repeats what a signal interrupted, the
/// extension below goes on after a short write.
package protocol FileSystem: AnyObject, Sendable {
    /// - Returns: An open descriptor, closed on exec.
    func open(_ path: String, _ mode: FileMode) throws(FileError) -> Int32
    func close(_ file: Int32, _ path: String)
    /// At most `buffer.count` bytes at `offset`; 0 at the end of the file.
    func read(
        _ file: Int32, _ path: String, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int
    /// May write less than asked. `isSynchronous`: on disk when it returns.
    func write(
        _ file: Int32, _ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int,
        isSynchronous: Bool
    ) throws(FileError) -> Int
    /// fdatasync. A failure is final: the kernel has dropped the pages (reliability: never retried).
    func synchronizeData(_ file: Int32, _ path: String) throws(FileError)
    /// fsync, of a file or a directory.
    func synchronize(_ file: Int32, _ path: String) throws(FileError)
    func byteCount(_ file: Int32, _ path: String) throws(FileError) -> Int
    func truncate(_ file: Int32, _ path: String, to byteCount: Int) throws(FileError)
    func rename(_ source: String, to target: String) throws(FileError)
    func unlink(_ path: String) throws(FileError)
    func makeDirectory(_ path: String) throws(FileError)
    /// Owner, permissions and size of what a path leads to.
    func status(_ path: String) throws(FileError) -> FileStatus
    /// Locks the open file for this process, or fails with EWOULDBLOCK at once. Closing it gives the lock back.
    func lock(_ file: Int32, _ path: String) throws(FileError)
    /// Names in a directory, sorted by their bytes, without "." and "..".
    func list(_ path: String) throws(FileError) -> [String]
}

/// What the directory says of a file.
package struct FileStatus: Sendable, Equatable {
    package let byteCount: Int
    package let ownerID: UInt32
    /// The permission bits, as in 0o700.
    package let permissions: UInt32
    package let isDirectory: Bool

    package init(byteCount: Int, ownerID: UInt32, permissions: UInt32, isDirectory: Bool) {
        self.byteCount = byteCount
        self.ownerID = ownerID
        self.permissions = permissions
        self.isDirectory = isDirectory
    }
}

package enum FileMode: Sendable {
    /// Reads a file that is there.
    case read
    /// Reads and writes a file that is there.
    case write
    /// The same past the page cache (O_DIRECT): offsets, lengths and addresses are multiples of `JournalLayout.pageBytes`.
    case writeDirect
    /// Makes a file of mode 0600 that must not be there yet, to read and write.
    case create
    case createDirect
    case directory
}

extension FileSystem {
    /// Writes everything: goes on after a short write, which is no failure.
    package func writeAll(
        _ file: Int32, _ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int,
        isSynchronous: Bool
    ) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = try self.write(
                file, path, UnsafeRawBufferPointer(rebasing: bytes[done...]),
                at: offset + done, isSynchronous: isSynchronous)
            // A device that takes nothing and says nothing would keep us here for ever.
            if count == 0 {
                throw FileError(operation: "write (wrote nothing)", path: path, code: EIO)
            }
            done += count
        }
    }

    /// Reads until the buffer is full or the file ends. Returns the number of bytes.
    package func readAll(
        _ file: Int32, _ path: String, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = try self.read(
                file, path, into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]),
                at: offset + done)
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Makes a directory's entries last.
    package func synchronizeDirectory(_ path: String) throws(FileError) {
        let directory = try self.open(path, .directory)
        defer { self.close(directory, path) }
        try self.synchronize(directory, path)
    }

    /// A whole file, at most `byteCountMax`.
    package func contents(of path: String, byteCountMax: Int) throws(FileError) -> [UInt8] {
        let file = try self.open(path, .read)
        defer { self.close(file, path) }
        let size = min(try self.byteCount(file, path), byteCountMax)
        var bytes = [UInt8](repeating: 0, count: size)
        var count = 0
        var failure: FileError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(FileError) {
                count = try self.readAll(file, path, into: buffer, at: 0)
            } catch { failure = error }
        }
        if let failure { throw failure }
        bytes.removeLast(size - count)
        return bytes
    }

    /// Writes a file under another name, makes it last, and only then gives it its name: whoever reads `path` sees the
    /// old bytes or the new ones.
    package func replace(
        _ path: String, in directory: String, with bytes: [UInt8]
    ) throws(FileError) {
        let temporary = path + ".tmp"
        do { try self.unlink(temporary) } catch { guard error.isMissing else { throw error } }
        try self.writeFile(temporary, bytes)
        try self.rename(temporary, to: path)
        try self.synchronizeDirectory(directory)
    }

    /// Makes a file that must not be there yet; its bytes are on disk when this returns, its name is not.
    package func writeFile(_ path: String, _ bytes: [UInt8]) throws(FileError) {
        let file = try self.open(path, .create)
        defer { self.close(file, path) }
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) {
                try self.writeAll(file, path, buffer, at: 0, isSynchronous: false)
            } catch { failure = error }
        }
        if let failure { throw failure }
        try self.synchronize(file, path)
    }
}
