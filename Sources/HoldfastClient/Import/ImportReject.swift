/// One thing that is wrong in a file. A file with any is not sent at all.
package struct ImportReject: Sendable, Hashable, CustomStringConvertible {
    /// Line of the file, from 1; 0 for the file as a whole.
    package let line: Int
    /// Column of a CSV, or path in a JSON file like `products[3].total`; empty for the whole row.
    package let column: String
    /// What it must be.
    package let reason: String

    package init(line: Int, column: String, reason: String) {
        self.line = line
        self.column = column
        self.reason = reason
    }

    package var description: String {
        let place = self.line > 0 ? "line \(self.line)" : "file"
        return self.column.isEmpty
            ? "\(place): \(self.reason)" : "\(place), \(self.column): \(self.reason)"
    }
}

/// Rejects as they are found: the first thousand, and the number of all.
package struct ImportRejects: Sendable {
    package private(set) var listed: [ImportReject] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { self.count == 0 }

    package mutating func add(_ line: Int, _ column: String, _ reason: String) {
        self.count += 1
        if self.listed.count < ImportLimits.rejectsMax {
            self.listed.append(ImportReject(line: line, column: column, reason: reason))
        }
    }
}
