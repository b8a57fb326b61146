extension NetworkAddress {
    /// The same texts as `init(_: String)` takes, from a call's own bytes and without an allocation. Nil: no address.
    package init?(text: UnsafeBufferPointer<UInt8>) {
        if let value = Self.dotted(text, from: 0) {
            self.init(ipv4: value)
        } else if let bits = Self.grouped(text) {
            self.init(bits: bits)
        } else {
            return nil
        }
    }

    /// Four decimal numbers up to 255 without leading zeros, from `start` to the end.
    @inline(__always)
    private static func dotted(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> UInt32? {
        var value: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        var index = start
        while index < text.count {
            let byte = text[index]
            index &+= 1
            if byte == 0x2E {
                if digits == 0 || dots == 3 { return nil }
                value = value &<< 8 | octet
                octet = 0
                digits = 0
                dots &+= 1
                continue
            }
            guard byte >= 0x30 && byte <= 0x39 else { return nil }
            if digits > 0 && octet == 0 { return nil }
            octet = octet &* 10 &+ UInt32(byte &- 0x30)
            digits &+= 1
            if octet > 255 { return nil }
        }
        guard dots == 3 && digits > 0 else { return nil }
        return value &<< 8 | octet
    }

    /// Groups of one to four hexadecimal digits, `::` once, the last two groups dotted if need be.
    private static func grouped(_ text: UnsafeBufferPointer<UInt8>) -> UInt128? {
        guard text.count >= 2 && text.count <= 45 else { return nil }
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap = -1
        var index = 0
        if text[0] == 0x3A {
            guard text[1] == 0x3A else { return nil }
            gap = 0
            index = 2
        }
        while index < text.count {
            guard count < 8 else { return nil }
            var value: UInt16 = 0
            let start = index
            while index < text.count, let digit = Self.hexDigit(text[index]) {
                guard index - start < 4 else { return nil }
                value = value &<< 4 | digit
                index += 1
            }
            if index < text.count && text[index] == 0x2E {
                guard count <= 6, let value = Self.dotted(text, from: start) else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: value &>> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: value)
                count += 2
                index = text.count
                break
            }
            guard index > start else { return nil }
            groups[count] = value
            count += 1
            if index == text.count { break }
            guard text[index] == 0x3A, index + 1 < text.count else { return nil }
            index += 1
            if text[index] == 0x3A {
                guard gap < 0 else { return nil }
                gap = count
                index += 1
            }
        }
        if gap < 0 { return count == 8 ? Self.join(groups, 0..<8) : nil }
        guard count <= 7 else { return nil }
        // A shift by all 128 bits would be none: a gap with nothing behind it leaves no right part.
        let left = Self.join(groups, 0..<gap)
        let right = Self.join(groups, gap..<count)
        return (gap == 0 ? 0 : left &<< UInt128(16 * (8 - gap))) | right
    }

    private static func join(_ groups: InlineArray<8, UInt16>, _ range: Range<Int>) -> UInt128 {
        var bits: UInt128 = 0
        for index in range { bits = bits &<< 16 | UInt128(groups[index]) }
        return bits
    }

    @inline(__always)
    private static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case 0x30...0x39: UInt16(byte &- 0x30)
        case 0x41...0x46: UInt16(byte &- 0x41 &+ 10)
        case 0x61...0x66: UInt16(byte &- 0x61 &+ 10)
        default: nil
        }
    }
}
