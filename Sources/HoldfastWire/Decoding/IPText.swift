package import HoldfastEngine

/// The syntax of an IP address in text: dotted IPv4 without leading zeros, IPv6 as RFC 4291 writes it, no zone.
package enum IPText {
    @inline(__always)
    package static func isAddress(_ text: ByteView) -> Bool {
        Self.isIPv4(text.base, text.count) || Self.isIPv6(text)
    }

    @inline(__always)
    private static func isIPv4(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var octets = 0
        var digits = 0
        var value = 0
        var index = 0
        while index < count {
            let byte = bytes[index]
            if byte == 0x2E {
                if digits == 0 { return false }
                octets &+= 1
                digits = 0
                value = 0
            } else {
                let digit = Int(byte) &- 0x30
                if digit < 0 || digit > 9 || (digits > 0 && value == 0) { return false }
                value = value &* 10 &+ digit
                digits &+= 1
                if value > 255 { return false }
            }
            index &+= 1
        }
        return octets == 3 && digits > 0
    }

    /// Groups of 1…4 hex digits; `::` once for one or more zero groups; the last two groups may be an IPv4 address.
    private static func isIPv6(_ text: ByteView) -> Bool {
        guard text.count >= 2, text.count <= WireLimits.ipBytesMax else { return false }
        var groups = 0
        var gap = false
        var index = 0
        while index < text.count {
            if text[index] == 0x3A {
                // Only "::" may stand at the start, and only once anywhere.
                guard index + 1 < text.count, text[index + 1] == 0x3A, !gap else { return false }
                gap = true
                index += 2
                continue
            }
            let start = index
            while index < text.count, Self.isHexDigit(text[index]) { index += 1 }
            if index < text.count, text[index] == 0x2E {
                groups += 2
                guard Self.isIPv4(text.base + start, text.count - start) else { return false }
                index = text.count
                break
            }
            guard index > start, index - start <= 4 else { return false }
            groups += 1
            if index < text.count {
                guard text[index] == 0x3A, index + 1 < text.count else { return false }
                // A single colon between groups is stepped over; a double one is the loop's.
                if text[index + 1] != 0x3A { index += 1 }
            }
        }
        return gap ? groups <= 7 : groups == 8
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte)
            || (0x61...0x66).contains(byte)
    }
}
