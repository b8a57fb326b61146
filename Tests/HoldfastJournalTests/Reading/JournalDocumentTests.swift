import Glibc
import HoldfastEngine
import HoldfastJournal
import Testing

/// docs/JOURNAL.md holds the tables that the code has.
@Suite struct JournalDocumentTests {
    private func document() throws -> String {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let bytes = try LinuxFileSystem().contents(
            of: "/\(root)/docs/JOURNAL.md", byteCountMax: 1 << 20)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func part(_ name: String, of text: String) throws -> Substring {
        let begin = "<!-- \(name) -->\n"
        var rest = text[...]
        while !rest.isEmpty, !rest.hasPrefix(begin) { rest.removeFirst() }
        rest.removeFirst(min(begin.count, rest.count))
        var lines: [Substring] = []
        for line in rest.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "<!-- end -->" { break }
            lines.append(line)
        }
        return Substring(lines.joined(separator: "\n") + "\n")
    }

    @Test func itsEvidenceIsTheCodes() throws {
        let part = try self.part("evidence", of: try self.document())
        #expect(
            String(part) == "\n" + Evidence.table + "\n", "docs/JOURNAL.md is not the code's table")
    }

    @Test func itsEventsAreTheCodes() throws {
        var expected = "\n| kind | name | fields behind the head |\n|---|---|---|\n"
        for layout in EventLayout.all {
            expected += "| \(layout.number) | \(layout.name) | \(layout.text) |\n"
        }
        let part = try self.part("events", of: try self.document())
        #expect(String(part) == expected + "\n", "docs/JOURNAL.md is not the code's table")
    }
}
