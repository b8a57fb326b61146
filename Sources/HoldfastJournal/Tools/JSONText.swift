/// One JSON object, written field by field.
struct JSONText {
    private var body = ""

    mutating func put(_ name: String, raw value: String) {
        if !self.body.isEmpty { self.body += "," }
        self.body += Self.quoted(name) + ":" + value
    }

    mutating func put(_ name: String, _ value: String) { self.put(name, raw: Self.quoted(value)) }
    mutating func put<Value: FixedWidthInteger>(_ name: String, _ value: Value) {
        self.put(name, raw: String(value))
    }
    mutating func put(_ name: String, _ value: Bool) {
        self.put(name, raw: value ? "true" : "false")
    }
    mutating func put(_ name: String, list: [String]) {
        self.put(name, raw: "[" + list.joined(separator: ",") + "]")
    }

    var text: String { "{" + self.body + "}" }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                result += "\\u" + Hexadecimal.text(UInt64(scalar.value), digits: 4)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// How a tool prints.
package enum ToolOutput: String, Sendable, CaseIterable {
    case text, json
}

/// What a tool of the journal came to.
package enum ToolStatus: Int32, Sendable {
    case good = 0
    /// EX_DATAERR: the journal is damaged, and nothing was changed.
    case damaged = 65
}

/// What is known of a data directory's snapshots: a tool's caller reads them.
package struct SnapshotSurvey: Sendable {
    package var ends: [KnownEnd] = []
    /// Damaged ones, in words.
    package var problems: [String] = []

    package init(ends: [KnownEnd] = [], problems: [String] = []) {
        self.ends = ends
        self.problems = problems
    }

    /// Reads the snapshots of a directory, with all their checksums if `isDeep`.
    package typealias Reader =
        @Sendable (_ directory: DataDirectory, _ identity: DataIdentity, _ isDeep: Bool)
        throws(JournalFailure) -> SnapshotSurvey
}
