import Glibc

/// Changes to the data directory of a server that does not run: for the tests that must fail.
struct DataTampering {
    let dataPath: String

    private var copyPath: String { self.dataPath + ".older" }

    /// Copies the data as it is now. The server must stand still.
    func copy() async throws {
        try await self.run("rm", ["-rf", self.copyPath])
        try await self.run("cp", ["-a", self.dataPath, self.copyPath])
    }

    func rewind() async throws {
        try await self.run("rm", ["-rf", self.dataPath])
        try await self.run("mv", [self.copyPath, self.dataPath])
    }

    func wipe() async throws {
        try await self.run("rm", ["-rf", self.dataPath])
    }

    /// Zeroes the last `byteCount` written bytes of the newest segment, in whole pages. Returns how many there were.
    func zeroTail(byteCount: Int) throws -> Int {
        let folder = "\(self.dataPath)/journal"
        let names = Self.names(in: folder).filter { $0.hasSuffix(".seg") }.sorted()
        let pageBytes = 4_096
        // Names sort by generation and place; an empty newest segment has no tail.
        for name in names.reversed() {
            let bytes = FileText.bytes("\(folder)/\(name)")
            guard let last = bytes.lastIndex(where: { $0 != 0 }), last >= pageBytes else {
                continue
            }
            let end = (last / pageBytes + 1) * pageBytes
            let start = max(pageBytes, end - byteCount)
            let file = open("\(folder)/\(name)", O_WRONLY | O_CLOEXEC)
            guard file >= 0 else { throw LoadError("cannot open \(folder)/\(name)") }
            defer { close(file) }
            let zeros = [UInt8](repeating: 0, count: end - start)
            guard pwrite(file, zeros, zeros.count, off_t(start)) == zeros.count else {
                throw LoadError("cannot write to \(folder)/\(name)")
            }
            return zeros.count
        }
        return 0
    }

    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let result = try await CrashHome.run(program, arguments)
        guard result.end == .exited(0) else {
            throw LoadError("\(program) \(arguments.joined(separator: " ")): \(result.text)")
        }
    }
}
