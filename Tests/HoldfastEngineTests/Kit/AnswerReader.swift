import HoldfastEngine

/// Copies an executed call's answer out of the arena and the engine's tables.
enum AnswerReader {
    static func text(_ view: ByteView) -> String {
        if view.isEmpty { return "" }

        return String(decoding: view.buffer, as: UTF8.self)
    }

    static func answer(_ call: Call) -> Answer {
        switch call.outcome {
        case .pending: preconditionFailure("a call of the batch was left undecided")
        case .refused(let refusal): return .refused(refusal)
        case .reserve(let outcome): return .reserve(Self.reserve(outcome, call.command))
        case .confirm(let outcome):
            return .confirm(
                ConfirmAnswer(
                    result: outcome.result, reservation: outcome.reservationID.rawValue,
                    cause: outcome.cause, late: outcome.late, replayed: outcome.replayed,
                    state: outcome.state, lines: Self.lines(call.command, outcome.lineCount)))
        case .cancel(let outcome):
            return .cancel(
                CancelAnswer(
                    result: outcome.result, reservation: outcome.reservationID.rawValue,
                    state: outcome.state, replayed: outcome.replayed))
        case .extend(let outcome):
            return .extend(
                ExtendAnswer(
                    result: outcome.result, reservation: outcome.reservationID.rawValue,
                    deadline: outcome.deadlineMilliseconds, replayed: outcome.replayed,
                    state: outcome.state))
        case .refund(let outcome):
            return .refund(
                RefundAnswer(
                    result: outcome.result, reservation: outcome.reservationID.rawValue,
                    lines: Self.lines(call.command, outcome.lineCount), replayed: outcome.replayed,
                    state: outcome.state))
        case .getReservation(let outcome): return .get(Self.get(outcome, call.command))
        case .getStock(let outcome): return .stock(Self.stock(outcome, call.command))
        case .importChunk(let outcome): return .load(Self.load(outcome, call.command))
        case .adjustStock(let outcome):
            return .adjust(
                AdjustAnswer(
                    result: outcome.result, total: outcome.total, available: outcome.available,
                    held: outcome.held, sold: outcome.sold, replayed: outcome.replayed))
        case .setSaleState(let outcome):
            return .saleState(
                SaleStateAnswer(
                    result: outcome.result, state: outcome.state, replayed: outcome.replayed))
        case .setProductState(let outcome):
            return .productState(
                ProductStateAnswer(
                    result: outcome.result, state: outcome.state, replayed: outcome.replayed))
        case .releaseBuyer(let outcome):
            return .release(
                ReleaseAnswer(
                    saleFound: outcome.saleFound, released: outcome.released, more: outcome.more))
        case .acquireLease, .leaseWaiting, .renewLease, .releaseLease:
            preconditionFailure("lease calls have a harness of their own")
        case .blacklistChange, .blacklistList:
            preconditionFailure("blacklist calls bring their own room")
        }
    }

    private static func reserve(_ outcome: ReserveOutcome, _ command: Command) -> ReserveAnswer {
        ReserveAnswer(
            result: outcome.result, reservation: outcome.reservationID.rawValue,
            deadline: outcome.deadlineMilliseconds, lines: Self.lines(command, outcome.lineCount),
            replayed: outcome.replayed, state: outcome.state,
            startsIn: outcome.startsInMilliseconds, saleUsed: outcome.saleUsed,
            saleLimit: outcome.saleLimit)
    }

    private static func get(_ outcome: GetReservationOutcome, _ command: Command) -> GetAnswer {
        GetAnswer(
            result: outcome.result, reservation: outcome.reservationID.rawValue,
            request: CommandBuilder.number(of: outcome.requestID), user: Self.text(outcome.userID),
            state: outcome.state, deadline: outcome.deadlineMilliseconds,
            lines: Self.lines(command, outcome.lineCount), order: Self.text(outcome.orderReference),
            payment: Self.text(outcome.paymentReference), late: outcome.late,
            extended: outcome.extended, frozen: outcome.frozen, cause: outcome.cause)
    }

    private static func stock(_ outcome: GetStockOutcome, _ command: Command) -> StockAnswer {
        guard case .getStock(let request) = command else {
            preconditionFailure("the answer of another method")
        }
        precondition(outcome.rowCount <= request.rowsMax)
        var answer = StockAnswer(result: outcome.result)
        answer.saleState = outcome.saleState
        answer.startsAt = outcome.startsAtMilliseconds
        answer.endsAt = outcome.endsAtMilliseconds
        answer.serverTime = outcome.serverTimeMilliseconds
        answer.more = outcome.more
        answer.saleUsed = outcome.saleUsed
        answer.saleLimit = outcome.saleLimit
        answer.currency = Self.text(outcome.currency)
        for index in 0..<outcome.rowCount {
            let row = request.rows[index]
            answer.rows.append(
                StockRowAnswer(
                    product: Self.text(row.productID), name: Self.text(row.name), total: row.total,
                    available: row.available, held: row.held, sold: row.sold,
                    price: row.priceMinor, limit: row.limitPerUser, state: row.state,
                    used: row.used))
        }
        return answer
    }

    private static func load(_ outcome: ImportOutcome, _ command: Command) -> ImportAnswer {
        guard case .importChunk(let request) = command else {
            preconditionFailure("the answer of another method")
        }
        precondition(outcome.rejectCount <= request.rejectsMax)
        return ImportAnswer(
            result: outcome.result, replayed: outcome.replayed,
            productsAdded: outcome.productsAdded, productsUpdated: outcome.productsUpdated,
            purchasesSet: outcome.purchasesSet,
            rejects: (0..<outcome.rejectCount).map { index in
                let reject = request.rejects[index]
                return RejectAnswer(
                    kind: reject.kind, chunk: reject.chunk, index: reject.index,
                    problem: reject.problem)
            })
    }

    private static func lines(_ command: Command, _ count: Int) -> [LineAnswer] {
        let results: LineResults
        switch command {
        case .reserve(let request): results = request.pointee.results
        case .confirm(let request): results = request.results
        case .refund(let request): results = request.results
        case .getReservation(let request): results = request.results
        default: return []
        }
        var lines: [LineAnswer] = []
        lines.reserveCapacity(count)
        for index in 0..<count {
            let line = results[index]
            lines.append(
                LineAnswer(
                    product: Self.text(line.productID), granted: line.granted,
                    quantity: line.quantity, refunded: line.refunded, left: line.left,
                    used: line.used, limit: line.limit, price: line.priceMinor,
                    outcome: line.outcome))
        }
        return lines
    }
}
