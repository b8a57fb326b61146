import HoldfastAdmission
import Testing

/// An address from bytes is the address from text, for texts that are one and for those that are none.
@Suite struct NetworkBytesTests {
    private static func fromBytes(_ text: String) -> NetworkAddress? {
        var text = text
        return text.withUTF8 { NetworkAddress(text: $0) }
    }

    @Test func knownTexts() {
        let texts = [
            "203.0.113.7", "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::7",
            "2001:DB8:0:0:8:800:200C:417A", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "64:ff9b::1.2.3.4", "1::8",
            // None of these is an address.
            "", ":", ":::", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1",
            "01.2.3.4",
            "1.2.3.4 ", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g", "1:",
            ":1", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "1::2:", "fe80::1%eth0", "::1.2.3.4:5",
            "1:2:3:4::5:6:7:8",
        ]
        for text in texts { #expect(Self.fromBytes(text) == NetworkAddress(text), "\(text)") }
        #expect(texts.filter { Self.fromBytes($0) != nil }.count == 15)
    }

    @Test func madeUpTexts() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("0123456789abcdefF:.::..1")
        var addresses = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...24, using: &random)
            let text = String((0..<count).map { _ in alphabet.randomElement(using: &random)! })
            let expected = NetworkAddress(text)
            if Self.fromBytes(text) != expected { Issue.record("\(text)") }
            // What an address is written as is read back by both.
            let bits = UInt128.random(in: 0...UInt128.max, using: &random)
            let mask = UInt128.max << UInt128(Int.random(in: 0...127, using: &random))
            let address = NetworkAddress(bits: bits & mask)
            if Self.fromBytes(address.description) != address { Issue.record("\(address)") }
            addresses += 1
        }
        #expect(addresses == 20_000)
    }
}
