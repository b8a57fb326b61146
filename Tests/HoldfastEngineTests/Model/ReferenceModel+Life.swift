import HoldfastEngine

/// Confirm, Cancel, Extend, Refund and the ban's release: RULES 4.
extension ReferenceModel {
    func confirm(_ request: ConfirmRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .confirm(ConfirmAnswer(result: .notFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        if case .request(let number) = request.target,
            case .tombstone(let tombstone)? = sale.known[number]
        {
            let replayed = tombstone.refundDue
            tombstone.refundDue = true
            return .confirm(
                ConfirmAnswer(
                    result: .refundDue, cause: .cancelled, replayed: replayed, state: .refundDue))
        }
        guard let reservation = self.find(request.target, in: sale) else {
            return .confirm(ConfirmAnswer(result: .notFound))
        }
        // Money for what is over already goes back whatever its lines say.
        switch reservation.state {
        case .refundDue: return self.refundDue(reservation, replayed: true)
        case .refunded where !reservation.wasConfirmed:
            return self.refundDue(reservation, replayed: true)
        case .cancelled: return self.refundDue(reservation, .cancelled, request.payment)
        case .released: return self.refundDue(reservation, .released, request.payment)
        default: break
        }
        guard let asked = Self.asked(request.lines, of: reservation) else {
            return .refused(reservation.wasConfirmed ? .confirmMismatch : .confirmLinesInvalid)
        }
        switch reservation.state {
        case .confirmed, .refunded:
            guard asked == reservation.lines.map(\.sold) else { return .refused(.confirmMismatch) }
            return self.confirmed(reservation, replayed: true)
        case .held:
            for (line, quantity) in zip(reservation.lines, asked) {
                line.product.held -= line.granted
                line.product.sold += quantity
                line.product.available += line.granted - quantity
                reservation.buyer.taken[line.product.id, default: 0] -= line.granted - quantity
            }
            self.live[reservation.id] = nil
            sale.liveHolds -= 1
        case .expired:
            if let cause = self.bar(reservation, asked) {
                return self.refundDue(reservation, cause, request.payment)
            }
            for (line, quantity) in zip(reservation.lines, asked) {
                line.product.available -= quantity
                line.product.sold += quantity
                reservation.buyer.taken[line.product.id, default: 0] += quantity
            }
            reservation.late = true
            reservation.buyer.lapses -= 1
        case .none, .refundDue, .cancelled, .released: preconditionFailure("decided above")
        }
        for (line, quantity) in zip(reservation.lines, asked) { line.sold = quantity }
        reservation.state = .confirmed
        reservation.wasConfirmed = true
        reservation.payment = request.payment
        return self.confirmed(reservation, replayed: false)
    }

    /// Quantities asked of each line of the reservation; nil when they cannot be.
    private static func asked(_ lines: [Line], of reservation: ModelReservation) -> [Int64]? {
        if lines.isEmpty { return reservation.lines.map(\.granted) }
        var asked = reservation.lines.map { _ in Int64(0) }
        for line in lines {
            let found = reservation.lines.firstIndex { $0.product.id == line.product }
            guard let index = found, line.quantity <= reservation.lines[index].granted else {
                return nil
            }
            asked[index] = line.quantity
        }
        return asked.contains { $0 > 0 } ? asked : nil
    }

    /// What keeps a lapsed hold from being sold after all.
    private func bar(_ reservation: ModelReservation, _ asked: [Int64]) -> RefundCause? {
        let sale = reservation.sale
        let wanted = zip(reservation.lines, asked).filter { $0.1 > 0 }
        if sale.state != .open || wanted.contains(where: { $0.0.product.state == .paused }) {
            return .saleClosed
        }
        if reservation.buyer.blacklisted { return .buyerBlacklisted }
        let overLimit = wanted.contains { line, quantity in
            line.product.limit > 0
                && reservation.buyer.used(line.product.id) + quantity > line.product.limit
        }
        let sum = asked.reduce(0, +)
        if overLimit || (sale.limit > 0 && reservation.buyer.saleUsed + sum > sale.limit) {
            return .expiredLimit
        }
        if wanted.contains(where: { $0.1 > $0.0.product.available }) { return .expiredSoldOut }
        return nil
    }

    private func refundDue(
        _ reservation: ModelReservation, _ cause: RefundCause, _ payment: String
    ) -> Answer {
        reservation.state = .refundDue
        reservation.cause = cause
        reservation.payment = payment
        return self.refundDue(reservation, replayed: false)
    }

    private func refundDue(_ reservation: ModelReservation, replayed: Bool) -> Answer {
        .confirm(
            ConfirmAnswer(
                result: .refundDue, reservation: reservation.id, cause: reservation.cause,
                replayed: replayed, state: reservation.state))
    }

    private func confirmed(_ reservation: ModelReservation, replayed: Bool) -> Answer {
        var answer = ConfirmAnswer(result: .confirmed, reservation: reservation.id)
        answer.late = reservation.late
        answer.replayed = replayed
        answer.state = reservation.state
        answer.lines = reservation.lines.filter { $0.sold > 0 }.map { line in
            LineAnswer(product: line.product.id, quantity: line.sold, price: line.price)
        }
        return .confirm(answer)
    }

    func cancel(_ request: CancelRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .cancel(CancelAnswer(result: .notFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        if case .request(let number) = request.target {
            switch sale.known[number] {
            case .tombstone: return .cancel(CancelAnswer(result: .remembered, replayed: true))
            case nil:
                sale.known[number] = .tombstone(ModelTombstone())
                return .cancel(CancelAnswer(result: .remembered))
            default: break
            }
        }
        guard let reservation = self.find(request.target, in: sale) else {
            return .cancel(CancelAnswer(result: .notFound))
        }
        var answer = CancelAnswer(result: .cancelled, reservation: reservation.id)
        switch reservation.state {
        case .held: self.giveBack(reservation, as: .cancelled)
        case .expired, .released: reservation.state = .cancelled
        case .cancelled, .refundDue: answer.replayed = true
        case .refunded where !reservation.wasConfirmed: answer.replayed = true
        default: answer.result = .alreadyConfirmed
        }
        answer.state = reservation.state
        return .cancel(answer)
    }

    func extend(_ request: ExtendRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .extend(ExtendAnswer(result: .notFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        guard let reservation = self.find(request.target, in: sale) else {
            return .extend(ExtendAnswer(result: .notFound))
        }
        var answer = ExtendAnswer(result: .notHeld, reservation: reservation.id)
        answer.state = reservation.state
        answer.deadline = reservation.deadline
        guard reservation.state == .held else { return .extend(answer) }
        answer.result = .extended
        answer.replayed = reservation.extended
        if !reservation.extended {
            reservation.deadline += request.extend == 0 ? sale.hold : request.extend
            reservation.extended = true
        }
        answer.deadline = reservation.deadline
        return .extend(answer)
    }

    func release(_ request: ReleaseRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .release(ReleaseAnswer(saleFound: false))
        }
        if sale.sealed { return .refused(.saleSealed) }
        // Who is cleared, or was never banned, keeps the holds.
        if !request.blacklisted {
            sale.buyers[request.user]?.blacklisted = false
            return .release(ReleaseAnswer(saleFound: true))
        }
        let buyer = sale.buyer(request.user)
        buyer.blacklisted = true
        let holds = self.live.values.filter { $0.buyer === buyer }
        for reservation in holds { self.giveBack(reservation, as: .released) }
        return .release(ReleaseAnswer(saleFound: true, released: holds.count))
    }
}
