import HoldfastClient

/// Compares the server with the ledger after a restart, while nobody else calls: every record is read, what is open is
/// settled by sending it again, and everything that was acknowledged is asked for once more.
struct RecordAudit: Sendable {
    let callers: CrashCallers
    let book: CrashBook
    let checks: CrashChecks
    let tally: CrashTally

    /// Calls at a time on each connection.
    private static let callsPerConnection = 4

    /// Times that a refusal UNAVAILABLE is tried again, 20 ms apart.
    private static let patienceCount = 500

    /// What the server says of one record.
    struct Reading: Sendable {
        var record: CrashRecord
        var answer: GetReservationResponse
    }

    /// The records as they are now, each with what the server says.
    func run() async throws -> [Reading] {
        // Records of lost Reserves and of refused ones too: they must have left nothing.
        let records = self.book.records.filter { record in
            if case .unsent = record.standing { return !record.pending.isEmpty }
            return true
        }
        let first = try await self.read(records)
        for (record, answer) in zip(records, first.answers) {
            self.compare(record, answer, first.before, first.after)
        }
        let settled = try await self.parallel(Array(zip(records, first.answers))) {
            try await self.settle($1.0, $1.1, self.caller($0))
        }
        // Only what was open can have changed; deadlines tell the rest.
        let changed = settled.indices.filter { !records[$0].pending.isEmpty }
        let second = try await self.read(changed.map { settled[$0] })
        var answers = first.answers
        for (place, answer) in zip(changed, second.answers) {
            answers[place] = answer
            self.compare(settled[place], answer, second.before, second.after)
        }
        try await self.replay(settled)
        self.book.replace(self.merged(settled))
        return zip(settled, answers).map { Reading(record: $0, answer: $1) }
    }

    private func merged(_ settled: [CrashRecord]) -> [CrashRecord] {
        var all = self.book.records
        for record in settled {
            all[record.number] = record
            all[record.number].sights = []
        }
        return all
    }

    private func caller(_ lane: Int) -> RecordCaller {
        RecordCaller(
            client: self.callers.gateways[lane % self.callers.gateways.count], book: self.book,
            checks: self.checks, tally: self.tally)
    }

    private func parallel<Element: Sendable, Value: Sendable>(
        _ elements: [Element],
        _ work: @escaping @Sendable (Int, Element) async throws -> Value
    ) async throws -> [Value] {
        try await inParallel(
            elements, width: self.callers.gateways.count * Self.callsPerConnection, work)
    }

    // MARK: Reading

    /// All records, and the server's time before the first and after the last was read.
    private func read(
        _ records: [CrashRecord]
    ) async throws -> (answers: [GetReservationResponse], before: Int, after: Int) {
        let client = self.callers.gateways[0]
        let before = try await client.ping().serverTimeMilliseconds
        let answers = try await self.parallel(records) { lane, record in
            // By its id every second time: both indexes must have survived.
            let target =
                record.number % 2 == 0
                ? record.first.map { .reservation($0.reservationID) } ?? record.requestTarget
                : record.requestTarget
            return try await self.callers.gateways[lane % self.callers.gateways.count]
                .getReservation(
                    GetReservationRequest(saleID: record.reserve.saleID, target: target))
        }
        return (answers, before, try await client.ping().serverTimeMilliseconds)
    }

    /// One record against what the server says, between two times of its clock.
    private func compare(
        _ record: CrashRecord, _ answer: GetReservationResponse, _ before: Int, _ after: Int
    ) {
        self.compareSights(record, answer)
        guard let first = record.first else {
            return self.compareWithoutReservation(record, answer)
        }
        guard let now = answer.reservation, answer.outcome == .found else {
            return self.checks.fail(
                .reservationKnown, "\(record.name): told \(record.state), now \(answer.outcome)")
        }
        self.checks.expect(
            now.reservationID == first.reservationID && now.requestID == record.reserve.requestID,
            .reservationKnown, "\(record.name): now \(now.reservationID), request \(now.requestID)")
        let allowed = self.allowedStates(record, before, after)
        self.checks.expect(
            allowed.contains(now.state), .stateAsTold,
            "\(record.name): told \(record.state) until \(record.deadlineMilliseconds), now "
                + "(\(before) to \(after)) \(now.state) until \(now.deadlineMilliseconds)")
        if record.pending.isEmpty {
            self.checks.expect(
                record.hasContent(of: now), .contentAsTold,
                "\(record.name): \(now), told \(first) and \(record.steps)")
        }
    }

    private func allowedStates(
        _ record: CrashRecord, _ before: Int, _ after: Int
    ) -> Set<ReservationState> {
        guard record.pending.isEmpty else {
            // What an unanswered call may have made of it, and what time may have.
            return record.state.successors
        }
        guard record.state == .held else { return [record.state] }
        if record.deadlineMilliseconds <= before { return [.expired] }
        return record.deadlineMilliseconds <= after ? [.held, .expired] : [.held]
    }

    private func compareWithoutReservation(
        _ record: CrashRecord, _ answer: GetReservationResponse
    ) {
        if record.isBarred {
            return self.checks.expect(
                answer.outcome == .remembered, .reservationKnown,
                "\(record.name): its Cancel was REMEMBERED, now \(answer.outcome)")
        }
        guard record.pending.isEmpty else { return }
        self.checks.expect(
            answer.outcome == .notFound, .nothingUnasked,
            "\(record.name): refused (\(record.standing)), now \(answer)")
    }

    private func compareSights(_ record: CrashRecord, _ answer: GetReservationResponse) {
        for sight in record.sights {
            switch sight {
            case .remembered:
                self.checks.expect(
                    answer.outcome == .remembered, .readKept,
                    "\(record.name): read REMEMBERED before, now \(answer.outcome)")
            case .state(let state, let deadline):
                let now = answer.reservation
                self.checks.expect(
                    now.map {
                        state.successors.contains($0.state)
                            && $0.deadlineMilliseconds >= deadline ?? 0
                    } ?? false, .readKept,
                    "\(record.name): read \(state) until \(deadline ?? 0) before, now \(answer)")
            }
        }
    }

    // MARK: Settling

    /// Sends what has no answer again, in the order in which it was sent first.
    private func settle(
        _ open: CrashRecord, _ answer: GetReservationResponse, _ caller: RecordCaller
    ) async throws -> CrashRecord {
        var record = open
        let pending = record.pending
        record.pending = []
        for action in pending {
            var result = await self.resend(action, &record, open, answer, caller)
            // A server that has just started may not be ready for new work.
            for _ in 0..<Self.patienceCount where result.isForNow {
                try await Task.sleep(for: .milliseconds(20))
                result = await self.resend(action, &record, open, answer, caller)
            }
            guard !result.isAnswered else { continue }
            if case .refused(let error) = result {
                self.checks.fail(.allOrNothing, "\(record.name): \(action) again: \(error)")
            } else {
                throw LoadError("the server does not answer while nobody else calls")
            }
        }
        return record
    }

    /// There or not there: a Reserve that is sent again must say the same as the read before it.
    private func compare(
        _ open: CrashRecord, _ answer: GetReservationResponse, _ response: ReserveResponse
    ) {
        let isThere = response.outcome == .reserved && response.replayed
        let isSame =
            (answer.reservation?.reservationID ?? response.reservationID) == response.reservationID
        self.checks.expect(
            isThere == (answer.outcome == .found) && isSame, .allOrNothing,
            "\(open.name): read \(answer), asked again \(response)")
    }

    private func resend(
        _ action: CrashAction, _ record: inout CrashRecord, _ open: CrashRecord,
        _ answer: GetReservationResponse, _ caller: RecordCaller
    ) async -> RecordCaller.Result {
        await caller.perform(action, &record) { response in
            self.compare(open, answer, response)
        }
    }

    /// Sends everything that was acknowledged once more.
    private func replay(_ records: [CrashRecord]) async throws {
        _ = try await self.parallel(records) { lane, record in
            guard record.first != nil || record.isBarred else { return }
            let caller = self.caller(lane)
            var copy = record
            // The state may move to EXPIRED meanwhile; the answers say so themselves.
            _ = await caller.perform(.reserve, &copy)
            for step in record.steps {
                switch step {
                case .confirm(let request, _):
                    _ = await caller.perform(.confirm(request), &copy)
                case .cancel(let request, let first):
                    await self.replay(request, first, &copy, caller)
                case .extend(let request, let first):
                    if first.outcome == .extended {
                        _ = await caller.perform(.extend(request), &copy)
                        self.checks.expect(
                            copy.deadlineMilliseconds == first.deadlineMilliseconds, .stepReplayed,
                            "\(record.name): extended to \(first.deadlineMilliseconds), now "
                                + "\(copy.deadlineMilliseconds)")
                    }
                case .refund(let request, let first):
                    let count = copy.steps.count
                    _ = await caller.perform(.refund(request), &copy)
                    guard case .refund(_, let again) = copy.steps.last, copy.steps.count > count
                    else {
                        self.checks.fail(
                            .stepReplayed, "\(record.name): \(request) is refused now")
                        continue
                    }
                    self.checks.expect(
                        again.replayed && again.lines == first.lines, .stepReplayed,
                        "\(record.name): first \(first), now \(again)")
                }
            }
        }
    }

    private func replay(
        _ request: CancelRequest, _ first: CancelResponse, _ copy: inout CrashRecord,
        _ caller: RecordCaller
    ) async {
        let before = copy.steps.count
        _ = await caller.perform(.cancel(request), &copy)
        guard case .cancel(_, let again) = copy.steps.last, copy.steps.count > before else {
            return self.checks.fail(.stepReplayed, "\(copy.name): \(request) is refused now")
        }
        self.checks.expect(
            again.outcome == first.outcome && again.reservationID == first.reservationID
                && (again.outcome == .alreadyConfirmed || again.replayed), .stepReplayed,
            "\(copy.name): first \(first), now \(again)")
    }
}

extension CrashRecord {
    /// Whether a reservation has the buyer, the lines and the references that were told.
    func hasContent(of now: Reservation) -> Bool {
        guard let first = self.first, now.userID == self.reserve.userID,
            now.orderReference == self.reserve.orderReference,
            now.deadlineMilliseconds == self.deadlineMilliseconds,
            now.lines.count == first.lines.count,
            now.paymentReference == self.confirmation?.request.paymentReference ?? ""
        else { return false }
        let refunded = self.refundedByProduct
        let confirmed = self.confirmation.map { confirmation in
            confirmation.response.lines.reduce(into: [String: Int]()) {
                $0[$1.productID] = $1.quantity
            }
        }
        return zip(now.lines, first.lines).allSatisfy { line, told in
            let gone = refunded[told.productID] ?? 0
            let quantity =
                switch now.state {
                case .held: told.granted
                case .confirmed, .refunded: (confirmed?[told.productID] ?? 0) - gone
                default: 0
                }
            return line.productID == told.productID && line.granted == told.granted
                && line.priceMinor == told.priceMinor && line.quantity == quantity
                && line.refunded == gone
        }
    }
}
