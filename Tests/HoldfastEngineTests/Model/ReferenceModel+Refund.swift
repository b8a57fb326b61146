import HoldfastEngine

/// Refund: RULES 4. GetReservation and GetStock: what there is.
extension ReferenceModel {
    func refund(_ request: RefundRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .refund(RefundAnswer(result: .notFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        switch sale.known[request.request] {
        case .refund(let first, let lines):
            guard Self.samePayload(first, request),
                let reservation = self.find(.id(request.reservation), in: sale)
            else { return .refused(.requestIDReused) }
            return .refund(
                RefundAnswer(
                    result: .refunded, reservation: reservation.id, lines: lines, replayed: true,
                    state: reservation.state))
        case nil: break
        default: return .refused(.requestIDReused)
        }
        guard let reservation = self.find(.id(request.reservation), in: sale) else {
            return .refund(RefundAnswer(result: .notFound))
        }
        var lines: [LineAnswer] = []
        switch reservation.state {
        case .refundDue: reservation.state = .refunded
        case .confirmed:
            guard let given = self.giveBackSold(request, of: reservation) else {
                return .refused(.refundLinesInvalid)
            }
            lines = given
        default:
            return .refund(
                RefundAnswer(
                    result: .notRefundable, reservation: reservation.id, state: reservation.state))
        }
        sale.known[request.request] = .refund(request, lines)
        return .refund(
            RefundAnswer(
                result: .refunded, reservation: reservation.id, lines: lines,
                state: reservation.state))
    }

    /// Nil when the lines ask for what is not there.
    private func giveBackSold(_ request: RefundRequest, of reservation: ModelReservation)
        -> [LineAnswer]?
    {
        var asked = reservation.lines.map { request.lines.isEmpty ? $0.sold - $0.refunded : 0 }
        for line in request.lines {
            let found = reservation.lines.firstIndex { $0.product.id == line.product }
            guard let index = found else { return nil }
            let left = reservation.lines[index].sold - reservation.lines[index].refunded
            guard line.quantity <= left else { return nil }
            asked[index] = line.quantity
        }
        var given: [LineAnswer] = []
        for (line, quantity) in zip(reservation.lines, asked) where quantity > 0 {
            line.refunded += quantity
            line.product.sold -= quantity
            if request.restock { line.product.available += quantity }
            reservation.buyer.taken[line.product.id, default: 0] -= quantity
            given.append(
                LineAnswer(product: line.product.id, quantity: quantity, price: line.price))
        }
        if reservation.lines.allSatisfy({ $0.refunded == $0.sold }) {
            reservation.state = .refunded
        }
        return given
    }

    private static func samePayload(_ one: RefundRequest, _ other: RefundRequest) -> Bool {
        one.reservation == other.reservation && one.restock == other.restock
            && one.reference == other.reference
            && one.lines.sorted { $0.product < $1.product }
                == other.lines.sorted { $0.product < $1.product }
    }

    func get(_ request: GetRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .get(GetAnswer(result: .notFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        if case .request(let number) = request.target, case .tombstone? = sale.known[number] {
            return .get(GetAnswer(result: .remembered, request: number))
        }
        guard let reservation = self.find(request.target, in: sale) else {
            return .get(GetAnswer(result: .notFound))
        }
        var answer = GetAnswer(result: .found, reservation: reservation.id)
        answer.request = reservation.request.request
        answer.user = reservation.buyer.id
        answer.state = reservation.state
        answer.deadline = reservation.deadline
        answer.order = reservation.request.order
        answer.payment = reservation.payment
        answer.late = reservation.late
        answer.extended = reservation.extended
        answer.cause = reservation.cause
        answer.lines = reservation.lines.map { line in
            var quantity: Int64 = 0
            if reservation.state == .held { quantity = line.granted }
            if reservation.wasConfirmed { quantity = line.sold - line.refunded }
            return LineAnswer(
                product: line.product.id, granted: line.granted, quantity: quantity,
                refunded: line.refunded, price: line.price)
        }
        return .get(answer)
    }

    func stock(_ request: StockRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .stock(StockAnswer(result: .saleNotFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        let buyer = sale.buyers[request.user]
        let isComplete = request.products.allSatisfy { sale.product($0) != nil }
        // Products that the sale has are shown though another is unknown.
        var answer = StockAnswer(result: isComplete ? .found : .productNotFound)
        answer.saleState = sale.state
        answer.startsAt = sale.startsAt
        answer.endsAt = sale.endsAt
        answer.serverTime = self.now
        answer.saleUsed = buyer?.saleUsed ?? 0
        answer.saleLimit = sale.limit
        answer.currency = sale.currency
        let asked =
            request.products.isEmpty
            ? sale.products : request.products.compactMap { sale.product($0) }
        for product in asked.prefix(request.rowsMax) {
            answer.rows.append(
                StockRowAnswer(
                    product: product.id, name: product.name, total: product.total,
                    available: product.available, held: product.held, sold: product.sold,
                    price: product.price, limit: product.limit, state: product.state,
                    used: buyer?.used(product.id) ?? 0))
        }
        answer.more = asked.count > request.rowsMax
        return .stock(answer)
    }
}
