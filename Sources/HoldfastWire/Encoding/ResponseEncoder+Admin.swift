internal import CHoldfastProto
internal import CProtobufC
package import HoldfastEngine

/// AdminService's answers, through protobuf-c.
extension ResponseEncoder {
    static func encodeAdmin(
        _ call: borrowing Call, callID: UInt32, to room: UnsafeMutableRawPointer, _ max: Int,
        _ arena: inout Arena
    ) -> Int {
        switch (call.outcome, call.command) {
        case (.importChunk(let outcome), .importChunk(let command)):
            var message = Self.message(outcome, command, &arena)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.adjustStock(let outcome), _):
            var message = Self.message(outcome)
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.setSaleState(let outcome), _):
            var message = Holdfast__V1__SetSaleStateResponse()
            holdfast__v1__set_sale_state_response__init(&message)
            message.outcome = .init(UInt32(outcome.result.rawValue))
            message.state = .init(UInt32(outcome.state.rawValue))
            message.replayed = outcome.replayed ? 1 : 0
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        case (.setProductState(let outcome), _):
            var message = Holdfast__V1__SetProductStateResponse()
            holdfast__v1__set_product_state_response__init(&message)
            message.outcome = .init(UInt32(outcome.result.rawValue))
            message.state = .init(UInt32(outcome.state.rawValue))
            message.replayed = outcome.replayed ? 1 : 0
            return Self.finish(&message, callID: callID, to: room, byteCountMax: max)
        default:
            preconditionFailure("an outcome that does not answer its command")
        }
    }

    /// Bytes that a list of `count` sales takes at most.
    package static func byteCountMax(forSales count: Int) -> Int {
        let rows = count * Self.saleRowBytesMax
        return min(FrameHeader.byteCount + Self.fixedBytesMax + rows, Self.frameBytesMax)
    }

    /// The answer to ListSales. `nextPageToken`: the last sale's id if there are more, else empty. Sales that do not fit into
    /// the frame are left for the next page. Room: `byteCountMax(forSales:)`.
    package static func listSales(
        _ sales: UnsafeBufferPointer<SaleSummary>, nextPageToken: ByteView, callID: UInt32,
        to room: UnsafeMutableRawPointer, arena: inout Arena
    ) -> Int {
        var message = Holdfast__V1__ListSalesResponse()
        holdfast__v1__list_sales_response__init(&message)
        let rows = MessagePacker.list(Holdfast__V1__SaleSummary.self, count: sales.count, &arena)
        var bytesLeft = Self.frameBytesMax - FrameHeader.byteCount - Self.fixedBytesMax
        var fitting = 0
        while fitting < sales.count {
            let row = rows[fitting]!  // `list` fills every pointer.
            row.initialize(to: Self.row(sales[fitting], &arena))
            bytesLeft -= MessagePacker.packedByteCount(&row.pointee) + 4
            if bytesLeft < 0 { break }
            fitting += 1
        }
        message.n_sales = fitting
        message.sales = rows
        let token = fitting < sales.count ? sales[fitting - 1].saleID : nextPageToken
        message.next_page_token = MessagePacker.text(token, &arena)
        return Self.finish(
            &message, callID: callID, to: room,
            byteCountMax: Self.byteCountMax(forSales: sales.count))
    }

    private static func row(_ sale: SaleSummary, _ arena: inout Arena) -> Holdfast__V1__SaleSummary
    {
        var message = Holdfast__V1__SaleSummary()
        holdfast__v1__sale_summary__init(&message)
        message.sale_id = MessagePacker.text(sale.saleID, &arena)
        message.name = MessagePacker.text(sale.name, &arena)
        message.state = .init(UInt32(sale.state.rawValue))
        message.starts_at_ms = sale.startsAtMilliseconds
        message.ends_at_ms = sale.endsAtMilliseconds
        message.currency = MessagePacker.text(sale.currency, &arena)
        message.hold_ms = sale.holdMilliseconds
        message.limit_per_user = sale.limitPerUser
        message.product_count = sale.productCount
        message.total = sale.total
        message.available = sale.available
        message.held = sale.held
        message.sold = sale.sold
        message.live_holds = sale.liveHolds
        return message
    }

    private static func message(_ outcome: AdjustStockOutcome) -> Holdfast__V1__AdjustStockResponse
    {
        var message = Holdfast__V1__AdjustStockResponse()
        holdfast__v1__adjust_stock_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.total = outcome.total
        message.available = outcome.available
        message.held = outcome.held
        message.sold = outcome.sold
        message.replayed = outcome.replayed ? 1 : 0
        return message
    }

    private static func message(
        _ outcome: ImportOutcome, _ command: ImportChunkCommand, _ arena: inout Arena
    ) -> Holdfast__V1__PreloadResponse {
        var message = Holdfast__V1__PreloadResponse()
        holdfast__v1__preload_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.replayed = outcome.replayed ? 1 : 0
        message.products_added = outcome.productsAdded
        message.products_updated = outcome.productsUpdated
        message.purchases_set = outcome.purchasesSet
        let rejects = MessagePacker.list(
            Holdfast__V1__PreloadReject.self, count: outcome.rejectCount, &arena)
        for index in 0..<outcome.rejectCount {
            let text = ImportRejectText(command.rejects[index], inChunk: command.chunk)
            let reject = rejects[index]!  // `list` fills every pointer.
            holdfast__v1__preload_reject__init(reject)
            reject.pointee.field = MessagePacker.text(text.field, &arena)
            reject.pointee.description = MessagePacker.text(text.description, &arena)
        }
        message.n_rejects = outcome.rejectCount
        message.rejects = rejects
        return message
    }
}
