/// Why a data directory cannot be used, or no longer. The environment's doing, never our own bug: those trap.
package struct JournalFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Another process has the directory open.
        case locked
        /// Wrong owner, or others may write.
        case permissions
        /// Not a data directory, or files of another instance.
        case notOurs
        /// Acknowledged data is missing or wrong.
        case damaged
        /// Written by a newer version of this program.
        case newerVersion
        case shardCountMismatch
        /// The journal's newest time lies far ahead of the clock.
        case clockAhead
        case outOfSpace
        /// A system call failed.
        case io
    }

    package let code: Code
    /// What happened, with the file's name.
    package let message: String
    /// What the operator can do.
    package let hint: String

    package init(_ code: Code, _ message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// A system call that failed.
    ///
    /// - Parameter purpose: What it was for, as in "cannot \(purpose)".
    package init(_ error: FileError, during purpose: String) {
        self.message = "cannot \(purpose): \(error.description)"
        if error.isOutOfSpace {
            self.code = .outOfSpace
            self.hint = "make room on the file system of the data directory, then start again"
        } else if error.isForbidden {
            self.code = .permissions
            self.hint = "give the server's user access to the data directory"
        } else {
            self.code = .io
            self.hint = "check the device and the kernel's log before you start again"
        }
    }

    package var description: String { "\(self.message) (\(self.hint))" }
}
