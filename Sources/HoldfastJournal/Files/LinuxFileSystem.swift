internal import CLinux
internal import Glibc

/// The real one.
package final class LinuxFileSystem: FileSystem {
    package init() {}

    package func open(_ path: String, _ mode: FileMode) throws(FileError) -> Int32 {
        let file: Int32 =
            switch mode {
            case .read: holdfast_open(path, O_RDONLY, 0, 0)
            case .write: holdfast_open(path, O_RDWR, 0, 0)
            case .writeDirect: holdfast_open(path, O_RDWR, 0, 1)
            case .create: holdfast_open(path, O_RDWR | O_CREAT | O_EXCL, 0o600, 0)
            case .createDirect: holdfast_open(path, O_RDWR | O_CREAT | O_EXCL, 0o600, 1)
            case .directory: holdfast_open(path, O_RDONLY | O_DIRECTORY, 0, 0)
            }
        if file < 0 { throw Self.failure("open", path) }
        return file
    }

    package func close(_ file: Int32, _ path: String) {
        // Errors of close say nothing that a sync has not said. EINTR: Linux has closed it all the same.
        let result = Glibc.close(file)
        precondition(result == 0 || errno != EBADF, "closed a descriptor twice")
    }

    package func read(
        _ file: Int32, _ path: String, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        let count = pread(file, buffer.baseAddress, buffer.count, off_t(offset))
        if count < 0 { throw Self.failure("read", path) }
        return count
    }

    package func write(
        _ file: Int32, _ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int,
        isSynchronous: Bool
    ) throws(FileError) -> Int {
        let count =
            isSynchronous
            ? holdfast_write_synchronous(file, bytes.baseAddress, bytes.count, Int64(offset))
            : pwrite(file, bytes.baseAddress, bytes.count, off_t(offset))
        if count < 0 { throw Self.failure("write", path) }
        return count
    }

    package func synchronizeData(_ file: Int32, _ path: String) throws(FileError) {
        if fdatasync(file) != 0 { throw Self.failure("fdatasync", path) }
    }

    package func synchronize(_ file: Int32, _ path: String) throws(FileError) {
        if fsync(file) != 0 { throw Self.failure("fsync", path) }
    }

    package func byteCount(_ file: Int32, _ path: String) throws(FileError) -> Int {
        var status = stat()
        if fstat(file, &status) != 0 { throw Self.failure("fstat", path) }
        return Int(status.st_size)
    }

    package func truncate(_ file: Int32, _ path: String, to byteCount: Int) throws(FileError) {
        if ftruncate(file, off_t(byteCount)) != 0 { throw Self.failure("ftruncate", path) }
    }

    package func rename(_ source: String, to target: String) throws(FileError) {
        if Glibc.rename(source, target) != 0 { throw Self.failure("rename", source) }
    }

    package func unlink(_ path: String) throws(FileError) {
        if Glibc.unlink(path) != 0 { throw Self.failure("unlink", path) }
    }

    package func makeDirectory(_ path: String) throws(FileError) {
        if mkdir(path, 0o700) != 0 { throw Self.failure("mkdir", path) }
    }

    package func status(_ path: String) throws(FileError) -> FileStatus {
        var status = stat()
        if stat(path, &status) != 0 { throw Self.failure("stat", path) }
        return FileStatus(
            byteCount: Int(status.st_size), ownerID: status.st_uid,
            permissions: status.st_mode & 0o7777,
            isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    }

    package func lock(_ file: Int32, _ path: String) throws(FileError) {
        if holdfast_lock_file(file) != 0 { throw Self.failure("flock", path) }
    }

    package func list(_ path: String) throws(FileError) -> [String] {
        guard let directory = opendir(path) else { throw Self.failure("opendir", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                if errno != 0 { throw Self.failure("readdir", path) }
                break
            }
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func failure(_ operation: String, _ path: String) -> FileError {
        let code = errno
        precondition(code != EBADF && code != EFAULT, "\(operation) of \(path): errno \(code)")
        return FileError(operation: operation, path: path, code: code)
    }
}
