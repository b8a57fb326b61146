import Glibc
import HoldfastEngine
import HoldfastWire
import Testing

@Suite struct TextCheckTests {
    private static func isPlain(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer {
            guard let base = $0.baseAddress else { return TextCheck.isPlainText(.empty) }
            return TextCheck.isPlainText(ByteView(base: base, count: $0.count))
        }
    }

    /// The standard library's opinion.
    private static func isPlainByReference(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy {
            let value = $0.value
            return value >= 0x20 && !(0x7F...0x9F).contains(value)
        }
    }

    @Test func everyScalarIsJudgedRight() {
        for value: UInt32 in 0...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(String(Character(scalar)).utf8)
            let isControl = value < 0x20 || (0x7F...0x9F).contains(value)
            if Self.isPlain(bytes) == isControl { Issue.record("U+\(String(value, radix: 16))") }
        }
    }

    @Test func everyPairOfBytesIsJudgedAsTheStandardLibraryDoes() {
        for first: UInt8 in 0...255 {
            for second: UInt8 in 0...255 {
                let pair = [first, second]
                if Self.isPlain(pair) != Self.isPlainByReference(pair) { Issue.record("\(pair)") }
            }
        }
    }

    @Test func randomBytesAreJudgedAsTheStandardLibraryDoes() {
        let seed: UInt64 = 11
        var generator = Generator(seed: seed)
        // Bytes at the borders of the UTF-8 table, and some ordinary ones.
        let interesting: [UInt8] = [
            0x00, 0x1F, 0x20, 0x41, 0x7E, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1,
            0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        var good = 0
        for _ in 0..<200_000 {
            var bytes: [UInt8] = []
            for _ in 0..<generator.below(20) {
                switch generator.below(4) {
                case 0: bytes.append(interesting[generator.below(interesting.count)])
                case 1: bytes += Array("é漢😀"[..."é漢😀".startIndex].utf8)
                case 2: bytes += [0xE4, 0xBB, 0xB6]
                default: bytes.append(UInt8(0x20 + generator.below(0x5F)))
                }
            }
            let expected = Self.isPlainByReference(bytes)
            good += expected ? 1 : 0
            if Self.isPlain(bytes) != expected { Issue.record("seed \(seed): \(bytes)") }
        }
        #expect(good > 10_000)
    }

    @Test func dottedAddressesAreTheSystemsNumbers() {
        let seed: UInt64 = 13
        var generator = Generator(seed: seed)
        let others = Array("0123456789./:a- \u{7f}".utf8) + [0x00, 0x80, 0xB0, 0xFF]
        var good = 0
        for round in 0..<300_000 {
            var text = Array(
                (0..<4).map { _ in
                    "\(generator.below(generator.chance(30) ? 10 : generator.chance(50) ? 100 : 300))"
                }.joined(separator: ".").utf8)
            // One in three is damaged: a byte replaced, put in or taken out.
            if round % 3 == 0 {
                let place = generator.below(text.count)
                let byte = others[generator.below(others.count)]
                switch generator.below(3) {
                case 0: text[place] = byte
                case 1: text.insert(byte, at: place)
                default: text.remove(at: place)
                }
            }
            var room = in_addr()
            let isGood =
                !text.contains(0)
                && inet_pton(AF_INET, String(decoding: text, as: UTF8.self), &room) == 1
            let expected = isGood ? UInt32(bigEndian: room.s_addr) : nil
            good += isGood ? 1 : 0
            let own = text.withUnsafeBufferPointer {
                IPText.ipv4(ByteView(base: $0.baseAddress!, count: $0.count))
            }
            if own != expected { Issue.record("seed \(seed): \(text) \(own as Any)") }
        }
        #expect(good > 100_000 && good < 290_000)
    }

    @Test func addressesAreJudgedAsTheSystemDoes() {
        let seed: UInt64 = 12
        var generator = Generator(seed: seed)
        let parts = [
            "1", "0", "255", "256", "01", "ffff", "12345", "a", "::", ":", ".", "g", "1.2.3.4",
        ]
        var texts = [
            "1.2.3.4", "255.255.255.255", "1.2.3", "1.2.3.4.5", "", "::", "::1", "1::", "1::2::3",
            "2001:db8::ff00:42:8329", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "fe80::1%eth0", ":1", "1:",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8", "1::2:3:4:5:6:7:8", ":::", " 1.2.3.4", "1.2.3.4 ", "1.2.3.-4",
        ]
        for _ in 0..<100_000 {
            texts.append(
                (0..<(1 + generator.below(9))).map { _ in parts[generator.below(parts.count)] }
                    .joined(separator: generator.chance(50) ? ":" : ""))
        }
        var good = 0
        for text in texts where text.utf8.count <= 45 {
            var room = in6_addr()
            let expected =
                inet_pton(AF_INET, text, &room) == 1 || inet_pton(AF_INET6, text, &room) == 1
            good += expected ? 1 : 0
            let copy = Array(text.utf8)
            let own = copy.withUnsafeBufferPointer {
                $0.isEmpty
                    ? IPText.isAddress(.empty)
                    : IPText.isAddress(ByteView(base: $0.baseAddress!, count: $0.count))
            }
            if own != expected { Issue.record("seed \(seed): \"\(text)\" \(own)") }
        }
        #expect(good > 500)
    }
}
