/// A setting that cannot be used. One line: what, where it came from, and what is allowed.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The file is missing or unreadable.
        case fileUnreadable
        /// The file is no YAML, or not of the right shape.
        case fileMalformed
        case unknownKey
        case unknownFlag
        case badValue
    }

    package let code: Code
    /// The setting's name, the unknown key, or the file.
    package let subject: String
    package let message: String

    package init(_ code: Code, subject: String, message: String) {
        self.code = code
        self.subject = subject
        self.message = message
    }

    package var description: String { self.message }
}
