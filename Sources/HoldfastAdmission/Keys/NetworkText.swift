/// Why a text is no address or range. `description` names the text and says what would be right.
package struct NetworkTextError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension NetworkAddress: LosslessStringConvertible {
    /// Dotted IPv4 without leading zeros, or IPv6 as RFC 4291 writes it, without a zone. Nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        if let value = Self.ipv4(bytes[...]) {
            self.init(ipv4: value)
        } else if let value = Self.ipv6(bytes) {
            self.init(bits: value)
        } else {
            return nil
        }
    }

    /// Dotted for IPv4, RFC 5952 for IPv6.
    package var description: String {
        if self.isIPv4 {
            let value = UInt32(truncatingIfNeeded: self.bits)
            return "\(value >> 24).\(value >> 16 & 0xff).\(value >> 8 & 0xff).\(value & 0xff)"
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: self.bits >> UInt128(112 - 16 * $0)) }
        // The longest run of two or more zero groups, the first of equals, becomes "::".
        var best = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(best.count, 1) { best = start..<index }
            start = index + 1
        }
        let hex = groups.map { String($0, radix: 16) }
        if best.isEmpty { return hex.joined(separator: ":") }
        return hex[..<best.lowerBound].joined(separator: ":") + "::"
            + hex[best.upperBound...].joined(separator: ":")
    }

    private static func ipv4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let octet = Self.number(part, countMax: 3), octet <= 255 else { return nil }
            value = value << 8 | UInt32(octet)
        }
        return value
    }

    /// A decimal number without sign and leading zeros.
    fileprivate static func number(_ digits: ArraySlice<UInt8>, countMax: Int) -> Int? {
        guard !digits.isEmpty, digits.count <= countMax else { return nil }
        guard digits.first != 0x30 || digits.count == 1 else { return nil }
        var value = 0
        for digit in digits {
            guard digit >= 0x30 && digit <= 0x39 else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }

    private static func ipv6(_ bytes: [UInt8]) -> UInt128? {
        guard bytes.count >= 2, bytes.count <= 45 else { return nil }
        // Where "::" stands; it may stand once.
        var gap: Int?
        for index in 0..<(bytes.count - 1) where bytes[index] == 0x3A && bytes[index + 1] == 0x3A {
            guard gap == nil else { return nil }
            gap = index
        }
        guard let gap else {
            guard let all = Self.groups(bytes[...], mayEndDotted: true), all.count == 8 else {
                return nil
            }
            return Self.join(all)
        }
        guard let left = Self.groups(bytes[..<gap], mayEndDotted: false),
            let right = Self.groups(bytes[(gap + 2)...], mayEndDotted: true),
            left.count + right.count <= 7
        else { return nil }
        return Self.join(left + [UInt16](repeating: 0, count: 8 - left.count - right.count) + right)
    }

    private static func join(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// Groups of one to four hexadecimal digits; the last may be a dotted IPv4 address, which is two groups.
    private static func groups(_ bytes: ArraySlice<UInt8>, mayEndDotted: Bool) -> [UInt16]? {
        if bytes.isEmpty { return [] }
        var groups: [UInt16] = []
        let parts = bytes.split(separator: 0x3A, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndDotted, index == parts.count - 1, let dotted = Self.ipv4(part) {
                groups.append(UInt16(truncatingIfNeeded: dotted >> 16))
                groups.append(UInt16(truncatingIfNeeded: dotted))
                continue
            }
            guard part.count >= 1, part.count <= 4 else { return nil }
            var value: UInt16 = 0
            for byte in part {
                switch byte {
                case 0x30...0x39: value = value << 4 | UInt16(byte - 0x30)
                case 0x41...0x46: value = value << 4 | UInt16(byte - 0x41 + 10)
                case 0x61...0x66: value = value << 4 | UInt16(byte - 0x61 + 10)
                default: return nil
                }
            }
            groups.append(value)
        }
        return groups
    }
}

extension NetworkRange: CustomStringConvertible {
    /// Reads `address/length`, or an address alone as the range that holds just it. Bits behind the prefix must be zero: who
    /// writes `10.1.2.3/8` has mistaken one of the two.
    package init(parsing text: String) throws(NetworkTextError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = NetworkAddress(String(parts[0])) else {
            throw NetworkTextError(
                description:
                    "\"\(text)\" is no IP address or range: write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32"
            )
        }
        guard parts.count == 2 else {
            self.init(address)
            return
        }
        // A mapped address may be written in either family's terms: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
        let isDotted = address.isIPv4 && !parts[0].contains(":")
        let lengthMax = isDotted ? 32 : 128
        guard let length = NetworkAddress.number(Array(parts[1].utf8)[...], countMax: 3),
            length <= lengthMax
        else {
            throw NetworkTextError(
                description:
                    "\"\(text)\": the prefix length must be a number from 0 to \(lengthMax)")
        }
        let depth = isDotted ? length + NetworkAddress.mappedPrefixLength : length
        let range = NetworkRange(containing: address, depth: depth)
        guard range.first == address else {
            throw NetworkTextError(
                description:
                    "\"\(text)\" has bits set behind its prefix: did you mean \(range) or \(NetworkRange(address))?"
            )
        }
        self = range
    }

    /// `address/length`, also for a single address, so that `parsing` gives it back.
    package var description: String { "\(self.first)/\(self.prefixLength)" }
}
