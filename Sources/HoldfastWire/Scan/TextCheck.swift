package import HoldfastEngine

/// Judges text as bytes: UTF-8 well formed, and free of control characters where a rule says so.
/// Never goes through `String`, which would compare and normalise.
package enum TextCheck {
    private static let lowBits: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Well-formed UTF-8 (no overlong forms, surrogates or values past U+10FFFF) without C0, DEL and C1.
    package static func isPlainText(_ text: ByteView) -> Bool {
        Self.isPrintableASCII(text) || Self.isValid(text, controlsAllowed: false)
    }

    /// Well-formed UTF-8 without NUL, which protobuf-c's strings cannot hold. Other controls pass.
    static func isWellFormed(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let base = text.baseAddress else { return true }
        let view = ByteView(base: base.assumingMemoryBound(to: UInt8.self), count: text.count)
        return Self.isPrintableASCII(view) || Self.isValid(view, controlsAllowed: true)
    }

    /// Every byte is 0x20…0x7E: eight at a time, the last word overlapping. False means "look closer", not "bad".
    @inline(__always)
    package static func isPrintableASCII(_ text: ByteView) -> Bool {
        let raw = UnsafeRawPointer(text.base)
        let count = text.count
        guard count >= 8 else { return Self.isShortPrintableASCII(text) }
        var unusual: UInt64 = 0
        var index = 0
        while index &+ 8 <= count {
            unusual |= Self.unusualBits(
                raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index &+= 8
        }
        unusual |= Self.unusualBits(
            raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
        return unusual == 0
    }

    @inline(__always)
    private static func isShortPrintableASCII(_ text: ByteView) -> Bool {
        guard text.count < 4 else {
            let raw = UnsafeRawPointer(text.base)
            let low = raw.loadUnaligned(as: UInt32.self)
            let high = raw.loadUnaligned(fromByteOffset: text.count &- 4, as: UInt32.self)
            return Self.unusualBits(UInt64(high) << 32 | UInt64(low)) == 0
        }
        var index = 0
        while index < text.count {
            let byte = text.base[index]
            if byte < 0x20 || byte > 0x7E { return false }
            index &+= 1
        }
        return true
    }

    /// Not zero if any byte is below 0x20, 0x7F, or 0x80 and above.
    @inline(__always)
    private static func unusualBits(_ word: UInt64) -> UInt64 {
        let belowSpace = (word &- Self.lowBits &* 0x20) & ~word
        let deleted = word ^ (Self.lowBits &* 0x7F)
        let isDelete = (deleted &- Self.lowBits) & ~deleted
        return (word | belowSpace | isDelete) & Self.highBits
    }

    @inline(never)
    private static func isValid(_ text: ByteView, controlsAllowed: Bool) -> Bool {
        var index = 0
        while index < text.count {
            let lead = text[index]
            if lead < 0x80 {
                if lead == 0 { return false }
                if !controlsAllowed && (lead < 0x20 || lead == 0x7F) { return false }
                index &+= 1
                continue
            }
            let width = Self.sequenceWidth(text, at: index, lead: lead)
            if width == 0 { return false }
            // U+0080 … U+009F are C2 80 … C2 9F.
            if !controlsAllowed && lead == 0xC2 && text[index &+ 1] < 0xA0 { return false }
            index &+= width
        }
        return true
    }

    /// Bytes of the well-formed sequence at `index` (2…4), 0 if it is not one. Table 3-7 of the Unicode Standard.
    private static func sequenceWidth(_ text: ByteView, at index: Int, lead: UInt8) -> Int {
        let width: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: width = 2
        case 0xE0: (width, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: width = 3
        case 0xED: (width, second) = (3, 0x80...0x9F)
        case 0xF0: (width, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: width = 4
        case 0xF4: (width, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard index &+ width <= text.count, second.contains(text[index &+ 1]) else { return 0 }
        var next = index &+ 2
        while next < index &+ width {
            if text[next] & 0xC0 != 0x80 { return 0 }
            next &+= 1
        }
        return width
    }
}
