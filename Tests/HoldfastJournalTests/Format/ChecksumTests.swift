import CIntrinsics
import HoldfastJournal
import Testing

@Suite struct ChecksumTests {
    private func crc(_ bytes: [UInt8], from crc: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { JournalLayout.crc32c($0, from: crc) }
    }

    /// The examples of RFC 3720, and the usual check value.
    @Test func knownAnswers() {
        #expect(self.crc(Array("123456789".utf8)) == 0xe306_9283)
        #expect(self.crc([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(self.crc([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(self.crc(Array(0..<32)) == 0x46dd_794e)
        #expect(self.crc(Array((0..<32).reversed())) == 0x113f_db5c)
        #expect(self.crc([]) == 0)
    }

    @Test func theFallbackAgreesAtEveryLengthAndCut() {
        var state: UInt64 = 42
        let bytes = (0..<100).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        for count in 0...bytes.count {
            let part = Array(bytes[..<count])
            var plain = ~UInt32(0)
            for byte in part { plain = holdfast_crc32c_byte(plain, byte) }
            #expect(self.crc(part) == ~plain)
            let cut = count / 3
            #expect(self.crc(Array(part[cut...]), from: self.crc(Array(part[..<cut]))) == ~plain)
        }
    }
}
