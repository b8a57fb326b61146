import Glibc

/// Asks a server for a snapshot through `holdfastctl`, which lies beside it.
struct SnapshotCall: Sendable {
    let home: CrashHome

    /// Does not wait for the end: the server may be killed before it.
    func start(adminPort: UInt16) throws -> ChildProcess {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        return try ChildProcess(
            "\(self.home.binaryFolder)/holdfastctl",
            [
                "snapshot", "--admin-endpoint", "127.0.0.1:\(adminPort)", "--ca",
                self.home.certificate("ca.pem"), "--certificate",
                self.home.certificate("admin.pem"), "--key", self.home.certificate("admin.key"),
            ], output: null, error: null)
    }
}
