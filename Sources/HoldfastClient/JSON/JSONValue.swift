/// A JSON value that keeps the order of its fields. Integers are exact; this protocol has no other numbers.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.string(let a), .string(let b)): Array(a.utf8) == Array(b.utf8)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }

    /// The text; with `indent` one value a line, two spaces a level.
    package func text(isPretty: Bool = true) -> String {
        var output = ""
        self.write(to: &output, level: isPretty ? 0 : nil)
        return output
    }

    private func write(to output: inout String, level: Int?) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .integer(let value): output += String(value)
        case .string(let value): Self.write(value, to: &output)
        case .array(let items):
            Self.writeItems(items, "[", "]", to: &output, level: level) { item, output, inner in
                item.write(to: &output, level: inner)
            }
        case .object(let fields):
            Self.writeItems(fields, "{", "}", to: &output, level: level) { field, output, inner in
                Self.write(field.key, to: &output)
                output += level == nil ? ":" : ": "
                field.value.write(to: &output, level: inner)
            }
        }
    }

    private static func writeItems<Item>(
        _ items: [Item], _ opening: String, _ closing: String, to output: inout String,
        level: Int?, _ body: (Item, inout String, Int?) -> Void
    ) {
        output += opening
        for (index, item) in items.enumerated() {
            if index > 0 { output += "," }
            if let level { output += "\n" + String(repeating: "  ", count: level + 1) }
            body(item, &output, level.map { $0 + 1 })
        }
        if let level, !items.isEmpty { output += "\n" + String(repeating: "  ", count: level) }
        output += closing
    }

    private static func write(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}
