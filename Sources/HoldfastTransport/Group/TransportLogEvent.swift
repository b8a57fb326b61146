/// Something worth a log line. Rare by construction: repeated kinds are thinned out, with the number
/// of those left out in `suppressedCount`. Never one a request.
package struct TransportLogEvent: Sendable, Hashable {
    package enum Severity: String, Sendable {
        case debug, info, notice, warning, error
    }

    package enum Kind: String, Sendable, CaseIterable {
        case listening
        case listenerClosed
        case plaintextPeer
        case handshakeFailed
        case handshakeTimedOut
        case refusedConnection
        case outOfDescriptors
        case connectionMisbehaved
        case memoryShed
        case reactorStopped
    }

    package let severity: Severity
    package let kind: Kind
    /// Which listener, by its configured name; empty when none is concerned.
    package let listener: String
    /// The peer, nil when none is concerned.
    package let remoteAddress: IPAddress?
    package let message: String
    /// Events of this kind that were left out since the last one that was logged.
    package let suppressedCount: Int
}
