import HoldfastEngine

/// Reserve: RULES 3, in order of decision.
extension ReferenceModel {
    func reserve(_ request: ReserveRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .reserve(ReserveAnswer(result: .saleNotFound))
        }
        if sale.sealed { return .reserve(ReserveAnswer(result: .ended)) }
        switch sale.known[request.request] {
        case .reservation(let reservation):
            guard Self.samePayload(reservation.request, request) else {
                return .refused(.requestIDReused)
            }
            return self.replay(reservation)
        case .tombstone: return .reserve(ReserveAnswer(result: .cancelledBefore))
        case .refund, .adjust, .saleState, .productState: return .refused(.requestIDReused)
        case nil: break
        }
        let missing = request.lines.contains { sale.product($0.product) == nil }
        if missing { return self.refuse(request, in: sale, .productNotFound) }
        if self.now < sale.startsAt { return self.refuse(request, in: sale, .notStarted) }
        if self.now >= sale.endsAt || sale.state == .closed {
            return self.refuse(request, in: sale, .ended)
        }
        let pausedProduct = request.lines.contains { sale.product($0.product)?.state == .paused }
        if sale.state == .paused || pausedProduct {
            return self.refuse(request, in: sale, .paused)
        }
        let buyer = sale.buyers[request.user]
        if request.verdict == .blacklisted || buyer?.blacklisted == true {
            return self.refuse(request, in: sale, .blacklisted)
        }
        if request.verdict == .riskRejected {
            return self.refuse(request, in: sale, .riskRejected)
        }
        let lapsed = self.lapsesMax > 0 && (buyer?.lapses ?? 0) >= self.lapsesMax
        if request.verdict == .notEligible || lapsed {
            return self.refuse(request, in: sale, .notEligible)
        }
        return self.grant(request, in: sale)
    }

    /// Steps 11 to 14: limit, stock, challenge, reserved.
    private func grant(_ request: ReserveRequest, in sale: ModelSale) -> Answer {
        var plan: [(product: ModelProduct, granted: Int64, outcome: ReserveResult)] = []
        let saleUsed = sale.buyers[request.user]?.saleUsed ?? 0
        var saleLeft = sale.limit == 0 ? Int64.max : max(0, sale.limit - saleUsed)
        for line in request.lines {
            guard let product = sale.product(line.product) else { preconditionFailure() }
            let used = sale.buyers[request.user]?.used(product.id) ?? 0
            let productLeft = product.limit == 0 ? Int64.max : max(0, product.limit - used)
            let limitLeft = min(productLeft, saleLeft)
            if request.partial {
                let granted = min(line.quantity, product.available, limitLeft)
                var outcome = ReserveResult.reserved
                if granted < line.quantity {
                    outcome = limitLeft <= product.available ? .limitExceeded : .soldOut
                }
                if sale.limit != 0 { saleLeft -= granted }
                plan.append((product, granted, outcome))
                continue
            }
            // What an earlier line asks of the sale's limit is gone for the next.
            if sale.limit != 0 { saleLeft = max(0, saleLeft - line.quantity) }
            if line.quantity > limitLeft {
                plan.append((product, 0, .limitExceeded))
            } else if line.quantity > product.available {
                plan.append((product, 0, .soldOut))
            } else {
                plan.append((product, line.quantity, .unspecified))
            }
        }
        let refused =
            request.partial
            ? plan.allSatisfy { $0.granted == 0 }
            : plan.contains { $0.outcome != .unspecified }
        if refused {
            let limited = plan.contains { $0.outcome == .limitExceeded }
            return self.refuse(
                request, in: sale, limited ? .limitExceeded : .soldOut,
                outcomes: plan.map(\.outcome))
        }
        if request.verdict == .challengeRequired {
            // A line that would be clipped says so before anybody solves a challenge for it.
            return self.refuse(
                request, in: sale, .challengeRequired,
                outcomes: plan.map { $0.outcome == .reserved ? .unspecified : $0.outcome })
        }
        let buyer = sale.buyer(request.user)
        let lines = plan.map { step in
            ModelLine(
                product: step.product, granted: step.granted, price: step.product.price,
                outcome: step.outcome == .unspecified ? .reserved : step.outcome)
        }
        for line in lines {
            line.product.available -= line.granted
            line.product.held += line.granted
            buyer.taken[line.product.id, default: 0] += line.granted
        }
        let hold = request.hold == 0 ? sale.hold : request.hold
        let reservation = ModelReservation(
            id: UInt64(self.reservations.count + 1), sale: sale, buyer: buyer, request: request,
            deadline: self.now + hold, lines: lines)
        self.reservations[reservation.id] = reservation
        self.live[reservation.id] = reservation
        sale.liveHolds += 1
        sale.known[request.request] = .reservation(reservation)
        return self.granted(reservation, replayed: false)
    }

    private func replay(_ reservation: ModelReservation) -> Answer {
        self.granted(reservation, replayed: true)
    }

    /// The first answer, with the numbers that change as they are now.
    private func granted(_ reservation: ModelReservation, replayed: Bool) -> Answer {
        var answer = ReserveAnswer(result: .reserved)
        answer.reservation = reservation.id
        answer.deadline = reservation.firstDeadline
        answer.replayed = replayed
        answer.state = reservation.state
        answer.saleUsed = reservation.buyer.saleUsed
        answer.saleLimit = reservation.sale.limit
        answer.lines = reservation.lines.map { line in
            LineAnswer(
                product: line.product.id, granted: line.granted, left: line.product.available,
                used: reservation.buyer.used(line.product.id), limit: line.product.limit,
                price: line.price, outcome: line.outcome)
        }
        return .reserve(answer)
    }

    /// A refusal that is an outcome: every line shows what there is.
    private func refuse(
        _ request: ReserveRequest, in sale: ModelSale, _ result: ReserveResult,
        outcomes: [ReserveResult] = []
    ) -> Answer {
        var answer = ReserveAnswer(result: result)
        if result == .notStarted { answer.startsIn = sale.startsAt - self.now }
        let buyer = sale.buyers[request.user]
        answer.saleUsed = buyer?.saleUsed ?? 0
        answer.saleLimit = sale.limit
        for (index, line) in request.lines.enumerated() {
            var shown = LineAnswer(product: line.product)
            if let product = sale.product(line.product) {
                shown.left = product.available
                shown.used = buyer?.used(product.id) ?? 0
                shown.limit = product.limit
                shown.price = product.price
                if result == .paused && product.state == .paused { shown.outcome = .paused }
            } else {
                shown.outcome = .productNotFound
            }
            if index < outcomes.count { shown.outcome = outcomes[index] }
            answer.lines.append(shown)
        }
        return .reserve(answer)
    }

    /// User, summed lines whatever their order, hold time, partial, order reference; not the verdict.
    private static func samePayload(_ one: ReserveRequest, _ other: ReserveRequest) -> Bool {
        one.user == other.user && one.hold == other.hold && one.partial == other.partial
            && one.order == other.order
            && one.lines.sorted { $0.product < $1.product }
                == other.lines.sorted { $0.product < $1.product }
    }
}
