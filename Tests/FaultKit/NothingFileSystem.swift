internal import Glibc
internal import HoldfastJournal

/// Does nothing and says that it went well. Files are empty, folders are too, and nothing is there. Any thread.
final class NothingFileSystem: FileSystem {
    private let base = LinuxFileSystem()

    func open(_ path: String, _ mode: FileMode) throws(FileError) -> Int32 {
        try self.base.open("/dev/null", .write)
    }

    func close(_ file: Int32, _ path: String) { self.base.close(file, path) }

    func read(
        _ file: Int32, _ path: String, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int { 0 }

    func write(
        _ file: Int32, _ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int,
        isSynchronous: Bool
    ) throws(FileError) -> Int { bytes.count }

    func synchronizeData(_ file: Int32, _ path: String) throws(FileError) {}
    func synchronize(_ file: Int32, _ path: String) throws(FileError) {}
    func byteCount(_ file: Int32, _ path: String) throws(FileError) -> Int { 0 }
    func truncate(_ file: Int32, _ path: String, to byteCount: Int) throws(FileError) {}
    func rename(_ source: String, to target: String) throws(FileError) {}
    func unlink(_ path: String) throws(FileError) {}
    func makeDirectory(_ path: String) throws(FileError) {}
    func list(_ path: String) throws(FileError) -> [String] { [] }
    func lock(_ file: Int32, _ path: String) throws(FileError) {}

    func status(_ path: String) throws(FileError) -> FileStatus {
        throw FileError(operation: "stat", path: path, code: ENOENT)
    }
}
