import Glibc
import Synchronization

/// A process that this tool has started. It is ended by its number at the latest when this object goes. Any task.
final class ChildProcess: Sendable {
    enum End: Equatable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case signalled(Int32)

        var description: String {
            switch self {
            case .exited(let status): "exit status \(status)"
            case .signalled(let signal): "signal \(signal)"
            }
        }
    }

    let processID: pid_t
    private let end = Mutex<End?>(nil)

    /// - Parameters:
    ///   - environment: Added to this process's own.
    ///   - output, error: Open descriptors for the streams; the caller closes its copies.
    /// - Throws: `LoadError` if the program cannot be started.
    init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:],
        output: Int32, error: Int32
    ) throws(LoadError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO)
        var variables = Self.ownEnvironment()
        variables.merge(environment) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var number: pid_t = 0
        let result = posix_spawnp(&number, path, &actions, nil, &argv, &envp)
        guard result == 0 else {
            throw LoadError("cannot start \(path): \(String(cString: strerror(result)))")
        }
        self.processID = number
    }

    deinit {
        if self.poll() == nil {
            kill(self.processID, SIGKILL)
            var status: Int32 = 0
            waitpid(self.processID, &status, 0)
        }
    }

    /// How it ended, nil while it runs.
    func poll() -> End? {
        self.end.withLock { end in
            if end != nil { return end }
            var status: Int32 = 0
            guard waitpid(self.processID, &status, WNOHANG) == self.processID else { return nil }
            // What WIFEXITED and its like are made of.
            let signal = status & 0x7F
            end = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
            return end
        }
    }

    /// Waits for its end without blocking a thread; nil if it still runs then.
    func wait(milliseconds: Int) async -> End? {
        let deadline = Clock.nowNanoseconds() + UInt64(milliseconds) * 1_000_000
        while true {
            if let end = self.poll() { return end }
            if Clock.nowNanoseconds() >= deadline { return nil }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    /// What each of its threads does, for the report about one that does not answer.
    func threadStates() -> String {
        let folder = "/proc/\(self.processID)/task"
        return DataTampering.names(in: folder).filter { $0 != "." && $0 != ".." }.sorted()
            .map { thread in
                let name = FileText.read("\(folder)/\(thread)/comm").split(separator: "\n").first
                let place = FileText.read("\(folder)/\(thread)/wchan")
                return "\(name ?? "?") in \(place)"
            }
            .joined(separator: ", ")
    }

    /// Nothing if it has ended: its number may be another's by then.
    func signal(_ number: Int32) {
        self.end.withLock { end in
            if end == nil { kill(self.processID, number) }
        }
    }

    private static func ownEnvironment() -> [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}

extension ChildProcess {
    /// The server that runs, for the signal handler below, which may take no lock. 0: none.
    static let current = Atomic<pid_t>(0)

    /// SIGINT and SIGTERM end the server that this tool has started too.
    static func endTogether() {
        _ = Self.current.load(ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            Glibc.signal(number) { _ in
                let server = ChildProcess.current.load(ordering: .relaxed)
                if server > 0 { kill(server, SIGKILL) }
                _exit(130)
            }
        }
    }
}
