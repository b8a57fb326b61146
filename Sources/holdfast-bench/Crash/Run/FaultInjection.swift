import Glibc

/// Makes system calls of a server fail, by attaching strace to it while it runs or by running it under strace.
struct FaultInjection: Sendable {
    /// As strace takes them, like `pwritev2:error=EIO:when=3`.
    var expressions: [String]
    /// The status with which the server must end by itself; nil: it must go on.
    var expectedExit: Int32?
    /// From the server's first call on: what it finds out at its start fails too. Otherwise under load.
    var isFromStart = false

    /// For sentences.
    var description: String { self.expressions.joined(separator: " and ") }

    /// How groups get on disk: counted in the log of a server that is traced from its start.
    private static let syncCalls = ["fdatasync", "pwritev2"]

    /// A server that must end has ended by then.
    static let patienceMilliseconds = 20_000

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
        let tracer = try ChildProcess(
            "strace", ["-f", "-q", "-p", "\(server.processID)"] + self.arguments(log: log),
            output: null, error: null)
        guard await Self.waitForTracer(of: server.processID, tracer) else {
            throw LoadError("strace does not attach to process \(server.processID)")
        }
        return tracer
    }

    /// What starts a program under strace. The process that is started becomes the program: strace is its grandchild and
    /// ends with it.
    func command(log: String) -> (program: String, arguments: [String]) {
        ("strace", ["-D", "-f", "-q"] + self.arguments(log: log))
    }

    private func arguments(log: String) -> [String] {
        var calls = self.expressions.flatMap { Self.calls(of: $0) }
        if self.isFromStart { calls += Self.syncCalls }
        return ["-o", log, "-e", "trace=" + calls.joined(separator: ",")]
            + self.expressions.flatMap { ["-e", "inject=\($0)"] }
    }

    /// Names of the system calls that an expression is about.
    private static func calls(of expression: String) -> [String] {
        expression.prefix { $0 != ":" }.split(separator: ",").map(String.init)
    }

    // MARK: The log

    /// Waits until strace has written of the server's end.
    static func waitForEnd(of server: ChildProcess, log: String) async -> Bool {
        for _ in 0..<2_000 {
            let lines = FileText.read(log).split(separator: "\n")
            if lines.contains(where: {
                $0.hasPrefix("\(server.processID) ") && $0.contains(" +++ ")
            }) {
                return true
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// The first expression that never took effect.
    func missing(in log: String) -> String? {
        let lines = FileText.read(log).split(separator: "\n").filter { $0.contains("(INJECTED") }
        return self.expressions.first { expression in
            let calls = Self.calls(of: expression)
            return !lines.contains { line in
                calls.contains { line.contains(" \($0)(") || line.contains(" \($0) resumed") }
            }
        }
    }

    /// How often each of the traced calls was made.
    func callCounts(in log: String) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in FileText.read(log).split(separator: "\n") {
            // "123 fdatasync(7 <unfinished ...>": the line on which it is resumed has no bracket behind the name.
            let words = line.drop { $0 != " " }.drop { $0 == " " }
            let name = words.prefix { $0 != "(" }
            if name.count < words.count, name.allSatisfy({ $0.isLetter || $0.isNumber }) {
                counts[String(name), default: 0] += 1
            }
        }
        return counts
    }

    private static func waitForTracer(of process: pid_t, _ tracer: ChildProcess) async -> Bool {
        for _ in 0..<2_000 {
            let status = FileText.read("/proc/\(process)/status")
            let line = status.split(separator: "\n").first { $0.hasPrefix("TracerPid:") }
            if let line, !line.hasSuffix("\t0") { return true }
            if tracer.poll() != nil { return false }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return false
    }
}
