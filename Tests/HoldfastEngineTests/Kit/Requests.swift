import HoldfastEngine

/// One product and a quantity, as a test writes it.
struct Line: Equatable, Sendable {
    let product: String
    let quantity: Int64
}

/// Which reservation a test means: by the server's id or by the number of its request.
enum Target: Equatable, Sendable {
    case id(UInt64)
    case request(Int)
}

struct ReserveRequest: Equatable, Sendable {
    var request: Int
    var sale: String
    var user: String
    var lines: [Line]
    var hold: Int64 = 0
    var partial = false
    var verdict: AdmissionVerdict = .allow
    var order = ""
}

struct ConfirmRequest: Equatable, Sendable {
    var sale: String
    var target: Target
    var lines: [Line] = []
    var payment = ""
}

struct CancelRequest: Equatable, Sendable {
    var sale: String
    var target: Target
    var reason: UInt8 = 1
}

struct ExtendRequest: Equatable, Sendable {
    var sale: String
    var target: Target
    var extend: Int64 = 0
}

struct RefundRequest: Equatable, Sendable {
    var request: Int
    var sale: String
    var reservation: UInt64
    var lines: [Line] = []
    var restock = true
    var reference = ""
}

struct GetRequest: Equatable, Sendable {
    var sale: String
    var target: Target
}

struct StockRequest: Equatable, Sendable {
    var sale: String
    var products: [String] = []
    var user = ""
    var after = ""
    var rowsMax = EngineLimits.stockRowsMax
}

struct AdjustRequest: Equatable, Sendable {
    var request: Int
    var sale: String
    var product: String
    var delta: Int64
    var validateOnly = false
}

struct SaleStateRequest: Equatable, Sendable {
    var request: Int
    var sale: String
    var state: SaleStateCode
    var validateOnly = false
}

struct ProductStateRequest: Equatable, Sendable {
    var request: Int
    var sale: String
    var product: String
    var state: ProductStateCode
    var validateOnly = false
}

struct ReleaseRequest: Equatable, Sendable {
    var sale: String
    var user: String
    var blacklisted = false
}

/// What a test asks of a shard, in Strings and integers. The harness makes a command of it, the reference model
/// reads it as it is.
enum EngineRequest: Equatable, Sendable {
    case reserve(ReserveRequest)
    case confirm(ConfirmRequest)
    case cancel(CancelRequest)
    case extend(ExtendRequest)
    case refund(RefundRequest)
    case get(GetRequest)
    case stock(StockRequest)
    case load(ImportRequest)
    case adjust(AdjustRequest)
    case saleState(SaleStateRequest)
    case productState(ProductStateRequest)
    case release(ReleaseRequest)
}

/// Short spellings for tables; the sale is `sale-1` unless said.
extension EngineRequest {
    static let sale = "sale-1"

    static func reserve(
        _ user: String, _ lines: KeyValuePairs<String, Int64>, request: Int,
        sale: String = EngineRequest.sale, hold: Int64 = 0, partial: Bool = false,
        verdict: AdmissionVerdict = .allow, order: String = ""
    ) -> EngineRequest {
        .reserve(
            ReserveRequest(
                request: request, sale: sale, user: user,
                lines: lines.map { Line(product: $0.key, quantity: $0.value) }, hold: hold,
                partial: partial, verdict: verdict, order: order))
    }

    static func confirm(
        _ target: Target, _ lines: KeyValuePairs<String, Int64> = [:], payment: String = "",
        in sale: String = EngineRequest.sale
    ) -> EngineRequest {
        .confirm(
            ConfirmRequest(
                sale: sale, target: target,
                lines: lines.map { Line(product: $0.key, quantity: $0.value) }, payment: payment))
    }

    static func cancel(_ target: Target, in sale: String) -> EngineRequest {
        .cancel(CancelRequest(sale: sale, target: target))
    }

    static func extend(_ target: Target, by extend: Int64, in sale: String = EngineRequest.sale)
        -> EngineRequest
    {
        .extend(ExtendRequest(sale: sale, target: target, extend: extend))
    }

    static func refund(
        _ reservation: UInt64, _ lines: KeyValuePairs<String, Int64> = [:], request: Int,
        restock: Bool = true, reference: String = "", in sale: String = EngineRequest.sale
    ) -> EngineRequest {
        .refund(
            RefundRequest(
                request: request, sale: sale, reservation: reservation,
                lines: lines.map { Line(product: $0.key, quantity: $0.value) }, restock: restock,
                reference: reference))
    }

    static func get(_ target: Target, in sale: String) -> EngineRequest {
        .get(GetRequest(sale: sale, target: target))
    }

    static func stock(_ products: [String] = [], user: String = "", in sale: String)
        -> EngineRequest
    {
        .stock(StockRequest(sale: sale, products: products, user: user))
    }

    static func adjust(
        _ product: String, by delta: Int64, request: Int, validateOnly: Bool = false,
        in sale: String = EngineRequest.sale
    ) -> EngineRequest {
        .adjust(
            AdjustRequest(
                request: request, sale: sale, product: product, delta: delta,
                validateOnly: validateOnly))
    }

    static func saleState(
        _ state: SaleStateCode, request: Int, validateOnly: Bool = false,
        in sale: String = EngineRequest.sale
    ) -> EngineRequest {
        .saleState(
            SaleStateRequest(
                request: request, sale: sale, state: state, validateOnly: validateOnly))
    }

    static func productState(
        _ product: String, _ state: ProductStateCode, request: Int, validateOnly: Bool = false,
        in sale: String = EngineRequest.sale
    ) -> EngineRequest {
        .productState(
            ProductStateRequest(
                request: request, sale: sale, product: product, state: state,
                validateOnly: validateOnly))
    }

    static func release(
        _ user: String, blacklisted: Bool = false, in sale: String = EngineRequest.sale
    ) -> EngineRequest {
        .release(ReleaseRequest(sale: sale, user: user, blacklisted: blacklisted))
    }
}
