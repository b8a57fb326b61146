import HoldfastClient

/// Sends what callers want done to a reservation, and writes every answer, refusal and silence into its record. A value
/// a task; the checks and books behind it are shared.
struct RecordCaller: Sendable {
    /// What one attempt came to.
    enum Result: Sendable {
        case answered
        /// A code that says: no effect.
        case refused(HoldfastError)
        /// It stands in the record's `pending`.
        case unknown

        /// Refused with UNAVAILABLE: worth another try.
        var isForNow: Bool {
            if case .refused(let error) = self { return error.code == .unavailable }
            return false
        }

        var isAnswered: Bool {
            if case .answered = self { return true }
            return false
        }
    }

    let client: HoldfastClient
    let book: CrashBook
    let checks: CrashChecks
    let tally: CrashTally

    /// - Parameter onReserve: Sees the answer to a Reserve.
    func perform(
        _ action: CrashAction, _ record: inout CrashRecord,
        onReserve: (ReserveResponse) -> Void = { _ in }
    ) async -> Result {
        do throws(HoldfastError) {
            switch action {
            case .reserve:
                let answer = try await self.client.reserve(record.reserve)
                onReserve(answer)
                self.take(answer, &record)
            case .confirm(let request):
                let answer = try await self.client.confirm(request)
                self.note(request, answer, &record)
            case .cancel(let request):
                let answer = try await self.client.cancel(request)
                self.note(request, answer, &record)
            case .extend(let request):
                let answer = try await self.client.extend(request)
                self.note(request, answer, &record)
            case .refund(let request):
                let answer = try await self.client.refund(request)
                self.note(request, answer, &record)
            }
            return .answered
        } catch {
            return self.note(error, action, &record)
        }
    }

    private func note(
        _ error: HoldfastError, _ action: CrashAction, _ record: inout CrashRecord
    ) -> Result {
        switch error.outcome {
        case .unknown:
            self.tally.lost(action.method)
            record.pending.append(action)
            return .unknown
        case .notSent:
            self.tally.answered(action.method, "not sent")
        case .rejected:
            self.tally.answered(action.method, "\(error.code) \(error.reason)")
        }
        return .refused(error)
    }

    // MARK: Answers

    /// Writes an answer to the record's Reserve down.
    func take(_ answer: ReserveResponse, _ record: inout CrashRecord) {
        self.tally.answered("Reserve", Self.name(answer.outcome, answer.replayed))
        switch answer.outcome {
        case .reserved:
            if let first = record.first {
                self.checks.expect(
                    answer.isSame(as: first), .replaySame,
                    "\(record.name): first \(first), now \(answer)")
            } else {
                self.checks.expect(
                    !record.isBarred, .answerLegal, "\(record.name): RESERVED behind a tombstone")
                record.standing = .reserved(answer)
                record.deadlineMilliseconds = answer.deadlineMilliseconds
                let other = self.book.claim(answer.reservationID, for: record.number)
                self.checks.expect(
                    other == nil && answer.reservationID.rawValue != 0, .idsUnique,
                    "\(record.name): the id belongs to record \(other ?? -1) too")
                self.checks.expect(
                    answer.fits(record.reserve), .answerLegal,
                    "\(record.name): granted \(answer.lines) for \(record.reserve.lines)")
            }
            record.state = answer.state
        case .cancelledBefore:
            self.checks.expect(
                record.first == nil, .reservationKnown,
                "\(record.name): now CANCELLED_BEFORE")
            record.standing = .barred
        default:
            self.checks.expect(
                record.first == nil && !record.isBarred, .reservationKnown,
                "\(record.name): now \(answer.outcome)")
            if record.first == nil && !record.isBarred {
                record.standing = .refused(answer.outcome)
            }
        }
    }

    private func note(
        _ request: ConfirmRequest, _ answer: ConfirmResponse, _ record: inout CrashRecord
    ) {
        self.tally.answered(
            "Confirm", Self.name(answer.outcome, answer.replayed) + (answer.late ? " late" : ""))
        let isLegal =
            switch record.state {
            case .held, .expired:
                answer.outcome == .confirmed
                    || (answer.outcome == .refundDue && answer.cause.isOfLapse)
            case .confirmed: answer.outcome == .confirmed && answer.replayed
            case .cancelled: answer.outcome == .refundDue && answer.cause == .cancelled
            case .refundDue: answer.outcome == .refundDue
            case .refunded: answer.replayed
            case .unspecified: record.isBarred && answer.outcome == .refundDue
            default: false
            }
        self.checks.expect(
            isLegal, answer.outcome == .notFound ? .reservationKnown : .answerLegal,
            "\(record.name): Confirm in \(record.state): \(answer)")
        if answer.outcome == .notFound { return }
        if let first = record.confirmation {
            self.checks.expect(
                answer.isSame(as: first.response), .stepReplayed,
                "\(record.name): first \(first.response), now \(answer)")
        } else {
            record.steps.append(.confirm(request, answer))
        }
        if !record.isBarred { record.state = answer.state }
    }

    private func note(
        _ request: CancelRequest, _ answer: CancelResponse, _ record: inout CrashRecord
    ) {
        self.tally.answered("Cancel", Self.name(answer.outcome, answer.replayed))
        let isLegal: Bool
        switch record.standing {
        case .reserved:
            switch record.state {
            case .held, .expired, .cancelled, .refundDue:
                isLegal = answer.outcome == .cancelled
            case .confirmed: isLegal = answer.outcome == .alreadyConfirmed
            default: isLegal = answer.outcome == .cancelled || answer.outcome == .alreadyConfirmed
            }
        case .barred: isLegal = answer.outcome == .remembered
        case .unsent, .refused:
            // A Reserve without an answer may have landed before.
            isLegal = answer.outcome == .remembered || answer.outcome == .cancelled
        }
        self.checks.expect(
            isLegal,
            answer.outcome == .notFound || (answer.outcome == .remembered && record.first != nil)
                ? .reservationKnown : .answerLegal,
            "\(record.name): Cancel in \(record.state): \(answer)")
        record.steps.append(.cancel(request, answer))
        switch answer.outcome {
        case .remembered where record.first == nil: record.standing = .barred
        case .cancelled, .alreadyConfirmed:
            record.state = answer.state
        default: break
        }
    }

    private func note(
        _ request: ExtendRequest, _ answer: ExtendResponse, _ record: inout CrashRecord
    ) {
        self.tally.answered("Extend", Self.name(answer.outcome, answer.replayed))
        let isLegal =
            switch record.state {
            case .held: answer.outcome == .extended || answer.state == .expired
            default: answer.outcome == .notHeld
            }
        self.checks.expect(
            isLegal, answer.outcome == .notFound ? .reservationKnown : .answerLegal,
            "\(record.name): Extend in \(record.state): \(answer)")
        if answer.outcome == .notFound { return }
        record.steps.append(.extend(request, answer))
        record.state = answer.state
        record.deadlineMilliseconds = answer.deadlineMilliseconds
    }

    private func note(
        _ request: RefundRequest, _ answer: RefundResponse, _ record: inout CrashRecord
    ) {
        self.tally.answered("Refund", Self.name(answer.outcome, answer.replayed))
        let isLegal =
            switch record.state {
            case .confirmed, .refundDue, .refunded: answer.outcome == .refunded
            default: answer.outcome == .notRefundable
            }
        self.checks.expect(
            isLegal, answer.outcome == .notFound ? .reservationKnown : .answerLegal,
            "\(record.name): Refund in \(record.state): \(answer)")
        if answer.outcome != .refunded { return }
        record.steps.append(.refund(request, answer))
        record.state = answer.state
    }

    private static func name(_ outcome: some WireEnum, _ isReplayed: Bool) -> String {
        isReplayed ? "\(outcome.name) replayed" : outcome.name
    }
}

extension CrashAction {
    var method: String {
        switch self {
        case .reserve: "Reserve"
        case .confirm: "Confirm"
        case .cancel: "Cancel"
        case .extend: "Extend"
        case .refund: "Refund"
        }
    }
}
