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
        _ command: ReserveCommand, _ client: ClientInfo, _ gate: AdmissionGate,
        _ context: ConnectionContext
    ) {
        let subject = self.subject(
            of: command.userID, in: command.saleID, client, gate.hasher, context)
        let request = gate.hasher.key(ofRequest: command.requestID, in: subject.sale)
        let absent = Self.presence(ofAbsentIn: context)
        let input = RiskInput(
            subject: subject, request: request, device: absent,
            network: absent, accountCreatedMilliseconds: client.accountCreatedMilliseconds)
        self.admission.pointee.calls.append(
            AdmissionCall(
                input: input, user: command.userID,
                pending: Int32(truncatingIfNeeded: self.pending.pointee.count)))
    }

    /// Who is no gateway has no buyer's connection: what it does not send it cannot know.
    @inline(__always)
    private static func presence(ofAbsentIn context: ConnectionContext) -> RiskPresence {
        context.role == .gateway ? .missing : .notApplicable
    }

    @inline(__always)
    private func subject(
        of userID: ByteView, in saleID: ByteView, _ client: ClientInfo, _ hasher: AdmissionHasher,
        _ context: ConnectionContext
    ) -> AdmissionSubject {
        var subject = AdmissionSubject(
            user: hasher.key(.user, UnsafeRawBufferPointer(userID.buffer)),
            device: hasher.key(.device, UnsafeRawBufferPointer(client.deviceID.buffer)),
            sale: self.admission.pointee.saleKeys.key(of: saleID, hasher))
        // Whose IP (RULES 2): an anonymous caller's is its socket's, whatever it says; everyone else's is what is sent.
        if let address = context.anonymousAddress
            ?? (client.hasIP ? NetworkAddress(text: client.ip.buffer) : nil)
        {
            subject.address = address
            subject.network = hasher.key(address)
        }
        return subject
    }

    /// A CheckRisk, with its keys made.
    func riskCheck(_ query: RiskQuery, _ context: ConnectionContext) -> RiskCheck {
        // Without a gate nobody looks at the keys.
        let hasher = self.core.admission?.hasher ?? AdmissionHasher(key0: 0, key1: 0)
        let absent = Self.presence(ofAbsentIn: context)
        return RiskCheck(
            input: RiskInput(
                subject: self.subject(
                    of: query.userID, in: query.saleID, query.client, hasher, context),
                request: 0, device: absent, network: absent,
                accountCreatedMilliseconds: query.client.accountCreatedMilliseconds),
            saleID: query.saleID, lines: query.lines)
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
            calls[count] = calls[index]
            self.admission.pointee.limits.append(LimitCall(calls[count].input.subject))
            count &+= 1
        }
        self.admission.pointee.calls.resize(to: count)
        if count > 0 {
            gate.limit(self.admission.pointee, now: now)
            self.measureOrders(gate, now)
            let banPosition = gate.judge(self.admission.pointee, now: now)
            if gate.settings.mode == .enforce {
                self.banPosition = banPosition
                self.obeyAdmission()
            }
        }
        self.admission.pointee.removeAll()
    }

    /// How large an order is only its shard knows, and asking takes its lock: it is asked for buyers of whom a rule wants to
    /// know, and not for calls that the limiter is about to refuse, so that a flood of them stays cheap.
    @inline(__always)
    private func measureOrders(_ gate: AdmissionGate, _ now: Int64) {
        let entries = self.pending.pointee.base
        let calls = self.admission.pointee.calls.base
        let limits = self.admission.pointee.limits.base
        let isEnforced = gate.settings.mode == .enforce
        for index in 0..<self.admission.pointee.calls.count {
            let call = calls + index
            let entry = entries + Int(call.pointee.pending)
            guard
                gate.asksForTerms(
                    accountCreatedMilliseconds: call.pointee.input.accountCreatedMilliseconds,
                    now: now), !isEnforced || limits[index].decision == .allowed,
                case .reserve(let command) = entry.pointee.call?.pointee.command
            else { continue }
            let terms = self.core.shards.orderTerms(
                shard: Int(entry.pointee.shard), saleID: command.saleID, lines: command.lines)
            call.pointee.input.take(terms)
        }
    }

    private func obeyAdmission() {
        let entries = self.pending.pointee.base
        let calls = self.admission.pointee.calls.base
        let limits = self.admission.pointee.limits.base
        for index in 0..<self.admission.pointee.calls.count {
            let entry = entries + Int(calls[index].pending)
            if case .refused(let dimension, let wait) = limits[index].decision {
                entry.pointee.kind = .limited
                entry.pointee.limitDimension = dimension.rawValue
                entry.pointee.extraIndex = Int32(clamping: wait)
                continue
            }
            let verdict = calls[index].verdict
            if verdict != .allow, let call = entry.pointee.call,
                case .reserve(var command) = call.pointee.command
            {
                command.verdict = verdict
                call.pointee.command = .reserve(command)
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
