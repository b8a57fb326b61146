// StockService answers from protobuf bytes, by way of protobuf-c.

import CHoldfastProto
import CProtobufC

extension ReserveResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__reserve_response__unpack,
            holdfast__v1__reserve_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__ReserveResponse) {
        self.init(
            outcome: ReserveOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            reservationID: ReservationID(raw.reservation_id),
            deadlineMilliseconds: Int(raw.deadline_ms),
            lines: ProtobufReader.messages(raw.lines, raw.n_lines).map { ReservedLine($0) },
            replayed: raw.replayed != 0,
            state: ReservationState(number: Int32(bitPattern: raw.state.rawValue)),
            startsInMilliseconds: Int(raw.starts_in_ms),
            saleUsed: Int(raw.sale_used),
            saleLimit: Int(raw.sale_limit))
    }
}

extension ConfirmResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__confirm_response__unpack,
            holdfast__v1__confirm_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__ConfirmResponse) {
        self.init(
            outcome: ConfirmOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            reservationID: ReservationID(raw.reservation_id),
            cause: RefundCause(number: Int32(bitPattern: raw.cause.rawValue)),
            late: raw.late != 0,
            replayed: raw.replayed != 0,
            state: ReservationState(number: Int32(bitPattern: raw.state.rawValue)),
            lines: ProtobufReader.messages(raw.lines, raw.n_lines).map { SoldLine($0) })
    }
}

extension CancelResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__cancel_response__unpack,
            holdfast__v1__cancel_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__CancelResponse) {
        self.init(
            outcome: CancelOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            reservationID: ReservationID(raw.reservation_id),
            state: ReservationState(number: Int32(bitPattern: raw.state.rawValue)),
            replayed: raw.replayed != 0)
    }
}

extension ExtendResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__extend_response__unpack,
            holdfast__v1__extend_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__ExtendResponse) {
        self.init(
            outcome: ExtendOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            reservationID: ReservationID(raw.reservation_id),
            deadlineMilliseconds: Int(raw.deadline_ms),
            replayed: raw.replayed != 0,
            state: ReservationState(number: Int32(bitPattern: raw.state.rawValue)))
    }
}

extension RefundResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__refund_response__unpack,
            holdfast__v1__refund_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__RefundResponse) {
        self.init(
            outcome: RefundOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            reservationID: ReservationID(raw.reservation_id),
            lines: ProtobufReader.messages(raw.lines, raw.n_lines).map { SoldLine($0) },
            replayed: raw.replayed != 0,
            state: ReservationState(number: Int32(bitPattern: raw.state.rawValue)))
    }
}

extension GetReservationResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__get_reservation_response__unpack,
            holdfast__v1__get_reservation_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__GetReservationResponse) {
        self.init(
            outcome: GetReservationOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            reservation: raw.reservation.map { Reservation($0.pointee) })
    }
}

extension GetStockResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__get_stock_response__unpack,
            holdfast__v1__get_stock_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__GetStockResponse) {
        self.init(
            outcome: GetStockOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            saleState: SaleState(number: Int32(bitPattern: raw.sale_state.rawValue)),
            startsAtMilliseconds: Int(raw.starts_at_ms),
            endsAtMilliseconds: Int(raw.ends_at_ms),
            serverTimeMilliseconds: Int(raw.server_time_ms),
            products: ProtobufReader.messages(raw.products, raw.n_products).map {
                ProductStock($0)
            },
            nextPageToken: ProtobufReader.string(raw.next_page_token),
            saleUsed: Int(raw.sale_used),
            saleLimit: Int(raw.sale_limit),
            currency: ProtobufReader.string(raw.currency))
    }
}

extension PingResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__ping_response__unpack, holdfast__v1__ping_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__PingResponse) {
        self.init(
            payload: ProtobufReader.bytes(raw.payload),
            serverTimeMilliseconds: Int(raw.server_time_ms))
    }
}

extension ReservedLine {
    init(_ raw: Holdfast__V1__ReservedLine) {
        self.init(
            productID: ProtobufReader.string(raw.product_id),
            granted: Int(raw.granted),
            left: Int(raw.left),
            used: Int(raw.used),
            limit: Int(raw.limit),
            priceMinor: Int(raw.price_minor),
            outcome: ReserveOutcome(number: Int32(bitPattern: raw.outcome.rawValue)))
    }
}

extension SoldLine {
    init(_ raw: Holdfast__V1__SoldLine) {
        self.init(
            productID: ProtobufReader.string(raw.product_id),
            quantity: Int(raw.quantity),
            priceMinor: Int(raw.price_minor))
    }
}

extension Reservation {
    init(_ raw: Holdfast__V1__Reservation) {
        self.init(
            reservationID: ReservationID(raw.reservation_id),
            requestID: RequestID(bytes: ProtobufReader.bytes(raw.request_id)) ?? .zero,
            userID: ProtobufReader.string(raw.user_id),
            state: ReservationState(number: Int32(bitPattern: raw.state.rawValue)),
            deadlineMilliseconds: Int(raw.deadline_ms),
            lines: ProtobufReader.messages(raw.lines, raw.n_lines).map { ReservationLine($0) },
            orderReference: ProtobufReader.string(raw.order_ref),
            paymentReference: ProtobufReader.string(raw.payment_ref),
            late: raw.late != 0,
            extended: raw.extended != 0,
            frozen: raw.frozen != 0,
            cause: RefundCause(number: Int32(bitPattern: raw.cause.rawValue)))
    }
}

extension ReservationLine {
    init(_ raw: Holdfast__V1__ReservationLine) {
        self.init(
            productID: ProtobufReader.string(raw.product_id),
            granted: Int(raw.granted),
            quantity: Int(raw.quantity),
            refunded: Int(raw.refunded),
            priceMinor: Int(raw.price_minor))
    }
}

extension ProductStock {
    init(_ raw: Holdfast__V1__ProductStock) {
        self.init(
            productID: ProtobufReader.string(raw.product_id),
            name: ProtobufReader.string(raw.name),
            total: Int(raw.total),
            available: Int(raw.available),
            held: Int(raw.held),
            sold: Int(raw.sold),
            priceMinor: Int(raw.price_minor),
            limitPerUser: Int(raw.limit_per_user),
            state: ProductState(number: Int32(bitPattern: raw.state.rawValue)),
            used: Int(raw.used))
    }
}
