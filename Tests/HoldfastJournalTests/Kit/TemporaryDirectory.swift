import Glibc

/// A directory that goes with the value. In memory where there is such a place: exhaustive tests write a lot.
final class TemporaryDirectory: Sendable {
    let path: String

    /// - Parameter onDisk: In the ordinary temporary folder instead.
    init(onDisk: Bool = false) {
        let parent = !onDisk && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/holdfast-journal.XXXXXX".utf8CString)
        let made: String? = template.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress.unsafelyUnwrapped
            return mkdtemp(base) == nil ? nil : String(cString: base)
        }
        guard let made else {
            preconditionFailure("no temporary directory in \(parent): errno \(errno)")
        }
        self.path = made
    }

    deinit { Self.remove(self.path) }

    /// Whatever is inside, and the directory.
    static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                    String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
                }
                if name == "." || name == ".." { continue }
                if entry.pointee.d_type == UInt8(DT_DIR) {
                    self.remove("\(path)/\(name)")
                } else {
                    unlink("\(path)/\(name)")
                }
            }
            closedir(directory)
        }
        rmdir(path)
    }
}
