/// What a shard is asked to do. Trivial structs of numbers and borrowed bytes: the wire layer fills them from
/// a frame, the shard reads them under its lock, nobody owns them. All inputs are range-checked by the wire layer
/// (id lengths, UTF-8, quantities 1…1,000,000 after summing, hold bounds); the shard traps on what cannot be.

/// What admission said of the buyer before the shard is asked (RULES 8): it travels inside the command so that
/// a replay, a closed sale or a tombstone can still be answered before it.
package enum AdmissionVerdict: UInt8, Sendable {
    case allow = 0
    case blacklisted = 1
    case riskRejected = 2
    case notEligible = 3
    case challengeRequired = 4
}

/// One product and a quantity. In a Reserve: lines of one product already summed, in order of first mention.
package struct LineRequest {
    package var productID: ByteView
    package var quantity: Int64

    @inlinable
    package init(productID: ByteView, quantity: Int64) {
        self.productID = productID
        self.quantity = quantity
    }
}

package typealias LineRequests = UnsafeBufferPointer<LineRequest>
/// Room for results, given by the caller: `EngineLimits.linesMax` entries unless said otherwise.
package typealias LineResults = UnsafeMutablePointer<LineResult>

package struct ReserveCommand {
    package var requestID: RequestID
    package var saleID: ByteView
    package var userID: ByteView
    /// 1…16 lines of distinct products.
    package var lines: LineRequests
    /// 0 takes the sale's hold time.
    package var holdMilliseconds: Int64
    package var allowPartial: Bool
    package var verdict: AdmissionVerdict
    /// Empty: none.
    package var orderReference: ByteView
    /// Room for `lines.count` results.
    package var results: LineResults

    @inlinable
    package init(
        requestID: RequestID, saleID: ByteView, userID: ByteView, lines: LineRequests,
        holdMilliseconds: Int64, allowPartial: Bool, verdict: AdmissionVerdict,
        orderReference: ByteView, results: LineResults
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.userID = userID
        self.lines = lines
        self.holdMilliseconds = holdMilliseconds
        self.allowPartial = allowPartial
        self.verdict = verdict
        self.orderReference = orderReference
        self.results = results
    }
}

package struct ConfirmCommand {
    package var saleID: ByteView
    package var target: ReservationTarget
    /// Empty: all. Distinct products; a quantity may be 0.
    package var lines: LineRequests
    /// Empty: none.
    package var paymentReference: ByteView
    package var results: LineResults

    @inlinable
    package init(
        saleID: ByteView, target: ReservationTarget, lines: LineRequests,
        paymentReference: ByteView, results: LineResults
    ) {
        self.saleID = saleID
        self.target = target
        self.lines = lines
        self.paymentReference = paymentReference
        self.results = results
    }
}

package struct CancelCommand {
    package var saleID: ByteView
    package var target: ReservationTarget
    /// The wire's `CancelReason` number; kept in the event.
    package var reason: UInt8

    @inlinable
    package init(saleID: ByteView, target: ReservationTarget, reason: UInt8) {
        self.saleID = saleID
        self.target = target
        self.reason = reason
    }
}

package struct ExtendCommand {
    package var saleID: ByteView
    package var target: ReservationTarget
    /// 0 takes the sale's hold time.
    package var extendMilliseconds: Int64

    @inlinable
    package init(saleID: ByteView, target: ReservationTarget, extendMilliseconds: Int64) {
        self.saleID = saleID
        self.target = target
        self.extendMilliseconds = extendMilliseconds
    }
}

package struct RefundCommand {
    package var requestID: RequestID
    package var saleID: ByteView
    package var reservationID: ReservationID
    /// Empty: all that is left. Distinct products, quantities ≥ 1.
    package var lines: LineRequests
    package var restock: Bool
    /// Empty: none.
    package var refundReference: ByteView
    package var results: LineResults

    @inlinable
    package init(
        requestID: RequestID, saleID: ByteView, reservationID: ReservationID, lines: LineRequests,
        restock: Bool, refundReference: ByteView, results: LineResults
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.reservationID = reservationID
        self.lines = lines
        self.restock = restock
        self.refundReference = refundReference
        self.results = results
    }
}

package struct GetReservationCommand {
    package var saleID: ByteView
    package var target: ReservationTarget
    package var results: LineResults

    @inlinable
    package init(saleID: ByteView, target: ReservationTarget, results: LineResults) {
        self.saleID = saleID
        self.target = target
        self.results = results
    }
}

package struct GetStockCommand {
    package var saleID: ByteView
    /// Empty: all, from `afterProductID` on.
    package var productIDs: UnsafeBufferPointer<ByteView>
    /// Empty: no buyer.
    package var userID: ByteView
    /// Products in the order of their creation; the page token is the last product id. Empty: from the start.
    package var afterProductID: ByteView
    /// Room for `rowsMax` rows (≤ `EngineLimits.stockRowsMax`, ≥ `productIDs.count`).
    package var rows: UnsafeMutablePointer<StockRow>
    package var rowsMax: Int

    @inlinable
    package init(
        saleID: ByteView, productIDs: UnsafeBufferPointer<ByteView>, userID: ByteView,
        afterProductID: ByteView, rows: UnsafeMutablePointer<StockRow>, rowsMax: Int
    ) {
        self.saleID = saleID
        self.productIDs = productIDs
        self.userID = userID
        self.afterProductID = afterProductID
        self.rows = rows
        self.rowsMax = rowsMax
    }
}

package enum SaleStateCode: UInt8, Sendable {
    /// In a request: keep what is there, a new sale starts open.
    case unspecified = 0
    case open = 1
    case paused = 2
    case closed = 3
    case sealed = 4
}

package enum ProductStateCode: UInt8, Sendable {
    case unspecified = 0
    case open = 1
    case paused = 2
}

/// A sale's configuration as Preload carries it.
package struct SaleConfiguration {
    /// Empty: keep.
    package var name: ByteView
    package var state: SaleStateCode
    package var startsAtMilliseconds: Int64
    package var endsAtMilliseconds: Int64
    /// Three letters, as in ISO 4217.
    package var currency: ByteView
    /// Already resolved: never 0.
    package var holdMilliseconds: Int64
    /// 0: none.
    package var limitPerUser: Int64

    @inlinable
    package init(
        name: ByteView, state: SaleStateCode, startsAtMilliseconds: Int64,
        endsAtMilliseconds: Int64, currency: ByteView, holdMilliseconds: Int64, limitPerUser: Int64
    ) {
        self.name = name
        self.state = state
        self.startsAtMilliseconds = startsAtMilliseconds
        self.endsAtMilliseconds = endsAtMilliseconds
        self.currency = currency
        self.holdMilliseconds = holdMilliseconds
        self.limitPerUser = limitPerUser
    }
}

package struct ProductRow {
    package var productID: ByteView
    package var name: ByteView
    package var total: Int64
    package var priceMinor: Int64
    package var limitPerUser: Int64
    package var state: ProductStateCode

    @inlinable
    package init(
        productID: ByteView, name: ByteView, total: Int64, priceMinor: Int64, limitPerUser: Int64,
        state: ProductStateCode
    ) {
        self.productID = productID
        self.name = name
        self.total = total
        self.priceMinor = priceMinor
        self.limitPerUser = limitPerUser
        self.state = state
    }
}

package struct PurchaseRow {
    package var userID: ByteView
    package var productID: ByteView
    package var quantity: Int64
    /// Empty: none.
    package var orderReference: ByteView

    @inlinable
    package init(
        userID: ByteView, productID: ByteView, quantity: Int64, orderReference: ByteView
    ) {
        self.userID = userID
        self.productID = productID
        self.quantity = quantity
        self.orderReference = orderReference
    }
}

/// What the whole import must add up to; carried by the last chunk.
package struct ImportCommit: Equatable, Sendable {
    package var chunkCount: UInt32
    package var productCount: UInt32
    package var purchaseCount: UInt32
    /// CRC-32 (IEEE) of the rows' canonical text, products before purchases in each chunk, chunks in order.
    package var checksum: UInt32

    @inlinable
    package init(chunkCount: UInt32, productCount: UInt32, purchaseCount: UInt32, checksum: UInt32)
    {
        self.chunkCount = chunkCount
        self.productCount = productCount
        self.purchaseCount = purchaseCount
        self.checksum = checksum
    }
}

/// One numbered chunk of a Preload.
package struct ImportChunkCommand {
    package var importID: RequestID
    package var chunk: UInt32
    /// `rejectsMax`, in the gap behind `chunk`: a command's size is every call's.
    private var rejectCapacity: UInt32
    package var saleID: ByteView
    /// Present in chunk 0 and only there.
    package var configuration: SaleConfiguration?
    package var products: UnsafeBufferPointer<ProductRow>
    package var purchases: UnsafeBufferPointer<PurchaseRow>
    package var commit: ImportCommit?
    package var validateOnly: Bool
    /// Room for `rejectsMax` refused rows.
    package var rejects: UnsafeMutablePointer<ImportReject>
    /// The caller's lease of the sale.
    package var lease: LeaseProofReference?

    package var rejectsMax: Int { Int(self.rejectCapacity) }

    package init(
        importID: RequestID, chunk: UInt32, saleID: ByteView, configuration: SaleConfiguration?,
        products: UnsafeBufferPointer<ProductRow>, purchases: UnsafeBufferPointer<PurchaseRow>,
        commit: ImportCommit?, validateOnly: Bool, rejects: UnsafeMutablePointer<ImportReject>,
        rejectsMax: Int, lease: LeaseProofReference? = nil
    ) {
        self.importID = importID
        self.chunk = chunk
        self.saleID = saleID
        self.configuration = configuration
        self.products = products
        self.purchases = purchases
        self.commit = commit
        self.validateOnly = validateOnly
        self.rejects = rejects
        self.rejectCapacity = UInt32(rejectsMax)
        self.lease = lease
    }
}

package struct AdjustStockCommand {
    package var requestID: RequestID
    package var saleID: ByteView
    package var productID: ByteView
    package var delta: Int64
    package var validateOnly: Bool
    /// The caller's lease of the sale.
    package var lease: LeaseProofReference?

    @inlinable
    package init(
        requestID: RequestID, saleID: ByteView, productID: ByteView, delta: Int64,
        validateOnly: Bool, lease: LeaseProofReference? = nil
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.productID = productID
        self.delta = delta
        self.validateOnly = validateOnly
        self.lease = lease
    }
}

package struct SetSaleStateCommand {
    package var requestID: RequestID
    package var saleID: ByteView
    /// open, paused or closed.
    package var state: SaleStateCode
    package var validateOnly: Bool
    /// The caller's lease of the sale.
    package var lease: LeaseProofReference?

    @inlinable
    package init(
        requestID: RequestID, saleID: ByteView, state: SaleStateCode, validateOnly: Bool,
        lease: LeaseProofReference? = nil
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.state = state
        self.validateOnly = validateOnly
        self.lease = lease
    }
}

package struct SetProductStateCommand {
    package var requestID: RequestID
    package var saleID: ByteView
    package var productID: ByteView
    /// open or paused.
    package var state: ProductStateCode
    package var validateOnly: Bool
    /// The caller's lease of the sale.
    package var lease: LeaseProofReference?

    @inlinable
    package init(
        requestID: RequestID, saleID: ByteView, productID: ByteView, state: ProductStateCode,
        validateOnly: Bool, lease: LeaseProofReference? = nil
    ) {
        self.requestID = requestID
        self.saleID = saleID
        self.productID = productID
        self.state = state
        self.validateOnly = validateOnly
        self.lease = lease
    }
}

/// Sets whether a sale takes a buyer for blacklisted, which bars Reserves and late Confirms; a ban also releases the buyer's
/// live holds, at most `EngineLimits.expiriesPerTurnMax` a call. No wire method: bans will use it.
package struct ReleaseBuyerCommand {
    package var saleID: ByteView
    package var userID: ByteView
    package var blacklisted: Bool

    @inlinable
    package init(saleID: ByteView, userID: ByteView, blacklisted: Bool) {
        self.saleID = saleID
        self.userID = userID
        self.blacklisted = blacklisted
    }
}

package enum Command {
    /// Behind a pointer, as no other is: on its path the whole of the largest command would be copied for each look.
    case reserve(UnsafeMutablePointer<ReserveCommand>)
    case confirm(ConfirmCommand)
    case cancel(CancelCommand)
    case extend(ExtendCommand)
    case refund(RefundCommand)
    case getReservation(GetReservationCommand)
    case getStock(GetStockCommand)
    case importChunk(ImportChunkCommand)
    case adjustStock(AdjustStockCommand)
    case setSaleState(SetSaleStateCommand)
    case setProductState(SetProductStateCommand)
    case releaseBuyer(ReleaseBuyerCommand)
    case acquireLease(AcquireLeaseCommand)
    case renewLease(RenewLeaseCommand)
    case releaseLease(ReleaseLeaseCommand)
    case blacklistAdd(BlacklistAddCommand)
    case blacklistRemove(BlacklistRemoveCommand)
    case blacklistList(BlacklistListCommand)
}
