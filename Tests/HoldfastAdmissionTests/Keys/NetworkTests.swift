import HoldfastAdmission
import Testing

@Suite struct NetworkTests {
    @Test(
        "addresses are read, and written in their one canonical form",
        arguments: [
            ("203.0.113.7", "203.0.113.7"), ("0.0.0.0", "0.0.0.0"),
            ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:0:0:1:1:0:0:1", "2001::1:1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("::ffff:10.1.2.3", "10.1.2.3"),
            ("::FFFF:a01:203", "10.1.2.3"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("fe80:0:0:0:0:0:0:0", "fe80::"),
        ])
    func text(input: String, canonical: String) throws {
        let address = try #require(NetworkAddress(input))
        #expect(address.description == canonical)
        #expect(NetworkAddress(canonical) == address)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", ".", ":", ":::", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4",
            "1.2.3.4 ", "1..2.3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::",
            "g::", "fe80::1%eth0", "1:2:3:4:5:6:7:8::", "::1.2.3", "1.2.3.4::", ":1::", "1:::2",
            "::1:2:3:4:5:6:7:8", "１.2.3.4", "1:", ":1", "1:2:3:4:5:6:7:1.2.3.4",
        ])
    func notAnAddress(input: String) {
        #expect(NetworkAddress(input) == nil)
    }

    @Test func everyAddressIsReadAsItIsWritten() {
        var random = SplitMix64(seed: 0x5eed)
        for _ in 0..<2_000 {
            // Few distinct groups, so that runs of zeros of every length and place come up.
            var bits: UInt128 = 0
            for _ in 0..<8 {
                let group = random.next() % 3 == 0 ? UInt16(truncatingIfNeeded: random.next()) : 0
                bits = bits << 16 | UInt128(group)
            }
            let address = NetworkAddress(bits: bits)
            #expect(NetworkAddress(address.description) == address)
        }
    }

    @Test func wireBytesAreTheAddress() {
        var bytes = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 203, 0, 113, 7]
        #expect(
            bytes.withUnsafeBytes { NetworkAddress(bytes: $0.baseAddress!) }.description
                == "203.0.113.7")
        bytes[0] = 0x20
        let address = bytes.withUnsafeBytes { NetworkAddress(bytes: $0.baseAddress!) }
        #expect(!address.isIPv4)
        #expect(address.description == "2000::ffff:cb00:7107")
    }

    @Test func limitsSeeThe64OfIPv6AndAllOfIPv4() throws {
        let one = try #require(NetworkAddress("2001:db8:1:2:3:4:5:6"))
        #expect(one.limited.description == "2001:db8:1:2::")
        #expect(NetworkAddress("10.1.2.3")!.limited.description == "10.1.2.3")
        let hasher = AdmissionHasher(key0: 1, key1: 2)
        #expect(hasher.key(one) == hasher.key(NetworkAddress("2001:db8:1:2::ffff")!))
        #expect(hasher.key(one) != hasher.key(NetworkAddress("2001:db8:1:3::ffff")!))
        #expect(
            hasher.key(NetworkAddress("10.1.2.3")!)
                == hasher.key(NetworkAddress("::ffff:10.1.2.3")!))
        #expect(hasher.key(NetworkAddress("10.1.2.3")!) != hasher.key(NetworkAddress("10.1.2.4")!))
    }

    @Test(
        "ranges are read, written and hold what they should",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
            ("0.0.0.0/0", "255.255.255.255", "2001:db8::1"), ("::/0", "ffff::", "10.0.0.1"),
            ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
            ("10.0.0.0/31", "10.0.0.1", "10.0.0.2"),
            ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"),
            ("2001:db8::1/128", "2001:db8::1", "2001:db8::2"),
        ])
    func ranges(text: String, inside: String, outside: String) throws {
        let range = try NetworkRange(parsing: text)
        #expect(range.contains(NetworkAddress(inside)!))
        #expect(!range.contains(NetworkAddress(outside)!))
        #expect(try NetworkRange(parsing: range.description) == range)
        #expect(range.contains(range.first) || range.depth == 0)
        #expect(range.contains(range.last))
        #expect(range.contains(range))
    }

    @Test(
        "a range that is none says what would be right",
        arguments: [
            ("10.1.2.3/8", "10.0.0.0/8"), ("10.0.0.0/33", "0 to 32"), ("::/129", "0 to 128"),
            ("10.0.0.0/", "0 to 32"), ("10.0.0.0/08", "0 to 32"), ("10.0.0.0/-1", "0 to 32"),
            ("office", "203.0.113.0/24"), ("/8", "203.0.113.0/24"), ("::1/64", "::/64"),
        ])
    func notARange(text: String, hint: String) {
        let error = #expect(throws: NetworkTextError.self) { try NetworkRange(parsing: text) }
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
    }

    @Test func aMapFindsTheMostSpecificRange() throws {
        let texts = [
            "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "::/0", "2001:db8::/32",
            "2001:db8:1::/48", "0.0.0.0/0", "10.1.2.3/32",
        ]
        let map = NetworkMap(try texts.map { try NetworkRange(parsing: $0) })
        let expected: [(String, Int?)] = [
            ("10.1.2.3", 8), ("10.1.2.4", 2), ("10.1.3.4", 1), ("10.2.3.4", 0), ("11.0.0.0", 7),
            ("9.255.255.255", 7), ("::", 4), ("2001:db8:1:1::", 6), ("2001:db8:2::", 5),
            ("2001:db9::", 4), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 4),
            ("255.255.255.255", 7),
        ]
        for (text, place) in expected {
            #expect(map.index(of: NetworkAddress(text)!) == place, "\(text)")
        }
        #expect(NetworkMap().index(of: .unspecified) == nil)
        #expect(
            NetworkMap([try NetworkRange(parsing: "10.0.0.0/8")]).index(of: .unspecified) == nil)
    }

    @Test func aMapAgreesWithASearchOfAllRanges() {
        var random = SplitMix64(seed: 7)
        // Overlaps are the rule here: few distinct bits in few places.
        func address() -> NetworkAddress {
            let bits = UInt128(random.next() & 0x7) << 125 | UInt128(random.next() & 0x3) << 64
            return random.next() & 1 == 0
                ? NetworkAddress(bits: bits)
                : NetworkAddress(ipv4: UInt32(random.next() & 0xe000_0007))
        }
        for _ in 0..<50 {
            let ranges = (0..<40).map { _ in
                let base = address()
                let depth = base.isIPv4 ? 96 + Int(random.next() % 33) : Int(random.next() % 129)
                return NetworkRange(containing: base, depth: depth)
            }
            let map = NetworkMap(ranges)
            for _ in 0..<200 {
                let sought = address()
                let depth = ranges.filter { $0.contains(sought) }.map(\.depth).max()
                #expect(map.index(of: sought).map { ranges[$0].depth } == depth)
            }
        }
    }
}
