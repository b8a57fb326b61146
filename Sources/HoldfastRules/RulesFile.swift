internal import Glibc
package import HoldfastAdmission
internal import Yams

/// Why rules could not be taken.
package struct RulesFileError: Error, Sendable, CustomStringConvertible {
    /// The file could not be read; false: there are mistakes in it.
    package let isUnreadable: Bool
    /// What is wrong with the file as a whole; empty: see `problems`.
    package let message: String
    /// Every mistake, with its line and rule.
    package let problems: [RiskRulesError.Problem]
    package let path: String

    init(
        _ path: String, _ message: String = "", problems: [RiskRulesError.Problem] = [],
        isUnreadable: Bool = false
    ) {
        self.path = path
        self.message = message
        self.problems = problems
        self.isUnreadable = isUnreadable
    }

    /// What is wrong, without the file's name: for whom its path is no business of.
    package var summary: String {
        self.problems.isEmpty
            ? "the rules file \(self.message)"
            : self.problems.map(\.description).joined(separator: "; ")
    }

    /// One line, with the file and every mistake in it.
    package var description: String {
        if self.problems.isEmpty { return "the rules \(self.path) \(self.message)" }
        return "the rules \(self.path): "
            + self.problems.map(\.description).joined(separator: "; ")
    }
}

/// Rules as YAML text, read with a library and checked by `AdmissionRules`: the server and holdfastctl read them alike.
package enum RulesFile {
    /// A file of 32 rules and 1,024 networks is a tenth of this.
    static let byteCountMax = 1 << 20
    /// Deeper than any rules file; a parser's recursion ends here.
    private static let depthMax = 16

    package static func read(_ path: String) throws(RulesFileError) -> AdmissionRules {
        let bytes: [UInt8]
        do throws(ReadFailure) {
            bytes = try Self.bytes(of: path)
        } catch {
            throw RulesFileError(path, "cannot be read: \(error.message)", isUnreadable: true)
        }
        guard bytes.count <= Self.byteCountMax else {
            throw RulesFileError(
                path, "have more than the \(Self.byteCountMax) bytes that are possible")
        }
        return try Self.parse(String(decoding: bytes, as: UTF8.self), path: path)
    }

    package static func parse(
        _ text: String, path: String
    ) throws(RulesFileError) -> AdmissionRules {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            let words = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            throw RulesFileError(path, "are no YAML: \(words)")
        }
        guard let node else {
            throw RulesFileError(path, "are empty; holdfast init writes a file to start from")
        }
        do throws(RiskRulesError) {
            return try AdmissionRules(document: Self.document(node, depth: 0))
        } catch {
            throw RulesFileError(path, problems: error.problems)
        }
    }

    private struct ReadFailure: Error {
        let message: String

        init(_ code: Int32) { self.message = String(cString: strerror(code)) }
    }

    /// At most one byte more than a file may have.
    private static func bytes(of path: String) throws(ReadFailure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw ReadFailure(errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= Self.byteCountMax {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw ReadFailure(errno)
            }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }

    private static func document(_ node: Node, depth: Int) -> RiskDocument {
        let line = node.mark?.line ?? 0
        // What is nested deeper is in no rules file: as a text it is told to the operator as a mistake.
        guard depth < Self.depthMax else { return RiskDocument(.text("…"), line: line) }
        switch node {
        case .scalar(let scalar):
            if scalar.style == .plain || scalar.style == .any, let number = Int64(scalar.string) {
                return RiskDocument(.number(number), line: line)
            }
            return RiskDocument(.text(scalar.string), line: line)
        case .sequence(let items):
            return RiskDocument(
                .list(items.map { Self.document($0, depth: depth + 1) }), line: line)
        case .mapping(let pairs):
            return RiskDocument(
                .map(
                    pairs.map { key, value in
                        (
                            name: key.scalar?.string ?? "", line: key.mark?.line ?? line,
                            value: Self.document(value, depth: depth + 1)
                        )
                    }), line: line)
        case .alias:
            return RiskDocument(.text("…"), line: line)
        }
    }
}
