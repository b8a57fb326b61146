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
        let hasher = gate.hasher
        var subject = AdmissionSubject(
            user: hasher.key(.user, UnsafeRawBufferPointer(command.userID.buffer)),
            device: hasher.key(.device, UnsafeRawBufferPointer(client.deviceID.buffer)),
            sale: hasher.key(.sale, UnsafeRawBufferPointer(command.saleID.buffer)))
        // Whose IP (RULES 2): an anonymous caller's is its socket's, whatever it says; everyone else's is what is sent.
        if let address = context.anonymousAddress
            ?? (client.hasIP ? NetworkAddress(text: client.ip.buffer) : nil)
        {
            subject.address = address
            subject.network = hasher.key(address)
        }
        // Who is no gateway has no buyer's connection: what it does not send it cannot know.
        let absent: RiskPresence = context.role == .gateway ? .missing : .notApplicable
        let requestID = (command.requestID.first, command.requestID.second)
        let request = withUnsafeBytes(of: requestID) { hasher.key(.request, $0) }
        let input = RiskInput(
            subject: subject, request: request.low ^ subject.sale.high, device: absent,
            network: absent, accountCreatedMilliseconds: client.accountCreatedMilliseconds)
        self.admission.pointee.calls.append(
            AdmissionCall(
                input: input, user: command.userID,
                pending: Int32(truncatingIfNeeded: self.pending.pointee.count)))
    }

    /// Judges the turn's Reserves. Those whose caller took them back or no longer waits are not judged: they have no effect.
    func admitCalls(_ nowNanoseconds: UInt64, _ now: Int64) {
        guard let gate = self.core.admission, self.admission.pointee.calls.count > 0 else { return }
        let entries = self.pending.pointee.base
        let calls = self.admission.pointee.calls.base
        var count = 0
        for index in 0..<self.admission.pointee.calls.count {
            let entry = entries + Int(calls[index].pending)
            guard entry.pointee.kind == .engine, entry.pointee.deadlineNanoseconds > nowNanoseconds
            else { continue }
            calls[count] = calls[index]
            self.measureOrder(calls + count, entry, gate, now)
            self.admission.pointee.limits.append(LimitCall(calls[count].input.subject))
            count &+= 1
        }
        self.admission.pointee.calls.resize(to: count)
        if count > 0 {
            gate.judge(self.admission.pointee, now: now)
            if gate.settings.mode == .enforce { self.obeyAdmission() }
        }
        self.admission.pointee.removeAll()
    }

    /// How large an order is only its shard knows; it is asked for buyers of whom a rule wants to know.
    @inline(__always)
    private func measureOrder(
        _ call: UnsafeMutablePointer<AdmissionCall>, _ entry: UnsafeMutablePointer<PendingCall>,
        _ gate: AdmissionGate, _ now: Int64
    ) {
        guard
            gate.asksForTerms(
                accountCreatedMilliseconds: call.pointee.input.accountCreatedMilliseconds,
                now: now),
            case .reserve(let command) = entry.pointee.call?.pointee.command
        else { return }
        let terms = self.core.shards.orderTerms(shard: Int(entry.pointee.shard), command)
        call.pointee.input.quantity = terms.quantity
        call.pointee.input.limitPerUser = terms.limitPerUser
        call.pointee.input.amountMinor = terms.amountMinor
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
