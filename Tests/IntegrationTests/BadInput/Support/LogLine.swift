import Foundation

/// One line of the server's log in text form: the words, then `key=value`, values with blanks in quotes.
struct LogLine {
    let text: String

    init(_ text: String) { self.text = text }

    /// The value of a key, without quotes; nil: there is no such key.
    subscript(key: String) -> String? {
        guard let start = self.text.range(of: " \(key)=", options: .backwards) else { return nil }
        let rest = self.text[start.upperBound...]
        if rest.first == "\"" { return String(rest.dropFirst().prefix { $0 != "\"" }) }
        return String(rest.prefix { $0 != " " })
    }
}
