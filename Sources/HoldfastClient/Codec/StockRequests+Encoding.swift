// StockService requests to protobuf bytes, by way of protobuf-c.

import CHoldfastProto
import CProtobufC
package import HoldfastWire

extension ReserveRequest: WireRequest {
    package typealias Response = ReserveResponse
    package static var method: Method { .reserve }
    package var idempotencyKey: RequestID? { self.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__ReserveRequest()
        holdfast__v1__reserve_request__init(&raw)
        raw.request_id = scratch.bytes(self.requestID.bytes)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        raw.user_id = scratch.string(self.userID, "user_id")
        raw.n_lines = self.lines.count
        raw.lines = scratch.pointers(
            self.lines.enumerated().map { index, value in
                scratch.message(holdfast__v1__line__init, "lines[\(index)].") {
                    value.fill(&$0, scratch)
                }
            })
        raw.hold_ms = Int64(self.holdMilliseconds)
        if let client = self.client {
            raw.client = scratch.message(holdfast__v1__client__init, "client.") {
                client.fill(&$0, scratch)
            }
        }
        raw.challenge_solution = scratch.string(self.challengeSolution, "challenge_solution")
        raw.allow_partial = self.allowPartial ? 1 : 0
        raw.order_ref = scratch.string(self.orderReference, "order_ref")
        return scratch.packed(&raw)
    }
}

extension ConfirmRequest: WireRequest {
    package typealias Response = ConfirmResponse
    package static var method: Method { .confirm }
    package var idempotencyKey: RequestID? { self.target.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__ConfirmRequest()
        holdfast__v1__confirm_request__init(&raw)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        switch self.target {
        case .reservation(let id):
            raw.target_case = HOLDFAST__V1__CONFIRM_REQUEST__TARGET_RESERVATION_ID
            raw.reservation_id = id.rawValue
        case .request(let id):
            raw.target_case = HOLDFAST__V1__CONFIRM_REQUEST__TARGET_REQUEST_ID
            raw.request_id = scratch.bytes(id.bytes)
        }
        raw.n_lines = self.lines.count
        raw.lines = scratch.pointers(
            self.lines.enumerated().map { index, value in
                scratch.message(holdfast__v1__line__init, "lines[\(index)].") {
                    value.fill(&$0, scratch)
                }
            })
        raw.payment_ref = scratch.string(self.paymentReference, "payment_ref")
        return scratch.packed(&raw)
    }
}

extension CancelRequest: WireRequest {
    package typealias Response = CancelResponse
    package static var method: Method { .cancel }
    package var idempotencyKey: RequestID? { self.target.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__CancelRequest()
        holdfast__v1__cancel_request__init(&raw)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        switch self.target {
        case .reservation(let id):
            raw.target_case = HOLDFAST__V1__CANCEL_REQUEST__TARGET_RESERVATION_ID
            raw.reservation_id = id.rawValue
        case .request(let id):
            raw.target_case = HOLDFAST__V1__CANCEL_REQUEST__TARGET_REQUEST_ID
            raw.request_id = scratch.bytes(id.bytes)
        }
        raw.reason = Holdfast__V1__CancelReason(UInt32(bitPattern: self.reason.number))
        return scratch.packed(&raw)
    }
}

extension ExtendRequest: WireRequest {
    package typealias Response = ExtendResponse
    package static var method: Method { .extend }
    package var idempotencyKey: RequestID? { self.target.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__ExtendRequest()
        holdfast__v1__extend_request__init(&raw)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        switch self.target {
        case .reservation(let id):
            raw.target_case = HOLDFAST__V1__EXTEND_REQUEST__TARGET_RESERVATION_ID
            raw.reservation_id = id.rawValue
        case .request(let id):
            raw.target_case = HOLDFAST__V1__EXTEND_REQUEST__TARGET_REQUEST_ID
            raw.request_id = scratch.bytes(id.bytes)
        }
        raw.extend_ms = Int64(self.extendMilliseconds)
        return scratch.packed(&raw)
    }
}

extension RefundRequest: WireRequest {
    package typealias Response = RefundResponse
    package static var method: Method { .refund }
    package var idempotencyKey: RequestID? { self.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__RefundRequest()
        holdfast__v1__refund_request__init(&raw)
        raw.request_id = scratch.bytes(self.requestID.bytes)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        raw.reservation_id = self.reservationID.rawValue
        raw.n_lines = self.lines.count
        raw.lines = scratch.pointers(
            self.lines.enumerated().map { index, value in
                scratch.message(holdfast__v1__line__init, "lines[\(index)].") {
                    value.fill(&$0, scratch)
                }
            })
        raw.restock = self.restock ? 1 : 0
        raw.refund_ref = scratch.string(self.refundReference, "refund_ref")
        return scratch.packed(&raw)
    }
}

extension GetReservationRequest: WireRequest {
    package typealias Response = GetReservationResponse
    package static var method: Method { .getReservation }
    package var idempotencyKey: RequestID? { self.target.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__GetReservationRequest()
        holdfast__v1__get_reservation_request__init(&raw)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        switch self.target {
        case .reservation(let id):
            raw.target_case = HOLDFAST__V1__GET_RESERVATION_REQUEST__TARGET_RESERVATION_ID
            raw.reservation_id = id.rawValue
        case .request(let id):
            raw.target_case = HOLDFAST__V1__GET_RESERVATION_REQUEST__TARGET_REQUEST_ID
            raw.request_id = scratch.bytes(id.bytes)
        }
        return scratch.packed(&raw)
    }
}

extension GetStockRequest: WireRequest {
    package typealias Response = GetStockResponse
    package static var method: Method { .getStock }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__GetStockRequest()
        holdfast__v1__get_stock_request__init(&raw)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        raw.n_product_ids = self.productIDs.count
        raw.product_ids = scratch.pointers(
            self.productIDs.map { scratch.string($0, "product_ids") })
        raw.user_id = scratch.string(self.userID, "user_id")
        raw.page_size = UInt32(clamping: self.pageSize)
        raw.page_token = scratch.string(self.pageToken, "page_token")
        return scratch.packed(&raw)
    }
}

extension PingRequest: WireRequest {
    package typealias Response = PingResponse
    package static var method: Method { .ping }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__PingRequest()
        holdfast__v1__ping_request__init(&raw)
        raw.payload = scratch.bytes(self.payload)
        return scratch.packed(&raw)
    }
}

extension StockLine {
    func fill(_ raw: inout Holdfast__V1__Line, _ scratch: EncodingScratch) {
        raw.product_id = scratch.string(self.productID, "product_id")
        raw.quantity = Int64(self.quantity)
    }
}

extension BuyerClient {
    func fill(_ raw: inout Holdfast__V1__Client, _ scratch: EncodingScratch) {
        raw.ip = scratch.string(self.ip, "ip")
        raw.device_id = scratch.string(self.deviceID, "device_id")
        raw.account_created_ms = Int64(self.accountCreatedMilliseconds)
        raw.identity = scratch.string(self.identity, "identity")
    }
}
