/// Bytes as text that a person can compare: 16 a line with their offset, lines of zeros left out.
enum HexDump {
    static func text(_ bytes: [UInt8]) -> String {
        var lines: [String] = []
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let line = bytes[start..<min(start + 16, bytes.count)]
            if line.allSatisfy({ $0 == 0 }) { continue }
            lines.append(
                self.hex(start, digits: 5) + ": "
                    + line.map { self.hex(Int($0), digits: 2) }.joined(separator: " "))
        }
        return lines.joined(separator: "\n")
    }

    private static func hex(_ value: Int, digits: Int) -> String {
        let plain = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - plain.utf8.count)) + plain
    }
}
