import Glibc
import HoldfastJournal

/// Files in memory, only to be read: for loops over so many cases that real files would take too long. Other tests use
/// real files, and a sample of these cases does too. One thread at a time.
final class MemoryFileSystem: FileSystem, @unchecked Sendable {
    /// By path.
    private(set) var paths: [String] = []
    private var contents: [[UInt8]] = []

    init(_ files: [String: [UInt8]] = [:]) {
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) { self[path] = bytes }
    }

    /// Nil: not there.
    subscript(path: String) -> [UInt8]? {
        get { self.paths.firstIndex(of: path).map { self.contents[$0] } }
        set {
            if let index = self.paths.firstIndex(of: path) {
                if let newValue {
                    self.contents[index] = newValue
                } else {
                    self.paths.remove(at: index)
                    self.contents.remove(at: index)
                }
            } else if let newValue {
                self.paths.append(path)
                self.contents.append(newValue)
            }
        }
    }

    /// Changes a file where it lies.
    func change(_ path: String, _ body: (inout [UInt8]) -> Void) {
        body(&self.contents[self.paths.firstIndex(of: path)!])
    }

    func open(_ path: String, _ mode: FileMode) throws(FileError) -> Int32 {
        guard case .read = mode else {
            throw FileError(operation: "open", path: path, code: EROFS)
        }
        guard let index = self.paths.firstIndex(of: path) else {
            throw FileError(operation: "open", path: path, code: ENOENT)
        }
        return Int32(index)
    }

    func close(_ file: Int32, _ path: String) {}

    func read(
        _ file: Int32, _ path: String, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        self.contents[Int(file)].withUnsafeBytes { bytes in
            guard offset < bytes.count else { return 0 }
            let count = min(buffer.count, bytes.count - offset)
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
            return count
        }
    }

    func byteCount(_ file: Int32, _ path: String) throws(FileError) -> Int {
        self.contents[Int(file)].count
    }

    func status(_ path: String) throws(FileError) -> FileStatus {
        let file = self[path]
        if file == nil && !self.paths.contains(where: { $0.hasPrefix(path + "/") }) {
            throw FileError(operation: "stat", path: path, code: ENOENT)
        }
        return FileStatus(
            byteCount: file?.count ?? 0, ownerID: geteuid(), permissions: 0o600,
            isDirectory: file == nil)
    }

    func list(_ path: String) throws(FileError) -> [String] {
        var names: Set<String> = []
        for file in self.paths where file.hasPrefix(path + "/") {
            names.insert(
                String(file.dropFirst(path.count + 1).prefix { $0 != "/" }))
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    // What writes.

    private func refuse(_ operation: String, _ path: String) -> FileError {
        FileError(operation: operation, path: path, code: EROFS)
    }

    func write(
        _ file: Int32, _ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int,
        isSynchronous: Bool
    ) throws(FileError) -> Int { throw self.refuse("write", path) }

    func synchronizeData(_ file: Int32, _ path: String) throws(FileError) {
        throw self.refuse("fdatasync", path)
    }

    func synchronize(_ file: Int32, _ path: String) throws(FileError) {
        throw self.refuse("fsync", path)
    }

    func truncate(_ file: Int32, _ path: String, to byteCount: Int) throws(FileError) {
        throw self.refuse("ftruncate", path)
    }

    func rename(_ source: String, to target: String) throws(FileError) {
        throw self.refuse("rename", source)
    }

    func unlink(_ path: String) throws(FileError) { throw self.refuse("unlink", path) }

    func makeDirectory(_ path: String) throws(FileError) { throw self.refuse("mkdir", path) }

    func lock(_ file: Int32, _ path: String) throws(FileError) {
        throw self.refuse("flock", path)
    }
}
