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
        guard let newest = self.newestSegment() else { return 0 }
        let end = (newest.lastByte / Self.pageBytes + 1) * Self.pageBytes
        let start = max(Self.pageBytes, end - byteCount)
        try Self.write([UInt8](repeating: 0, count: end - start), to: newest.path, at: start)
        return end - start
    }

    /// Turns one bit of a page over that more was written behind. False: there is none.
    func flipBit(_ random: UInt64) throws -> Bool {
        guard let newest = self.newestSegment() else { return false }
        // The first page is the header's; the last groups are not surely followed by others.
        let pageCount = newest.lastByte / Self.pageBytes
        guard pageCount > 8 else { return false }
        let bytes = FileText.bytes(newest.path)
        let start = (1 + Int(random % UInt64(pageCount / 2))) * Self.pageBytes
        let page = start..<start + Self.pageBytes
        guard let place = page.first(where: { bytes[$0] != 0 }) else { return false }
        try Self.write([bytes[place] ^ 1], to: newest.path, at: place)
        return true
    }

    private static let pageBytes = 4_096

    /// The newest segment with groups in it, and where its last byte is that is not zero.
    private func newestSegment() -> (path: String, lastByte: Int)? {
        let folder = "\(self.dataPath)/journal"
        // Names sort by generation and place.
        let names = Self.names(in: folder).filter { $0.hasSuffix(".seg") }.sorted()
        for name in names.reversed() {
            let path = "\(folder)/\(name)"
            if let last = FileText.bytes(path).lastIndex(where: { $0 != 0 }),
                last >= Self.pageBytes
            {
                return (path, last)
            }
        }
        return nil
    }

    private static func write(_ bytes: [UInt8], to path: String, at offset: Int) throws {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw LoadError("cannot open \(path)") }
        defer { close(file) }
        guard pwrite(file, bytes, bytes.count, off_t(offset)) == bytes.count else {
            throw LoadError("cannot write to \(path)")
        }
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
