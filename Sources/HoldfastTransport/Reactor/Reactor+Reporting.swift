internal import Synchronization

/// Logging and statistics.
extension Reactor {
    func log(
        _ severity: TransportLogEvent.Severity, _ kind: TransportLogEvent.Kind,
        _ connection: Connection?, _ message: @autoclosure () -> String
    ) {
        self.log(
            severity, kind, listener: connection?.listenerIndex, connection?.remoteAddress,
            message())
    }

    func log(
        _ severity: TransportLogEvent.Severity, _ kind: TransportLogEvent.Kind,
        listener number: Int?, _ address: IPAddress?, _ message: @autoclosure () -> String
    ) {
        let suppressedCount = self.logThinning[kind, default: LogWindow()].admit(
            nowNanoseconds: self.now, linesPerSecondMax: self.limits.logLinesPerSecondMax)
        guard let suppressedCount else { return }
        self.shared.log(
            TransportLogEvent(
                severity: severity, kind: kind,
                listener: number.map { self.listeners[$0].name } ?? "", remoteAddress: address,
                message: message(), suppressedCount: suppressedCount))
    }

    func logMisbehaviour(_ connection: Connection, _ what: @autoclosure () -> String) {
        self.log(.notice, .connectionMisbehaved, connection, "a peer \(what())")
    }

    /// Makes this turn's numbers visible to other threads. Plain stores: one writer.
    @inline(__always)
    func publish() {
        let published = self.published
        let now = self.statistics
        published.bytesReceived.store(now.bytesReceived, ordering: .relaxed)
        published.bytesSent.store(now.bytesSent, ordering: .relaxed)
        published.turns.store(self.turn, ordering: .relaxed)
        published.reads.store(now.reads, ordering: .relaxed)
        published.writes.store(now.writes, ordering: .relaxed)
        published.bufferBytes.store(UInt64(self.pool.usedByteCount), ordering: .relaxed)
        published.connections.store(UInt64(self.liveCount), ordering: .relaxed)
        published.accepted.store(now.accepted, ordering: .relaxed)
        published.refusedConnectionsMax.store(now.refusedConnectionsMax, ordering: .relaxed)
        published.refusedAddressRate.store(now.refusedAddressRate, ordering: .relaxed)
        published.refusedAddressMax.store(now.refusedAddressMax, ordering: .relaxed)
        published.refusedNoDescriptor.store(now.refusedNoDescriptor, ordering: .relaxed)
        published.refusedMemory.store(now.refusedMemory, ordering: .relaxed)
        published.plaintextPeers.store(now.plaintextPeers, ordering: .relaxed)
        published.handshakesDone.store(now.handshakesDone, ordering: .relaxed)
        published.handshakesFailed.store(now.handshakesFailed, ordering: .relaxed)
    }
}

/// One reactor's numbers as other threads see them. Written by the reactor alone, once a turn.
final class PublishedStatistics: Sendable {
    let bytesReceived = Atomic<UInt64>(0)
    let bytesSent = Atomic<UInt64>(0)
    let turns = Atomic<UInt64>(0)
    let reads = Atomic<UInt64>(0)
    let writes = Atomic<UInt64>(0)
    let bufferBytes = Atomic<UInt64>(0)
    let connections = Atomic<UInt64>(0)
    let accepted = Atomic<UInt64>(0)
    let refusedConnectionsMax = Atomic<UInt64>(0)
    let refusedAddressRate = Atomic<UInt64>(0)
    let refusedAddressMax = Atomic<UInt64>(0)
    let refusedNoDescriptor = Atomic<UInt64>(0)
    let refusedMemory = Atomic<UInt64>(0)
    let plaintextPeers = Atomic<UInt64>(0)
    let handshakesDone = Atomic<UInt64>(0)
    let handshakesFailed = Atomic<UInt64>(0)

    func snapshot() -> TransportStatistics {
        var statistics = TransportStatistics()
        statistics.bytesReceived = self.bytesReceived.load(ordering: .relaxed)
        statistics.bytesSent = self.bytesSent.load(ordering: .relaxed)
        statistics.turns = self.turns.load(ordering: .relaxed)
        statistics.reads = self.reads.load(ordering: .relaxed)
        statistics.writes = self.writes.load(ordering: .relaxed)
        statistics.bufferBytes = self.bufferBytes.load(ordering: .relaxed)
        statistics.connections = self.connections.load(ordering: .relaxed)
        statistics.accepted = self.accepted.load(ordering: .relaxed)
        statistics.refusedConnectionsMax = self.refusedConnectionsMax.load(ordering: .relaxed)
        statistics.refusedAddressRate = self.refusedAddressRate.load(ordering: .relaxed)
        statistics.refusedAddressMax = self.refusedAddressMax.load(ordering: .relaxed)
        statistics.refusedNoDescriptor = self.refusedNoDescriptor.load(ordering: .relaxed)
        statistics.refusedMemory = self.refusedMemory.load(ordering: .relaxed)
        statistics.plaintextPeers = self.plaintextPeers.load(ordering: .relaxed)
        statistics.handshakesDone = self.handshakesDone.load(ordering: .relaxed)
        statistics.handshakesFailed = self.handshakesFailed.load(ordering: .relaxed)
        return statistics
    }
}
