import HoldfastEngine

/// The rules of a shard in plain Swift, written from RULES.md and not from the engine: classes, Dictionaries and
/// Strings, no tables, no events. Slow and obvious on purpose.
///
/// The model speaks the same requests and answers as the harness. Its reservation ids are its own (1, 2, 3, …).
final class ReferenceModel {
    let lapsesMax: Int
    let retention: Int64
    var now: Int64
    var sales: [String: ModelSale] = [:]
    var imports: [Int: ModelImport] = [:]
    /// Every reservation by its id; ids are never used again.
    var reservations: [UInt64: ModelReservation] = [:]
    /// Those that are HELD.
    var live: [UInt64: ModelReservation] = [:]

    init(settings: ShardSettings, now: Int64) {
        self.lapsesMax = Int(settings.lapsesMax)
        self.retention = settings.retentionMilliseconds
        self.now = now
    }

    /// Time goes on, never back; what is due expires.
    func advance(to time: Int64) {
        self.now = max(self.now, time)
        for reservation in self.live.values where reservation.deadline <= self.now {
            self.giveBack(reservation, as: .expired)
            reservation.buyer.lapses += 1
        }
    }

    /// Sales that may be sealed: over for the retention. Those with live holds are not sealed yet.
    var overdueSales: [ModelSale] {
        self.sales.values.filter { !$0.sealed && $0.endsAt + self.retention <= self.now }
    }

    func answer(_ request: EngineRequest) -> Answer {
        switch request {
        case .reserve(let request): return self.reserve(request)
        case .confirm(let request): return self.confirm(request)
        case .cancel(let request): return self.cancel(request)
        case .extend(let request): return self.extend(request)
        case .refund(let request): return self.refund(request)
        case .get(let request): return self.get(request)
        case .stock(let request): return self.stock(request)
        case .load(let request): return self.load(request)
        case .adjust(let request): return self.adjust(request)
        case .saleState(let request): return self.setSaleState(request)
        case .productState(let request): return self.setProductState(request)
        case .release(let request): return self.release(request)
        }
    }

    /// Ends a hold without a sale: stock and limit go back.
    func giveBack(_ reservation: ModelReservation, as state: ReservationState) {
        precondition(reservation.state == .held)
        for line in reservation.lines {
            line.product.held -= line.granted
            line.product.available += line.granted
            reservation.buyer.taken[line.product.id, default: 0] -= line.granted
        }
        reservation.state = state
        reservation.sale.liveHolds -= 1
        self.live[reservation.id] = nil
    }

    /// The reservation that a target means, if the sale has it.
    func find(_ target: Target, in sale: ModelSale) -> ModelReservation? {
        switch target {
        case .id(let id):
            guard let reservation = self.reservations[id], reservation.sale === sale else {
                return nil
            }
            return reservation
        case .request(let number):
            guard case .reservation(let reservation)? = sale.known[number] else { return nil }
            return reservation
        }
    }
}

final class ModelSale {
    let id: String
    let currency: String
    var name = ""
    var state = SaleStateCode.open
    var startsAt: Int64 = 0
    var endsAt: Int64 = 0
    var hold: Int64 = 0
    var limit: Int64 = 0
    var sealed = false
    /// Since when nothing stands against its seal.
    var sealableSince: Int64?
    /// In order of creation.
    var products: [ModelProduct] = []
    var buyers: [String: ModelBuyer] = [:]
    /// What each request id of the sale was used for: one namespace.
    var known: [Int: Known] = [:]
    var liveHolds = 0

    init(id: String, currency: String) {
        self.id = id
        self.currency = currency
    }

    func product(_ id: String) -> ModelProduct? { self.products.first { $0.id == id } }

    func buyer(_ id: String) -> ModelBuyer {
        if let buyer = self.buyers[id] { return buyer }
        let buyer = ModelBuyer(id: id)
        self.buyers[id] = buyer
        return buyer
    }
}

final class ModelProduct {
    let id: String
    var name = ""
    var price: Int64 = 0
    var limit: Int64 = 0
    var state = ProductStateCode.open
    var available: Int64 = 0
    var held: Int64 = 0
    var sold: Int64 = 0

    init(id: String) { self.id = id }

    var total: Int64 { self.available + self.held + self.sold }
}

final class ModelBuyer {
    let id: String
    /// Held and sold units by product.
    var taken: [String: Int64] = [:]
    var imported: [String: Int64] = [:]
    var lapses = 0
    var blacklisted = false

    init(id: String) { self.id = id }

    func used(_ product: String) -> Int64 {
        self.taken[product, default: 0] + self.imported[product, default: 0]
    }

    var saleUsed: Int64 {
        self.taken.values.reduce(0, +) + self.imported.values.reduce(0, +)
    }
}

/// One product in a reservation.
final class ModelLine {
    let product: ModelProduct
    let granted: Int64
    let price: Int64
    /// What Reserve said of the line.
    let outcome: ReserveResult
    var sold: Int64 = 0
    var refunded: Int64 = 0

    init(product: ModelProduct, granted: Int64, price: Int64, outcome: ReserveResult) {
        self.product = product
        self.granted = granted
        self.price = price
        self.outcome = outcome
    }
}

final class ModelReservation {
    let id: UInt64
    let sale: ModelSale
    let buyer: ModelBuyer
    let request: ReserveRequest
    let firstDeadline: Int64
    let lines: [ModelLine]
    var deadline: Int64
    var state = ReservationState.held
    var cause = RefundCause.none
    var late = false
    var extended = false
    var wasConfirmed = false
    var payment = ""

    init(
        id: UInt64, sale: ModelSale, buyer: ModelBuyer, request: ReserveRequest, deadline: Int64,
        lines: [ModelLine]
    ) {
        self.id = id
        self.sale = sale
        self.buyer = buyer
        self.request = request
        self.firstDeadline = deadline
        self.deadline = deadline
        self.lines = lines
    }
}

/// A Cancel of a request id that had not come.
final class ModelTombstone {
    var refundDue = false
}

/// What a request id was used for.
enum Known {
    case reservation(ModelReservation)
    case tombstone(ModelTombstone)
    case refund(RefundRequest, [LineAnswer])
    case adjust(AdjustRequest)
    case saleState(SaleStateRequest)
    case productState(ProductStateRequest)
}

/// An import that is being staged or is done.
final class ModelImport {
    let sale: String
    var chunks: [ImportRequest] = []
    var committed: ImportAnswer?

    init(sale: String) { self.sale = sale }
}
