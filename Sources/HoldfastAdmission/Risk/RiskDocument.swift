/// A parsed settings file as a tree: what a YAML or JSON library read, in the few shapes that rules need, each with the
/// line it stood in. The caller fills it, so that this target needs no library.
package struct RiskDocument: Sendable {
    package indirect enum Value: Sendable {
        /// Also `true` and `false`, as these words, and any number that is not whole.
        case text(String)
        case number(Int64)
        case list([RiskDocument])
        /// In the file's order; a name that stands twice is there twice.
        case map([(name: String, line: Int, value: RiskDocument)])
    }

    package var value: Value
    /// From 1; 0 when the library does not tell.
    package var line: Int

    package init(_ value: Value, line: Int) {
        self.value = value
        self.line = line
    }
}

/// Why a rules file was not taken: every mistake, with its line and its rule.
package struct RiskRulesError: Error, Hashable, Sendable, CustomStringConvertible {
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        package var line: Int
        /// The id of the rule, when the mistake is inside one that has an id.
        package var rule: String?
        package var message: String

        package var description: String {
            (self.line > 0 ? "line \(self.line): " : "")
                + (self.rule.map { "rule \($0): " } ?? "") + self.message
        }
    }

    package var problems: [Problem]

    package var description: String {
        self.problems.map(\.description).joined(separator: "\n")
    }
}

/// One map of a document while it is read: each name once, none unknown, every mistake noted.
struct RiskDocumentReader {
    var problems: [RiskRulesError.Problem] = []
    var rule: String?

    mutating func complain(_ line: Int, _ message: String) {
        self.problems.append(.init(line: line, rule: self.rule, message: message))
    }

    /// The entries of a map by name. Unknown and doubled names are mistakes.
    mutating func map(
        _ document: RiskDocument, _ what: String, names: [String]
    ) -> [String: RiskDocument] {
        guard case .map(let entries) = document.value else {
            self.complain(document.line, "\(what) must be names with values (\(names[0]): …)")
            return [:]
        }
        var found: [String: RiskDocument] = [:]
        for entry in entries {
            guard names.contains(entry.name) else {
                self.complain(
                    entry.line,
                    "unknown name \"\(entry.name)\"; known here: \(names.joined(separator: ", "))")
                continue
            }
            guard found.updateValue(entry.value, forKey: entry.name) == nil else {
                self.complain(entry.line, "\(entry.name) stands here twice")
                continue
            }
        }
        return found
    }

    mutating func list(_ document: RiskDocument?, _ name: String) -> [RiskDocument] {
        guard let document else { return [] }
        guard case .list(let items) = document.value else {
            self.complain(document.line, "\(name) must be a list")
            return []
        }
        return items
    }

    mutating func text(_ document: RiskDocument?, _ name: String) -> String? {
        guard let document else { return nil }
        switch document.value {
        case .text(let text) where !text.isEmpty: return text
        case .number(let number): return "\(number)"
        default:
            self.complain(document.line, "\(name) must be a text")
            return nil
        }
    }

    /// The `range` among an item's fields, which must be there.
    mutating func range(
        of fields: [String: RiskDocument], _ item: RiskDocument
    ) -> NetworkRange? {
        guard let text = self.text(fields["range"], "range") else {
            if fields["range"] == nil { self.complain(item.line, "range is missing") }
            return nil
        }
        do throws(NetworkTextError) {
            return try NetworkRange(parsing: text)
        } catch {
            self.complain((fields["range"] ?? item).line, error.description)
            return nil
        }
    }

    mutating func number(
        _ document: RiskDocument?, _ name: String, in range: ClosedRange<Int64>
    ) -> Int64? {
        guard let document else { return nil }
        guard case .number(let number) = document.value, range.contains(number) else {
            self.complain(
                document.line,
                "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func choice<T>(
        _ document: RiskDocument?, _ name: String, _ choices: [(String, T)]
    ) -> T? {
        guard let document else { return nil }
        if case .text(let text) = document.value,
            let choice = choices.first(where: { $0.0 == text })
        {
            return choice.1
        }
        self.complain(
            document.line, "\(name) must be one of: \(choices.map(\.0).joined(separator: ", "))")
        return nil
    }

    /// A time with its unit, in milliseconds: 500ms, 1s, 1m, 1h, 1d.
    mutating func milliseconds(
        _ document: RiskDocument?, _ name: String, in range: ClosedRange<Int64>
    ) -> Int64? {
        guard let document else { return nil }
        let units: [(String, Int64)] = [
            ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        if case .text(let text) = document.value,
            let unit = units.first(where: { unit in
                text.hasSuffix(unit.0)
                    && text.dropLast(unit.0.utf8.count).allSatisfy { ("0"..."9").contains($0) }
            }), let number = Int64(text.dropLast(unit.0.utf8.count))
        {
            let (value, overflow) = number.multipliedReportingOverflow(by: unit.1)
            if !overflow && range.contains(value) { return value }
            self.complain(
                document.line,
                "\(name) must be from \(range.lowerBound)ms to \(range.upperBound / 86_400_000)d")
            return nil
        }
        self.complain(
            document.line, "\(name) must be a number with its unit: 500ms, 30s, 5m, 1h or 1d")
        return nil
    }
}
