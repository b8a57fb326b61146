/// Why TLS failed, for the log and for callers that react to it.
package struct TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The stream ended without close_notify.
        case unexpectedEnd
        /// The socket failed; the message has the system's words.
        case socket
        /// The peer offers no protocol that we speak.
        case noApplicationProtocol
        case protocolVersion
        case certificateMissing
        case certificateRefused
        /// The peer sent a fatal alert; `alert` says which.
        case peerAlert
        case protocolError
    }

    package let code: Code
    package let message: String
    /// The TLS alert number that the peer sent, with `peerAlert`.
    package let alert: Int?

    package var description: String { self.message }
}

/// The result of one step of a non-blocking session. Wanting is no failure.
package enum TLSResult: Sendable {
    /// So many bytes were read or written. For a handshake: done, with 0.
    case bytes(Int)
    case wantRead
    case wantWrite
    /// The peer ended its side with close_notify.
    case closed
    /// The session is dead: no more calls but `deinit`.
    case failed(TLSFailure)
}
