import Glibc

/// Unix milliseconds as text and back.
package enum TimeText {
    /// `2026-11-23T10:00:00Z`, with milliseconds if there are any; `-` for 0.
    package static func text(_ milliseconds: Int) -> String {
        guard milliseconds != 0 else { return "-" }
        var seconds = time_t((Double(milliseconds) / 1_000).rounded(.down))
        let rest = milliseconds - seconds * 1_000
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let base = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            strftime(buffer.baseAddress!, 64, "%Y-%m-%dT%H:%M:%S", &parts)
            return String(cString: buffer.baseAddress!)
        }
        let fraction = rest == 0 ? "" : "." + String(String(rest + 1_000).dropFirst())
        return base + fraction + "Z"
    }

    /// Reads Unix milliseconds in digits, or `2026-11-23T10:00:00Z`, or the same with an offset like `+08:00`; nil for
    /// anything else.
    package static func milliseconds(_ text: String) -> Int? {
        if let digits = Int(text), !text.hasPrefix("+") { return digits }
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"),
            let year = self.number(bytes[0..<4], 1970...2500),
            let month = self.number(bytes[5..<7], 1...12),
            let day = self.number(bytes[8..<10], 1...31),
            let hour = self.number(bytes[11..<13], 0...23),
            let minute = self.number(bytes[14..<16], 0...59),
            let second = self.number(bytes[17..<19], 0...59),
            let offset = self.offsetSeconds(bytes[19...])
        else { return nil }
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(second)
        let seconds = timegm(&parts)
        // timegm turns 31 February into a day in March.
        guard parts.tm_mday == Int32(day) else { return nil }
        return (seconds - offset) * 1_000
    }

    private static func number(_ digits: ArraySlice<UInt8>, _ range: ClosedRange<Int>) -> Int? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return range.contains(value) ? value : nil
    }

    private static func offsetSeconds(_ text: ArraySlice<UInt8>) -> Int? {
        if text.elementsEqual("Z".utf8) { return 0 }
        let bytes = Array(text)
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            let hours = self.number(bytes[1..<3], 0...14),
            let minutes = self.number(bytes[4..<6], 0...59)
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3_600 + minutes * 60)
        default: return nil
        }
    }
}
