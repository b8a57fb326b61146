internal import HoldfastTransport
internal import HoldfastWire
internal import Logging

/// The ways in which the server ends a connection in words: GOAWAY, a log line once a connection, a graceful close.
struct Goodbyes {
    /// Time for the peer to read why, before the socket is closed.
    private static let graceMilliseconds = 1_000

    let core: ServerCore

    /// The peer's certificate does not make it a caller.
    func refuse(_ connection: Connection, code: RPCCode, reason: String, message: String) {
        self.core.log.warning(
            "connection refused: \(message)",
            metadata: self.metadata(connection, reason: reason))
        connection.write(
            ResponseEncoder.goaway(
                reason: code.name, graceMilliseconds: 0, message: "\(reason): \(message)"))
        connection.closeGracefully(reason: .refused, graceMilliseconds: Self.graceMilliseconds)
    }

    /// The client broke the protocol. Comes after the answers of the calls before.
    func violation(_ context: ConnectionContext) {
        guard let connection = context.connection, let violation = context.violation else { return }
        var metadata = self.metadata(connection, reason: violation.reason)
        metadata["caller"] = "\(context.caller)"
        self.core.log.warning("protocol error: \(violation.message)", metadata: metadata)
        connection.write(
            ResponseEncoder.goaway(
                reason: "PROTOCOL_ERROR", graceMilliseconds: 0,
                message: "\(violation.reason): \(violation.message)"))
        connection.closeGracefully(
            reason: .protocolViolation, graceMilliseconds: Self.graceMilliseconds)
    }

    /// The server is leaving: reading goes on, later calls are refused.
    func drain(_ connection: Connection) {
        let grace = self.core.configuration.drainMilliseconds
        connection.write(
            ResponseEncoder.goaway(
                reason: "DRAINING", graceMilliseconds: UInt32(grace),
                message: "the server is leaving; connect again"))
    }

    private func metadata(_ connection: Connection, reason: String) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "peer": "\(connection.remoteAddress)", "reason": "\(reason)",
        ]
        if let peer = connection.peer {
            metadata["subject"] = "\(Printable.text(peer.subject))"
            metadata["serial"] = "\(peer.serial)"
        }
        return metadata
    }
}
