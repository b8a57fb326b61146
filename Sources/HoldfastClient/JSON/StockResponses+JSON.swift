// StockService answers as JSON.

extension ReserveResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("reservationId", .string(self.reservationID.description)),
            ("deadlineMs", .integer(self.deadlineMilliseconds)),
            ("lines", .array(self.lines.map(\.json))),
            ("replayed", .bool(self.replayed)),
            ("state", .string(self.state.protocolName)),
            ("startsInMs", .integer(self.startsInMilliseconds)),
            ("saleUsed", .integer(self.saleUsed)),
            ("saleLimit", .integer(self.saleLimit)),
        ])
    }
}

extension ConfirmResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("reservationId", .string(self.reservationID.description)),
            ("cause", .string(self.cause.protocolName)),
            ("late", .bool(self.late)),
            ("replayed", .bool(self.replayed)),
            ("state", .string(self.state.protocolName)),
            ("lines", .array(self.lines.map(\.json))),
        ])
    }
}

extension CancelResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("reservationId", .string(self.reservationID.description)),
            ("state", .string(self.state.protocolName)),
            ("replayed", .bool(self.replayed)),
        ])
    }
}

extension ExtendResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("reservationId", .string(self.reservationID.description)),
            ("deadlineMs", .integer(self.deadlineMilliseconds)),
            ("replayed", .bool(self.replayed)),
            ("state", .string(self.state.protocolName)),
        ])
    }
}

extension RefundResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("reservationId", .string(self.reservationID.description)),
            ("lines", .array(self.lines.map(\.json))),
            ("replayed", .bool(self.replayed)),
            ("state", .string(self.state.protocolName)),
        ])
    }
}

extension GetReservationResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("reservation", self.reservation?.json ?? .null),
        ])
    }
}

extension GetStockResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("outcome", .string(self.outcome.protocolName)),
            ("saleState", .string(self.saleState.protocolName)),
            ("startsAtMs", .integer(self.startsAtMilliseconds)),
            ("endsAtMs", .integer(self.endsAtMilliseconds)),
            ("serverTimeMs", .integer(self.serverTimeMilliseconds)),
            ("products", .array(self.products.map(\.json))),
            ("nextPageToken", .string(self.nextPageToken)),
            ("saleUsed", .integer(self.saleUsed)),
            ("saleLimit", .integer(self.saleLimit)),
            ("currency", .string(self.currency)),
        ])
    }
}

extension PingResponse {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("payload", .string(ProtobufReader.hex(self.payload))),
            ("serverTimeMs", .integer(self.serverTimeMilliseconds)),
        ])
    }
}

extension ReservedLine {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("productId", .string(self.productID)),
            ("granted", .integer(self.granted)),
            ("left", .integer(self.left)),
            ("used", .integer(self.used)),
            ("limit", .integer(self.limit)),
            ("priceMinor", .integer(self.priceMinor)),
            ("outcome", .string(self.outcome.protocolName)),
        ])
    }
}

extension SoldLine {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("productId", .string(self.productID)),
            ("quantity", .integer(self.quantity)),
            ("priceMinor", .integer(self.priceMinor)),
        ])
    }
}

extension Reservation {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("reservationId", .string(self.reservationID.description)),
            ("requestId", .string(self.requestID.description)),
            ("userId", .string(self.userID)),
            ("state", .string(self.state.protocolName)),
            ("deadlineMs", .integer(self.deadlineMilliseconds)),
            ("lines", .array(self.lines.map(\.json))),
            ("orderRef", .string(self.orderReference)),
            ("paymentRef", .string(self.paymentReference)),
            ("late", .bool(self.late)),
            ("extended", .bool(self.extended)),
            ("frozen", .bool(self.frozen)),
            ("cause", .string(self.cause.protocolName)),
        ])
    }
}

extension ReservationLine {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("productId", .string(self.productID)),
            ("granted", .integer(self.granted)),
            ("quantity", .integer(self.quantity)),
            ("refunded", .integer(self.refunded)),
            ("priceMinor", .integer(self.priceMinor)),
        ])
    }
}

extension ProductStock {
    /// The fields under the names that protobuf's JSON mapping gives them.
    package var json: JSONValue {
        .object([
            ("productId", .string(self.productID)),
            ("name", .string(self.name)),
            ("total", .integer(self.total)),
            ("available", .integer(self.available)),
            ("held", .integer(self.held)),
            ("sold", .integer(self.sold)),
            ("priceMinor", .integer(self.priceMinor)),
            ("limitPerUser", .integer(self.limitPerUser)),
            ("state", .string(self.state.protocolName)),
            ("used", .integer(self.used)),
        ])
    }
}
