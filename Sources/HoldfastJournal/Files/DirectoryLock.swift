internal import Glibc

/// Holds `<data>/lock` while a process has the directory open. The kernel gives it back when the process ends, however it
/// ends; the text in it (process and start time) is only there to name the holder. One owner.
struct DirectoryLock: Sendable {
    private let file: Int32
    private let path: String

    /// Takes the lock at once or says who has it.
    ///
    /// - Parameter directory: The data directory's path, for the message.
    static func take(
        _ path: String, of directory: String, files: any FileSystem, nowMilliseconds: Int64
    ) throws(JournalFailure) -> DirectoryLock {
        let file: Int32
        do throws(FileError) {
            file = try self.openOrCreate(path, files)
        } catch {
            throw JournalFailure(error, during: "open the lock of the data directory")
        }
        do throws(FileError) {
            try files.lock(file, path)
        } catch {
            let holder = error.isHeldElsewhere ? self.holder(file, path, files) : ""
            files.close(file, path)
            guard error.isHeldElsewhere else {
                throw JournalFailure(error, during: "lock the data directory")
            }
            throw JournalFailure(
                .locked, "data directory \(directory) is in use by \(holder)",
                hint: "stop that process first, or give this one a directory of its own")
        }
        do throws(FileError) {
            let text = "process \(getpid()) since \(self.timeText(nowMilliseconds))\n"
            try self.write(text, file, path, files)
        } catch {
            // A full disk must not keep the server from confirming and cancelling: the holder stays unnamed.
            guard error.isOutOfSpace else {
                files.close(file, path)
                throw JournalFailure(error, during: "write the lock of the data directory")
            }
        }
        return DirectoryLock(file: file, path: path)
    }

    func giveBack(_ files: any FileSystem) { files.close(self.file, self.path) }

    private static func openOrCreate(
        _ path: String, _ files: any FileSystem
    ) throws(FileError) -> Int32 {
        do throws(FileError) {
            return try files.open(path, .write)
        } catch {
            guard error.isMissing else { throw error }
        }
        do throws(FileError) {
            return try files.open(path, .create)
        } catch {
            // Another start was quicker: its lock decides.
            guard error.isPresent else { throw error }
            return try files.open(path, .write)
        }
    }

    private static func write(
        _ text: String, _ file: Int32, _ path: String, _ files: any FileSystem
    ) throws(FileError) {
        try files.truncate(file, path, to: 0)
        var failure: FileError?
        Array(text.utf8).withUnsafeBytes { bytes in
            do throws(FileError) {
                try files.writeAll(file, path, bytes, at: 0, isSynchronous: false)
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private static func holder(_ file: Int32, _ path: String, _ files: any FileSystem) -> String {
        let text: String = withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { buffer in
            let count = (try? files.readAll(file, path, into: buffer, at: 0)) ?? 0
            let line = buffer.prefix(count).prefix { $0 != UInt8(ascii: "\n") }
            return String(decoding: line, as: UTF8.self)
        }
        return text.isEmpty ? "another process" : text
    }

    /// Like 2026-11-23T03:04:05Z.
    static func timeText(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}
