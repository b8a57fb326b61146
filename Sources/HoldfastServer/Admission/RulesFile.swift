internal import HoldfastAdmission
internal import Yams

/// Why risk rules could not be taken: one line, with the file and every mistake in it.
package struct RulesFileError: Error, Sendable, CustomStringConvertible {
    package let description: String
}

/// Risk rules as YAML text, read with a library and checked by `RiskRules`.
enum RulesFile {
    /// A file of 32 rules and 1,024 networks is a tenth of this.
    static let byteCountMax = 1 << 20
    /// Deeper than any rules file; a parser's recursion ends here.
    private static let depthMax = 16

    static func read(_ path: String) throws(RulesFileError) -> RiskRules {
        let bytes: [UInt8]
        do {
            bytes = try TextFile.readBytes(path)
        } catch {
            throw RulesFileError(
                description: "the risk rules \(path) cannot be read: \(error.message)")
        }
        guard bytes.count <= Self.byteCountMax else {
            throw RulesFileError(
                description: "the risk rules \(path) have \(bytes.count) bytes; at most "
                    + "\(Self.byteCountMax) are possible")
        }
        return try Self.parse(String(decoding: bytes, as: UTF8.self), path: path)
    }

    static func parse(_ text: String, path: String) throws(RulesFileError) -> RiskRules {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            let words = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            throw RulesFileError(
                description: "the risk rules \(path) are no YAML: \(words)")
        }
        guard let node else {
            throw RulesFileError(
                description:
                    "the risk rules \(path) are empty; holdfast init writes a file to start from")
        }
        do throws(RiskRulesError) {
            return try RiskRules(document: Self.document(node, depth: 0))
        } catch {
            let problems = error.problems.map(\.description).joined(separator: "; ")
            throw RulesFileError(description: "the risk rules \(path): \(problems)")
        }
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
