internal import Glibc

/// A system call on a file that failed. Thrown for the environment's failures only; our own bugs (EBADF, EFAULT) trap.
package struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call, like `open` or `fdatasync`.
    package let operation: String
    package let path: String
    /// As in errno.h.
    package let code: Int32

    package init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    package var description: String {
        "\(self.operation) \(self.path): \(String(cString: strerror(self.code)))"
    }

    /// A signal came before anything was done: the call is repeated.
    package var isInterruption: Bool { self.code == EINTR }
    package var isMissing: Bool { self.code == ENOENT }
    package var isPresent: Bool { self.code == EEXIST }
    /// Somebody else holds the lock.
    package var isHeldElsewhere: Bool { self.code == EWOULDBLOCK }
    package var isForbidden: Bool {
        self.code == EACCES || self.code == EPERM || self.code == EROFS
    }
    package var isOutOfSpace: Bool { self.code == ENOSPC || self.code == EDQUOT }
}
