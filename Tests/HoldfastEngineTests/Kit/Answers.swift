import HoldfastEngine

/// One line of an answer, copied out.
struct LineAnswer: Equatable, Sendable {
    var product: String
    var granted: Int64 = 0
    var quantity: Int64 = 0
    var refunded: Int64 = 0
    var left: Int64 = 0
    var used: Int64 = 0
    var limit: Int64 = 0
    var price: Int64 = 0
    var outcome: ReserveResult = .unspecified
}

struct ReserveAnswer: Equatable, Sendable {
    var result: ReserveResult
    var reservation: UInt64 = 0
    var deadline: Int64 = 0
    var lines: [LineAnswer] = []
    var replayed = false
    var state: ReservationState = .none
    var startsIn: Int64 = 0
    var saleUsed: Int64 = 0
    var saleLimit: Int64 = 0
}

struct ConfirmAnswer: Equatable, Sendable {
    var result: ConfirmResult
    var reservation: UInt64 = 0
    var cause: RefundCause = .none
    var late = false
    var replayed = false
    var state: ReservationState = .none
    var lines: [LineAnswer] = []
}

struct CancelAnswer: Equatable, Sendable {
    var result: CancelResult
    var reservation: UInt64 = 0
    var state: ReservationState = .none
    var replayed = false
}

struct ExtendAnswer: Equatable, Sendable {
    var result: ExtendResult
    var reservation: UInt64 = 0
    var deadline: Int64 = 0
    var replayed = false
    var state: ReservationState = .none
}

struct RefundAnswer: Equatable, Sendable {
    var result: RefundResult
    var reservation: UInt64 = 0
    var lines: [LineAnswer] = []
    var replayed = false
    var state: ReservationState = .none
}

struct GetAnswer: Equatable, Sendable {
    var result: GetReservationResult
    var reservation: UInt64 = 0
    var request: Int = 0
    var user = ""
    var state: ReservationState = .none
    var deadline: Int64 = 0
    var lines: [LineAnswer] = []
    var order = ""
    var payment = ""
    var late = false
    var extended = false
    var frozen = false
    var cause: RefundCause = .none
}

struct StockRowAnswer: Equatable, Sendable {
    var product: String
    var name = ""
    var total: Int64 = 0
    var available: Int64 = 0
    var held: Int64 = 0
    var sold: Int64 = 0
    var price: Int64 = 0
    var limit: Int64 = 0
    var state: ProductStateCode = .open
    var used: Int64 = 0

    /// `available+held+sold`, as tables write it.
    var counts: String { "\(self.available)+\(self.held)+\(self.sold)" }
}

struct StockAnswer: Equatable, Sendable {
    var result: GetStockResult
    var saleState: SaleStateCode = .unspecified
    var startsAt: Int64 = 0
    var endsAt: Int64 = 0
    var serverTime: Int64 = 0
    var rows: [StockRowAnswer] = []
    var more = false
    var saleUsed: Int64 = 0
    var saleLimit: Int64 = 0
    var currency = ""
}

struct RejectAnswer: Equatable, Sendable {
    var kind: ImportRowKind
    var chunk: UInt32
    var index: UInt32
    var problem: ImportProblem
}

struct ImportAnswer: Equatable, Sendable {
    var result: ImportResult
    var replayed = false
    var productsAdded: UInt32 = 0
    var productsUpdated: UInt32 = 0
    var purchasesSet: UInt32 = 0
    var rejects: [RejectAnswer] = []
}

struct AdjustAnswer: Equatable, Sendable {
    var result: AdjustStockResult
    var total: Int64 = 0
    var available: Int64 = 0
    var held: Int64 = 0
    var sold: Int64 = 0
    var replayed = false
}

struct SaleStateAnswer: Equatable, Sendable {
    var result: SetStateResult
    var state: SaleStateCode = .unspecified
    var replayed = false
}

struct ProductStateAnswer: Equatable, Sendable {
    var result: SetStateResult
    var state: ProductStateCode = .unspecified
    var replayed = false
}

struct ReleaseAnswer: Equatable, Sendable {
    var saleFound: Bool
    var released = 0
    var more = false
}

/// What a shard said, copied out of its tables.
enum Answer: Equatable, Sendable {
    case refused(Refusal)
    case reserve(ReserveAnswer)
    case confirm(ConfirmAnswer)
    case cancel(CancelAnswer)
    case extend(ExtendAnswer)
    case refund(RefundAnswer)
    case get(GetAnswer)
    case stock(StockAnswer)
    case load(ImportAnswer)
    case adjust(AdjustAnswer)
    case saleState(SaleStateAnswer)
    case productState(ProductStateAnswer)
    case release(ReleaseAnswer)
}

extension Answer {
    /// The outcome in a few words, as tables write it: `reserved`, `refundDue cancelled replayed`, `refused saleSealed`.
    var brief: String {
        switch self {
        case .refused(let refusal): return "refused \(refusal)"
        case .reserve(let answer): return words("\(answer.result)", answer.replayed)
        case .confirm(let answer):
            let cause = answer.cause == .none ? "" : " \(answer.cause)"
            return words("\(answer.result)\(cause)\(answer.late ? " late" : "")", answer.replayed)
        case .cancel(let answer): return words("\(answer.result)", answer.replayed)
        case .extend(let answer): return words("\(answer.result)", answer.replayed)
        case .refund(let answer): return words("\(answer.result)", answer.replayed)
        case .get(let answer):
            return answer.result == .found ? "found \(answer.state)" : "\(answer.result)"
        case .stock(let answer): return "\(answer.result)"
        case .load(let answer): return words("\(answer.result)", answer.replayed)
        case .adjust(let answer): return words("\(answer.result)", answer.replayed)
        case .saleState(let answer): return words("\(answer.result)", answer.replayed)
        case .productState(let answer): return words("\(answer.result)", answer.replayed)
        case .release(let answer): return answer.saleFound ? "released" : "saleNotFound"
        }
    }
}

private func words(_ outcome: String, _ replayed: Bool) -> String {
    replayed ? outcome + " replayed" : outcome
}
