/// What a shard answers. Numbers are the wire's enum numbers (proto/holdfast/v1), never reused.
/// Expected business results are outcomes; a `Refusal` is a call that was not decided.

package enum ReserveResult: UInt8, Sendable {
    /// In a line: nothing stood in its way, but the call was refused for another line.
    case unspecified = 0
    case reserved = 1
    case cancelledBefore = 2
    case saleNotFound = 3
    case productNotFound = 4
    case notStarted = 5
    case ended = 6
    case paused = 7
    case blacklisted = 8
    case riskRejected = 9
    case notEligible = 10
    case limitExceeded = 11
    case soldOut = 12
    case challengeRequired = 13
}

package enum ReservationState: UInt8, Sendable {
    case none = 0
    case held = 1
    case confirmed = 2
    case cancelled = 3
    case expired = 4
    case released = 5
    case refundDue = 6
    case refunded = 7
}

package enum ConfirmResult: UInt8, Sendable {
    case confirmed = 1
    case refundDue = 2
    case notFound = 3
}

package enum RefundCause: UInt8, Sendable {
    case none = 0
    case expiredSoldOut = 1
    case expiredLimit = 2
    case cancelled = 3
    case released = 4
    case saleClosed = 5
    case buyerBlacklisted = 6
}

package enum CancelResult: UInt8, Sendable {
    case cancelled = 1
    case remembered = 2
    case alreadyConfirmed = 3
    case notFound = 4
}

package enum ExtendResult: UInt8, Sendable {
    case extended = 1
    case notHeld = 2
    case notFound = 3
}

package enum RefundResult: UInt8, Sendable {
    case refunded = 1
    case notFound = 2
    case notRefundable = 3
}

package enum GetReservationResult: UInt8, Sendable {
    case found = 1
    case notFound = 2
    case remembered = 3
}

package enum GetStockResult: UInt8, Sendable {
    case found = 1
    case saleNotFound = 2
    case productNotFound = 3
}

package enum ImportResult: UInt8, Sendable {
    case staged = 1
    case committed = 2
    case valid = 3
    case rejected = 4
}

package enum AdjustStockResult: UInt8, Sendable {
    case adjusted = 1
    case saleNotFound = 2
    case productNotFound = 3
    case belowCommitted = 4
}

package enum SetStateResult: UInt8, Sendable {
    case set = 1
    case saleNotFound = 2
    case productNotFound = 3
}

/// Why a call was not decided. The wire layer gives each its code, reason and text.
package enum Refusal: UInt8, Sendable {
    /// FAILED_PRECONDITION: the id was used with another payload.
    case requestIDReused
    /// FAILED_PRECONDITION: the same, for an import: other rows under a known chunk, or another sale.
    case importIDReused
    /// FAILED_PRECONDITION: confirmed before with other lines.
    case confirmMismatch
    /// FAILED_PRECONDITION: the sale is sealed.
    case saleSealed
    /// RESOURCE_EXHAUSTED: due holds are still being expired.
    case expiryBacklog
    /// RESOURCE_EXHAUSTED: the sale remembers too many cancelled request ids.
    case tombstonesFull
    /// UNAVAILABLE: the engine's memory budget is used up.
    case memoryFull
    /// UNAVAILABLE: the journal's disk has no room but for the ends of what is held.
    case storageFull
    /// INVALID_ARGUMENT: a Confirm names a product that the reservation does not hold, or more than it holds, or nothing.
    case confirmLinesInvalid
    /// INVALID_ARGUMENT: a Refund names a product or quantity that is not there to refund.
    case refundLinesInvalid
    /// INVALID_ARGUMENT: the adjusted total would pass `EngineLimits.saleUnitsMax`.
    case totalTooLarge
    /// FAILED_PRECONDITION: a chunk came before the one it follows, or after its import's commit.
    case importOutOfOrder
    /// FAILED_PRECONDITION: the commit's counts or checksum are not those of the staged chunks.
    case importMismatch
    /// RESOURCE_EXHAUSTED: too many rows in one import, or too many imports at once.
    case importTooLarge
    /// FAILED_PRECONDITION: the sale is leased by another, or the lease that the caller shows is over.
    case fenced
    /// RESOURCE_EXHAUSTED: too many wait for the lease.
    case leaseQueueFull
    /// RESOURCE_EXHAUSTED: the blacklist has as many entries as it may.
    case blacklistFull
}

/// One line of an answer.
package struct LineResult {
    package var productID: ByteView
    /// Reserve, GetReservation: units that Reserve granted.
    package var granted: Int64 = 0
    /// Confirm: units sold. Refund: units given back. GetReservation: units held or sold now.
    package var quantity: Int64 = 0
    /// GetReservation: units refunded.
    package var refunded: Int64 = 0
    /// Reserve: units still available.
    package var left: Int64 = 0
    /// Reserve: units the buyer has, imported + held + sold.
    package var used: Int64 = 0
    /// Reserve: the buyer's limit on the product, 0 none.
    package var limit: Int64 = 0
    package var priceMinor: Int64 = 0
    /// Reserve.
    package var outcome: ReserveResult = .unspecified

    @inlinable
    package init(productID: ByteView) { self.productID = productID }
}

/// One row of a GetStock answer.
package struct StockRow {
    package var productID: ByteView
    package var name: ByteView
    package var total: Int64 = 0
    package var available: Int64 = 0
    package var held: Int64 = 0
    package var sold: Int64 = 0
    package var priceMinor: Int64 = 0
    package var limitPerUser: Int64 = 0
    package var state: ProductStateCode = .open
    package var used: Int64 = 0

    package init(productID: ByteView, name: ByteView) {
        self.productID = productID
        self.name = name
    }
}

package enum ImportRowKind: UInt8, Sendable {
    case sale = 0
    case product = 1
    case purchase = 2
}

package enum ImportProblem: UInt8, Sendable {
    /// Purchase of a product that neither the sale nor this import has.
    case unknownProduct
    /// The product id comes twice in this import.
    case doubledProduct
    /// The purchase (buyer and product) comes twice in this import.
    case doubledPurchase
    /// The sale's units would pass `EngineLimits.saleUnitsMax`.
    case tooManyUnits
    /// The buyer's imported units would pass `EngineLimits.importedUnitsMax`.
    case tooManyImported
    /// The sale would have too many products.
    case tooManyProducts
    /// The currency of a sale that exists cannot change.
    case currencyChanged
    /// A new sale needs its configuration in chunk 0.
    case missingConfiguration
    /// The window ends before it begins, or before now for a new sale.
    case badWindow
}

/// A refused row: its place in its chunk and why.
package struct ImportReject {
    package var kind: ImportRowKind
    package var chunk: UInt32
    package var index: UInt32
    package var problem: ImportProblem

    package init(kind: ImportRowKind, chunk: UInt32, index: UInt32, problem: ImportProblem) {
        self.kind = kind
        self.chunk = chunk
        self.index = index
        self.problem = problem
    }
}

package struct ReserveOutcome {
    package var result: ReserveResult
    /// Zero unless reserved.
    package var reservationID: ReservationID
    package var deadlineMilliseconds: Int64 = 0
    /// Entries written to the command's `results`; 0 when the sale is unknown.
    package var lineCount: Int = 0
    package var replayed: Bool = false
    package var state: ReservationState = .none
    /// With `notStarted`.
    package var startsInMilliseconds: Int64 = 0
    package var saleUsed: Int64 = 0
    package var saleLimit: Int64 = 0

    package init(result: ReserveResult, reservationID: ReservationID = ReservationID(rawValue: 0)) {
        self.result = result
        self.reservationID = reservationID
    }
}

package struct ConfirmOutcome {
    package var result: ConfirmResult
    package var reservationID: ReservationID
    package var cause: RefundCause = .none
    package var late: Bool = false
    package var replayed: Bool = false
    package var state: ReservationState = .none
    package var lineCount: Int = 0

    package init(result: ConfirmResult, reservationID: ReservationID = ReservationID(rawValue: 0)) {
        self.result = result
        self.reservationID = reservationID
    }
}

package struct CancelOutcome {
    package var result: CancelResult
    package var reservationID: ReservationID
    package var state: ReservationState = .none
    package var replayed: Bool = false

    package init(result: CancelResult, reservationID: ReservationID = ReservationID(rawValue: 0)) {
        self.result = result
        self.reservationID = reservationID
    }
}

package struct ExtendOutcome {
    package var result: ExtendResult
    package var reservationID: ReservationID
    package var deadlineMilliseconds: Int64 = 0
    package var replayed: Bool = false
    package var state: ReservationState = .none

    package init(result: ExtendResult, reservationID: ReservationID = ReservationID(rawValue: 0)) {
        self.result = result
        self.reservationID = reservationID
    }
}

package struct RefundOutcome {
    package var result: RefundResult
    package var reservationID: ReservationID
    package var lineCount: Int = 0
    package var replayed: Bool = false
    package var state: ReservationState = .none

    package init(result: RefundResult, reservationID: ReservationID = ReservationID(rawValue: 0)) {
        self.result = result
        self.reservationID = reservationID
    }
}

package struct GetReservationOutcome {
    package var result: GetReservationResult
    package var reservationID: ReservationID
    package var requestID: RequestID = RequestID(first: 0, second: 0)
    package var userID: ByteView = .empty
    package var state: ReservationState = .none
    package var deadlineMilliseconds: Int64 = 0
    package var lineCount: Int = 0
    package var orderReference: ByteView = .empty
    package var paymentReference: ByteView = .empty
    package var late: Bool = false
    package var extended: Bool = false
    package var frozen: Bool = false
    package var cause: RefundCause = .none

    package init(
        result: GetReservationResult, reservationID: ReservationID = ReservationID(rawValue: 0)
    ) {
        self.result = result
        self.reservationID = reservationID
    }
}

package struct GetStockOutcome {
    package var result: GetStockResult
    package var saleState: SaleStateCode = .unspecified
    package var startsAtMilliseconds: Int64 = 0
    package var endsAtMilliseconds: Int64 = 0
    package var serverTimeMilliseconds: Int64 = 0
    package var rowCount: Int = 0
    /// There are products after the last row.
    package var more: Bool = false
    package var saleUsed: Int64 = 0
    package var saleLimit: Int64 = 0
    package var currency: ByteView = .empty

    package init(result: GetStockResult) { self.result = result }
}

package struct ImportOutcome {
    package var result: ImportResult
    package var replayed: Bool = false
    package var productsAdded: UInt32 = 0
    package var productsUpdated: UInt32 = 0
    package var purchasesSet: UInt32 = 0
    /// Entries written to the command's `rejects`.
    package var rejectCount: Int = 0

    package init(result: ImportResult) { self.result = result }
}

package struct AdjustStockOutcome {
    package var result: AdjustStockResult
    package var total: Int64 = 0
    package var available: Int64 = 0
    package var held: Int64 = 0
    package var sold: Int64 = 0
    package var replayed: Bool = false

    package init(result: AdjustStockResult) { self.result = result }
}

package struct SetSaleStateOutcome {
    package var result: SetStateResult
    package var state: SaleStateCode = .unspecified
    package var replayed: Bool = false

    package init(result: SetStateResult) { self.result = result }
}

package struct SetProductStateOutcome {
    package var result: SetStateResult
    package var state: ProductStateCode = .unspecified
    package var replayed: Bool = false

    package init(result: SetStateResult) { self.result = result }
}

package struct ReleaseBuyerOutcome {
    package var saleFound: Bool
    package var released: Int = 0
    /// The buyer still has live holds: call again.
    package var more: Bool = false

    package init(saleFound: Bool) { self.saleFound = saleFound }
}

package enum Outcome {
    /// Not executed yet.
    case pending
    case refused(Refusal)
    case reserve(ReserveOutcome)
    case confirm(ConfirmOutcome)
    case cancel(CancelOutcome)
    case extend(ExtendOutcome)
    case refund(RefundOutcome)
    case getReservation(GetReservationOutcome)
    case getStock(GetStockOutcome)
    case importChunk(ImportOutcome)
    case adjustStock(AdjustStockOutcome)
    case setSaleState(SetSaleStateOutcome)
    case setProductState(SetProductStateOutcome)
    case releaseBuyer(ReleaseBuyerOutcome)
    case acquireLease(AcquireLeaseOutcome)
    /// The acquire stands in line under this ticket; `Shard.takeSettledWaiters` brings its end.
    case leaseWaiting(UInt64)
    case renewLease(RenewLeaseOutcome)
    case releaseLease(ReleaseLeaseOutcome)
    case blacklistChange(BlacklistChangeOutcome)
    case blacklistList(BlacklistListOutcome)
}

/// One command with room for its answer.
package struct Call {
    /// The Reserve that this is; nil: it is another command.
    package private(set) var reserve: UnsafeMutablePointer<ReserveCommand>?
    package var outcome: Outcome
    /// The newest shard sequence that the answer reports (FORMATS 2, "who may see what when"): it must be on disk
    /// before the answer leaves. 0: the answer reports no event and leaves at once.
    package var visibleAfter: UInt64
    /// The same as a position of the log, which the owner of shard and log sets after the batch; 0: leaves at once.
    package var logPosition: UInt64
    /// Any command but a Reserve. On the path of a Reserve these bytes are neither written nor read.
    private var other: Command

    package init(command: Command) {
        self.other = command
        self.outcome = .pending
        self.visibleAfter = 0
        self.logPosition = 0
        if case .reserve(let reserve) = command {
            self.reserve = reserve
        } else {
            self.reserve = nil
        }
    }

    package var command: Command {
        if let reserve = self.reserve { return .reserve(reserve) }
        return self.other
    }

    /// Makes a Reserve's call in place. Field by field: a whole one would be put together elsewhere and copied
    /// (docs/WORKAROUNDS.md).
    package static func initialize(
        _ call: UnsafeMutablePointer<Call>, reserve: UnsafeMutablePointer<ReserveCommand>
    ) {
        call.pointee.reserve = reserve
        call.pointee.outcome = .pending
        call.pointee.visibleAfter = 0
        call.pointee.logPosition = 0
    }
}

/// The calls of one shard, in order of arrival, as one batch across the module's border.
package struct CallBatch: @unchecked Sendable {
    package let calls: UnsafeMutablePointer<UnsafeMutablePointer<Call>>
    package let count: Int

    @inlinable
    package init(calls: UnsafeMutablePointer<UnsafeMutablePointer<Call>>, count: Int) {
        self.calls = calls
        self.count = count
    }
}

/// A sale and the sums over its products, for ListSales.
package struct SaleSummary {
    package var saleID: ByteView
    package var name: ByteView
    package var state: SaleStateCode
    package var startsAtMilliseconds: Int64 = 0
    package var endsAtMilliseconds: Int64 = 0
    package var currency: ByteView = .empty
    package var holdMilliseconds: Int64 = 0
    package var limitPerUser: Int64 = 0
    package var productCount: UInt32 = 0
    package var total: Int64 = 0
    package var available: Int64 = 0
    package var held: Int64 = 0
    package var sold: Int64 = 0
    package var liveHolds: Int64 = 0

    package init(saleID: ByteView, name: ByteView, state: SaleStateCode) {
        self.saleID = saleID
        self.name = name
        self.state = state
    }
}

/// Counts of one shard, for metrics and GetServerInfo.
package struct ShardCounts: Sendable {
    package var sales: UInt64 = 0
    package var liveHolds: UInt64 = 0
    package var reservations: UInt64 = 0
    package var buyers: UInt64 = 0
    package var events: UInt64 = 0
    package var tableBytes: UInt64 = 0

    package init() {}
}
