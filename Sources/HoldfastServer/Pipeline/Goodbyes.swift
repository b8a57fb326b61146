internal import HoldfastTransport
internal import HoldfastWire
internal import Logging

/// The ways in which the server ends a connection in words: GOAWAY, a log line once a connection, a graceful close.
///
/// Owner: one reactor.
final class Goodbyes {
    /// Time for the peer to read why, before the socket is closed.
    private static let graceMilliseconds = 1_000

    private let core: ServerCore
    private let refusals: RefusalLog

    init(core: ServerCore, refusals: RefusalLog) {
        self.core = core
        self.refusals = refusals
    }

    /// The peer's certificate does not make it a caller.
    func refuse(_ connection: Connection, code: RPCCode, reason: String, message: String) {
        self.log("connection refused: \(message)", connection, reason: reason, caller: "")
        connection.write(
            ResponseEncoder.goaway(
                reason: code.name, graceMilliseconds: 0, message: "\(reason): \(message)"))
        connection.closeGracefully(reason: .refused, graceMilliseconds: Self.graceMilliseconds)
    }

    /// The client broke the protocol. Comes after the answers of the calls before.
    func violation(_ context: ConnectionContext) {
        guard let connection = context.connection, let violation = context.violation else { return }
        self.log(
            "protocol error: \(violation.message)", connection, reason: violation.reason,
            caller: context.caller)
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

    private func log(
        _ message: String, _ connection: Connection, reason: String, caller: String
    ) {
        self.refusals.write(
            .warning, reason: reason, message, self.metadata(connection, caller: caller))
    }

    private func metadata(_ connection: Connection, caller: String) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["peer": "\(connection.remoteAddress)"]
        if !caller.isEmpty { metadata["caller"] = "\(caller)" }
        if let peer = connection.peer {
            metadata["subject"] = "\(Printable.text(peer.subject))"
            metadata["serial"] = "\(peer.serial)"
        }
        return metadata
    }
}
