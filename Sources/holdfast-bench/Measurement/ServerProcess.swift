import Glibc

/// A server's process on this machine, seen through /proc.
struct ServerProcess {
    let processID: Int32

    /// Processor time that all its threads have used, user and system, in microseconds; the kernel counts it in
    /// ticks of usually 10 ms. Throws a `LoadError` when there is no such process.
    func processorMicroseconds() throws(LoadError) -> UInt64 {
        let path = "/proc/\(self.processID)/stat"
        guard let text = Self.read(path) else {
            throw LoadError(
                "cannot read \(path): no process \(self.processID); give --server-pid the number of "
                    + "the running server")
        }
        // The second field is the command in parentheses and may hold anything, so count from its end.
        guard let nameEnd = text.lastIndex(of: UInt8(ascii: ")")) else {
            throw LoadError("\(path) has no command field")
        }
        let fields = text[(nameEnd + 1)...].split(separator: UInt8(ascii: " "))
        // After the command: state is field 3 of proc(5), so utime (14) and stime (15) are 11 and 12 here.
        guard fields.count > 12, let user = Self.number(fields[11]),
            let system = Self.number(fields[12])
        else { throw LoadError("\(path) has fewer fields than proc(5) says") }
        let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return (user + system) * 1_000_000 / ticksPerSecond
    }

    func signal(_ number: Int32) throws(LoadError) {
        guard kill(self.processID, number) == 0 else {
            throw LoadError(
                "cannot signal process \(self.processID): \(String(cString: strerror(errno)))")
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        UInt64(String(decoding: digits, as: UTF8.self))
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let text = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
        return text.isEmpty ? nil : text
    }
}
