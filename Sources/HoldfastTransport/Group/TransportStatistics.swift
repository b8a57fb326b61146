/// Sums over all reactors since the start.
package struct TransportStatistics: Sendable, Hashable {
    package internal(set) var accepted: UInt64 = 0
    package internal(set) var refusedConnectionsMax: UInt64 = 0
    package internal(set) var refusedAddressRate: UInt64 = 0
    package internal(set) var refusedAddressMax: UInt64 = 0
    package internal(set) var refusedNoDescriptor: UInt64 = 0
    package internal(set) var refusedMemory: UInt64 = 0
    package internal(set) var plaintextPeers: UInt64 = 0
    package internal(set) var handshakesDone: UInt64 = 0
    package internal(set) var handshakesFailed: UInt64 = 0
    package internal(set) var bytesReceived: UInt64 = 0
    package internal(set) var bytesSent: UInt64 = 0
    package internal(set) var turns: UInt64 = 0
    package internal(set) var reads: UInt64 = 0
    package internal(set) var writes: UInt64 = 0
    /// Buffers that connections hold now.
    package internal(set) var bufferBytes: UInt64 = 0
    /// Connections now, handshakes included.
    package internal(set) var connections: UInt64 = 0

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.accepted += right.accepted
        sum.refusedConnectionsMax += right.refusedConnectionsMax
        sum.refusedAddressRate += right.refusedAddressRate
        sum.refusedAddressMax += right.refusedAddressMax
        sum.refusedNoDescriptor += right.refusedNoDescriptor
        sum.refusedMemory += right.refusedMemory
        sum.plaintextPeers += right.plaintextPeers
        sum.handshakesDone += right.handshakesDone
        sum.handshakesFailed += right.handshakesFailed
        sum.bytesReceived += right.bytesReceived
        sum.bytesSent += right.bytesSent
        sum.turns += right.turns
        sum.reads += right.reads
        sum.writes += right.writes
        sum.bufferBytes += right.bufferBytes
        sum.connections += right.connections
        return sum
    }
}
