internal import HoldfastEngine
internal import HoldfastTransport
internal import HoldfastWire

/// Calls that wait for a lease: kept from turn to turn, answered when their shard settles them, on whichever reactor that
/// happens.
extension RequestPipeline {
    /// Keeps a call that stands in line. Its connection may be gone already.
    func keepWaiting(
        _ entry: UnsafeMutablePointer<PendingCall>, ticket: UInt64, _ context: ConnectionContext
    ) {
        let shard = Int(entry.pointee.shard)
        guard context.connection != nil else {
            _ = self.core.shards.withdrawWaiter(shard: shard, ticket: ticket)
            context.session.pointee.callEnded()
            return
        }
        self.waiting.pointee.add(
            WaitingCall(
                context: context, callID: entry.pointee.callID,
                methodNumber: entry.pointee.methodNumber, shard: shard, ticket: ticket))
    }

    /// Answers what was settled since the last turn.
    func answerSettled() {
        for settled in self.core.mailboxes.take(origin: self.index) {
            // A call that was taken back or whose connection closed is not there any more.
            guard
                let call = self.waiting.pointee.remove(
                    shard: settled.shard, ticket: settled.ticket)
            else { continue }
            self.statistics.countOutcome(call.methodNumber, settled.result.rawValue)
            let position = settled.logPosition
            self.finish(call) { connection in
                let room = self.answerRoom(
                    ResponseEncoder.leaseBytesMax, connection, until: position)
                let holder = self.arenas.pointee.stock.allocateForAnswer(
                    WireLimits.holderBytesMax
                ).bindMemory(to: UInt8.self, capacity: WireLimits.holderBytesMax)
                let byteCount = ResponseEncoder.acquireLease(
                    settled.outcome(holderRoom: holder), callID: call.callID, to: room,
                    arena: &self.arenas.pointee.stock)
                return self.commitAnswer(
                    byteCount, connection, call.context, until: position, isCounted: true)
            }
        }
        self.arenas.pointee.stock.reset()
    }

    /// Lets the shards in which calls wait do what is due, so that a short wait ends in time whoever has the duty.
    func expireForWaiting(nowNanoseconds: UInt64) {
        let now = self.core.clock.milliseconds(at: nowNanoseconds)
        for shard in self.waiting.pointee.shards
        where self.core.shards.nextDeadlineMilliseconds(shard: shard) <= now {
            _ = self.core.shards.expireDue(
                shard: shard, now: now, limit: EngineLimits.expiriesPerTurnMax)
        }
    }

    /// When a waiting call may be due, in nanoseconds of CLOCK_BOOTTIME.
    func nextWaitingNanoseconds() -> UInt64 {
        var earliest = Int64.max
        for shard in self.waiting.pointee.shards {
            earliest = min(earliest, self.core.shards.nextDeadlineMilliseconds(shard: shard))
        }
        return earliest == .max ? .max : self.core.clock.bootNanoseconds(ofMilliseconds: earliest)
    }

    /// The connection is gone: nobody of it waits any more.
    func withdrawWaiting(of context: ConnectionContext) {
        for (shard, ticket) in Array(context.waitingTickets.values) {
            _ = self.core.shards.withdrawWaiter(shard: shard, ticket: ticket)
            if self.waiting.pointee.remove(shard: shard, ticket: ticket) != nil {
                context.session.pointee.callEnded()
            }
        }
    }

    /// CANCEL_CALL for a waiting call. If it was settled just now, its answer is on the way.
    func takeBackWaiting(_ callID: UInt32, of context: ConnectionContext) {
        guard let (shard, ticket) = context.waitingTickets[callID] else { return }
        self.end(shard: shard, ticket: ticket, .cancelled)
    }

    /// The server leaves: who still waits is told so.
    func drainWaiting() {
        for call in self.waiting.pointee.all {
            self.end(shard: call.shard, ticket: call.ticket, .draining)
        }
    }

    private func end(shard: Int, ticket: UInt64, _ status: Status) {
        guard self.core.shards.withdrawWaiter(shard: shard, ticket: ticket),
            let call = self.waiting.pointee.remove(shard: shard, ticket: ticket)
        else { return }
        self.finish(call) { connection in
            self.answer(status, call.methodNumber, callID: call.callID, connection)
            return false
        }
    }

    /// - Parameter answer: True: it waits for the journal, and the call with it.
    private func finish(_ call: WaitingCall, _ answer: (Connection) -> Bool) {
        if let connection = call.context.connection, connection.isWritable, answer(connection) {
            return
        }
        call.context.callEnded()
    }
}
