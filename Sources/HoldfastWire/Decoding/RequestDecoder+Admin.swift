internal import CHoldfastProto
internal import HoldfastEngine

/// AdminService: unpacked messages → commands. Nil: the arena's cap was reached.
extension RequestDecoder {
    static func adjustStock(
        _ message: Holdfast__V1__AdjustStockRequest, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> Decoded? {
        let requestID = check.requestID(message.request_id, FieldPath("request_id"))
        let lease = Self.proof(message.lease, &check, &arena)
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let productID = check.id(message.product_id, FieldPath("product_id"))
        let delta = FieldPath("delta")
        let unitsMax = EngineLimits.saleUnitsMax
        check.range(message.delta, -unitsMax...unitsMax, delta)
        if message.delta == 0 { check.add(delta, "must not be 0") }
        let command = AdjustStockCommand(
            requestID: requestID, saleID: saleID, productID: productID, delta: message.delta,
            validateOnly: message.validate_only != 0, lease: lease)
        return .engine(.adjustStock(command), ClientInfo())
    }

    static func setSaleState(
        _ message: Holdfast__V1__SetSaleStateRequest, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> Decoded? {
        let requestID = check.requestID(message.request_id, FieldPath("request_id"))
        let lease = Self.proof(message.lease, &check, &arena)
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let states: [SaleStateCode] = [.open, .paused, .closed]
        guard let state = states.first(where: { UInt32($0.rawValue) == message.state.rawValue })
        else {
            check.add(FieldPath("state"), "must be OPEN, PAUSED or CLOSED")
            return nil
        }
        let command = SetSaleStateCommand(
            requestID: requestID, saleID: saleID, state: state,
            validateOnly: message.validate_only != 0, lease: lease)
        return .engine(.setSaleState(command), ClientInfo())
    }

    static func setProductState(
        _ message: Holdfast__V1__SetProductStateRequest, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> Decoded? {
        let requestID = check.requestID(message.request_id, FieldPath("request_id"))
        let lease = Self.proof(message.lease, &check, &arena)
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let productID = check.id(message.product_id, FieldPath("product_id"))
        let states: [ProductStateCode] = [.open, .paused]
        guard let state = states.first(where: { UInt32($0.rawValue) == message.state.rawValue })
        else {
            check.add(FieldPath("state"), "must be OPEN or PAUSED")
            return nil
        }
        let command = SetProductStateCommand(
            requestID: requestID, saleID: saleID, productID: productID, state: state,
            validateOnly: message.validate_only != 0, lease: lease)
        return .engine(.setProductState(command), ClientInfo())
    }

    static func listSales(
        _ message: Holdfast__V1__ListSalesRequest, _ check: inout FieldCheck
    ) -> Decoded? {
        let token = check.reference(message.page_token, FieldPath("page_token"))
        return .listSales(pageSize: Self.pageSize(message.page_size), pageToken: token)
    }
}
