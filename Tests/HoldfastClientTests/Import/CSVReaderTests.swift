import HoldfastClient
import Testing

@Suite struct CSVReaderTests {
    private func read(_ bytes: [UInt8], pieceBytes: Int) throws -> [CSVReader.Row] {
        var reader = CSVReader()
        var rows: [CSVReader.Row] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + pieceBytes, bytes.count)
            try reader.feed(bytes[start..<end]) { rows.append($0) }
            start = end
        }
        try reader.finish { rows.append($0) }
        return rows
    }

    private func texts(_ rows: [CSVReader.Row]) -> [[String]] {
        rows.map { $0.fields.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test(arguments: [
        ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
        ("a,\n,b\n", [["a", ""], ["", "b"]]),
        ("\"a,b\",\"c\"\"d\"\n", [["a,b", "c\"d"]]),
        ("\"two\nlines\",x\r\n\"\",\"\"\n", [["two\nlines", "x"], ["", ""]]),
        ("\n\na\n\n\nb\n", [["a"], ["b"]]),
        ("\u{FEFF}名,b\n秒杀,é\n", [["名", "b"], ["秒杀", "é"]]),
        ("", []), ("\"\"", [[""]]), ("\"\"\n\nx\n", [[""], ["x"]]), ("a,", [["a", ""]]),
    ])
    func rowsAreTheSameHoweverTheFileIsCut(text: String, expected: [[String]]) throws {
        let bytes = Array(text.utf8)
        for pieceBytes in 1...max(1, bytes.count) {
            #expect(self.texts(try self.read(bytes, pieceBytes: pieceBytes)) == expected)
        }
    }

    @Test func linesAreCountedOverLineBreaksInFields() throws {
        let rows = try self.read(Array("h\n\"a\nb\nc\"\n\nlast\n".utf8), pieceBytes: 3)
        #expect(rows.map(\.line) == [1, 2, 6])
    }

    @Test func bytesThatOnlyBeginLikeAMarkAreKept() throws {
        let rows = try self.read([0xEF, 0xBB, 0x41, 0x0A], pieceBytes: 1)
        #expect(rows.map(\.fields) == [[[0xEF, 0xBB, 0x41]]])
    }

    @Test(arguments: [
        ("a\nb\"c\n", 2), ("a\n\"b\"c\n", 2), ("a\n\"b\n\n", 2), ("a\rb\n", 1),
        ("a\n" + "\"" + String(repeating: "x", count: 70_000), 2),
    ])
    func whatIsNoCSVIsRefusedWithItsLine(text: String, line: Int) {
        #expect {
            try self.read(Array(text.utf8), pieceBytes: 7)
        } throws: { error in
            (error as? CSVReader.Problem)?.line == line
        }
    }
}
