import HoldfastAdmission

/// Reads the small part of YAML that rules files in tests need: block maps and lists, plain scalars, comments, `[]`.
/// The server uses a library; this keeps line numbers honest and the target free of it.
struct PlainYAML {
    private struct Line {
        var number: Int
        var indent: Int
        var text: String
    }

    private var lines: [Line] = []
    private var next = 0

    static func parse(_ text: String) -> RiskDocument {
        var parser = PlainYAML()
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let body = raw.drop { $0 == " " }
            guard !body.isEmpty, !body.hasPrefix("#") else { continue }
            parser.lines.append(
                Line(number: index + 1, indent: raw.count - body.count, text: String(body)))
        }
        return parser.block(indent: parser.lines.first?.indent ?? 0)
    }

    private mutating func block(indent: Int) -> RiskDocument {
        let line = self.next < self.lines.count ? self.lines[self.next].number : 0
        if self.next < self.lines.count, self.lines[self.next].text.hasPrefix("- ") {
            var items: [RiskDocument] = []
            while self.next < self.lines.count, self.lines[self.next].indent == indent,
                self.lines[self.next].text.hasPrefix("- ")
            {
                // "- a: b" is a map whose first line stands two columns further right.
                self.lines[self.next].text.removeFirst(2)
                self.lines[self.next].indent += 2
                if self.lines[self.next].text.contains(": ")
                    || self.lines[self.next].text.hasSuffix(":")
                {
                    items.append(self.block(indent: indent + 2))
                } else {
                    items.append(
                        self.scalar(self.lines[self.next].text, self.lines[self.next].number))
                    self.next += 1
                }
            }
            return RiskDocument(.list(items), line: line)
        }
        var entries: [(name: String, line: Int, value: RiskDocument)] = []
        while self.next < self.lines.count, self.lines[self.next].indent == indent {
            let row = self.lines[self.next]
            guard let colon = row.text.range(of: ":") else {
                preconditionFailure("line \(row.number) of a test's YAML: no colon")
            }
            self.next += 1
            let name = String(row.text[..<colon.lowerBound])
            let rest = String(row.text[colon.upperBound...].drop { $0 == " " })
            if !rest.isEmpty {
                entries.append((name, row.number, self.scalar(rest, row.number)))
            } else {
                let deeper = self.next < self.lines.count ? self.lines[self.next].indent : indent
                entries.append((name, row.number, self.block(indent: deeper)))
            }
        }
        return RiskDocument(.map(entries), line: line)
    }

    private func scalar(_ text: String, _ line: Int) -> RiskDocument {
        if text == "[]" { return RiskDocument(.list([]), line: line) }
        if let number = Int64(text) { return RiskDocument(.number(number), line: line) }
        return RiskDocument(.text(text), line: line)
    }
}

extension String {
    fileprivate func range(of character: Character) -> Range<Index>? {
        self.firstIndex(of: character).map { $0..<self.index(after: $0) }
    }
}
