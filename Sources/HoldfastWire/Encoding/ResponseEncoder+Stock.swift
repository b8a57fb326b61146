internal import CHoldfastProto
internal import CProtobufC
internal import HoldfastEngine

/// StockService's answers but Reserve's, through protobuf-c.
extension ResponseEncoder {
    @inline(never)
    static func encodeSlowly(
        _ call: borrowing Call, callID: UInt32, to room: UnsafeMutableRawPointer,
        arena: inout Arena
    ) -> Int {
        let max = Self.byteCountMax(for: call)
        switch (call.outcome, call.command) {
        case (.refused(let refusal), _):
            let status = RefusalStatus.status(for: refusal)
            let byteCount = Self.encode(status: status, callID: callID, to: room, arena: &arena)
            precondition(byteCount <= max)
            return byteCount
        case (.confirm(let outcome), .confirm(let command)):
            var message = Self.message(outcome, command.results, &arena)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.cancel(let outcome), _):
            var message = Self.message(outcome)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.extend(let outcome), _):
            var message = Self.message(outcome)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.refund(let outcome), .refund(let command)):
            var message = Self.message(outcome, command.results, &arena)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.getReservation(let outcome), .getReservation(let command)):
            var message = Self.message(outcome, command.results, &arena)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.getStock(let outcome), .getStock(let command)):
            var message = Self.message(outcome, command, &arena)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.acquireLease, _), (.renewLease, _), (.releaseLease, _):
            return Self.encodeLease(call, callID: callID, to: room, &arena)
        case (.blacklistChange, _), (.blacklistList, _):
            return Self.encodeBlacklist(call, callID: callID, to: room, max, &arena)
        default:
            return Self.encodeAdmin(call, callID: callID, to: room, max, &arena)
        }
    }

    private static func message(
        _ outcome: ConfirmOutcome, _ results: LineResults, _ arena: inout Arena
    ) -> Holdfast__V1__ConfirmResponse {
        var message = Holdfast__V1__ConfirmResponse()
        holdfast__v1__confirm_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.reservation_id = outcome.reservationID.rawValue
        message.cause = .init(UInt32(outcome.cause.rawValue))
        message.late = outcome.late ? 1 : 0
        message.replayed = outcome.replayed ? 1 : 0
        message.state = .init(UInt32(outcome.state.rawValue))
        message.n_lines = outcome.lineCount
        message.lines = Self.soldLines(results, count: outcome.lineCount, &arena)
        return message
    }

    private static func message(_ outcome: CancelOutcome) -> Holdfast__V1__CancelResponse {
        var message = Holdfast__V1__CancelResponse()
        holdfast__v1__cancel_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.reservation_id = outcome.reservationID.rawValue
        message.state = .init(UInt32(outcome.state.rawValue))
        message.replayed = outcome.replayed ? 1 : 0
        return message
    }

    private static func message(_ outcome: ExtendOutcome) -> Holdfast__V1__ExtendResponse {
        var message = Holdfast__V1__ExtendResponse()
        holdfast__v1__extend_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.reservation_id = outcome.reservationID.rawValue
        message.deadline_ms = outcome.deadlineMilliseconds
        message.replayed = outcome.replayed ? 1 : 0
        message.state = .init(UInt32(outcome.state.rawValue))
        return message
    }

    private static func message(
        _ outcome: RefundOutcome, _ results: LineResults, _ arena: inout Arena
    ) -> Holdfast__V1__RefundResponse {
        var message = Holdfast__V1__RefundResponse()
        holdfast__v1__refund_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.reservation_id = outcome.reservationID.rawValue
        message.n_lines = outcome.lineCount
        message.lines = Self.soldLines(results, count: outcome.lineCount, &arena)
        message.replayed = outcome.replayed ? 1 : 0
        message.state = .init(UInt32(outcome.state.rawValue))
        return message
    }

    private static func message(
        _ outcome: GetReservationOutcome, _ results: LineResults, _ arena: inout Arena
    ) -> Holdfast__V1__GetReservationResponse {
        var message = Holdfast__V1__GetReservationResponse()
        holdfast__v1__get_reservation_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        if outcome.result == .found {
            let reservation = arena.allocateAnswerArray(Holdfast__V1__Reservation.self, count: 1)
            reservation.initialize(to: Self.reservation(outcome, results, &arena))
            message.reservation = reservation
        }
        return message
    }

    private static func reservation(
        _ outcome: GetReservationOutcome, _ results: LineResults, _ arena: inout Arena
    ) -> Holdfast__V1__Reservation {
        var message = Holdfast__V1__Reservation()
        holdfast__v1__reservation__init(&message)
        let requestID = arena.allocateAnswerArray(UInt8.self, count: 16)
        outcome.requestID.write(to: requestID)
        message.reservation_id = outcome.reservationID.rawValue
        message.request_id = ProtobufCBinaryData(len: 16, data: requestID)
        message.user_id = MessagePacker.text(outcome.userID, &arena)
        message.state = .init(UInt32(outcome.state.rawValue))
        message.deadline_ms = outcome.deadlineMilliseconds
        message.order_ref = MessagePacker.text(outcome.orderReference, &arena)
        message.payment_ref = MessagePacker.text(outcome.paymentReference, &arena)
        message.late = outcome.late ? 1 : 0
        message.extended = outcome.extended ? 1 : 0
        message.frozen = outcome.frozen ? 1 : 0
        message.cause = .init(UInt32(outcome.cause.rawValue))
        let lines = MessagePacker.list(
            Holdfast__V1__ReservationLine.self, count: outcome.lineCount, &arena)
        for index in 0..<outcome.lineCount {
            let line = lines[index]!  // `list` fills every pointer.
            holdfast__v1__reservation_line__init(line)
            line.pointee.product_id = MessagePacker.text(results[index].productID, &arena)
            line.pointee.granted = results[index].granted
            line.pointee.quantity = results[index].quantity
            line.pointee.refunded = results[index].refunded
            line.pointee.price_minor = results[index].priceMinor
        }
        message.n_lines = outcome.lineCount
        message.lines = lines
        return message
    }

    /// Rows that do not fit into the frame any more are left for the next page.
    private static func message(
        _ outcome: GetStockOutcome, _ command: GetStockCommand, _ arena: inout Arena
    ) -> Holdfast__V1__GetStockResponse {
        var message = Holdfast__V1__GetStockResponse()
        holdfast__v1__get_stock_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.sale_state = .init(UInt32(outcome.saleState.rawValue))
        message.starts_at_ms = outcome.startsAtMilliseconds
        message.ends_at_ms = outcome.endsAtMilliseconds
        message.server_time_ms = outcome.serverTimeMilliseconds
        message.sale_used = outcome.saleUsed
        message.sale_limit = outcome.saleLimit
        message.currency = MessagePacker.text(outcome.currency, &arena)
        let rows = MessagePacker.list(
            Holdfast__V1__ProductStock.self, count: outcome.rowCount, &arena)
        var bytesLeft = Self.frameBytesMax - FrameHeader.byteCount - Self.fixedBytesMax
        var fitting = 0
        while fitting < outcome.rowCount {
            let row = rows[fitting]!  // `list` fills every pointer.
            row.initialize(to: Self.row(command.rows[fitting], &arena))
            bytesLeft -= MessagePacker.packedByteCount(&row.pointee) + 4
            if bytesLeft < 0 { break }
            fitting += 1
        }
        message.n_products = fitting
        message.products = rows
        if fitting > 0 && (outcome.more || fitting < outcome.rowCount) {
            message.next_page_token = MessagePacker.text(
                command.rows[fitting - 1].productID, &arena)
        }
        return message
    }

    private static func row(
        _ row: StockRow, _ arena: inout Arena
    ) -> Holdfast__V1__ProductStock {
        var message = Holdfast__V1__ProductStock()
        holdfast__v1__product_stock__init(&message)
        message.product_id = MessagePacker.text(row.productID, &arena)
        message.name = MessagePacker.text(row.name, &arena)
        message.total = row.total
        message.available = row.available
        message.held = row.held
        message.sold = row.sold
        message.price_minor = row.priceMinor
        message.limit_per_user = row.limitPerUser
        message.state = .init(UInt32(row.state.rawValue))
        message.used = row.used
        return message
    }

    private static func soldLines(
        _ results: LineResults, count: Int, _ arena: inout Arena
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__SoldLine>?> {
        let lines = MessagePacker.list(Holdfast__V1__SoldLine.self, count: count, &arena)
        for index in 0..<count {
            let line = lines[index]!  // `list` fills every pointer.
            holdfast__v1__sold_line__init(line)
            line.pointee.product_id = MessagePacker.text(results[index].productID, &arena)
            line.pointee.quantity = results[index].quantity
            line.pointee.price_minor = results[index].priceMinor
        }
        return lines
    }
}
