internal import HoldfastEngine
internal import HoldfastJournal
internal import HoldfastTransport
internal import HoldfastWire

/// The end of a turn: calls to shards, answers to connections.
extension RequestPipeline {
    /// Executes and answers everything that was read in this turn.
    func finishCalls() {
        let nowNanoseconds = BootClock.nowNanoseconds()
        let now = self.core.clock.milliseconds(at: nowNanoseconds)
        self.admitCalls(nowNanoseconds, now)
        self.groupCalls(nowNanoseconds)
        self.executeGroups(now)
        if self.banPosition > 0 { self.holdBanned(until: self.banPosition) }
        self.syncedPosition = self.core.events.syncedPosition.rawValue
        self.answerCalls(nowNanoseconds, now)
        self.pending.pointee.removeAll()
        if !self.localCalls.isEmpty { self.localCalls.removeAll(keepingCapacity: true) }
        if !self.statuses.isEmpty { self.statuses.removeAll(keepingCapacity: true) }
        self.arenas.pointee.stock.reset()
        self.arenas.pointee.admin.reset()
    }

    /// A counting sort by shard, stable, so that a connection's calls stay in order within a shard. What its caller no
    /// longer waits for is left out: it must not take stock.
    private func groupCalls(_ nowNanoseconds: UInt64) {
        let entries = self.pending.pointee.base
        let count = self.pending.pointee.count
        var engineCount = 0
        for index in 0..<count {
            let entry = entries + index
            switch entry.pointee.kind {
            case .engine: break
            case .ping, .local:
                if entry.pointee.deadlineNanoseconds <= nowNanoseconds {
                    entry.pointee.kind = .expired
                }
                continue
            case .refused, .limited, .cancelled, .expired: continue
            }
            if entry.pointee.deadlineNanoseconds <= nowNanoseconds {
                entry.pointee.kind = .expired
                continue
            }
            let shard = Int(entry.pointee.shard)
            if self.groupCounts[shard] == 0 {
                self.touchedShards.pointee.append(entry.pointee.shard)
            }
            self.groupCounts[shard] &+= 1
            engineCount &+= 1
        }
        self.grouped.pointee.resize(to: engineCount)
        var start: Int32 = 0
        for index in 0..<self.touchedShards.pointee.count {
            let shard = Int(self.touchedShards.pointee[index])
            let size = self.groupCounts[shard]
            self.groupCounts[shard] = start
            start &+= size
        }
        for index in 0..<count {
            let entry = entries + index
            guard entry.pointee.kind == .engine, let call = entry.pointee.call else { continue }
            let shard = Int(entry.pointee.shard)
            let position = self.groupCounts[shard]
            (self.grouped.pointee.base + Int(position)).initialize(to: call)
            self.groupCounts[shard] = position &+ 1
        }
    }

    /// One lock a shard and turn.
    private func executeGroups(_ now: Int64) {
        var start = 0
        for index in 0..<self.touchedShards.pointee.count {
            let shard = Int(self.touchedShards.pointee[index])
            let end = Int(self.groupCounts[shard])
            self.core.shards.execute(
                shard: shard,
                batch: CallBatch(calls: self.grouped.pointee.base + start, count: end - start),
                now: now)
            self.groupCounts[shard] = 0
            start = end
        }
        self.touchedShards.pointee.removeAll()
        self.grouped.pointee.removeAll()
    }

    private static var acquireLeaseNumber: UInt8 {
        UInt8(truncatingIfNeeded: Method.acquireLease.rawValue)
    }

    private func answerCalls(_ nowNanoseconds: UInt64, _ now: Int64) {
        let entries = self.pending.pointee.base
        for index in 0..<self.pending.pointee.count {
            let entry = entries + index
            entry.pointee.context._withUnsafeGuaranteedRef { context in
                if entry.pointee.methodNumber == Self.acquireLeaseNumber,
                    entry.pointee.kind == .engine,
                    case .leaseWaiting(let ticket) = entry.pointee.call?.pointee.outcome
                {
                    self.keepWaiting(entry, ticket: ticket, context)
                    return
                }
                let isHeld =
                    context.link?._withUnsafeGuaranteedRef { connection in
                        connection.isWritable
                            && self.answer(entry, connection, context, nowNanoseconds, now)
                    } ?? false
                if !isHeld && entry.pointee.isCounted { context.callEnded() }
            }
        }
    }

    /// True: the answer waits for the journal.
    @inline(__always)
    private func answer(
        _ entry: UnsafeMutablePointer<PendingCall>, _ connection: Connection,
        _ context: ConnectionContext, _ nowNanoseconds: UInt64, _ now: Int64
    ) -> Bool {
        guard entry.pointee.kind == .engine, let call = entry.pointee.call else {
            return self.answerWithoutShard(entry, connection, context, nowNanoseconds, now)
        }
        guard let command = call.pointee.reserve, case .reserve(let outcome) = call.pointee.outcome
        else { return self.answerOther(entry, call, connection, context) }
        self.statistics.countOutcome(entry.pointee.methodNumber, outcome.result.rawValue)
        let position = call.pointee.logPosition
        let room = self.answerRoom(
            ResponseEncoder.byteCountMax(forReserveOf: outcome.lineCount), connection,
            until: position)
        let byteCount = ResponseEncoder.reserve(
            outcome, results: command.pointee.results, callID: entry.pointee.callID, to: room)
        return self.commitAnswer(
            byteCount, connection, context, until: position, isCounted: entry.pointee.isCounted)
    }

    /// The answer of any other call of a shard, or of a Reserve that was not decided.
    @inline(never)
    private func answerOther(
        _ entry: UnsafeMutablePointer<PendingCall>, _ call: UnsafeMutablePointer<Call>,
        _ connection: Connection, _ context: ConnectionContext
    ) -> Bool {
        if let outcome = call.pointee.outcomeNumber {
            self.statistics.countOutcome(entry.pointee.methodNumber, outcome)
        } else if case .refused(let refusal) = call.pointee.outcome {
            self.statistics.countCode(
                entry.pointee.methodNumber, RefusalStatus.status(for: refusal).code)
            self.logIfBad(refusal, entry.pointee.methodNumber, context)
        }
        let position = call.pointee.logPosition
        let room = self.answerRoom(
            ResponseEncoder.byteCountMax(for: call.pointee), connection, until: position)
        let byteCount: Int
        if context.listener == .stock {
            byteCount = ResponseEncoder.encode(
                call.pointee, callID: entry.pointee.callID, to: room,
                arena: &self.arenas.pointee.stock)
        } else {
            byteCount = ResponseEncoder.encode(
                call.pointee, callID: entry.pointee.callID, to: room,
                arena: &self.arenas.pointee.admin)
            self.logIfRejected(call.pointee, context)
        }
        return self.commitAnswer(
            byteCount, connection, context, until: position, isCounted: entry.pointee.isCounted)
    }

    @inline(never)
    private func answerWithoutShard(
        _ entry: UnsafeMutablePointer<PendingCall>, _ connection: Connection,
        _ context: ConnectionContext, _ nowNanoseconds: UInt64, _ now: Int64
    ) -> Bool {
        let callID = entry.pointee.callID
        let method = entry.pointee.methodNumber
        switch entry.pointee.kind {
        case .engine: preconditionFailure("an engine call without its command")
        case .ping:
            self.statistics.countCode(method, .ok)
            let room = connection.reserveOutput(ResponseEncoder.pingBytesMax)
            connection.commitOutput(
                ResponseEncoder.ping(
                    payload: entry.pointee.payload, serverTimeMilliseconds: now, callID: callID,
                    to: room))
        case .local:
            self.statistics.countCode(method, .ok)
            return self.answer(
                self.localCalls[Int(entry.pointee.extraIndex)], callID: callID, connection,
                context, nowNanoseconds, now)
        case .refused:
            self.answer(
                self.statuses[Int(entry.pointee.extraIndex)], method, callID: callID, connection)
        case .limited:
            self.answer(
                Self.status(ofLimited: entry.pointee), method, callID: callID, connection)
        case .cancelled:
            self.answer(.cancelled, method, callID: callID, connection)
        case .expired:
            let status = Status.deadlineExceeded(
                timeoutMilliseconds: entry.pointee.timeoutMilliseconds)
            self.answer(status, method, callID: callID, connection)
        }
        return false
    }

    func answer(
        _ status: Status, _ method: UInt8, callID: UInt32, _ connection: Connection
    ) {
        self.statistics.countCode(method, status.code)
        let room = connection.reserveOutput(ResponseEncoder.byteCountMax(for: status))
        connection.commitOutput(
            ResponseEncoder.encode(
                status: status, callID: callID, to: room, arena: &self.arenas.pointee.stock))
    }

    private func answer(
        _ call: LocalCall, callID: UInt32, _ connection: Connection,
        _ context: ConnectionContext, _ nowNanoseconds: UInt64, _ now: Int64
    ) -> Bool {
        switch call {
        case .getServerInfo:
            let info = self.core.info(
                hello: self.hello(for: context), nowNanoseconds: nowNanoseconds)
            connection.write(ResponseEncoder.serverInfo(info, callID: callID))
            return false
        case .checkRisk(let check):
            return self.answer(check, now, callID: callID, connection, context)
        case .blacklistQuestion(let question):
            self.answer(question, callID: callID, connection)
            return false
        case .readRiskLog(let query):
            let facts = self.core.admission?.readLog(query, now: now) ?? RiskLogFacts()
            connection.write(ResponseEncoder.riskLog(facts, callID: callID))
            return false
        case .snapshot:
            // Nothing of the answer could still be lost: it need not wait for the log.
            let result = self.core.store.requestSnapshot()
            connection.write(ResponseEncoder.snapshot(result, callID: callID))
            return false
        case .listSales(let pageSize, let pageToken):
            let page = SalesPage.read(self.core.shards, after: pageToken, size: pageSize)
            let token = page.hasMore ? page.sales.last?.saleID ?? .empty : .empty
            // It reports events of all shards.
            let position = self.core.events.appendedPosition.rawValue
            let room = self.answerRoom(
                ResponseEncoder.byteCountMax(forSales: page.sales.count), connection,
                until: position)
            let byteCount = page.sales.withUnsafeBufferPointer { sales in
                ResponseEncoder.listSales(
                    sales, nextPageToken: token, callID: callID, to: room,
                    arena: &self.arenas.pointee.admin)
            }
            return self.commitAnswer(
                byteCount, connection, context, until: position, isCounted: true)
        }
    }
}
