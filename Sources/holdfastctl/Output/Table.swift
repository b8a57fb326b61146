/// A table for people: a header, columns as wide as their widest cell, two spaces between them, numbers to the right.
package struct Table {
    package enum Alignment {
        case left, right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// Titles that begin with `>` stand for columns of numbers.
    package init(_ titles: String...) {
        self.init(titles: titles)
    }

    /// The same with a list.
    package init(titles: [String]) {
        self.columns = titles.map {
            $0.hasPrefix(">") ? (String($0.dropFirst()), .right) : ($0, .left)
        }
    }

    /// A table of names and values, without a header.
    package init(pairs: [(String, String)]) {
        self.columns = [("", .left), ("", .left)]
        for (name, value) in pairs { self.add(name, value) }
    }

    package mutating func add(_ cells: String...) {
        self.add(cells: cells)
    }

    /// The same with a list.
    package mutating func add(cells: [String]) {
        precondition(
            cells.count == self.columns.count, "a row has as many cells as there are columns")
        self.rows.append(cells.map { Self.printable($0) })
    }

    package func text() -> String {
        let titles = self.columns.map(\.title)
        let hasHeader = titles.contains { !$0.isEmpty }
        let lines = (hasHeader ? [titles] : []) + self.rows
        let widths = self.columns.indices.map { column in
            lines.map { DisplayWidth.cells($0[column]) }.max() ?? 0
        }
        return lines.map { line in
            var text = ""
            for (column, cell) in line.enumerated() {
                let padding = String(
                    repeating: " ", count: widths[column] - DisplayWidth.cells(cell))
                let isLast = column == line.count - 1
                switch self.columns[column].alignment {
                case .right: text += padding + cell
                case .left: text += isLast ? cell : cell + padding
                }
                if !isLast { text += "  " }
            }
            return text + "\n"
        }.joined()
    }

    /// Control characters would let a name move the cursor.
    private static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return result
    }
}
