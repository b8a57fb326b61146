/// What a reactor serves: one per reactor, called only on that reactor's thread.
///
/// One call a connection and turn, never one a request. A delegate may call any method of a
/// `Connection` from within these; `connectionClosed` never comes from inside another call.
package protocol ReactorDelegate: AnyObject {
    /// The TLS handshake is done. The delegate may write and set `connection.context`.
    func connectionOpened(_ connection: Connection)

    /// New bytes are in `connection.input`. Consume whole messages with `connection.consume(_:)`;
    /// what stays is a started message, and its clock runs. The bytes, consumed or not, stay where
    /// they are until `turnEnded` has returned.
    func connectionReceived(_ connection: Connection)

    /// The peer sends nothing more; its answers are still sent. The connection closes once its
    /// output is flushed and `connection.hold` is 0.
    func connectionHalfClosed(_ connection: Connection)

    /// Every ready connection of this turn was read: execute, write answers. Afterwards the reactor
    /// writes each connection that has output.
    func turnEnded(nowNanoseconds: UInt64)

    /// Gone; drop what you keep of it. Only for connections that were opened.
    func connectionClosed(_ connection: Connection, reason: CloseReason)

    /// The nanosecond of CLOCK_BOOTTIME at which `turnEnded` must run even without input, rounded up
    /// to a millisecond; `UInt64.max` for none. Asked before each wait.
    func nextWakeNanoseconds() -> UInt64

    /// Nothing is ready behind a turn, and the reactor is about to wait: the moment for what was put off while there was more to
    /// read.
    func foundNothingReady()

    /// The group drains: say goodbye on each connection here. Reading goes on until the connections
    /// are closed gracefully. Connections accepted just before may still open after this.
    func drainStarted()
}

extension ReactorDelegate {
    package func foundNothingReady() {}
}
