import HoldfastClient
import Testing

@Suite struct BlacklistLinesTests {
    @Test("what is written is read back, whatever the texts hold")
    func roundTrip() {
        let entries = [
            BlacklistEntry(
                .user("usér \"1\""), expiresAtMilliseconds: 1_800_000_000_000,
                reason: "back\\slash",
                source: "review", id: 7, operatorName: "ann", createdAtMilliseconds: 5),
            BlacklistEntry(.device("d-1")), BlacklistEntry(.network("2001:db8::/32")),
        ]
        let text = entries.map { BlacklistLines.line($0) + "\n" }.joined()
        let lines = BlacklistLines(Array(text.utf8))
        #expect(lines.rejects.isEmpty)
        #expect(lines.lines == [1, 2, 3])
        #expect(lines.entries.map(\.value) == entries.map(\.value))
        #expect(lines.entries.map(\.expiresAtMilliseconds) == [1_800_000_000_000, 0, 0])
        #expect(lines.entries[0].reason == "back\\slash" && lines.entries[0].source == "review")
        // What the server sets is not taken from a file.
        #expect(lines.entries[0].id == 0 && lines.entries[0].operatorName.isEmpty)
    }

    @Test("empty lines, carriage returns and a missing last line end do no harm")
    func spaces() {
        let lines = BlacklistLines(
            Array("\r\n{\"user_id\":\"a\"}\r\n  \n{\"user_id\":\"b\"}".utf8))
        #expect(lines.rejects.isEmpty && lines.lines == [2, 4])
    }

    @Test("every mistake is named with its line")
    func mistakes() {
        let text = """
            {"user_id":"a"}
            {"user_id":""}
            nope
            {"user_id":"a"}
            {"network":"1.2.3.4/x"}
            {"foo":1,"user_id":"c"}
            {"user_id":"d","device_id":"d"}
            {"user_id":"e","expires_at_ms":-1}
            {"user_id":"f","reason":7}
            ["user_id"]
            {"reason":"nobody"}
            {"network":"300.1.1.1"}
            """
        let lines = BlacklistLines(Array(text.utf8))
        #expect(lines.entries.count == 1)
        #expect(
            lines.rejects.listed.map { "\($0.line) \($0.column)" } == [
                "2 user_id", "3 byte 1", "4 ", "5 network", "6 foo", "7 ", "8 expires_at_ms",
                "9 reason", "10 ", "11 ", "12 network",
            ])
    }

    @Test("values are compared as bytes: two ways of writing a letter are two buyers")
    func bytes() {
        let lines = BlacklistLines(
            Array("{\"user_id\":\"\u{e9}\"}\n{\"user_id\":\"e\u{301}\"}\n".utf8))
        #expect(lines.rejects.isEmpty && lines.entries.count == 2)
    }
}
