import HoldfastClient

/// One caller of the load: takes one job after the other until the gate closes or the server is gone.
struct LoadWorker {
    private let caller: RecordCaller
    /// The same over another connection, for whoever acts or looks at the same time.
    private let other: RecordCaller
    private let buyerCount: Int
    private var random: RandomSource

    init(
        caller: RecordCaller, otherClient: HoldfastClient, buyerCount: Int, random: RandomSource
    ) {
        self.caller = caller
        self.other = RecordCaller(
            client: otherClient, book: caller.book, checks: caller.checks, tally: caller.tally)
        self.buyerCount = buyerCount
        self.random = random
    }

    mutating func run(_ gate: LoadGate) async {
        while gate.takeJob() {
            await gate.waitWhilePaused()
            if await !self.job() {
                if gate.isStopped { return }
                // The server is gone, or full: no tight loop until the gate closes.
                try? await Task.sleep(for: .milliseconds(3))
            }
        }
    }

    /// False: no answer.
    private mutating func job() async -> Bool {
        switch self.random.next(below: 100) {
        case 0..<30: return await self.reserve()
        case 30..<36: return await self.reserveTwice()
        case 36..<40: return await self.cancelFirst()
        case 40..<45: return await self.race()
        case 45..<50: return await self.readStock()
        default: return await self.goOn()
        }
    }

    // MARK: New reservations

    private mutating func newRequest() -> ReserveRequest {
        let stock = CrashStock.tradedProducts
        let (sale, products) = stock[Int(self.random.next(below: UInt64(stock.count)))]
        // Some buyers come again and again and meet their limit; most come once or twice.
        let isEager = self.random.next(below: 4) == 0
        let buyer = Int(
            self.random.next(below: isEager ? 40 : UInt64(max(41, self.buyerCount))))
        let lineCount = 1 + Int(self.random.next(below: UInt64(min(2, products.count))))
        let start = Int(self.random.next(below: UInt64(products.count)))
        let lines = (0..<lineCount).map {
            StockLine(
                productID: products[(start + $0) % products.count],
                quantity: 1 + Int(self.random.next(below: 3)))
        }
        let holds = [0, 1_000, 1_200, 2_500, 5_000, 60_000]
        return ReserveRequest(
            saleID: sale, userID: CrashBuyer.userID(buyer), lines: lines,
            holdMilliseconds: sale == "crash-lapse"
                ? 1_000 : holds[Int(self.random.next(below: UInt64(holds.count)))],
            client: CrashBuyer.client(buyer), allowPartial: self.random.next(below: 4) == 0,
            orderReference: "order-\(self.random.next(below: 1_000_000))")
    }

    private mutating func reserve() async -> Bool {
        var record = self.caller.book.open(self.newRequest())
        defer { self.caller.book.put(record) }
        return await self.send(.reserve, &record)
    }

    /// The same call over two connections at once, as when a gateway loses patience.
    private mutating func reserveTwice() async -> Bool {
        var record = self.caller.book.open(self.newRequest())
        defer { self.caller.book.put(record) }
        let request = record.reserve
        let twin = self.other.client
        async let second = Self.quietly { () throws(HoldfastError) in
            try await twin.reserve(request)
        }
        let result = await self.caller.perform(.reserve, &record)
        let answer = await second
        if let answer, answer.outcome == .reserved, let first = record.first {
            // One of the two is the first answer, the other repeats it.
            var again = answer
            again.replayed = true
            self.caller.checks.expect(
                again.isSame(as: first), .replaySame,
                "\(record.name): twins heard \(first) and \(answer)")
        } else if let answer, answer.outcome == .reserved {
            // The first has no answer, or was refused when there was no stock yet.
            self.caller.take(answer, &record)
            record.pending = []
        } else if answer == nil, record.first == nil, record.pending.isEmpty {
            record.pending.append(.reserve)
        }
        return result.isAnswered
    }

    /// The Cancel overtakes its Reserve: a tombstone. Sometimes the money comes all the same.
    private mutating func cancelFirst() async -> Bool {
        var record = self.caller.book.open(self.newRequest())
        defer { self.caller.book.put(record) }
        guard await self.send(self.cancel(record), &record) else { return false }
        guard await self.send(.reserve, &record) else { return false }
        if self.random.next(below: 2) == 0 {
            return await self.send(
                .confirm(
                    ConfirmRequest(
                        saleID: record.reserve.saleID, target: record.requestTarget,
                        paymentReference: "payment-\(record.number)")), &record)
        }
        return true
    }

    /// Reserve and Cancel of the same request id at the same time: either order, never half.
    private mutating func race() async -> Bool {
        var record = self.caller.book.open(self.newRequest())
        defer { self.caller.book.put(record) }
        let request = CancelRequest(
            saleID: record.reserve.saleID, target: record.requestTarget, reason: .timeout)
        let twin = self.other.client
        async let cancelled = Self.quietly { () throws(HoldfastError) in
            try await twin.cancel(request)
        }
        let result = await self.caller.perform(.reserve, &record)
        let answer = await cancelled
        // What the Cancel did is learnt by sending it again, now that the Reserve is over.
        switch answer?.outcome {
        case .remembered:
            self.caller.checks.expect(
                record.first == nil, .answerLegal,
                "\(record.name): RESERVED, and its Cancel REMEMBERED")
        case .cancelled:
            self.caller.checks.expect(
                record.first != nil || !record.pending.isEmpty, .answerLegal,
                "\(record.name): refused, and its Cancel \(answer!)")
        default: break
        }
        if record.pending.isEmpty {
            let isAnswered = await self.send(.cancel(request), &record)
            // Not sent a second time, but a first time: that may have taken effect.
            if !isAnswered && record.pending.isEmpty { record.pending.append(.cancel(request)) }
            return isAnswered
        }
        record.pending.append(.cancel(request))
        if let answer, answer.outcome == .remembered { record.sights.append(.remembered) }
        if let answer, answer.outcome == .cancelled {
            record.sights.append(.state(.cancelled, deadlineMilliseconds: nil))
        }
        return result.isAnswered
    }

    // MARK: Old reservations

    private func cancel(_ record: CrashRecord) -> CrashAction {
        .cancel(
            CancelRequest(
                saleID: record.reserve.saleID, target: record.requestTarget, reason: .buyer))
    }

    private mutating func goOn() async -> Bool {
        guard var record = self.caller.book.borrow(self.random.next()) else {
            return await self.reserve()
        }
        defer { self.caller.book.put(record) }
        guard let action = self.nextAction(record) else { return true }
        return await self.send(action, &record)
    }

    /// What a caller would do next; nil: nothing for now.
    private mutating func nextAction(_ record: CrashRecord) -> CrashAction? {
        guard let first = record.first else { return nil }
        let saleID = record.reserve.saleID
        let byID = self.random.next(below: 2) == 0
        let target = byID ? .reservation(first.reservationID) : record.requestTarget
        switch (record.state, self.random.next(below: 100)) {
        case (.held, 0..<45), (.expired, 0..<60), (.cancelled, 0..<15):
            let isPart = self.random.next(below: 4) == 0
            return .confirm(
                ConfirmRequest(
                    saleID: saleID, target: target, lines: isPart ? first.partOfLines : [],
                    paymentReference: "payment-\(record.number)"))
        case (.held, 45..<65), (.expired, 60..<75), (.confirmed, 0..<5):
            return .cancel(CancelRequest(saleID: saleID, target: target, reason: .buyer))
        case (.held, 65..<85) where !record.isExtended:
            return .extend(
                ExtendRequest(
                    saleID: saleID, target: target,
                    extendMilliseconds: 1_000 + Int(self.random.next(below: 4_000))))
        case (.confirmed, 5..<35), (.refundDue, 0..<40):
            let isPart = record.state == .confirmed && self.random.next(below: 3) == 0
            let lines = (record.confirmation?.response.lines ?? []).filter {
                $0.quantity > (record.refundedByProduct[$0.productID] ?? 0)
            }
            return .refund(
                RefundRequest(
                    saleID: saleID, reservationID: first.reservationID,
                    lines: isPart
                        ? lines.prefix(1).map { StockLine(productID: $0.productID, quantity: 1) }
                        : [], restock: self.random.next(below: 3) != 0,
                    refundReference: "refund-\(record.number)-\(record.steps.count)"))
        default:
            return nil
        }
    }

    // MARK: Looking on

    /// Sends an action while, now and then, another caller reads the same reservation.
    private mutating func send(_ action: CrashAction, _ record: inout CrashRecord) async -> Bool {
        guard self.random.next(below: 3) == 0 else {
            return await self.caller.perform(action, &record).isAnswered
        }
        let request = GetReservationRequest(
            saleID: record.reserve.saleID, target: record.requestTarget)
        let onlooker = self.other.client
        async let read = Self.quietly { () throws(HoldfastError) in
            try await onlooker.getReservation(request)
        }
        let result = await self.caller.perform(action, &record)
        if let seen = await read {
            self.caller.tally.answered("GetReservation", seen.outcome.name)
            if let reservation = seen.reservation, seen.outcome == .found {
                record.sights.append(
                    .state(
                        reservation.state,
                        deadlineMilliseconds: reservation.deadlineMilliseconds))
            } else if seen.outcome == .remembered {
                record.sights.append(.remembered)
            }
        }
        return result.isAnswered
    }

    private mutating func readStock() async -> Bool {
        let stock = CrashStock.tradedProducts
        let sale = stock[Int(self.random.next(below: UInt64(stock.count)))].sale
        let client = self.caller.client
        guard
            let answer = await Self.quietly({ () throws(HoldfastError) in
                try await client.getStock(GetStockRequest(saleID: sale))
            })
        else { return false }
        self.caller.tally.answered("GetStock", answer.outcome.name)
        self.caller.book.saw(serverTimeMilliseconds: answer.serverTimeMilliseconds)
        for product in answer.products {
            self.caller.checks.expect(
                product.isConserved, .conserved, "\(sale): \(product)")
        }
        return true
    }

    private static func quietly<Answer: Sendable>(
        _ call: @Sendable () async throws(HoldfastError) -> Answer
    ) async -> Answer? {
        do throws(HoldfastError) { return try await call() } catch { return nil }
    }
}

extension ReserveResponse {
    /// Fewer units than were granted, but at least one; none if no part can be named.
    var partOfLines: [StockLine] {
        guard let line = self.lines.first(where: { $0.granted > 1 }) else { return [] }
        return [StockLine(productID: line.productID, quantity: line.granted - 1)]
    }
}

extension ProductStock {
    var isConserved: Bool {
        self.total == self.available + self.held + self.sold && self.available >= 0
            && self.held >= 0 && self.sold >= 0
    }
}
