import HoldfastEngine

/// Preload, AdjustStock and the states: RULES 2 and 6.
extension ReferenceModel {
    func adjust(_ request: AdjustRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .adjust(AdjustAnswer(result: .saleNotFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        var replayed = false
        switch sale.known[request.request] {
        case .adjust(let first):
            guard first.product == request.product && first.delta == request.delta else {
                return .refused(.requestIDReused)
            }
            replayed = true
        case nil: break
        default: return .refused(.requestIDReused)
        }
        guard let product = sale.product(request.product) else {
            return .adjust(AdjustAnswer(result: .productNotFound))
        }
        var answer = AdjustAnswer(result: .adjusted, replayed: replayed)
        if !replayed {
            if sale.products.reduce(0, { $0 + $1.total }) + request.delta
                > EngineLimits.saleUnitsMax
            {
                return .refused(.totalTooLarge)
            }
            if product.available + request.delta < 0 {
                answer.result = .belowCommitted
            } else if !request.validateOnly {
                product.available += request.delta
                sale.known[request.request] = .adjust(request)
            }
        }
        answer.total = product.total
        answer.available = product.available
        answer.held = product.held
        answer.sold = product.sold
        return .adjust(answer)
    }

    func setSaleState(_ request: SaleStateRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .saleState(SaleStateAnswer(result: .saleNotFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        var answer = SaleStateAnswer(result: .set)
        switch sale.known[request.request] {
        case .saleState(let first):
            guard first.state == request.state else { return .refused(.requestIDReused) }
            answer.replayed = true
        case nil:
            guard !request.validateOnly else { break }
            sale.state = request.state
            sale.known[request.request] = .saleState(request)
        default: return .refused(.requestIDReused)
        }
        answer.state = sale.state
        return .saleState(answer)
    }

    func setProductState(_ request: ProductStateRequest) -> Answer {
        guard let sale = self.sales[request.sale] else {
            return .productState(ProductStateAnswer(result: .saleNotFound))
        }
        if sale.sealed { return .refused(.saleSealed) }
        var answer = ProductStateAnswer(result: .set)
        var isNew = true
        switch sale.known[request.request] {
        case .productState(let first):
            guard first.product == request.product && first.state == request.state else {
                return .refused(.requestIDReused)
            }
            answer.replayed = true
            isNew = false
        case nil: break
        default: return .refused(.requestIDReused)
        }
        guard let product = sale.product(request.product) else {
            return .productState(ProductStateAnswer(result: .productNotFound))
        }
        if isNew && !request.validateOnly {
            product.state = request.state
            sale.known[request.request] = .productState(request)
        }
        answer.state = product.state
        return .productState(answer)
    }

    func load(_ request: ImportRequest) -> Answer {
        if let sale = self.sales[request.sale], sale.sealed { return .refused(.saleSealed) }
        let known = self.imports[request.importID]
        if let known {
            if known.sale != request.sale { return .refused(.importIDReused) }
            if Int(request.chunk) < known.chunks.count {
                guard known.chunks[Int(request.chunk)] == request else {
                    return .refused(.importIDReused)
                }
                let isLast = Int(request.chunk) == known.chunks.count - 1
                var answer = ImportAnswer(result: .staged)
                if isLast, let committed = known.committed { answer = committed }
                answer.replayed = true
                return .load(answer)
            }
            if known.committed != nil { return .refused(.importOutOfOrder) }
        }
        guard Int(request.chunk) == known?.chunks.count ?? 0 else {
            return .refused(.importOutOfOrder)
        }
        let staged = known ?? ModelImport(sale: request.sale)
        staged.chunks.append(request)
        let rejects = self.rejects(staged)
        if !rejects.isEmpty {
            // What was staged goes with it: the import must start again.
            self.imports[request.importID] = nil
            return .load(ImportAnswer(result: .rejected, rejects: rejects))
        }
        self.imports[request.importID] = staged
        guard request.commit != nil else { return .load(ImportAnswer(result: .staged)) }
        let answer = self.commit(staged)
        staged.committed = answer
        return .load(answer)
    }

    /// The random commands make three mistakes: a new sale without its configuration, a purchase that comes twice in
    /// its import, and a purchase of a product that neither the sale nor the import has.
    private func rejects(_ staged: ModelImport) -> [RejectAnswer] {
        guard let last = staged.chunks.last, last.commit != nil else { return [] }
        var rejects: [RejectAnswer] = []
        let sale = self.sales[staged.sale]
        if sale == nil && staged.chunks[0].configuration == nil {
            rejects.append(
                RejectAnswer(kind: .sale, chunk: 0, index: 0, problem: .missingConfiguration))
        }
        let products = Set(staged.chunks.flatMap { $0.products.map(\.id) })
        var seen: Set<[String]> = []
        for chunk in staged.chunks {
            for (index, row) in chunk.purchases.enumerated() {
                let isUnknown = !products.contains(row.product) && sale?.product(row.product) == nil
                var problem: ImportProblem? = isUnknown ? .unknownProduct : nil
                if !seen.insert([row.user, row.product]).inserted { problem = .doubledPurchase }
                guard let problem else { continue }
                rejects.append(
                    RejectAnswer(
                        kind: .purchase, chunk: chunk.chunk, index: UInt32(index),
                        problem: problem))
            }
        }
        return rejects
    }

    private func commit(_ staged: ModelImport) -> ImportAnswer {
        var answer = ImportAnswer(result: .committed)
        let sale: ModelSale
        if let known = self.sales[staged.sale] {
            sale = known
        } else {
            guard let configuration = staged.chunks[0].configuration else {
                preconditionFailure("the random commands give every new sale a configuration")
            }
            sale = ModelSale(id: staged.sale, currency: configuration.currency)
            self.sales[staged.sale] = sale
        }
        if let configuration = staged.chunks[0].configuration {
            if !configuration.name.isEmpty { sale.name = configuration.name }
            if configuration.state != .unspecified { sale.state = configuration.state }
            sale.startsAt = configuration.startsAt
            sale.endsAt = configuration.endsAt
            sale.hold = configuration.hold
            sale.limit = configuration.limit
        }
        for row in staged.chunks.flatMap(\.products) {
            let product: ModelProduct
            if let known = sale.product(row.id) {
                product = known
                answer.productsUpdated += 1
            } else {
                product = ModelProduct(id: row.id)
                product.available = row.total
                sale.products.append(product)
                answer.productsAdded += 1
            }
            if !row.name.isEmpty { product.name = row.name }
            if row.state != .unspecified { product.state = row.state }
            product.price = row.price
            product.limit = row.limit
        }
        for row in staged.chunks.flatMap(\.purchases) {
            sale.buyer(row.user).imported[row.product] = row.quantity
            answer.purchasesSet += 1
        }
        return answer
    }
}
