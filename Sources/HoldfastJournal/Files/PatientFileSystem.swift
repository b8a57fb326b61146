/// Repeats each call that a signal interrupted, so that nobody above has to. Any thread.
///
/// Bounded: a call that is interrupted a hundred times in a row fails, since nothing but a broken device or a tracer does
/// that, and a thread that waits for ever cannot say why.
package final class PatientFileSystem: FileSystem {
    private static let attemptsMax = 100
    private let base: any FileSystem

    package init(_ base: any FileSystem) { self.base = base }

    package func open(_ path: String, _ mode: FileMode) throws(FileError) -> Int32 {
        try self.repeating { () throws(FileError) in try self.base.open(path, mode) }
    }

    package func close(_ file: Int32, _ path: String) { self.base.close(file, path) }

    package func read(
        _ file: Int32, _ path: String, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        try self.repeating { () throws(FileError) in
            try self.base.read(file, path, into: buffer, at: offset)
        }
    }

    package func write(
        _ file: Int32, _ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int,
        isSynchronous: Bool
    ) throws(FileError) -> Int {
        try self.repeating { () throws(FileError) in
            try self.base.write(file, path, bytes, at: offset, isSynchronous: isSynchronous)
        }
    }

    package func synchronizeData(_ file: Int32, _ path: String) throws(FileError) {
        try self.repeating { () throws(FileError) in try self.base.synchronizeData(file, path) }
    }

    package func synchronize(_ file: Int32, _ path: String) throws(FileError) {
        try self.repeating { () throws(FileError) in try self.base.synchronize(file, path) }
    }

    package func byteCount(_ file: Int32, _ path: String) throws(FileError) -> Int {
        try self.repeating { () throws(FileError) in try self.base.byteCount(file, path) }
    }

    package func truncate(_ file: Int32, _ path: String, to byteCount: Int) throws(FileError) {
        try self.repeating { () throws(FileError) in
            try self.base.truncate(file, path, to: byteCount)
        }
    }

    package func rename(_ source: String, to target: String) throws(FileError) {
        try self.repeating { () throws(FileError) in try self.base.rename(source, to: target) }
    }

    package func unlink(_ path: String) throws(FileError) {
        try self.repeating { () throws(FileError) in try self.base.unlink(path) }
    }

    package func makeDirectory(_ path: String) throws(FileError) {
        try self.repeating { () throws(FileError) in try self.base.makeDirectory(path) }
    }

    package func status(_ path: String) throws(FileError) -> FileStatus {
        try self.repeating { () throws(FileError) in try self.base.status(path) }
    }

    package func lock(_ file: Int32, _ path: String) throws(FileError) {
        try self.repeating { () throws(FileError) in try self.base.lock(file, path) }
    }

    package func list(_ path: String) throws(FileError) -> [String] {
        try self.repeating { () throws(FileError) in try self.base.list(path) }
    }

    private func repeating<Result>(
        _ call: () throws(FileError) -> Result
    ) throws(FileError) -> Result {
        var attempts = 1
        while true {
            do throws(FileError) {
                return try call()
            } catch {
                guard error.isInterruption, attempts < Self.attemptsMax else { throw error }
                attempts += 1
            }
        }
    }
}
