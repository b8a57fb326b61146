import HoldfastEngine
import Testing

/// One method a call, with the answer in its own type; a refusal where a decision was expected fails the test.
extension EngineHarness {
    @discardableResult
    func reserve(
        _ user: String, _ lines: KeyValuePairs<String, Int64>, request: Int? = nil,
        sale: String = EngineRequest.sale, hold: Int64 = 0, partial: Bool = false,
        verdict: AdmissionVerdict = .allow, order: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ReserveAnswer {
        let answer = self.run(
            .reserve(
                user, lines, request: request ?? self.newNumber(), sale: sale, hold: hold,
                partial: partial, verdict: verdict, order: order))
        guard case .reserve(let reserve) = answer else { throw Undecided(answer, sourceLocation) }
        return reserve
    }

    @discardableResult
    func confirm(
        _ target: Target, _ lines: KeyValuePairs<String, Int64> = [:], payment: String = "",
        in sale: String = EngineRequest.sale, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ConfirmAnswer {
        let answer = self.run(.confirm(target, lines, payment: payment, in: sale))
        guard case .confirm(let confirm) = answer else { throw Undecided(answer, sourceLocation) }
        return confirm
    }

    @discardableResult
    func cancel(
        _ target: Target, in sale: String = EngineRequest.sale,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> CancelAnswer {
        let answer = self.run(.cancel(target, in: sale))
        guard case .cancel(let cancel) = answer else { throw Undecided(answer, sourceLocation) }
        return cancel
    }

    @discardableResult
    func extend(
        _ target: Target, by extend: Int64 = 0, in sale: String = EngineRequest.sale,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ExtendAnswer {
        let answer = self.run(.extend(target, by: extend, in: sale))
        guard case .extend(let extended) = answer else { throw Undecided(answer, sourceLocation) }
        return extended
    }

    @discardableResult
    func refund(
        _ reservation: UInt64, _ lines: KeyValuePairs<String, Int64> = [:], request: Int? = nil,
        restock: Bool = true, reference: String = "", in sale: String = EngineRequest.sale,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> RefundAnswer {
        let answer = self.run(
            .refund(
                reservation, lines, request: request ?? self.newNumber(), restock: restock,
                reference: reference, in: sale))
        guard case .refund(let refund) = answer else { throw Undecided(answer, sourceLocation) }
        return refund
    }

    func get(
        _ target: Target, in sale: String = EngineRequest.sale,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> GetAnswer {
        let answer = self.run(.get(target, in: sale))
        guard case .get(let get) = answer else { throw Undecided(answer, sourceLocation) }
        return get
    }

    func stock(
        _ products: [String] = [], user: String = "", after: String = "",
        rowsMax: Int = EngineLimits.stockRowsMax, in sale: String = EngineRequest.sale,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> StockAnswer {
        let request = StockRequest(
            sale: sale, products: products, user: user, after: after, rowsMax: rowsMax)
        let answer = self.run(.stock(request))
        guard case .stock(let stock) = answer else { throw Undecided(answer, sourceLocation) }
        return stock
    }

    /// The counts of one product: `available+held+sold`.
    func product(
        _ product: String, user: String = "", in sale: String = EngineRequest.sale,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> StockRowAnswer {
        let answer = try self.stock(
            [product], user: user, in: sale, sourceLocation: sourceLocation)
        return try #require(answer.rows.first, sourceLocation: sourceLocation)
    }

    @discardableResult
    func load(_ chunk: ImportRequest, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> ImportAnswer
    {
        let answer = self.run(.load(chunk))
        guard case .load(let load) = answer else { throw Undecided(answer, sourceLocation) }
        return load
    }

    /// Loads a whole sale in one chunk and expects it to be there.
    func preload(
        _ products: [ProductInput], purchases: [PurchaseInput] = [],
        configuration: SaleInput? = SaleInput(), sale: String = EngineRequest.sale,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let chunk = ImportRequest.whole(
            self.newNumber(), sale: sale, configuration: configuration, products: products,
            purchases: purchases)
        let answer = try self.load(chunk, sourceLocation: sourceLocation)
        try #require(answer.result == .committed, sourceLocation: sourceLocation)
    }

    /// Makes the call, compares its outcome and then the product's `available+held+sold` and the buyer's used units:
    /// one line of a table.
    func expect(
        _ request: EngineRequest, _ brief: String, _ counts: String? = nil, used: Int64? = nil,
        of product: String = "a", by user: String = "u1", in sale: String = EngineRequest.sale,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let answer = self.run(request)
        #expect(answer.brief == brief, "\(answer)", sourceLocation: sourceLocation)
        guard counts != nil || used != nil else { return }
        let row = try self.product(product, user: user, in: sale, sourceLocation: sourceLocation)
        if let counts { #expect(row.counts == counts, sourceLocation: sourceLocation) }
        if let used { #expect(row.used == used, sourceLocation: sourceLocation) }
    }

    func expectInvariants(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.violations() == [], sourceLocation: sourceLocation)
    }
}

/// A call was refused, or answered by another method, where a test needs its decision.
struct Undecided: Error, CustomStringConvertible {
    let answer: Answer
    let location: SourceLocation

    init(_ answer: Answer, _ location: SourceLocation) {
        self.answer = answer
        self.location = location
    }

    var description: String { "\(self.location): undecided: \(self.answer)" }
}
