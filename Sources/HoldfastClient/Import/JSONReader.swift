/// A JSON value with the line on which it begins, so that what is wrong with it can be shown.
package indirect enum JSONNode: Sendable {
    case null(line: Int)
    case bool(Bool, line: Int)
    case integer(Int, line: Int)
    /// A number that is no whole one, or too large for 64 bits.
    case otherNumber(String, line: Int)
    case string(String, line: Int)
    case array([JSONNode], line: Int)
    case object([(key: String, value: JSONNode)], line: Int)

    package var line: Int {
        switch self {
        case .null(let line), .bool(_, let line), .integer(_, let line),
            .otherNumber(_, let line), .string(_, let line), .array(_, let line),
            .object(_, let line):
            line
        }
    }
}

/// RFC 8259, strictly: no comments, no trailing commas, no doubled names, UTF-8 only, at most 16 levels.
package struct JSONReader {
    /// The first thing that is not JSON.
    package struct Problem: Error, Equatable {
        package let line: Int
        /// In bytes, from 1.
        package let column: Int
        package let reason: String
    }

    private static let depthMax = 16

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var lineStart = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            self.position = 3
            self.lineStart = 3
        }
    }

    package static func read(_ bytes: [UInt8]) throws(Problem) -> JSONNode {
        var reader = JSONReader(bytes)
        let node = try reader.value(depth: 1)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.problem("text after the value") }
        return node
    }

    private func problem(_ reason: String) -> Problem {
        Problem(line: self.line, column: self.position - self.lineStart + 1, reason: reason)
    }

    private var next: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func skipSpace() {
        while let byte = self.next {
            switch byte {
            case UInt8(ascii: "\n"):
                self.line += 1
                self.lineStart = self.position + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                break
            default:
                return
            }
            self.position += 1
        }
    }

    private mutating func value(depth: Int) throws(Problem) -> JSONNode {
        guard depth <= Self.depthMax else { throw self.problem("more than 16 levels") }
        self.skipSpace()
        let line = self.line
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depth: depth)
        case UInt8(ascii: "["): return try self.array(depth: depth)
        case UInt8(ascii: "\""): return .string(try self.string(), line: line)
        case UInt8(ascii: "t"): return .bool(try self.word("true", true), line: line)
        case UInt8(ascii: "f"): return .bool(try self.word("false", false), line: line)
        case UInt8(ascii: "n"): return try self.word("null", .null(line: line))
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            return try self.number()
        case nil: throw self.problem("the file ends where a value must stand")
        default: throw self.problem("no JSON value begins like this")
        }
    }

    private mutating func word<Value>(_ word: String, _ value: Value) throws(Problem) -> Value {
        guard self.bytes[self.position...].starts(with: word.utf8) else {
            throw self.problem("no JSON value begins like this")
        }
        self.position += word.utf8.count
        return value
    }

    private mutating func number() throws(Problem) -> JSONNode {
        let start = self.position
        if self.next == UInt8(ascii: "-") { self.position += 1 }
        let digitStart = self.position
        var isWhole = true
        while let byte = self.next {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                break
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"),
                UInt8(ascii: "-"):
                isWhole = false
            default:
                return try self.number(start, digitStart, isWhole)
            }
            self.position += 1
        }
        return try self.number(start, digitStart, isWhole)
    }

    private func number(
        _ start: Int, _ digitStart: Int, _ isWhole: Bool
    ) throws(Problem) -> JSONNode {
        let text = String(decoding: self.bytes[start..<self.position], as: UTF8.self)
        let digits = self.bytes[digitStart..<self.position]
        let hasLeadingZero = digits.count > 1 && digits.first == UInt8(ascii: "0") && isWhole
        guard !digits.isEmpty && !hasLeadingZero && (isWhole || Double(text) != nil) else {
            throw self.problem("\"\(text)\" is no number")
        }
        if isWhole, let value = Int(text) { return .integer(value, line: self.line) }
        return .otherNumber(text, line: self.line)
    }

    private mutating func array(depth: Int) throws(Problem) -> JSONNode {
        let line = self.line
        self.position += 1
        var items: [JSONNode] = []
        self.skipSpace()
        if self.next == UInt8(ascii: "]") {
            self.position += 1
            return .array([], line: line)
        }
        while true {
            items.append(try self.value(depth: depth + 1))
            self.skipSpace()
            switch self.next {
            case UInt8(ascii: ","): self.position += 1
            case UInt8(ascii: "]"):
                self.position += 1
                return .array(items, line: line)
            default: throw self.problem("a comma or ] must stand here")
            }
        }
    }

    private mutating func object(depth: Int) throws(Problem) -> JSONNode {
        let line = self.line
        self.position += 1
        var fields: [(key: String, value: JSONNode)] = []
        self.skipSpace()
        if self.next == UInt8(ascii: "}") {
            self.position += 1
            return .object([], line: line)
        }
        while true {
            self.skipSpace()
            guard self.next == UInt8(ascii: "\"") else {
                throw self.problem("a name in quotes must stand here")
            }
            let key = try self.string()
            guard !fields.contains(where: { $0.key == key }) else {
                throw self.problem("\"\(key)\" is there twice")
            }
            guard fields.count < 64 else { throw self.problem("more than 64 names in an object") }
            self.skipSpace()
            guard self.next == UInt8(ascii: ":") else {
                throw self.problem("a colon must stand here")
            }
            self.position += 1
            fields.append((key, try self.value(depth: depth + 1)))
            self.skipSpace()
            switch self.next {
            case UInt8(ascii: ","): self.position += 1
            case UInt8(ascii: "}"):
                self.position += 1
                return .object(fields, line: line)
            default: throw self.problem("a comma or } must stand here")
            }
        }
    }

    private mutating func string() throws(Problem) -> String {
        self.position += 1
        var text: [UInt8] = []
        while let byte = self.next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let valid = String(validating: text, as: UTF8.self) else {
                    throw self.problem("a text is not UTF-8")
                }
                self.position += 1
                return valid
            case UInt8(ascii: "\\"):
                text.append(contentsOf: String(try self.escape()).utf8)
            case 0..<0x20:
                throw self.problem("a control character in a text; write it as \\u00…")
            default:
                text.append(byte)
                self.position += 1
            }
            guard text.count <= ImportLimits.fieldBytesMax else {
                throw self.problem("a text of more than \(ImportLimits.fieldBytesMax) bytes")
            }
        }
        throw self.problem("a text is never closed")
    }

    private mutating func escape() throws(Problem) -> Unicode.Scalar {
        self.position += 1
        guard let byte = self.next else { throw self.problem("a text is never closed") }
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try self.hex4()
            if let scalar = Unicode.Scalar(first) { return scalar }
            guard first < 0xDC00, self.bytes[self.position...].starts(with: Array("\\u".utf8))
            else {
                throw self.problem("half of a surrogate pair")
            }
            self.position += 2
            let second = try self.hex4()
            guard (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw self.problem("half of a surrogate pair") }
            return scalar
        default: throw self.problem("no such escape in a text")
        }
    }

    private mutating func hex4() throws(Problem) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = self.next,
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw self.problem("\\u needs four hexadecimal digits") }
            value = value << 4 | UInt32(digit)
            self.position += 1
        }
        return value
    }
}
