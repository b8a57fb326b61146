internal import CHoldfastProto
internal import CProtobufC
internal import HoldfastEngine

/// StockService: unpacked messages → commands. Nil: the arena's cap was reached.
extension RequestDecoder {
    private typealias Lines = UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__Line>?>

    static func reserve(
        _ message: Holdfast__V1__ReserveRequest, _ check: inout FieldCheck, _ arena: inout Arena
    ) -> Decoded? {
        let requestID = check.requestID(message.request_id, FieldPath("request_id"))
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let userID = check.id(message.user_id, FieldPath("user_id"))
        if message.n_lines == 0 { check.add(FieldPath("lines"), "must have at least one line") }
        let lines = Self.lines(
            message.lines, count: message.n_lines, quantityMin: 1, &check, &arena)
        check.holdMilliseconds(message.hold_ms, FieldPath("hold_ms"))
        var client = ClientInfo()
        if let sent = message.client { client = Self.client(sent.pointee, &check) }
        client.challengeSolution = check.text(
            message.challenge_solution, bytesMax: WireLimits.challengeSolutionBytesMax,
            FieldPath("challenge_solution"))
        let orderReference = check.reference(message.order_ref, FieldPath("order_ref"))
        guard let lines, let results = Self.results(lines.count, &arena) else { return nil }
        guard let command = arena.allocateArray(ReserveCommand.self, count: 1) else { return nil }
        command.initialize(
            to: ReserveCommand(
                requestID: requestID, saleID: saleID, userID: userID, lines: lines,
                holdMilliseconds: message.hold_ms, allowPartial: message.allow_partial != 0,
                verdict: .allow, orderReference: orderReference, results: results))
        return .engine(.reserve(command), client)
    }

    static func confirm(
        _ message: Holdfast__V1__ConfirmRequest, _ check: inout FieldCheck, _ arena: inout Arena
    ) -> Decoded? {
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let which = message.target_case.rawValue
        let target = check.target(
            which, reservationID: which == 2 ? message.reservation_id : 0,
            requestID: which == 3 ? message.request_id : ProtobufCBinaryData())
        let lines = Self.lines(
            message.lines, count: message.n_lines, quantityMin: 0, &check, &arena)
        let reference = check.reference(message.payment_ref, FieldPath("payment_ref"))
        guard let lines, let results = Self.results(EngineLimits.linesMax, &arena) else {
            return nil
        }
        let command = ConfirmCommand(
            saleID: saleID, target: target, lines: lines, paymentReference: reference,
            results: results)
        return .engine(.confirm(command), ClientInfo())
    }

    static func cancel(
        _ message: Holdfast__V1__CancelRequest, _ check: inout FieldCheck
    ) -> Decoded? {
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let which = message.target_case.rawValue
        let target = check.target(
            which, reservationID: which == 2 ? message.reservation_id : 0,
            requestID: which == 3 ? message.request_id : ProtobufCBinaryData())
        let reason = message.reason.rawValue
        guard reason <= WireLimits.cancelReasonMax else {
            check.add(
                FieldPath("reason"), "must be a CancelReason, not \(Int32(bitPattern: reason))")
            return nil
        }
        let command = CancelCommand(saleID: saleID, target: target, reason: UInt8(reason))
        return .engine(.cancel(command), ClientInfo())
    }

    static func extend(
        _ message: Holdfast__V1__ExtendRequest, _ check: inout FieldCheck
    ) -> Decoded? {
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let which = message.target_case.rawValue
        let target = check.target(
            which, reservationID: which == 2 ? message.reservation_id : 0,
            requestID: which == 3 ? message.request_id : ProtobufCBinaryData())
        check.holdMilliseconds(message.extend_ms, FieldPath("extend_ms"))
        let command = ExtendCommand(
            saleID: saleID, target: target, extendMilliseconds: message.extend_ms)
        return .engine(.extend(command), ClientInfo())
    }

    static func refund(
        _ message: Holdfast__V1__RefundRequest, _ check: inout FieldCheck, _ arena: inout Arena
    ) -> Decoded? {
        let requestID = check.requestID(message.request_id, FieldPath("request_id"))
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        if message.reservation_id == 0 {
            check.add(FieldPath("reservation_id"), "must be an id that Reserve gave, not 0")
        }
        let lines = Self.lines(
            message.lines, count: message.n_lines, quantityMin: 1, &check, &arena)
        let reference = check.reference(message.refund_ref, FieldPath("refund_ref"))
        guard let lines, let results = Self.results(EngineLimits.linesMax, &arena) else {
            return nil
        }
        let command = RefundCommand(
            requestID: requestID, saleID: saleID,
            reservationID: ReservationID(rawValue: message.reservation_id), lines: lines,
            restock: message.restock != 0, refundReference: reference, results: results)
        return .engine(.refund(command), ClientInfo())
    }

    static func getReservation(
        _ message: Holdfast__V1__GetReservationRequest, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> Decoded? {
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let which = message.target_case.rawValue
        let target = check.target(
            which, reservationID: which == 2 ? message.reservation_id : 0,
            requestID: which == 3 ? message.request_id : ProtobufCBinaryData())
        guard let results = Self.results(EngineLimits.linesMax, &arena) else { return nil }
        let command = GetReservationCommand(saleID: saleID, target: target, results: results)
        return .engine(.getReservation(command), ClientInfo())
    }

    static func getStock(
        _ message: Holdfast__V1__GetStockRequest, _ check: inout FieldCheck, _ arena: inout Arena
    ) -> Decoded? {
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let userID = check.reference(message.user_id, FieldPath("user_id"))
        let after = check.reference(message.page_token, FieldPath("page_token"))
        let count = message.n_product_ids
        guard count <= WireLimits.stockProductsMax else {
            check.add(
                FieldPath("product_ids"),
                "must name at most \(WireLimits.stockProductsMax) products, not \(count)")
            return nil
        }
        let rowsMax = max(Self.pageSize(message.page_size), count)
        guard let products = arena.allocateArray(ByteView.self, count: count),
            let rows = arena.allocateArray(StockRow.self, count: rowsMax)
        else { return nil }
        for index in 0..<count {
            let productID = check.id(
                message.product_ids[index], FieldPath("product_ids", index, ""))
            (products + index).initialize(to: productID)
        }
        let command = GetStockCommand(
            saleID: saleID, productIDs: UnsafeBufferPointer(start: products, count: count),
            userID: userID, afterProductID: after, rows: rows, rowsMax: rowsMax)
        return .engine(.getStock(command), ClientInfo())
    }

    static func checkRisk(
        _ message: Holdfast__V1__CheckRiskRequest, _ check: inout FieldCheck, _ arena: inout Arena
    ) -> Decoded? {
        let saleID = check.id(message.sale_id, FieldPath("sale_id"))
        let userID = check.id(message.user_id, FieldPath("user_id"))
        let lines = Self.lines(
            message.lines, count: message.n_lines, quantityMin: 1, &check, &arena)
        var client = ClientInfo()
        if let sent = message.client { client = Self.client(sent.pointee, &check) }
        guard let lines else { return nil }
        return .checkRisk(
            RiskQuery(saleID: saleID, userID: userID, lines: lines, client: client))
    }

    static func ping(
        _ message: Holdfast__V1__PingRequest, _ check: inout FieldCheck
    ) -> Decoded? {
        let payload = FieldCheck.view(message.payload)
        guard payload.count <= WireLimits.pingPayloadBytesMax else {
            check.add(
                FieldPath("payload"),
                "must be at most \(WireLimits.pingPayloadBytesMax) bytes, not \(payload.count)")
            return nil
        }
        return .ping(payload: payload)
    }

    /// 0 takes the largest page; more than that gets the largest page.
    static func pageSize(_ wanted: UInt32) -> Int {
        wanted == 0 ? WireLimits.pageRowsMax : min(Int(wanted), WireLimits.pageRowsMax)
    }

    private static func results(_ count: Int, _ arena: inout Arena) -> LineResults? {
        arena.allocateArray(LineResult.self, count: count)
    }

    private static func client(
        _ message: Holdfast__V1__Client, _ check: inout FieldCheck
    ) -> ClientInfo {
        var client = ClientInfo()
        client.ip = FieldCheck.view(message.ip)
        if client.hasIP && !IPText.isAddress(client.ip) {
            check.add(FieldPath("client.ip"), "must be an IPv4 or IPv6 address in text")
        }
        client.deviceID = check.reference(message.device_id, FieldPath("client.device_id"))
        client.accountCreatedMilliseconds = message.account_created_ms
        check.range(
            message.account_created_ms, 0...EngineLimits.timeMillisecondsMax,
            FieldPath("client.account_created_ms"))
        client.identity = check.text(
            message.identity, bytesMax: WireLimits.identityBytesMax, FieldPath("client.identity"))
        return client
    }

    /// Sums the lines of one product, in order of first mention. Nil: out of memory, or more products than may be.
    private static func lines(
        _ lines: Lines?, count: Int, quantityMin: Int64, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> LineRequests? {
        guard
            let room = arena.allocateArray(
                LineRequest.self, count: min(count, EngineLimits.linesMax))
        else { return nil }
        var used = 0
        for index in 0..<count {
            guard let line = lines?[index]?.pointee else { continue }
            let productID = check.id(line.product_id, FieldPath("lines", index, "product_id"))
            let quantityPath = FieldPath("lines", index, "quantity")
            let quantities = quantityMin...EngineLimits.quantityMax
            check.range(line.quantity, quantities, quantityPath)
            let quantity = quantities.contains(line.quantity) ? line.quantity : 0
            if let known = (0..<used).first(where: { room[$0].productID.equals(productID) }) {
                room[known].quantity += quantity
                if room[known].quantity > EngineLimits.quantityMax {
                    check.add(
                        quantityPath,
                        "must leave the product's sum at most \(EngineLimits.quantityMax)")
                }
                continue
            }
            guard used < EngineLimits.linesMax else {
                check.add(
                    FieldPath("lines"),
                    "must name at most \(EngineLimits.linesMax) different products")
                return nil
            }
            (room + used).initialize(to: LineRequest(productID: productID, quantity: quantity))
            used += 1
        }
        return LineRequests(start: room, count: used)
    }
}
