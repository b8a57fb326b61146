internal import HoldfastHash

/// What operators change by one call: stock and states. Remembered by request id, so that a retry changes once.
extension Shard {
    mutating func adjustStock(
        _ command: AdjustStockCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .adjustStock(AdjustStockOutcome(result: .saleNotFound))
            return
        }
        let payload = Self.payload(
            .adjustStock, command.productID, UInt64(bitPattern: command.delta))
        switch self.operationStanding(sale, command.requestID, .adjustStock, payload) {
        case .refused(let refusal):
            call.pointee.outcome = .refused(refusal)
            call.pointee.visibleAfter = self.sequence
            return
        case .known(let product):
            self.answerStock(product, .adjusted, replayed: true, call)
            return
        case .new: break
        }
        if self.isFenced(sale, command.lease, now) {
            call.pointee.outcome = .refused(.fenced)
            call.pointee.visibleAfter = self.sequence
            return
        }
        if self.isStorageLow {
            call.pointee.outcome = .refused(.storageFull)
            return
        }
        let product = self.findProduct(sale, command.productID)
        if product == 0 {
            call.pointee.outcome = .adjustStock(AdjustStockOutcome(result: .productNotFound))
            return
        }
        // What is due is nobody's any more: it counts as available.
        if command.delta < 0 && self.products[product].pointee.queues.earliest <= now {
            _ = self.expireDue(
                ofProduct: product, now, limit: EngineLimits.expiriesPerTurnMax, &events)
        }
        let stock = self.products[product]
        if command.delta > 0
            && self.sales[sale].pointee.units + command.delta > EngineLimits.saleUnitsMax
        {
            call.pointee.outcome = .refused(.totalTooLarge)
            return
        }
        if stock.pointee.available + command.delta < 0 {
            if stock.pointee.queues.earliest <= now {
                call.pointee.outcome = .refused(.expiryBacklog)
                return
            }
            self.answerStock(product, .belowCommitted, replayed: false, call)
            return
        }
        if !command.validateOnly {
            self.decide(
                OperationEvent(
                    kind: .adjustStock, sale: sale, subject: product, request: command.requestID,
                    payload: payload, value: command.delta), now, &events)
        }
        self.answerStock(product, .adjusted, replayed: false, call)
    }

    private mutating func answerStock(
        _ product: UInt32, _ result: AdjustStockResult, replayed: Bool,
        _ call: UnsafeMutablePointer<Call>
    ) {
        let stock = self.products[product]
        var outcome = AdjustStockOutcome(result: result)
        outcome.total = stock.pointee.total
        outcome.available = stock.pointee.available
        outcome.held = stock.pointee.held
        outcome.sold = stock.pointee.sold
        outcome.replayed = replayed
        call.pointee.outcome = .adjustStock(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    mutating func setSaleState(
        _ command: SetSaleStateCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        precondition(
            command.state != .unspecified && command.state != .sealed,
            "a state that nobody can ask for")
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .setSaleState(SetSaleStateOutcome(result: .saleNotFound))
            return
        }
        var outcome = SetSaleStateOutcome(result: .set)
        let payload = Self.payload(.setSaleState, .empty, UInt64(command.state.rawValue))
        switch self.operationStanding(sale, command.requestID, .setSaleState, payload) {
        case .refused(let refusal):
            call.pointee.outcome = .refused(refusal)
            call.pointee.visibleAfter = self.sequence
            return
        case .known: outcome.replayed = true
        case .new:
            if self.isFenced(sale, command.lease, now) {
                call.pointee.outcome = .refused(.fenced)
                call.pointee.visibleAfter = self.sequence
                return
            }
            if !command.validateOnly {
                self.decide(
                    OperationEvent(
                        kind: .setSaleState, sale: sale, subject: 0, request: command.requestID,
                        payload: payload, value: Int64(command.state.rawValue)), now, &events)
            }
        }
        outcome.state = self.sales[sale].pointee.stateCode
        call.pointee.outcome = .setSaleState(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    mutating func setProductState(
        _ command: SetProductStateCommand, _ call: UnsafeMutablePointer<Call>, _ now: Int64,
        _ events: inout EventBuffer
    ) {
        precondition(command.state != .unspecified, "a state that nobody can ask for")
        let sale = self.findSale(command.saleID)
        if sale == 0 {
            call.pointee.outcome = .setProductState(
                SetProductStateOutcome(result: .saleNotFound))
            return
        }
        var outcome = SetProductStateOutcome(result: .set)
        let payload = Self.payload(
            .setProductState, command.productID, UInt64(command.state.rawValue))
        var product: UInt32 = 0
        switch self.operationStanding(sale, command.requestID, .setProductState, payload) {
        case .refused(let refusal):
            call.pointee.outcome = .refused(refusal)
            call.pointee.visibleAfter = self.sequence
            return
        case .known(let subject):
            outcome.replayed = true
            product = subject
        case .new:
            if self.isFenced(sale, command.lease, now) {
                call.pointee.outcome = .refused(.fenced)
                call.pointee.visibleAfter = self.sequence
                return
            }
            product = self.findProduct(sale, command.productID)
            if product == 0 {
                call.pointee.outcome = .setProductState(
                    SetProductStateOutcome(result: .productNotFound))
                return
            }
            if !command.validateOnly {
                self.decide(
                    OperationEvent(
                        kind: .setProductState, sale: sale, subject: product,
                        request: command.requestID, payload: payload,
                        value: Int64(command.state.rawValue)), now, &events)
            }
        }
        outcome.state = self.products[product].pointee.stateCode
        call.pointee.outcome = .setProductState(outcome)
        call.pointee.visibleAfter = self.sequence
    }

    private mutating func decide(
        _ event: OperationEvent, _ now: Int64, _ events: inout EventBuffer
    ) {
        self.record(event, now, &events)
        self.apply(event)
    }

    private enum Standing {
        case new
        /// Done before, on this subject.
        case known(UInt32)
        case refused(Refusal)
    }

    private mutating func operationStanding(
        _ sale: UInt32, _ request: RequestID, _ kind: OperationKind, _ payload: PayloadHash
    ) -> Standing {
        if self.sales[sale].pointee.stateCode == .sealed { return .refused(.saleSealed) }
        let known = self.resolve(sale, .request(request))
        if known == 0 { return .new }
        guard known & ~RequestEntry.slotMask == RequestEntry.operation else {
            return .refused(.requestIDReused)
        }
        let operation = self.operations[known & RequestEntry.slotMask]
        guard operation.pointee.kind == kind.rawValue, operation.pointee.payload == payload else {
            return .refused(.requestIDReused)
        }
        return .known(operation.pointee.subject)
    }

    private static func payload(
        _ kind: OperationKind, _ product: ByteView, _ value: UInt64
    ) -> PayloadHash {
        var state = StableHash.begin()
        state.add(UInt64(kind.rawValue))
        state.add(product)
        state.add(value)
        let hash = state.finish128()
        return PayloadHash(first: hash.0, second: hash.1)
    }
}
