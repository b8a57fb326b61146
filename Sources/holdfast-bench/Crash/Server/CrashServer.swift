import Glibc
import Synchronization

/// One start of the real server. Any task.
final class CrashServer: Sendable {
    let process: ChildProcess
    let stockPort: UInt16
    let adminPort: UInt16
    /// From the start to the announcement.
    let startMilliseconds: Int

    private init(
        process: ChildProcess, stockPort: UInt16, adminPort: UInt16, startMilliseconds: Int
    ) {
        self.process = process
        self.stockPort = stockPort
        self.adminPort = adminPort
        self.startMilliseconds = startMilliseconds
    }

    /// A start that may be cut short.
    enum Start: Sendable {
        case ready(CrashServer)
        /// It ended, or was killed, before it had announced its ports.
        case ended(ChildProcess.End)
    }

    /// Starts the server and waits for its announcement, at most two minutes.
    ///
    /// - Parameters:
    ///   - prefix: A program that becomes the server, with what comes before the server's own words.
    ///   - killAfterMicroseconds: Kill it then if it is still starting, as when the power fails twice.
    static func start(
        _ home: CrashHome, settings: [String: String],
        under prefix: (program: String, arguments: [String])? = nil,
        killAfterMicroseconds: UInt64? = nil
    ) async throws -> Start {
        var pipeEnds: [Int32] = [-1, -1]
        guard pipe(&pipeEnds) == 0 else {
            throw LoadError("no pipe: \(String(cString: strerror(errno)))")
        }
        for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(pipeEnds[0], F_SETFL, O_NONBLOCK)
        defer { close(pipeEnds[0]) }
        let log = open(home.errorPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(log) }
        let begin = Clock.nowNanoseconds()
        let process: ChildProcess
        do {
            defer { close(pipeEnds[1]) }
            let words = ["serve", "--config", "\(home.path)/holdfast.yaml"]
            process = try ChildProcess(
                prefix?.program ?? home.binary,
                prefix.map { $0.arguments + [home.binary] + words } ?? words,
                environment: home.environment(settings), output: pipeEnds[1], error: log)
        }
        ChildProcess.current.store(process.processID, ordering: .relaxed)
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(pipeEnds[0], &chunk, chunk.count)
            if count > 0 { text += chunk[..<count] }
            if let server = Self.announced(text, process, begin) { return .ready(server) }
            let elapsed = Clock.nowNanoseconds() - begin
            if let limit = killAfterMicroseconds, elapsed >= limit * 1_000 {
                process.signal(SIGKILL)
            }
            if let end = process.poll() { return .ended(end) }
            if elapsed > 120_000_000_000 {
                process.signal(SIGKILL)
                throw LoadError("the server is not ready after two minutes: \(home.lastWords())")
            }
            try? await Task.sleep(for: .microseconds(killAfterMicroseconds == nil ? 1_000 : 100))
        }
    }

    /// The ports out of `{"event":"listening","stock":"127.0.0.1:1","admin":"127.0.0.1:2",…}`.
    private static func announced(
        _ text: [UInt8], _ process: ChildProcess, _ begin: UInt64
    ) -> CrashServer? {
        let lines = String(decoding: text, as: UTF8.self)
        guard text.last == UInt8(ascii: "\n"), lines.contains("\"event\":\"listening\"") else {
            return nil
        }
        func port(_ name: String) -> UInt16? {
            guard let field = lines.firstRange(of: "\"\(name)\":\"") else { return nil }
            return lines[field.upperBound...].prefix { $0 != "\"" }.split(separator: ":").last
                .flatMap { UInt16($0) }
        }
        guard let stock = port("stock"), let admin = port("admin") else { return nil }
        return CrashServer(
            process: process, stockPort: stock, adminPort: admin,
            startMilliseconds: Int((Clock.nowNanoseconds() - begin) / 1_000_000))
    }
}
