internal import CHoldfastProto
internal import CProtobufC
internal import HoldfastEngine

/// Preload: a chunk's rows, checked against RULES 6. What needs the sale's present state is the engine's to check.
extension RequestDecoder {
    static func preload(
        _ message: Holdfast__V1__PreloadRequest, _ check: inout FieldCheck, _ arena: inout Arena
    ) -> Decoded? {
        let importID = check.requestID(message.import_id, FieldPath("import_id"))
        guard let sale = message.sale?.pointee else {
            check.add(FieldPath("sale"), "must be given in every chunk")
            return nil
        }
        let saleID = check.id(sale.sale_id, FieldPath("sale.sale_id"))
        let rowCount = sale.n_products + sale.n_purchases
        guard rowCount <= PreScan.preloadRowsMax else {
            check.add(
                FieldPath("sale"),
                "must have at most \(PreScan.preloadRowsMax) rows a chunk, not \(rowCount)")
            return nil
        }
        var configuration: SaleConfiguration?
        if message.chunk == 0 {
            configuration = Self.configuration(sale, &check)
        } else {
            Self.checkNoConfiguration(sale, &check)
        }
        let commit = Self.commit(message.commit, &check)
        let lease = Self.proof(message.lease, &check, &arena)
        guard let products = arena.allocateArray(ProductRow.self, count: sale.n_products),
            let purchases = arena.allocateArray(PurchaseRow.self, count: sale.n_purchases),
            let rejects = arena.allocateArray(ImportReject.self, count: WireLimits.rejectsMax)
        else { return nil }
        for index in 0..<sale.n_products {
            guard let row = sale.products[index] else { continue }
            (products + index).initialize(to: Self.product(row.pointee, index, &check))
        }
        for index in 0..<sale.n_purchases {
            guard let row = sale.purchases[index] else { continue }
            (purchases + index).initialize(to: Self.purchase(row.pointee, index, &check))
        }
        let command = ImportChunkCommand(
            importID: importID, chunk: message.chunk, saleID: saleID, configuration: configuration,
            products: UnsafeBufferPointer(start: products, count: sale.n_products),
            purchases: UnsafeBufferPointer(start: purchases, count: sale.n_purchases),
            commit: commit, validateOnly: message.validate_only != 0, rejects: rejects,
            rejectsMax: WireLimits.rejectsMax, lease: lease)
        return .engine(.importChunk(command), ClientInfo())
    }

    private static func configuration(
        _ sale: Holdfast__V1__Sale, _ check: inout FieldCheck
    ) -> SaleConfiguration {
        let name = check.text(
            sale.name, bytesMax: EngineLimits.nameBytesMax, FieldPath("sale.name"))
        var state = SaleStateCode.unspecified
        if let code = SaleStateCode(rawValue: UInt8(clamping: sale.state.rawValue)), code != .sealed
        {
            state = code
        } else {
            check.add(FieldPath("sale.state"), "must be OPEN, PAUSED, CLOSED or absent")
        }
        let times = 1...EngineLimits.timeMillisecondsMax
        check.range(sale.starts_at_ms, times, FieldPath("sale.starts_at_ms"))
        check.range(sale.ends_at_ms, times, FieldPath("sale.ends_at_ms"))
        if sale.ends_at_ms <= sale.starts_at_ms && times.contains(sale.ends_at_ms) {
            check.add(FieldPath("sale.ends_at_ms"), "must be later than starts_at_ms")
        }
        let currency = FieldCheck.view(sale.currency)
        if currency.count != 3 || !currency.buffer.allSatisfy({ (0x41...0x5A).contains($0) }) {
            check.add(FieldPath("sale.currency"), "must be three letters A to Z, as in ISO 4217")
        }
        check.holdMilliseconds(sale.hold_ms, FieldPath("sale.hold_ms"))
        check.range(
            sale.limit_per_user, 0...EngineLimits.saleUnitsMax, FieldPath("sale.limit_per_user"))
        return SaleConfiguration(
            name: name, state: state, startsAtMilliseconds: sale.starts_at_ms,
            endsAtMilliseconds: sale.ends_at_ms, currency: currency,
            holdMilliseconds: sale.hold_ms == 0
                ? EngineLimits.holdMillisecondsDefault : sale.hold_ms,
            limitPerUser: sale.limit_per_user)
    }

    /// A later chunk that carries configuration would change nothing; better to say so than to drop it.
    private static func checkNoConfiguration(
        _ sale: Holdfast__V1__Sale, _ check: inout FieldCheck
    ) {
        let only = "must be absent: only chunk 0 carries the sale's configuration"
        let fields: [(StaticString, isSet: Bool)] = [
            ("sale.name", !FieldCheck.view(sale.name).isEmpty),
            ("sale.state", sale.state.rawValue != 0),
            ("sale.starts_at_ms", sale.starts_at_ms != 0),
            ("sale.ends_at_ms", sale.ends_at_ms != 0),
            ("sale.currency", !FieldCheck.view(sale.currency).isEmpty),
            ("sale.hold_ms", sale.hold_ms != 0),
            ("sale.limit_per_user", sale.limit_per_user != 0),
        ]
        for (field, isSet) in fields where isSet { check.add(FieldPath(field), only) }
    }

    private static func commit(
        _ commit: UnsafeMutablePointer<Holdfast__V1__PreloadCommit>?,
        _ check: inout FieldCheck
    ) -> ImportCommit? {
        guard let commit = commit?.pointee else { return nil }
        if commit.chunk_count == 0 {
            check.add(FieldPath("commit.chunk_count"), "must count this chunk too")
        }
        return ImportCommit(
            chunkCount: commit.chunk_count, productCount: commit.product_count,
            purchaseCount: commit.purchase_count, checksum: commit.checksum)
    }

    private static func product(
        _ row: Holdfast__V1__Product, _ index: Int, _ check: inout FieldCheck
    ) -> ProductRow {
        let list: StaticString = "sale.products"
        let productID = check.id(row.product_id, FieldPath(list, index, "product_id"))
        let name = check.text(
            row.name, bytesMax: EngineLimits.nameBytesMax, FieldPath(list, index, "name"))
        check.range(row.total, 0...EngineLimits.saleUnitsMax, FieldPath(list, index, "total"))
        check.range(
            row.price_minor, 0...EngineLimits.priceMinorMax, FieldPath(list, index, "price_minor"))
        check.range(
            row.limit_per_user, 0...EngineLimits.saleUnitsMax,
            FieldPath(list, index, "limit_per_user"))
        let state = ProductStateCode(rawValue: UInt8(clamping: row.state.rawValue))
        if state == nil {
            check.add(FieldPath(list, index, "state"), "must be OPEN, PAUSED or absent")
        }
        return ProductRow(
            productID: productID, name: name, total: row.total, priceMinor: row.price_minor,
            limitPerUser: row.limit_per_user, state: state ?? .unspecified)
    }

    private static func purchase(
        _ row: Holdfast__V1__Purchase, _ index: Int, _ check: inout FieldCheck
    ) -> PurchaseRow {
        let list: StaticString = "sale.purchases"
        let userID = check.id(row.user_id, FieldPath(list, index, "user_id"))
        let productID = check.id(row.product_id, FieldPath(list, index, "product_id"))
        check.range(row.quantity, 1...EngineLimits.quantityMax, FieldPath(list, index, "quantity"))
        let reference = check.reference(row.order_ref, FieldPath(list, index, "order_ref"))
        return PurchaseRow(
            userID: userID, productID: productID, quantity: row.quantity,
            orderReference: reference)
    }
}
