import Glibc

/// The directory of one server under attack: certificates and configuration as `holdfast init` makes them, the data, and
/// what the server said.
struct CrashHome: Sendable {
    let path: String
    let binary: String
    /// Where the server keeps its data; elsewhere when a small file system is attacked.
    let dataPath: String
    /// What `serve --help` says: which settings this server knows.
    let help: String

    /// The folder of the server's binary, where its sister programs are.
    var binaryFolder: String {
        String(self.binary[..<(self.binary.lastIndex(of: "/") ?? self.binary.startIndex)])
    }

    func certificate(_ name: String) -> String { "\(self.path)/certs/\(name)" }
    var errorPath: String { "\(self.path)/server.log" }

    /// Whether the server knows a setting, like `data.directory`.
    func knows(_ setting: String) -> Bool {
        let flag = setting.map { $0 == "." || $0 == "_" ? "-" : String($0) }.joined()
        return self.help.contains("--\(flag) ")
    }

    /// Makes the directory. Throws a `LoadError` with the server's words if it cannot.
    init(path: String, binary: String, dataPath: String?) async throws {
        self.path = path
        self.binary = binary
        self.dataPath = dataPath ?? "\(path)/data"
        let made = try await Self.run(binary, ["init", "--directory", path])
        guard made.end == .exited(0) else {
            throw LoadError("holdfast init in \(path): \(made.end); \(made.text)")
        }
        self.help = try await Self.run(binary, ["serve", "--help"]).text
    }

    /// The variables of a server here: free ports, its data, and the settings asked for.
    func environment(_ settings: [String: String]) -> [String: String] {
        var all = [
            "stock.port": "0", "admin.port": "0", "data.sales": "", "log.level": "warning",
        ]
        // The driver is few buyers, each as fast as it can.
        if self.knows("admission.mode") { all["admission.mode"] = "off" }
        if self.knows("data.directory") { all["data.directory"] = self.dataPath }
        all.merge(settings) { $1 }
        return all.reduce(into: [:]) { variables, setting in
            let name = setting.key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
            variables["HOLDFAST_\(name)"] = setting.value
        }
    }

    /// Whether a snapshot lies there that is not whole yet.
    var hasHalfSnapshot: Bool {
        DataTampering.names(in: "\(self.dataPath)/snapshots").contains { $0.hasSuffix(".tmp") }
    }

    /// Runs a program to its end, within a minute, and returns what it wrote to both streams.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (end: ChildProcess.End, text: String) {
        let path = "/tmp/holdfast-crash-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).out"
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw LoadError("cannot make \(path)") }
        defer {
            close(file)
            unlink(path)
        }
        let child = try ChildProcess(
            program, arguments, environment: environment, output: file, error: file)
        guard let end = await child.wait(milliseconds: 60_000) else {
            throw LoadError("\(program) \(arguments.joined(separator: " ")) takes over a minute")
        }
        return (end, FileText.read(path))
    }

    /// The last lines that the server wrote to standard error.
    func lastWords(lineCount: Int = 3) -> String {
        FileText.read(self.errorPath).split(separator: "\n").suffix(lineCount)
            .joined(separator: " | ")
    }
}

/// Small files as text.
enum FileText {
    static func read(_ path: String) -> String {
        String(decoding: self.bytes(path), as: UTF8.self)
    }

    static func bytes(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count <= 0 { return all }
            all += chunk[..<count]
        }
    }
}
