/// How a limit is written in settings: `10/s burst 20` (a token bucket; `burst` may be left out and is then the count),
/// `10/s sliding` (at most 10 in any second) or `unlimited`. A period is `ms`, `s`, `m` or `h`, a number before it if need be: `5/10s`.
package enum LimitText {
    package static let help = "write 10/s burst 20, 5/10s sliding, or unlimited"

    package static func parse(_ text: Substring) -> LimitPolicy? {
        let words = text.split(separator: " ")
        if words == ["unlimited"] { return .unlimited }
        guard let first = words.first, let slash = first.firstIndex(of: "/"),
            let count = Self.number(first[..<slash]),
            let period = Self.milliseconds(first[first.index(after: slash)...])
        else { return nil }
        switch words.count {
        case 1: return .tokenBucket(count: count, periodMilliseconds: period, burst: count)
        case 2 where words[1] == "sliding":
            return .slidingWindow(limit: count, windowMilliseconds: period)
        case 3 where words[1] == "burst":
            guard let burst = Self.number(words[2]) else { return nil }
            return .tokenBucket(count: count, periodMilliseconds: period, burst: burst)
        default: return nil
        }
    }

    private static func milliseconds(_ text: Substring) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let scale: Int
        switch text[digits.endIndex...] {
        case "ms": scale = 1
        case "s": scale = 1_000
        case "m": scale = 60_000
        case "h": scale = 3_600_000
        default: return nil
        }
        guard let number = digits.isEmpty ? 1 : Self.number(digits) else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: scale)
        return overflow ? nil : value
    }

    /// Digits alone: no sign.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(text)
    }
}
