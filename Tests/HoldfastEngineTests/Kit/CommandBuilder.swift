import HoldfastEngine

/// Makes commands of requests, with all bytes in an arena.
struct CommandBuilder {
    let arena: TestArena
    static let rejectsMax = 100

    static func requestID(_ number: Int) -> RequestID {
        // Both words are spread, so that tables see ids like those of real callers; the number can be read back.
        RequestID(
            first: UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9_7F4A_7C15 &+ 1,
            second: UInt64(bitPattern: Int64(number)))
    }

    static func number(of requestID: RequestID) -> Int { Int(truncatingIfNeeded: requestID.second) }

    func command(_ request: EngineRequest) -> Command {
        switch request {
        case .reserve(let request): return .reserve(self.reserve(request))
        case .confirm(let request):
            return .confirm(
                ConfirmCommand(
                    saleID: self.arena.view(request.sale), target: self.target(request.target),
                    lines: self.arena.lines(request.lines),
                    paymentReference: self.arena.view(request.payment),
                    results: self.arena.results()))
        case .cancel(let request):
            return .cancel(
                CancelCommand(
                    saleID: self.arena.view(request.sale), target: self.target(request.target),
                    reason: request.reason))
        case .extend(let request):
            return .extend(
                ExtendCommand(
                    saleID: self.arena.view(request.sale), target: self.target(request.target),
                    extendMilliseconds: request.extend))
        case .refund(let request): return .refund(self.refund(request))
        case .get(let request):
            return .getReservation(
                GetReservationCommand(
                    saleID: self.arena.view(request.sale), target: self.target(request.target),
                    results: self.arena.results()))
        case .stock(let request): return .getStock(self.stock(request))
        case .load(let request): return .importChunk(self.importChunk(request))
        case .adjust(let request):
            return .adjustStock(
                AdjustStockCommand(
                    requestID: Self.requestID(request.request),
                    saleID: self.arena.view(request.sale),
                    productID: self.arena.view(request.product), delta: request.delta,
                    validateOnly: request.validateOnly))
        case .saleState(let request):
            return .setSaleState(
                SetSaleStateCommand(
                    requestID: Self.requestID(request.request),
                    saleID: self.arena.view(request.sale), state: request.state,
                    validateOnly: request.validateOnly))
        case .productState(let request):
            return .setProductState(
                SetProductStateCommand(
                    requestID: Self.requestID(request.request),
                    saleID: self.arena.view(request.sale),
                    productID: self.arena.view(request.product), state: request.state,
                    validateOnly: request.validateOnly))
        case .release(let request):
            return .releaseBuyer(
                ReleaseBuyerCommand(
                    saleID: self.arena.view(request.sale), userID: self.arena.view(request.user),
                    blacklisted: request.blacklisted))
        }
    }

    private func target(_ target: Target) -> ReservationTarget {
        switch target {
        case .id(let id): return .reservation(ReservationID(rawValue: id))
        case .request(let number): return .request(Self.requestID(number))
        }
    }

    private func reserve(_ request: ReserveRequest) -> UnsafeMutablePointer<ReserveCommand> {
        let command = self.arena.allocate(ReserveCommand.self, 1)
        command.initialize(
            to: ReserveCommand(
                requestID: Self.requestID(request.request),
                saleID: self.arena.view(request.sale), userID: self.arena.view(request.user),
                lines: self.arena.lines(request.lines), holdMilliseconds: request.hold,
                allowPartial: request.partial, verdict: request.verdict,
                orderReference: self.arena.view(request.order),
                results: self.arena.results(request.lines.count)))
        return command
    }

    private func refund(_ request: RefundRequest) -> RefundCommand {
        RefundCommand(
            requestID: Self.requestID(request.request), saleID: self.arena.view(request.sale),
            reservationID: ReservationID(rawValue: request.reservation),
            lines: self.arena.lines(request.lines), restock: request.restock,
            refundReference: self.arena.view(request.reference), results: self.arena.results())
    }

    private func stock(_ request: StockRequest) -> GetStockCommand {
        let ids = self.arena.allocate(ByteView.self, request.products.count)
        for (index, product) in request.products.enumerated() {
            (ids + index).initialize(to: self.arena.view(product))
        }
        return GetStockCommand(
            saleID: self.arena.view(request.sale),
            productIDs: UnsafeBufferPointer(start: ids, count: request.products.count),
            userID: self.arena.view(request.user), afterProductID: self.arena.view(request.after),
            rows: self.arena.allocate(StockRow.self, request.rowsMax), rowsMax: request.rowsMax)
    }

    private func importChunk(_ request: ImportRequest) -> ImportChunkCommand {
        let products = self.arena.allocate(ProductRow.self, request.products.count)
        for (index, row) in request.products.enumerated() {
            (products + index).initialize(
                to: ProductRow(
                    productID: self.arena.view(row.id), name: self.arena.view(row.name),
                    total: row.total, priceMinor: row.price, limitPerUser: row.limit,
                    state: row.state))
        }
        let purchases = self.arena.allocate(PurchaseRow.self, request.purchases.count)
        for (index, row) in request.purchases.enumerated() {
            (purchases + index).initialize(
                to: PurchaseRow(
                    userID: self.arena.view(row.user), productID: self.arena.view(row.product),
                    quantity: row.quantity, orderReference: self.arena.view(row.order)))
        }
        let configuration = request.configuration.map { sale in
            SaleConfiguration(
                name: self.arena.view(sale.name), state: sale.state,
                startsAtMilliseconds: sale.startsAt, endsAtMilliseconds: sale.endsAt,
                currency: self.arena.view(sale.currency), holdMilliseconds: sale.hold,
                limitPerUser: sale.limit)
        }
        return ImportChunkCommand(
            importID: Self.requestID(request.importID), chunk: request.chunk,
            saleID: self.arena.view(request.sale), configuration: configuration,
            products: UnsafeBufferPointer(start: products, count: request.products.count),
            purchases: UnsafeBufferPointer(start: purchases, count: request.purchases.count),
            commit: request.commit, validateOnly: request.validateOnly,
            rejects: self.arena.allocate(ImportReject.self, Self.rejectsMax),
            rejectsMax: Self.rejectsMax)
    }
}
