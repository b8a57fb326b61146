/// The bounds of one reactor group. The defaults are those of the design; each is a maximum.
package struct TransportLimits: Sendable, Hashable {
    /// Connections of the whole group, handshakes included.
    package var connectionsMax = 10_000
    /// Connections without a client certificate from one address (IPv6: one /64), over all reactors.
    package var connectionsPerAddressMax = 64
    /// Handshakes that one address may start a second; as many may come at once.
    package var handshakesPerAddressPerSecond = 200
    /// Unfinished handshakes of one address, over all reactors.
    package var handshakesPerAddressMax = 128
    /// Unfinished handshakes of one reactor; above, it stops accepting for a while.
    package var handshakesMax = 256
    /// From accept to the end of the TLS handshake.
    package var handshakeMilliseconds = 5_000
    /// From the first byte of a message to its last.
    package var frameMilliseconds = 10_000
    /// Without a received byte and without an answer owed.
    package var idleMilliseconds = 60_000
    /// Unsent answers of one connection; above, the reactor stops reading it.
    package var outputBytesMax = 256 * 1024
    /// Above `outputBytesMax` for so long, or blocked for so long after the peer has finished: closed.
    package var outputStallMilliseconds = 10_000
    /// Input and output buffers of the whole group; from 80 % on, the slowest readers are shed.
    package var outputBytesTotalMax = 512 * 1024 * 1024
    /// TLS KeyUpdates that a peer may send a second.
    package var keyUpdatesPerSecond = 10
    /// Bytes read from one connection in one turn.
    package var readBytesPerTurn = 32 * 1024
    /// Bytes read in one turn of a reactor from all connections; who is left comes first in the next.
    package var readBytesPerTurnTotal = 512 * 1024
    /// What waits longer in a connection's socket, for ten times as long, is late (`Connection.isLate`); 0: never.
    package var queueMilliseconds = 60
    /// How long a peer that is refused or done may take to read the end, before its socket is closed.
    package var lingerMilliseconds = 1_000
    /// Events of one kind that a reactor reports a second; the rest is counted.
    package var logLinesPerSecondMax = 5

    package init() {}

    /// Relations that the reactors rely on.
    func check() {
        precondition(self.connectionsMax > 0 && self.connectionsMax <= 1 << 20)
        precondition(self.connectionsPerAddressMax > 0)
        precondition(self.handshakesPerAddressPerSecond > 0 && self.handshakesPerAddressMax > 0)
        precondition(self.handshakesMax > 0 && self.handshakeMilliseconds > 0)
        precondition(self.frameMilliseconds > 0 && self.idleMilliseconds > 0)
        precondition(self.outputBytesMax >= 16 * 1024)
        precondition(self.outputBytesTotalMax >= 4 * self.outputBytesMax)
        precondition(self.outputStallMilliseconds > 0 && self.keyUpdatesPerSecond > 0)
        precondition(self.readBytesPerTurnTotal >= self.readBytesPerTurn)
        precondition(self.queueMilliseconds >= 0)
        precondition(self.readBytesPerTurn >= 1024 && self.lingerMilliseconds > 0)
        precondition(self.logLinesPerSecondMax > 0)
    }
}
