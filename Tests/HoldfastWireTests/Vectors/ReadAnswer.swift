import CHoldfastProto
import HoldfastEngine

/// An answer's bytes turned back into the outcome that the engine would have given, so that the encoder can be asked
/// for the same bytes. Views point into messages that live as long as the tests do.
struct ReadAnswer {
    var outcome: Outcome
    var lines: [LineResult] = []
    var rows: [StockRow] = []

    /// Nil: not a message of an engine's answer.
    init?(_ body: [UInt8], message: String) {
        self.outcome = .pending
        switch message {
        case "ReserveResponse": self.reserve(body)
        case "ConfirmResponse": self.confirm(body)
        case "CancelResponse": self.cancel(body)
        case "ExtendResponse": self.extend(body)
        case "RefundResponse": self.refund(body)
        case "GetReservationResponse": self.getReservation(body)
        case "GetStockResponse": self.getStock(body)
        case "PreloadResponse": self.preload(body)
        case "AdjustStockResponse": self.adjustStock(body)
        case "SetSaleStateResponse": self.setSaleState(body)
        case "SetProductStateResponse": self.setProductState(body)
        case "AcquireLeaseResponse": self.acquireLease(body)
        case "RenewLeaseResponse": self.renewLease(body)
        case "ReleaseLeaseResponse": self.releaseLease(body)
        default: return nil
        }
    }

    private static func view(_ text: UnsafeMutablePointer<CChar>) -> ByteView {
        HoldfastWireTests.view(String(cString: text))
    }

    private mutating func acquireLease(_ body: [UInt8]) {
        let message = holdfast__v1__acquire_lease_response__unpack(nil, body.count, body).pointee
        var outcome = AcquireLeaseOutcome(
            result: LeaseResult(rawValue: UInt8(message.outcome.rawValue))!)
        outcome.fencingToken = message.fencing_token
        outcome.deadlineMilliseconds = message.deadline_ms
        outcome.replayed = message.replayed != 0
        outcome.holder = Self.view(message.holder)
        self.outcome = .acquireLease(outcome)
    }

    private mutating func renewLease(_ body: [UInt8]) {
        let message = holdfast__v1__renew_lease_response__unpack(nil, body.count, body).pointee
        var outcome = RenewLeaseOutcome(
            result: LeaseResult(rawValue: UInt8(message.outcome.rawValue))!)
        outcome.fencingToken = message.fencing_token
        outcome.deadlineMilliseconds = message.deadline_ms
        self.outcome = .renewLease(outcome)
    }

    private mutating func releaseLease(_ body: [UInt8]) {
        let message = holdfast__v1__release_lease_response__unpack(nil, body.count, body).pointee
        var outcome = ReleaseLeaseOutcome(
            result: LeaseResult(rawValue: UInt8(message.outcome.rawValue))!)
        outcome.holder = Self.view(message.holder)
        self.outcome = .releaseLease(outcome)
    }

    private mutating func reserve(_ body: [UInt8]) {
        let message = holdfast__v1__reserve_response__unpack(nil, body.count, body).pointee
        var outcome = ReserveOutcome(
            result: ReserveResult(rawValue: UInt8(message.outcome.rawValue))!,
            reservationID: ReservationID(rawValue: message.reservation_id))
        outcome.deadlineMilliseconds = message.deadline_ms
        outcome.lineCount = message.n_lines
        outcome.replayed = message.replayed != 0
        outcome.state = ReservationState(rawValue: UInt8(message.state.rawValue))!
        outcome.startsInMilliseconds = message.starts_in_ms
        outcome.saleUsed = message.sale_used
        outcome.saleLimit = message.sale_limit
        for index in 0..<message.n_lines {
            let packed = message.lines[index]!.pointee
            var line = LineResult(productID: Self.view(packed.product_id))
            line.granted = packed.granted
            line.left = packed.left
            line.used = packed.used
            line.limit = packed.limit
            line.priceMinor = packed.price_minor
            line.outcome = ReserveResult(rawValue: UInt8(packed.outcome.rawValue))!
            self.lines.append(line)
        }
        self.outcome = .reserve(outcome)
    }

    private mutating func sold(
        _ lines: UnsafeMutablePointer<UnsafeMutablePointer<Holdfast__V1__SoldLine>?>?, _ count: Int
    ) {
        for index in 0..<count {
            let packed = lines![index]!.pointee
            var line = LineResult(productID: Self.view(packed.product_id))
            line.quantity = packed.quantity
            line.priceMinor = packed.price_minor
            self.lines.append(line)
        }
    }

    private mutating func confirm(_ body: [UInt8]) {
        let message = holdfast__v1__confirm_response__unpack(nil, body.count, body).pointee
        var outcome = ConfirmOutcome(
            result: ConfirmResult(rawValue: UInt8(message.outcome.rawValue))!,
            reservationID: ReservationID(rawValue: message.reservation_id))
        outcome.cause = RefundCause(rawValue: UInt8(message.cause.rawValue))!
        outcome.late = message.late != 0
        outcome.replayed = message.replayed != 0
        outcome.state = ReservationState(rawValue: UInt8(message.state.rawValue))!
        outcome.lineCount = message.n_lines
        self.sold(message.lines, message.n_lines)
        self.outcome = .confirm(outcome)
    }

    private mutating func cancel(_ body: [UInt8]) {
        let message = holdfast__v1__cancel_response__unpack(nil, body.count, body).pointee
        var outcome = CancelOutcome(
            result: CancelResult(rawValue: UInt8(message.outcome.rawValue))!,
            reservationID: ReservationID(rawValue: message.reservation_id))
        outcome.state = ReservationState(rawValue: UInt8(message.state.rawValue))!
        outcome.replayed = message.replayed != 0
        self.outcome = .cancel(outcome)
    }

    private mutating func extend(_ body: [UInt8]) {
        let message = holdfast__v1__extend_response__unpack(nil, body.count, body).pointee
        var outcome = ExtendOutcome(
            result: ExtendResult(rawValue: UInt8(message.outcome.rawValue))!,
            reservationID: ReservationID(rawValue: message.reservation_id))
        outcome.deadlineMilliseconds = message.deadline_ms
        outcome.replayed = message.replayed != 0
        outcome.state = ReservationState(rawValue: UInt8(message.state.rawValue))!
        self.outcome = .extend(outcome)
    }

    private mutating func refund(_ body: [UInt8]) {
        let message = holdfast__v1__refund_response__unpack(nil, body.count, body).pointee
        var outcome = RefundOutcome(
            result: RefundResult(rawValue: UInt8(message.outcome.rawValue))!,
            reservationID: ReservationID(rawValue: message.reservation_id))
        outcome.lineCount = message.n_lines
        self.sold(message.lines, message.n_lines)
        outcome.replayed = message.replayed != 0
        outcome.state = ReservationState(rawValue: UInt8(message.state.rawValue))!
        self.outcome = .refund(outcome)
    }

    private mutating func getReservation(_ body: [UInt8]) {
        let message = holdfast__v1__get_reservation_response__unpack(nil, body.count, body).pointee
        var outcome = GetReservationOutcome(
            result: GetReservationResult(rawValue: UInt8(message.outcome.rawValue))!)
        if let reservation = message.reservation?.pointee {
            outcome.reservationID = ReservationID(rawValue: reservation.reservation_id)
            outcome.requestID = RequestID(reading: reservation.request_id.data)
            outcome.userID = Self.view(reservation.user_id)
            outcome.state = ReservationState(rawValue: UInt8(reservation.state.rawValue))!
            outcome.deadlineMilliseconds = reservation.deadline_ms
            outcome.lineCount = reservation.n_lines
            outcome.orderReference = Self.view(reservation.order_ref)
            outcome.paymentReference = Self.view(reservation.payment_ref)
            outcome.late = reservation.late != 0
            outcome.extended = reservation.extended != 0
            outcome.frozen = reservation.frozen != 0
            outcome.cause = RefundCause(rawValue: UInt8(reservation.cause.rawValue))!
            for index in 0..<reservation.n_lines {
                let packed = reservation.lines[index]!.pointee
                var line = LineResult(productID: Self.view(packed.product_id))
                line.granted = packed.granted
                line.quantity = packed.quantity
                line.refunded = packed.refunded
                line.priceMinor = packed.price_minor
                self.lines.append(line)
            }
        }
        self.outcome = .getReservation(outcome)
    }

    private mutating func getStock(_ body: [UInt8]) {
        let message = holdfast__v1__get_stock_response__unpack(nil, body.count, body).pointee
        var outcome = GetStockOutcome(
            result: GetStockResult(rawValue: UInt8(message.outcome.rawValue))!)
        outcome.saleState = SaleStateCode(rawValue: UInt8(message.sale_state.rawValue))!
        outcome.startsAtMilliseconds = message.starts_at_ms
        outcome.endsAtMilliseconds = message.ends_at_ms
        outcome.serverTimeMilliseconds = message.server_time_ms
        outcome.rowCount = message.n_products
        outcome.more = message.next_page_token.pointee != 0
        outcome.saleUsed = message.sale_used
        outcome.saleLimit = message.sale_limit
        outcome.currency = Self.view(message.currency)
        for index in 0..<message.n_products {
            let packed = message.products[index]!.pointee
            var row = StockRow(
                productID: Self.view(packed.product_id), name: Self.view(packed.name))
            row.total = packed.total
            row.available = packed.available
            row.held = packed.held
            row.sold = packed.sold
            row.priceMinor = packed.price_minor
            row.limitPerUser = packed.limit_per_user
            row.state = ProductStateCode(rawValue: UInt8(packed.state.rawValue))!
            row.used = packed.used
            self.rows.append(row)
        }
        self.outcome = .getStock(outcome)
    }

    private mutating func preload(_ body: [UInt8]) {
        let message = holdfast__v1__preload_response__unpack(nil, body.count, body).pointee
        var outcome = ImportOutcome(
            result: ImportResult(rawValue: UInt8(message.outcome.rawValue))!)
        outcome.replayed = message.replayed != 0
        outcome.productsAdded = message.products_added
        outcome.productsUpdated = message.products_updated
        outcome.purchasesSet = message.purchases_set
        self.outcome = .importChunk(outcome)
    }

    private mutating func adjustStock(_ body: [UInt8]) {
        let message = holdfast__v1__adjust_stock_response__unpack(nil, body.count, body).pointee
        var outcome = AdjustStockOutcome(
            result: AdjustStockResult(rawValue: UInt8(message.outcome.rawValue))!)
        outcome.total = message.total
        outcome.available = message.available
        outcome.held = message.held
        outcome.sold = message.sold
        outcome.replayed = message.replayed != 0
        self.outcome = .adjustStock(outcome)
    }

    private mutating func setSaleState(_ body: [UInt8]) {
        let message = holdfast__v1__set_sale_state_response__unpack(nil, body.count, body).pointee
        var outcome = SetSaleStateOutcome(
            result: SetStateResult(rawValue: UInt8(message.outcome.rawValue))!)
        outcome.state = SaleStateCode(rawValue: UInt8(message.state.rawValue))!
        outcome.replayed = message.replayed != 0
        self.outcome = .setSaleState(outcome)
    }

    private mutating func setProductState(_ body: [UInt8]) {
        let message = holdfast__v1__set_product_state_response__unpack(nil, body.count, body)
            .pointee
        var outcome = SetProductStateOutcome(
            result: SetStateResult(rawValue: UInt8(message.outcome.rawValue))!)
        outcome.state = ProductStateCode(rawValue: UInt8(message.state.rawValue))!
        outcome.replayed = message.replayed != 0
        self.outcome = .setProductState(outcome)
    }
}
