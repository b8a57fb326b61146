import Glibc

/// Makes system calls of a running server fail, by attaching strace to it.
struct FaultInjection: Sendable {
    /// As strace takes it, like `pwritev2:error=EIO:when=3`.
    var expression: String
    /// The status with which the server must end by itself; nil: it must go on.
    var expectedExit: Int32?

    /// A server that must end has ended by then.
    static let patienceMilliseconds = 20_000
    /// strace has attached by then, also on a machine that is busy with other things.
    private static let attachMilliseconds = 20_000

    /// Why strace cannot be used here; nil if it can. Tries it on a process of its own.
    static func obstacle() async throws -> String? {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let sleeper: ChildProcess
        let tracer: ChildProcess
        do {
            sleeper = try ChildProcess("sleep", ["30"], output: null, error: null)
            tracer = try ChildProcess(
                "strace", ["-f", "-q", "-p", "\(sleeper.processID)", "-o", "/dev/null"],
                output: null, error: null)
        } catch {
            return "strace cannot be started: \(error)"
        }
        let isAttached = await Self.waitForTracer(of: sleeper.processID, tracer)
        sleeper.signal(SIGKILL)
        _ = await sleeper.wait(milliseconds: 2_000)
        _ = await tracer.wait(milliseconds: 2_000)
        return isAttached ? nil : "ptrace is not allowed here"
    }

    /// Attaches; the strace process, which ends with the server.
    func attach(to server: ChildProcess, log: String) async throws -> ChildProcess {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let complaints = log + ".stderr"
        let error = open(complaints, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard error >= 0 else {
            throw LoadError("\(complaints): \(String(cString: strerror(errno)))")
        }
        defer { close(error) }
        let calls = self.expression.prefix { $0 != ":" }
        let tracer = try ChildProcess(
            "strace",
            [
                "-f", "-q", "-p", "\(server.processID)", "-o", log, "-e", "trace=\(calls)", "-e",
                "inject=\(self.expression)",
            ], output: null, error: error)
        guard await Self.waitForTracer(of: server.processID, tracer) else {
            let state = server.poll() == nil ? "runs" : "has ended"
            throw LoadError(
                "strace does not attach to process \(server.processID), which \(state): "
                    + FileText.read(complaints))
        }
        return tracer
    }

    private static func waitForTracer(of process: pid_t, _ tracer: ChildProcess) async -> Bool {
        for _ in 0..<Self.attachMilliseconds {
            let status = FileText.read("/proc/\(process)/status")
            let line = status.split(separator: "\n").first { $0.hasPrefix("TracerPid:") }
            if let line, !line.hasSuffix("\t0") { return true }
            if tracer.poll() != nil { return false }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return false
    }
}
