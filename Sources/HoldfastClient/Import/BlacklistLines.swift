import Glibc

/// The blacklist as text: JSON Lines, one entry a line under the protocol's names. `id`, `operator_name` and `created_at_ms`
/// are written for people; the server sets them anew when the lines come back.
///
///     {"user_id":"bot-1","expires_at_ms":1764000000000,"reason":"resale","source":"import"}
///     {"network":"203.0.113.0/24","expires_at_ms":0,"reason":"proxy farm","source":"import"}
package struct BlacklistLines {
    /// The entries in the order of their lines.
    package private(set) var entries: [BlacklistEntry] = []
    /// Where each entry stands.
    package private(set) var lines: [Int] = []
    package private(set) var rejects = ImportRejects()
    private var lineNumber = 0
    /// The line of each value, which is its kind and its bytes.
    private var seen: [[UInt8]: Int] = [:]

    /// A whole file. Every line that is wrong is named.
    package init(_ bytes: [UInt8]) {
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            self.lineNumber += 1
            var line = Array(line)
            if line.last == 0x0D { line.removeLast() }
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            self.read(line)
        }
    }

    /// An entry as one line, without its end.
    package static func line(_ entry: BlacklistEntry) -> String {
        var fields: [(key: String, value: JSONValue)] = []
        switch entry.value {
        case .user(let id): fields.append(("user_id", .string(id)))
        case .device(let id): fields.append(("device_id", .string(id)))
        case .network(let range): fields.append(("network", .string(range)))
        case .unrecognized: break
        }
        fields.append(("expires_at_ms", .integer(entry.expiresAtMilliseconds)))
        fields.append(("reason", .string(entry.reason)))
        fields.append(("source", .string(entry.source)))
        fields.append(("operator_name", .string(entry.operatorName)))
        fields.append(("created_at_ms", .integer(entry.createdAtMilliseconds)))
        fields.append(("id", .integer(entry.id)))
        return JSONValue.object(fields).text(isPretty: false)
    }

    private mutating func reject(_ column: String, _ reason: String) {
        self.rejects.add(self.lineNumber, column, reason)
    }

    private mutating func read(_ line: [UInt8]) {
        let node: JSONNode
        do throws(JSONReader.Problem) {
            node = try JSONReader.read(line)
        } catch {
            self.reject("byte \(error.column)", error.reason)
            return
        }
        guard case .object(let fields, _) = node else {
            self.reject("", "must be a JSON object with one entry")
            return
        }
        let before = self.rejects.count
        var values: [BlacklistValue] = []
        var entry = BlacklistEntry(.unrecognized)
        for (key, value) in fields {
            switch key {
            case "user_id": values.append(.user(self.id(value, key)))
            case "device_id": values.append(.device(self.id(value, key)))
            case "network": values.append(.network(self.network(value)))
            case "expires_at_ms": entry.expiresAtMilliseconds = self.time(value)
            case "reason": entry.reason = self.text(value, key, bytesMax: 256)
            case "source": entry.source = self.text(value, key, bytesMax: 64)
            case "id", "operator_name", "created_at_ms": break
            default: self.reject(key, "is no field of an entry")
            }
        }
        if values.count != 1 {
            self.reject("", "must name one of user_id, device_id and network")
            return
        }
        entry.value = values[0]
        let key = Self.key(entry.value)
        if let other = self.seen[key] {
            self.reject("", "names what line \(other) names")
        }
        self.seen[key] = self.lineNumber
        guard self.rejects.count == before else { return }
        self.entries.append(entry)
        self.lines.append(self.lineNumber)
    }

    private static func key(_ value: BlacklistValue) -> [UInt8] {
        switch value {
        case .user(let id): [1] + Array(id.utf8)
        case .device(let id): [2] + Array(id.utf8)
        case .network(let range): [3] + Array(range.utf8)
        case .unrecognized: []
        }
    }

    private mutating func text(_ node: JSONNode, _ key: String, bytesMax: Int) -> String {
        guard case .string(let text, _) = node else {
            self.reject(key, "must be text")
            return ""
        }
        if text.utf8.count > bytesMax {
            self.reject(key, "must be at most \(bytesMax) bytes, not \(text.utf8.count)")
        } else if text.unicodeScalars.contains(where: {
            $0.value < 0x20 || (0x7F...0x9F).contains($0.value)
        }) {
            self.reject(key, "must not hold control characters")
        }
        return text
    }

    private mutating func id(_ node: JSONNode, _ key: String) -> String {
        let text = self.text(node, key, bytesMax: 64)
        if case .string = node, text.isEmpty { self.reject(key, "must not be empty") }
        return text
    }

    private mutating func time(_ node: JSONNode) -> Int {
        guard case .integer(let time, _) = node, (0...16_725_225_600_000).contains(time) else {
            self.reject("expires_at_ms", "must be Unix milliseconds, or 0 for good")
            return 0
        }
        return time
    }

    /// The syntax of an address or a range; whether bits stand behind its prefix the server says.
    private mutating func network(_ node: JSONNode) -> String {
        let text = self.text(node, "network", bytesMax: 64)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        var address = in6_addr()
        let isAddress = [AF_INET, AF_INET6].contains {
            inet_pton($0, String(parts[0]), &address) == 1
        }
        let isLength =
            parts.count == 1
            || (parts.count == 2 && (Int(parts[1]).map { (0...128).contains($0) } ?? false))
        if !isAddress || !isLength {
            self.reject("network", "must be an address or a range like 203.0.113.0/24")
        }
        return text
    }
}
