internal import Glibc

/// Small files, whole, and paths as text.
package enum TextFile {
    /// Nothing that the server reads at its start is larger.
    static let byteCountMax = 256 << 20

    /// Why a file could not be read or written, in the system's words.
    package struct Failure: Error, Sendable {
        package let errorNumber: Int32
        package let message: String

        init(_ errorNumber: Int32) {
            self.errorNumber = errorNumber
            self.message = String(cString: strerror(errorNumber))
        }
    }

    /// The bytes of a file.
    package static func readBytes(_ path: String) throws(Failure) -> [UInt8] {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw Failure(errno) }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(fd, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(errno)
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= self.byteCountMax else { throw Failure(EFBIG) }
        }
    }

    /// The text of a file; bytes that are no UTF-8 become U+FFFD.
    package static func read(_ path: String) throws(Failure) -> String {
        String(decoding: try self.readBytes(path), as: UTF8.self)
    }

    /// Writes a new file and never over one that is there.
    package static func create(
        _ path: String, text: String, mode: UInt32
    ) throws(Failure) {
        let fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard fd >= 0 else { throw Failure(errno) }
        defer { close(fd) }
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(fd, $0.baseAddress! + offset, bytes.count - offset)
            }
            if count < 0 {
                if errno == EINTR { continue }
                let error = errno
                unlink(path)
                throw Failure(error)
            }
            offset += count
        }
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a folder; one that is there is fine.
    package static func makeDirectory(_ path: String, mode: UInt32) throws(Failure) {
        if mkdir(path, mode) != 0 && errno != EEXIST { throw Failure(errno) }
    }

    /// `a/b` of `a/b/c`, empty of `c`, `/` of `/c`.
    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Absolute paths as they are, others below `directory`.
    package static func resolve(_ path: String, against directory: String) -> String {
        if path.hasPrefix("/") || directory.isEmpty { return path }
        return directory.hasSuffix("/") ? directory + path : directory + "/" + path
    }
}
