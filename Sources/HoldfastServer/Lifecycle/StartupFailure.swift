/// Why the server does not start: one line for a person, and an exit status for whoever started it.
package struct StartupFailure: Error, Sendable, CustomStringConvertible {
    /// The exit statuses of `holdfast`, as in sysexits.h.
    package enum Status: Int32, Sendable, CaseIterable {
        /// EX_USAGE: an unknown flag or command.
        case usage = 64
        /// EX_DATAERR: a sale file that cannot be loaded.
        case data = 65
        /// EX_NOINPUT: a sale file that is not there.
        case noInput = 66
        /// EX_UNAVAILABLE: a port in use, no descriptors left.
        case unavailable = 69
        /// EX_SOFTWARE: our own fault.
        case software = 70
        /// EX_CANTCREAT: a file that `init` could not write.
        case cannotCreate = 73
        /// EX_IOERR: the disk failed. While serving, this is the fail-stop: what was not answered may or may not be kept.
        case disk = 74
        /// EX_TEMPFAIL: another process has the data directory open.
        case busy = 75
        /// EX_NOPERM: a port or a data directory that needs other rights.
        case forbidden = 77
        /// EX_CONFIG: a setting, a certificate or a key that cannot be used.
        case configuration = 78
        /// Our own: acknowledged data is damaged or missing. Nothing is served; see docs/OPERATIONS.md.
        case damaged = 80
    }

    package let status: Status
    /// What is wrong and how to mend it.
    package let message: String

    package init(_ status: Status, _ message: String) {
        self.status = status
        self.message = message
    }

    package var description: String { self.message }
}
