internal import HoldfastTransport
internal import HoldfastWire
internal import Logging

/// The ways in which the server ends a connection in words: GOAWAY, a log line once a connection, a graceful close.
///
/// Owner: one reactor. Peers that come back in a loop must not fill the log, so lines are counted.
final class Goodbyes {
    /// Time for the peer to read why, before the socket is closed.
    private static let graceMilliseconds = 1_000
    private static let linesPerSecondMax = 20

    private let core: ServerCore
    private var windowStart: UInt64 = 0
    private var lineCount = 0
    private var leftOutCount = 0

    init(core: ServerCore) { self.core = core }

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
        let now = BootClock.nowNanoseconds()
        if now &- self.windowStart >= 1_000_000_000 {
            self.windowStart = now
            self.lineCount = 0
        }
        guard self.lineCount < Self.linesPerSecondMax else {
            self.leftOutCount += 1
            return
        }
        self.lineCount += 1
        var metadata = self.metadata(connection, reason: reason)
        if !caller.isEmpty { metadata["caller"] = "\(caller)" }
        if self.leftOutCount > 0 { metadata["left_out"] = "\(self.leftOutCount)" }
        self.leftOutCount = 0
        self.core.log.warning("\(message)", metadata: metadata)
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
