/// A failure of the environment: a file, a certificate, a port, a socket.
///
/// `message` says what is wrong, `hint` what the operator can do about it.
package struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case fileUnreadable
        case certificateUnreadable
        case certificateExpired
        case certificateNotYetValid
        case privateKeyUnreadable
        case privateKeyMismatch
        case authorityUnreadable
        case authorityInvalid
        case addressInvalid
        case addressInUse
        case addressForbidden
        case serverNameInvalid
        case connectFailed
        case resourceExhausted
        case library
    }

    package let code: Code
    package let message: String
    package let hint: String

    package init(_ code: Code, _ message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(self.message); \(self.hint)" }
}
