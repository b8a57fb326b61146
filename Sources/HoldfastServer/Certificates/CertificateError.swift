/// A certificate, a key or a file of the development set that could not be made or read.
package struct CertificateError: Error, Sendable, CustomStringConvertible {
    /// Says what failed and what to do.
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { self.message }
}
