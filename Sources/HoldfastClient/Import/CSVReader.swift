/// RFC 4180, fed in pieces of any size: fields between commas, rows between CRLF or LF, quotes around what holds a
/// comma, a quote (written twice) or a line break. A byte order mark at the front is skipped, as are empty lines.
/// Fields are bytes; what they mean is the caller's business.
package struct CSVReader {
    /// One row.
    package struct Row: Sendable, Equatable {
        /// The line on which it begins, from 1.
        package let line: Int
        package let fields: [[UInt8]]
    }

    /// The file is no CSV from here on; nothing after it can be trusted.
    package struct Problem: Error, Equatable {
        package let line: Int
        package let reason: String
    }

    private enum State {
        case fieldStart, bare, quoted, afterQuote, afterReturn
    }

    private var state = State.fieldStart
    private var field: [UInt8] = []
    private var fields: [[UInt8]] = []
    /// Quotes were seen, so that even one empty field is a row.
    private var hasQuotes = false
    private var line = 1
    private var rowLine = 1
    private var markBytes: [UInt8] = [0xEF, 0xBB, 0xBF]

    package init() {}

    /// Takes the next bytes and hands over each row that they complete.
    package mutating func feed(
        _ bytes: some Sequence<UInt8>, _ body: (Row) -> Void
    ) throws(Problem) {
        for byte in bytes {
            if !self.markBytes.isEmpty {
                if byte == self.markBytes[0] {
                    self.markBytes.removeFirst()
                    continue
                }
                // Either no mark at all, or bytes that only look like the beginning of one.
                let seen = [UInt8]([0xEF, 0xBB, 0xBF]).prefix(3 - self.markBytes.count)
                self.markBytes = []
                for earlier in seen { try self.take(earlier, body) }
            }
            try self.take(byte, body)
        }
    }

    /// The end of the file: the last row may lack its line break.
    package mutating func finish(_ body: (Row) -> Void) throws(Problem) {
        switch self.state {
        case .quoted:
            throw Problem(line: self.rowLine, reason: "a quoted field is never closed")
        case .afterReturn:
            self.endRow(body)
        case .fieldStart, .bare, .afterQuote:
            if !self.fields.isEmpty || !self.field.isEmpty || self.state == .afterQuote {
                self.endField()
                self.endRow(body)
            }
        }
    }

    private mutating func take(_ byte: UInt8, _ body: (Row) -> Void) throws(Problem) {
        switch (self.state, byte) {
        case (.afterReturn, UInt8(ascii: "\n")):
            self.endRow(body)
        case (.afterReturn, _):
            throw Problem(line: self.line, reason: "a carriage return without a line feed")
        case (.quoted, UInt8(ascii: "\"")):
            self.state = .afterQuote
        case (.quoted, _):
            if byte == UInt8(ascii: "\n") { self.line += 1 }
            try self.append(byte)
        case (.afterQuote, UInt8(ascii: "\"")):
            try self.append(byte)
            self.state = .quoted
        case (_, UInt8(ascii: ",")):
            self.endField()
        case (_, UInt8(ascii: "\r")):
            self.endField()
            self.state = .afterReturn
        case (_, UInt8(ascii: "\n")):
            self.endField()
            self.endRow(body)
        case (.afterQuote, _):
            throw Problem(line: self.line, reason: "text after the closing quote of a field")
        case (.fieldStart, UInt8(ascii: "\"")):
            self.state = .quoted
            self.hasQuotes = true
        case (.bare, UInt8(ascii: "\"")):
            throw Problem(
                line: self.line,
                reason: "a quote inside a field that does not begin with one; write it twice "
                    + "and put quotes around the field")
        case (.fieldStart, _), (.bare, _):
            self.state = .bare
            try self.append(byte)
        }
    }

    private mutating func append(_ byte: UInt8) throws(Problem) {
        guard self.field.count < ImportLimits.fieldBytesMax else {
            throw Problem(
                line: self.rowLine,
                reason: "a field of more than \(ImportLimits.fieldBytesMax) bytes; is a closing "
                    + "quote missing?")
        }
        self.field.append(byte)
    }

    private mutating func endField() {
        self.fields.append(self.field)
        self.field.removeAll(keepingCapacity: true)
        self.state = .fieldStart
    }

    private mutating func endRow(_ body: (Row) -> Void) {
        let isEmptyLine = self.fields == [[]] && !self.hasQuotes
        if !isEmptyLine { body(Row(line: self.rowLine, fields: self.fields)) }
        self.fields = []
        self.hasQuotes = false
        self.state = .fieldStart
        self.line += 1
        self.rowLine = self.line
    }
}
