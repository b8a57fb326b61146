package import HoldfastEngine

/// The syntax of an IP address in text: dotted IPv4 without leading zeros, IPv6 as RFC 4291 writes it, no zone.
package enum IPText {
    package static func isAddress(_ text: ByteView) -> Bool {
        Self.ipv4(text) != nil || Self.isIPv6(text)
    }

    /// The number that a dotted IPv4 address names; nil: the text is none.
    ///
    /// All octets at once and without a branch on where the dots are: addresses of buyers differ in that, and each wrong guess of
    /// the processor costs as much as the rest.
    @inline(__always)
    package static func ipv4(_ text: ByteView) -> UInt32? {
        let count = text.count
        guard count >= 7, count <= 15 else { return nil }
        let (low, high) = Self.words(text)
        var dots = Self.dots(low) | Self.dots(high) &<< 8
        let first = dots.trailingZeroBitCount
        dots &= dots &- 1
        let second = dots.trailingZeroBitCount
        dots &= dots &- 1
        let third = dots.trailingZeroBitCount
        // Just three. Without enough of them a position is past the end.
        guard dots != 0, dots & (dots &- 1) == 0 else { return nil }
        let bits = UInt128(high) &<< 64 | UInt128(low)
        let octets = (
            Self.octet(bits, 0, first), Self.octet(bits, first &+ 1, second),
            Self.octet(bits, second &+ 1, third), Self.octet(bits, third &+ 1, count)
        )
        // A bad octet has bits above the lowest eight.
        guard (octets.0 | octets.1 | octets.2 | octets.3) &>> 8 == 0 else { return nil }
        return octets.0 &<< 24 | octets.1 &<< 16 | octets.2 &<< 8 | octets.3
    }

    /// 7 to 15 bytes as two little-endian words, filled with zeros.
    @inline(__always)
    private static func words(_ text: ByteView) -> (UInt64, UInt64) {
        let bytes = UnsafeRawPointer(text.base)
        if text.count == 7 {
            let low = UInt64(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
            let high = UInt64(
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 3, as: UInt32.self)))
            return (low | (high &>> 8) &<< 32, 0)
        }
        let low = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        // The last eight bytes, of which the first ones are in the first word.
        let end = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: text.count &- 8, as: UInt64.self))
        let known = UInt64(truncatingIfNeeded: 16 &- text.count)
        return (low, text.count == 8 ? 0 : end &>> (known &* 8))
    }

    /// Bit n: byte n is a dot.
    @inline(__always)
    private static func dots(_ word: UInt64) -> UInt32 {
        let sevens: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        let others = word ^ 0x2e2e_2e2e_2e2e_2e2e
        // 0x80 where a byte is zero, exactly (Warren, Hacker's Delight 6-1); then each byte's bit moves up to the top byte.
        let zeros = ~((others & sevens) &+ sevens | others | sevens)
        return UInt32(truncatingIfNeeded: ((zeros &>> 7) &* 0x0102_0408_1020_4080) &>> 56)
    }

    /// The number of one to three digits from `start` to `end`; at least 256 if they are none: too many, too large, a leading
    /// zero, no digit.
    @inline(__always)
    private static func octet(_ bits: UInt128, _ start: Int, _ end: Int) -> UInt32 {
        let length = end &- start
        let isLong = length < 1 || length > 3
        // Digits stand in bytes 0 to 2, the last in byte 2; bytes before the first digit are zero.
        let shift = UInt32(truncatingIfNeeded: (3 &- length) & 3) &* 8
        let text = UInt32(truncatingIfNeeded: bits &>> UInt128(truncatingIfNeeded: start &* 8))
        let digits = ((text ^ 0x30_3030) &<< shift) & 0xff_ffff
        // A digit is below 10: adding 0x76 leaves the top bit.
        let isOther = (digits | (digits &+ 0x76_7676)) & 0x80_8080 != 0
        let hundreds = digits & 0xff
        let tens = digits &>> 8 & 0xff
        let value = hundreds &* 100 &+ tens &* 10 &+ digits &>> 16
        let isPadded = (length == 3 && hundreds == 0) || (length == 2 && tens == 0)
        return isLong || isOther || isPadded ? 256 : value
    }

    /// Groups of 1…4 hex digits; `::` once for one or more zero groups; the last two groups may be an IPv4 address.
    package static func isIPv6(_ text: ByteView) -> Bool {
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
                let rest = ByteView(base: text.base + start, count: text.count - start)
                guard Self.ipv4(rest) != nil else { return false }
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
