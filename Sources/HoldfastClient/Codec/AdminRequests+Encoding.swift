// AdminService requests to protobuf bytes, by way of protobuf-c.

import CHoldfastProto
import CProtobufC
package import HoldfastWire

extension PreloadRequest: WireRequest {
    package typealias Response = PreloadResponse
    package static var method: Method { .preload }
    package var idempotencyKey: RequestID? { self.importID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__PreloadRequest()
        holdfast__v1__preload_request__init(&raw)
        raw.import_id = scratch.bytes(self.importID.bytes)
        raw.chunk = UInt32(clamping: self.chunk)
        raw.sale = scratch.message(holdfast__v1__sale__init, "sale.") {
            self.sale.fill(&$0, scratch)
        }
        if let commit = self.commit {
            raw.commit = scratch.message(holdfast__v1__preload_commit__init, "commit.") {
                commit.fill(&$0, scratch)
            }
        }
        raw.validate_only = self.validateOnly ? 1 : 0
        raw.lease = scratch.lease(self.lease)
        return scratch.packed(&raw)
    }
}

extension AdjustStockRequest: WireRequest {
    package typealias Response = AdjustStockResponse
    package static var method: Method { .adjustStock }
    package var idempotencyKey: RequestID? { self.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__AdjustStockRequest()
        holdfast__v1__adjust_stock_request__init(&raw)
        raw.request_id = scratch.bytes(self.requestID.bytes)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        raw.product_id = scratch.string(self.productID, "product_id")
        raw.delta = Int64(self.delta)
        raw.validate_only = self.validateOnly ? 1 : 0
        raw.lease = scratch.lease(self.lease)
        return scratch.packed(&raw)
    }
}

extension SetSaleStateRequest: WireRequest {
    package typealias Response = SetSaleStateResponse
    package static var method: Method { .setSaleState }
    package var idempotencyKey: RequestID? { self.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__SetSaleStateRequest()
        holdfast__v1__set_sale_state_request__init(&raw)
        raw.request_id = scratch.bytes(self.requestID.bytes)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        raw.state = Holdfast__V1__SaleState(UInt32(bitPattern: self.state.number))
        raw.validate_only = self.validateOnly ? 1 : 0
        raw.lease = scratch.lease(self.lease)
        return scratch.packed(&raw)
    }
}

extension SetProductStateRequest: WireRequest {
    package typealias Response = SetProductStateResponse
    package static var method: Method { .setProductState }
    package var idempotencyKey: RequestID? { self.requestID }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__SetProductStateRequest()
        holdfast__v1__set_product_state_request__init(&raw)
        raw.request_id = scratch.bytes(self.requestID.bytes)
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        raw.product_id = scratch.string(self.productID, "product_id")
        raw.state = Holdfast__V1__ProductState(UInt32(bitPattern: self.state.number))
        raw.validate_only = self.validateOnly ? 1 : 0
        raw.lease = scratch.lease(self.lease)
        return scratch.packed(&raw)
    }
}

extension ListSalesRequest: WireRequest {
    package typealias Response = ListSalesResponse
    package static var method: Method { .listSales }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__ListSalesRequest()
        holdfast__v1__list_sales_request__init(&raw)
        raw.page_size = UInt32(clamping: self.pageSize)
        raw.page_token = scratch.string(self.pageToken, "page_token")
        return scratch.packed(&raw)
    }
}

extension GetServerInfoRequest: WireRequest {
    package typealias Response = GetServerInfoResponse
    package static var method: Method { .getServerInfo }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__GetServerInfoRequest()
        holdfast__v1__get_server_info_request__init(&raw)
        return scratch.packed(&raw)
    }
}

extension SnapshotRequest: WireRequest {
    package typealias Response = SnapshotResponse
    package static var method: Method { .snapshot }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__SnapshotRequest()
        holdfast__v1__snapshot_request__init(&raw)
        return scratch.packed(&raw)
    }
}

extension Sale {
    func fill(_ raw: inout Holdfast__V1__Sale, _ scratch: EncodingScratch) {
        raw.sale_id = scratch.string(self.saleID, "sale_id")
        raw.name = scratch.string(self.name, "name")
        raw.state = Holdfast__V1__SaleState(UInt32(bitPattern: self.state.number))
        raw.starts_at_ms = Int64(self.startsAtMilliseconds)
        raw.ends_at_ms = Int64(self.endsAtMilliseconds)
        raw.currency = scratch.string(self.currency, "currency")
        raw.hold_ms = Int64(self.holdMilliseconds)
        raw.limit_per_user = Int64(self.limitPerUser)
        raw.n_products = self.products.count
        raw.products = scratch.pointers(
            self.products.enumerated().map { index, value in
                scratch.message(holdfast__v1__product__init, "products[\(index)].") {
                    value.fill(&$0, scratch)
                }
            })
        raw.n_purchases = self.purchases.count
        raw.purchases = scratch.pointers(
            self.purchases.enumerated().map { index, value in
                scratch.message(holdfast__v1__purchase__init, "purchases[\(index)].") {
                    value.fill(&$0, scratch)
                }
            })
    }
}

extension Product {
    func fill(_ raw: inout Holdfast__V1__Product, _ scratch: EncodingScratch) {
        raw.product_id = scratch.string(self.productID, "product_id")
        raw.name = scratch.string(self.name, "name")
        raw.total = Int64(self.total)
        raw.price_minor = Int64(self.priceMinor)
        raw.limit_per_user = Int64(self.limitPerUser)
        raw.state = Holdfast__V1__ProductState(UInt32(bitPattern: self.state.number))
    }
}

extension Purchase {
    func fill(_ raw: inout Holdfast__V1__Purchase, _ scratch: EncodingScratch) {
        raw.user_id = scratch.string(self.userID, "user_id")
        raw.product_id = scratch.string(self.productID, "product_id")
        raw.quantity = Int64(self.quantity)
        raw.order_ref = scratch.string(self.orderReference, "order_ref")
    }
}

extension PreloadCommit {
    func fill(_ raw: inout Holdfast__V1__PreloadCommit, _ scratch: EncodingScratch) {
        raw.chunk_count = UInt32(clamping: self.chunkCount)
        raw.product_count = UInt32(clamping: self.productCount)
        raw.purchase_count = UInt32(clamping: self.purchaseCount)
        raw.checksum = UInt32(clamping: self.checksum)
    }
}
