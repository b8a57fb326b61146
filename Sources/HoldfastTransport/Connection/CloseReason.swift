/// Why a connection ended. Stable words, for logs and metrics.
package enum CloseReason: String, Sendable, CaseIterable {
    /// The peer said that it is done (close_notify), and got all its answers.
    case peerFinished
    /// The peer's end of the stream without close_notify.
    case peerVanished
    /// The peer reset the connection, or the network did.
    case peerReset
    case handshakeFailed
    case handshakeTimedOut
    case plaintext
    case messageTimedOut
    case idle
    case outputStalled
    case memoryShed
    case keyUpdateFlood
    case messageTooLarge
    case tlsFailed
    case certificateExpired
    case addressLimit
    /// Reasons that only the delegate has.
    case protocolViolation
    case refused
    case drained
    case shutdown
}
