internal import CIntrinsics

/// The way of a batch: expire what is due, then block by block hash and prefetch, then decide.
extension Shard {
    /// Decides every call of the batch in order, appends the events, fills `outcome` and `visibleAfter`.
    /// `now`: Unix milliseconds; a time before the newest one seen counts as that one.
    package mutating func execute(_ batch: CallBatch, now: Int64, events: inout EventBuffer) {
        let now = self.advance(to: now)
        if self.nextDeadlineMilliseconds <= now {
            _ = self.expireDue(
                now: now, limit: EngineLimits.expiriesPerBatchMax, events: &events)
        }
        var start = 0
        while start < batch.count {
            let count = min(EngineLimits.blockCallsMax, batch.count - start)
            self.prepare(batch.calls + start, count)
            for index in 0..<count {
                self.decide(batch.calls[start + index], self.prepared + index, now, &events)
            }
            start += count
        }
    }

    mutating func advance(to now: Int64) -> Int64 {
        if now > self.lastTime { self.lastTime = now }
        return self.lastTime
    }

    /// Hashes a block's keys and asks for the cache lines that deciding will touch: first the indexes, then the
    /// records behind them. A cold Reserve costs several misses in a row without this, one round with it.
    @inline(__always)
    private mutating func prepare(
        _ calls: UnsafeMutablePointer<UnsafeMutablePointer<Call>>, _ count: Int
    ) {
        for index in 0..<count {
            guard let command = calls[index].pointee.reserve else {
                self.prepared[index] = PreparedCall(sale: 0, requestHash: 0, buyerHash: 0)
                continue
            }
            let sale = self.findSale(command.pointee.saleID)
            if sale == 0 {
                self.prepared[index] = PreparedCall(sale: 0, requestHash: 0, buyerHash: 0)
                continue
            }
            let requestHash = self.tableHash.hash(scope: sale, command.pointee.requestID)
            let buyerHash = self.tableHash.hash(scope: sale, command.pointee.userID)
            self.prepared[index] = PreparedCall(
                sale: sale, requestHash: requestHash, buyerHash: buyerHash)
            self.requestIndex.prefetch(requestHash)
            self.buyerIndex.prefetch(buyerHash)
        }
        if count < 4 { return }
        for index in 0..<count where self.prepared[index].sale != 0 {
            let buyer = self.buyerIndex.candidate(self.prepared[index].buyerHash)
            if buyer != 0 { holdfast_prefetch_write(self.buyers[buyer]) }
        }
    }

    @inline(__always)
    private mutating func decide(
        _ call: UnsafeMutablePointer<Call>, _ keys: UnsafeMutablePointer<PreparedCall>,
        _ now: Int64, _ events: inout EventBuffer
    ) {
        if let command = call.pointee.reserve {
            self.reserve(command, keys.pointee, call, now, &events)
        } else {
            self.decideOther(call, now, &events)
        }
    }

    @inline(never)
    private mutating func decideOther(
        _ call: UnsafeMutablePointer<Call>, _ now: Int64, _ events: inout EventBuffer
    ) {
        switch call.pointee.command {
        case .reserve: preconditionFailure("a Reserve is decided on its own path")
        case .confirm(let command): self.confirm(command, call, now, &events)
        case .cancel(let command): self.cancel(command, call, now, &events)
        case .extend(let command): self.extend(command, call, now, &events)
        case .refund(let command): self.refund(command, call, now, &events)
        case .getReservation(let command): self.getReservation(command, call, now, &events)
        case .getStock(let command): self.getStock(command, call, now, &events)
        case .importChunk(let command): self.importChunk(command, call, now, &events)
        case .adjustStock(let command): self.adjustStock(command, call, now, &events)
        case .setSaleState(let command): self.setSaleState(command, call, now, &events)
        case .setProductState(let command): self.setProductState(command, call, now, &events)
        case .releaseBuyer(let command): self.releaseBuyer(command, call, now, &events)
        case .acquireLease(let command): self.acquireLease(command, call, now, &events)
        case .renewLease(let command): self.renewLease(command, call, now, &events)
        case .releaseLease(let command): self.releaseLease(command, call, now, &events)
        case .blacklistAdd(let command): self.blacklistAdd(command, call, now, &events)
        case .blacklistRemove(let command): self.blacklistRemove(command, call, now, &events)
        case .blacklistList(let command): self.blacklistList(command, call, now)
        }
    }
}
