import HoldfastAdmission
import Testing

@Suite struct BlacklistCodecTests {
    static let entries: [BlacklistEntry] = [
        BlacklistKit.entry(.user("eve")),
        BlacklistKit.entry(.user(String(repeating: "x", count: 64)), expires: RiskKit.start + 1),
        BlacklistKit.entry(.device("设备"), reason: "", operatorName: "", source: ""),
        BlacklistKit.entry(
            .user("é"), expires: 1, reason: String(repeating: "理", count: 85),
            operatorName: String(repeating: "o", count: 64),
            source: String(repeating: "s", count: 64)),
        BlacklistKit.entry(BlacklistKit.range("0.0.0.0/0")),
        BlacklistKit.entry(BlacklistKit.range("203.0.113.7"), expires: 77),
        BlacklistKit.entry(BlacklistKit.range("::/0")),
        BlacklistKit.entry(BlacklistKit.range("2001:db8::/47")),
    ]

    @Test(arguments: entries)
    func anEntryReadsAsItWasWritten(_ entry: BlacklistEntry) throws {
        var entry = entry
        entry.id = 0x0102_0304_0506_0708
        #expect(entry.encoded.count <= BlacklistEntry.byteCountMax)
        #expect(try BlacklistEntry(decoding: entry.encoded) == entry)
    }

    @Test func theBytesAreFrozen() {
        var entry = BlacklistKit.entry(BlacklistKit.range("10.1.0.0/16"), expires: 2)
        entry.id = 3
        entry.createdMilliseconds = 1
        entry.reason = "r"
        entry.operatorName = "op"
        entry.source = "src"
        #expect(
            entry.encoded == [
                1, 3, 112, 1, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0,
                0,
                16, 0, 1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 0, 0,
                0x72, 0x6f, 0x70, 0x73, 0x72, 0x63,
            ])
    }

    @Test(arguments: entries)
    func noOtherBytesReadAsTheSameEntry(_ entry: BlacklistEntry) throws {
        let bytes = entry.encoded
        for count in 0..<bytes.count {
            #expect(throws: BlacklistError.self) {
                try BlacklistEntry(decoding: bytes.prefix(count))
            }
        }
        #expect(throws: BlacklistError.self) { try BlacklistEntry(decoding: bytes + [0]) }
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let other = try? BlacklistEntry(decoding: flipped) else { continue }
            // A changed text is another entry, and reads as just what stands there.
            #expect(other != entry)
            #expect(other.encoded == flipped)
        }
    }

    @Test func whatIsOutOfBoundsIsRefusedByName() throws {
        let long = String(repeating: "x", count: 257)
        let cases: [(BlacklistEntry, String)] = [
            (BlacklistKit.entry(.user("")), "an id must not be empty"),
            (
                BlacklistKit.entry(.user(String(long.prefix(65)))),
                "the id has 65 bytes; at most 64 are possible"
            ),
            (BlacklistKit.entry(.device([0xff])), "the id is not UTF-8"),
            (BlacklistKit.entry(.user("a\u{0}b")), "the id holds a control character"),
            (BlacklistKit.entry(.user("a\u{9b}b")), "the id holds a control character"),
            (
                BlacklistKit.entry(.user("a"), reason: long),
                "reason has 257 bytes; at most 256 are possible"
            ),
            (
                BlacklistKit.entry(.user("a"), operatorName: "a\nb"),
                "operator holds a control character"
            ),
            (
                BlacklistKit.entry(.user("a"), expires: 0),
                "expires must be a time in Unix milliseconds"
            ),
        ]
        var list = try BlacklistKit.make()
        for (entry, message) in cases {
            do {
                _ = try list.add(entry, now: 0)
                Issue.record("taken, but: \(message)")
            } catch { #expect(error == .invalid(message)) }
        }
        #expect(list.count == 0)
    }
}
