internal import HoldfastEngine

/// An AcquireLease that stands in line: counted as in flight by its connection until it is answered.
struct WaitingCall {
    let context: ConnectionContext
    let callID: UInt32
    let methodNumber: UInt8
    let shard: Int
    let ticket: UInt64
}

/// One reactor's waiting calls, by ticket, by connection and by shard. Owner: the reactor.
struct WaitingCalls: ~Copyable {
    private struct Key: Hashable {
        let shard: Int
        let ticket: UInt64
    }

    private var calls: [Key: WaitingCall] = [:]
    /// Waiting calls a shard.
    private var counts: [Int: Int] = [:]

    var isEmpty: Bool { self.calls.isEmpty }
    var all: [WaitingCall] { Array(self.calls.values) }
    /// Shards whose deadlines decide when a waiting call must be looked at.
    var shards: [Int: Int].Keys { self.counts.keys }

    mutating func add(_ call: WaitingCall) {
        self.calls[Key(shard: call.shard, ticket: call.ticket)] = call
        self.counts[call.shard, default: 0] += 1
        call.context.waitingTickets[call.callID] = (shard: call.shard, ticket: call.ticket)
    }

    mutating func remove(shard: Int, ticket: UInt64) -> WaitingCall? {
        guard let call = self.calls.removeValue(forKey: Key(shard: shard, ticket: ticket)) else {
            return nil
        }
        call.context.waitingTickets[call.callID] = nil
        let count = (self.counts[shard] ?? 1) - 1
        self.counts[shard] = count == 0 ? nil : count
        return call
    }
}
