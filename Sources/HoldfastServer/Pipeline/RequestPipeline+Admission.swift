internal import HoldfastAdmission
internal import HoldfastEngine
internal import HoldfastTransport
internal import HoldfastWire

/// Admission's part in a turn: Reserves are noted as they are read, judged together at the turn's end, and go on with a
/// verdict, or not at all.
extension RequestPipeline {
    /// Notes a Reserve that is about to become the turn's next pending call.
    @inline(__always)
    func noteForAdmission(
        _ command: UnsafePointer<ReserveCommand>, _ client: UnsafePointer<ClientInfo>,
        _ reader: CallReader, _ context: ConnectionContext
    ) {
        let fields = self.fields(
            command.pointee.userID, in: command.pointee.saleID,
            request: command.pointee.requestID, client, context)
        let slot = self.admission.pointee.calls.appendUninitialized()
        withUnsafeMutablePointer(to: &slot.pointee.input) { reader.read(fields, into: $0) }
        slot.pointee.user = command.pointee.userID
        slot.pointee.pending = Int32(truncatingIfNeeded: self.pending.pointee.count)
        slot.pointee.verdict = .allow
    }

    @inline(__always)
    private func fields(
        _ userID: ByteView, in saleID: ByteView, request: RequestID?,
        _ client: UnsafePointer<ClientInfo>,
        _ context: ConnectionContext
    ) -> CallFields {
        // Whose IP (RULES 2): an anonymous caller's is its socket's, whatever it says; everyone else's is what is sent.
        // Who is no gateway has no buyer's connection: what it does not send it cannot know.
        CallFields(
            user: UnsafeRawBufferPointer(userID.buffer),
            device: UnsafeRawBufferPointer(client.pointee.deviceID.buffer),
            sale: self.sales.entry(of: saleID).pointee.key,
            addressText: client.pointee.hasIP ? client.pointee.ip.buffer : nil,
            address: context.anonymousAddress
                ?? (client.pointee.isIPv4 ? NetworkAddress(ipv4: client.pointee.ipv4) : nil),
            request: request.map { ($0.first, $0.second) },
            accountCreatedMilliseconds: client.pointee.accountCreatedMilliseconds,
            absent: context.role == .gateway ? .missing : .notApplicable)
    }

    /// A CheckRisk, with its keys made.
    func riskCheck(_ query: RiskQuery, _ context: ConnectionContext) -> RiskCheck {
        // Without a gate nobody looks at the keys.
        let reader = self.callReader ?? CallReader(hasher: AdmissionHasher(key0: 0, key1: 0))
        let fields = withUnsafePointer(to: query.client) {
            self.fields(query.userID, in: query.saleID, request: nil, $0, context)
        }
        return RiskCheck(
            input: reader.read(fields), saleID: query.saleID, lines: query.lines)
    }

    /// What a Reserve would meet now. Counts and spends nothing.
    /// - Returns: the log position that the answer waits for, too; 0: it reports no event.
    func judge(_ check: RiskCheck, _ now: Int64) -> (facts: RiskFacts, position: UInt64) {
        guard let gate = self.core.admission else {
            return (RiskFacts(outcome: .allow, outcomeWithObserved: .allow), 0)
        }
        var input = check.input
        if check.lines.count > 0 {
            let terms = self.core.shards.orderTerms(
                shard: Int(self.shard(of: check.saleID)), saleID: check.saleID, lines: check.lines)
            input.take(terms)
        }
        return gate.peek(input, now: now)
    }

    /// True: the answer waits for the journal.
    func answer(
        _ check: RiskCheck, _ now: Int64, callID: UInt32, _ connection: Connection,
        _ context: ConnectionContext
    ) -> Bool {
        let (facts, position) = self.judge(check, now)
        let bytes = ResponseEncoder.checkRisk(facts, callID: callID)
        let room = self.answerRoom(bytes.count, connection, until: position)
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress {
                room.copyMemory(from: base, byteCount: source.count)
            }
        }
        return self.commitAnswer(
            bytes.count, connection, context, until: position, isCounted: true)
    }

    /// Judges the turn's Reserves. Those whose caller took them back or no longer waits are not judged: they have no effect.
    func admitCalls(_ nowNanoseconds: UInt64, _ now: Int64) {
        self.banPosition = 0
        guard let gate = self.core.admission, self.admission.pointee.calls.count > 0 else { return }
        let entries = self.pending.pointee.base
        let calls = self.admission.pointee.calls.base
        var count = 0
        for index in 0..<self.admission.pointee.calls.count {
            let entry = entries + Int(calls[index].pending)
            guard entry.pointee.kind == .engine, entry.pointee.deadlineNanoseconds > nowNanoseconds
            else { continue }
            if count != index { calls[count] = calls[index] }
            count &+= 1
        }
        self.admission.pointee.calls.resize(to: count)
        let isEnforced = gate.settings.mode == .enforce
        var start = 0
        while start < count {
            let block = self.admission.pointee.block(from: start)
            gate.limit(block, now: now)
            self.measureOrders(block, gate, isEnforced: isEnforced, now)
            let banPosition = gate.judge(block, now: now)
            if isEnforced {
                self.banPosition = max(self.banPosition, banPosition)
                self.obeyAdmission(block)
            }
            start &+= block.count
        }
        self.admission.pointee.calls.removeAll()
    }

    /// How large an order is only its shard knows, and asking takes its lock: it is asked for buyers of whom a rule wants to
    /// know, and not for calls that the limiter is about to refuse, so that a flood of them stays cheap.
    @inline(__always)
    private func measureOrders(
        _ block: AdmissionBlock, _ gate: AdmissionGate, isEnforced: Bool, _ now: Int64
    ) {
        let entries = self.pending.pointee.base
        for index in 0..<block.count {
            let call = block.calls + index
            guard
                gate.asksForTerms(
                    accountCreatedMilliseconds: call.pointee.input.accountCreatedMilliseconds,
                    now: now), !isEnforced || block.calls[index].limit.isAllowed
            else { continue }
            let entry = entries + Int(call.pointee.pending)
            guard let command = entry.pointee.call?.pointee.reserve else { continue }
            let terms = self.core.shards.orderTerms(
                shard: Int(entry.pointee.shard), saleID: command.pointee.saleID,
                lines: command.pointee.lines)
            call.pointee.input.take(terms)
        }
    }

    @inline(__always)
    private func obeyAdmission(_ block: AdmissionBlock) {
        let entries = self.pending.pointee.base
        for index in 0..<block.count {
            let entry = entries + Int(block.calls[index].pending)
            if case .refused(let dimension, let wait) = block.calls[index].limit {
                entry.pointee.kind = .limited
                entry.pointee.limitDimension = dimension.rawValue
                entry.pointee.extraIndex = Int32(clamping: wait)
                continue
            }
            let verdict = block.calls[index].verdict
            if verdict != .allow, let command = entry.pointee.call?.pointee.reserve {
                command.pointee.verdict = verdict
            }
        }
    }

    /// What a call that the limiter refused is told.
    static func status(ofLimited entry: PendingCall) -> Status {
        guard let dimension = LimitDimension(rawValue: entry.limitDimension) else {
            preconditionFailure("a limit of dimension \(entry.limitDimension)")
        }
        return .rateLimited(
            dimension: dimension.name,
            retryAfterMilliseconds: UInt32(clamping: entry.extraIndex))
    }
}

extension RiskInput {
    fileprivate mutating func take(_ terms: OrderTerms) {
        self.quantity = terms.quantity
        self.limitPerUser = terms.limitPerUser
        self.amountMinor = terms.amountMinor
    }
}
