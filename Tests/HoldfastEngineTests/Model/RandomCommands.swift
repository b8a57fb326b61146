import HoldfastEngine

/// Random commands over small spaces of ids, so that replays, collisions of request ids, limits, sold-out stock,
/// lapses, tombstones, late Confirms and sealed sales all happen often. One seed gives one stream.
struct RandomCommands {
    private var random: SplitMix64
    private(set) var now: Int64
    private var sales: [String] = []
    private var saleEnds: [String: Int64] = [:]
    private var requestNumber = 1
    private var importNumber = 1
    /// Requests that may be sent again, as a caller does whose answer was lost.
    private var recent: [EngineRequest] = []
    private var pendingChunks: [EngineRequest] = []

    private static let users =
        (0..<20).map { "u\($0)" } + ["buyer-with-an-id-of-more-than-36-bytes-0123456789"]
    private static let products = ["a", "b", "c", "d", "e"]
    private static let salesAtOnce = 3
    static let retention: Int64 = 120_000

    init(seed: UInt64, now: Int64) {
        self.random = SplitMix64(seed: seed)
        self.now = now
    }

    /// The next batch, one time for all of it. `reservations` is how many the model has made so far.
    mutating func batch(reservations: Int) -> [EngineRequest] {
        self.passTime()
        let count = self.random.chance(60) ? 1 : 1 + self.random.below(6)
        return (0..<count).map { _ in self.request(reservations) }
    }

    /// Mostly a little, at times a lot, now and then backwards.
    private mutating func passTime() {
        switch self.random.below(1_000) {
        case 0..<300: break
        case 300..<900: self.now += Int64(self.random.below(500))
        case 900..<980: self.now += Int64(self.random.below(5_000))
        case 980..<990: self.now -= Int64(self.random.below(3_000))
        case 990..<998: self.now += Int64(self.random.below(60_000))
        default: self.now += Int64(self.random.below(400_000))
        }
    }

    private mutating func request(_ reservations: Int) -> EngineRequest {
        if !self.pendingChunks.isEmpty && self.random.chance(70) {
            return self.remembered(self.pendingChunks.removeFirst())
        }
        let living = self.sales.suffix(Self.salesAtOnce)
        let someEnded = living.contains { (self.saleEnds[$0] ?? 0) < self.now }
        if living.count < Self.salesAtOnce || (someEnded && self.random.chance(5)) {
            return self.newSale()
        }
        if !self.recent.isEmpty && self.random.chance(12) { return self.repeated() }
        let request: EngineRequest
        switch self.random.below(1_000) {
        case 0..<420: request = self.reserve()
        case 420..<580: request = self.confirm(reservations)
        case 580..<680: request = .cancel(self.target(reservations), in: self.sale())
        case 680..<740: request = self.extend(reservations)
        case 740..<820: request = self.refund(reservations)
        case 820..<870: request = .get(self.target(reservations), in: self.sale())
        case 870..<910: request = self.stock()
        case 910..<945: request = self.adjust()
        case 945..<955: request = self.saleState()
        case 955..<975: request = self.productState()
        case 975..<985:
            request = .release(
                self.random.pick(Self.users), blacklisted: self.random.chance(40), in: self.sale())
        default: request = self.changeSale()
        }
        return self.remembered(request)
    }

    private mutating func remembered(_ request: EngineRequest) -> EngineRequest {
        if self.recent.count < 64 {
            self.recent.append(request)
        } else {
            self.recent[self.random.below(64)] = request
        }
        return request
    }

    /// An earlier request again: as it was, or with what does not count, or with what does, changed.
    private mutating func repeated() -> EngineRequest {
        let request = self.random.pick(self.recent)
        guard case .reserve(var reserve) = request, self.random.chance(50) else { return request }
        switch self.random.below(8) {
        case 0, 1: reserve.lines.reverse()
        case 5: reserve.order = reserve.order.isEmpty ? "order-x" : ""
        case 6: reserve.hold = reserve.hold == 0 ? 1_000 : 0
        case 2: reserve.verdict = self.verdict()
        case 3: reserve.partial.toggle()
        case 4: reserve.user = self.random.pick(Self.users)
        default: reserve.lines[0] = Line(product: reserve.lines[0].product, quantity: 1)
        }
        return .reserve(reserve)
    }

    private mutating func sale() -> String {
        if self.random.chance(1) { return "nowhere" }
        if self.random.chance(3) { return self.random.pick(self.sales) }
        return self.random.pick(Array(self.sales.suffix(Self.salesAtOnce)))
    }

    /// New most of the time, else one of the last that were used, by whatever method.
    private mutating func number() -> Int {
        if self.random.chance(88) {
            self.requestNumber += 1
            return self.requestNumber
        }
        return max(1, self.requestNumber - self.random.below(60))
    }

    private mutating func target(_ reservations: Int) -> Target {
        if self.random.chance(40) {
            return .request(max(1, self.requestNumber + 2 - self.random.below(80)))
        }
        return .id(self.reservationID(reservations, among: 60))
    }

    /// One of the last ids, or now and then one that nobody gave and that this batch will not give either.
    private mutating func reservationID(_ reservations: Int, among count: Int) -> UInt64 {
        if reservations == 0 || self.random.chance(2) {
            return UInt64(reservations + 100 + self.random.below(1_000))
        }
        return UInt64(max(1, reservations - self.random.below(count)))
    }

    private mutating func verdict() -> AdmissionVerdict {
        if self.random.chance(92) { return .allow }
        return self.random.pick([.blacklisted, .riskRejected, .notEligible, .challengeRequired])
    }

    private mutating func lines(quantityMax: Int, least: Int = 1) -> [Line] {
        var left = Self.products
        if self.random.chance(1) { left.append("missing") }
        var lines: [Line] = []
        for _ in 0..<(self.random.chance(60) ? 1 : 1 + self.random.below(3)) {
            let product = left.remove(at: self.random.below(left.count))
            lines.append(
                Line(product: product, quantity: Int64(least + self.random.below(quantityMax))))
        }
        return lines
    }

    private mutating func reserve() -> EngineRequest {
        .reserve(
            ReserveRequest(
                request: self.number(), sale: self.sale(), user: self.random.pick(Self.users),
                lines: self.lines(quantityMax: self.random.chance(5) ? 60 : 4),
                hold: self.random.pick([0, 0, 1_000, 2_000, 5_000, 9_000, 40_000]),
                partial: self.random.chance(35), verdict: self.verdict(),
                order: self.random.chance(20) ? "order-\(self.random.below(1_000))" : ""))
    }

    private mutating func confirm(_ reservations: Int) -> EngineRequest {
        var lines: [Line] = []
        if self.random.chance(25) { lines = self.lines(quantityMax: 4, least: 0) }
        return .confirm(
            ConfirmRequest(
                sale: self.sale(), target: self.target(reservations), lines: lines,
                payment: self.random.chance(30) ? "pay-\(self.random.below(1_000))" : ""))
    }

    private mutating func extend(_ reservations: Int) -> EngineRequest {
        .extend(
            ExtendRequest(
                sale: self.sale(), target: self.target(reservations),
                extend: self.random.pick([0, 1_000, 3_000, 60_000])))
    }

    private mutating func refund(_ reservations: Int) -> EngineRequest {
        .refund(
            RefundRequest(
                request: self.number(), sale: self.sale(),
                reservation: self.reservationID(reservations, among: 80),
                lines: self.random.chance(50) ? self.lines(quantityMax: 2) : [],
                restock: self.random.chance(60),
                reference: self.random.chance(20) ? "refund-\(self.random.below(99))" : ""))
    }

    private mutating func stock() -> EngineRequest {
        var request = StockRequest(sale: self.sale(), user: self.random.pick(Self.users))
        if self.random.chance(50) { request.products = self.lines(quantityMax: 1).map(\.product) }
        if request.products.isEmpty && self.random.chance(30) { request.rowsMax = 2 }
        return .stock(request)
    }

    private mutating func adjust() -> EngineRequest {
        .adjust(
            AdjustRequest(
                request: self.number(), sale: self.sale(),
                product: self.random.pick(Self.products),
                delta: Int64(self.random.below(60)) - 25, validateOnly: self.random.chance(15)))
    }

    private mutating func saleState() -> EngineRequest {
        .saleState(
            SaleStateRequest(
                request: self.number(), sale: self.sale(),
                state: self.random.pick([.open, .open, .open, .paused, .closed]),
                validateOnly: self.random.chance(10)))
    }

    private mutating func productState() -> EngineRequest {
        .productState(
            ProductStateRequest(
                request: self.number(), sale: self.sale(),
                product: self.random.pick(Self.products),
                state: self.random.pick([.open, .open, .paused]),
                validateOnly: self.random.chance(10)))
    }
}

/// Imports: new sales, and changes of those that sell.
extension RandomCommands {
    private mutating func configuration() -> SaleInput {
        let startsAt = self.now + Int64(self.random.below(30_000)) - 20_000
        return SaleInput(
            name: self.random.chance(50) ? "sale \(self.random.below(9))" : "",
            state: .unspecified, startsAt: startsAt,
            endsAt: max(startsAt, self.now) + 600_000 + Int64(self.random.below(2_000_000)),
            currency: "EUR", hold: self.random.pick([7_000, 8_000]),
            limit: self.random.chance(50) ? 0 : Int64(4 + self.random.below(10)))
    }

    private mutating func product(_ id: String) -> ProductInput {
        ProductInput(
            id, Int64(self.random.below(60)), price: Int64(self.random.below(5_000)),
            limit: self.random.chance(40) ? 0 : Int64(1 + self.random.below(6)),
            name: self.random.chance(50) ? "product \(id)" : "",
            state: self.random.pick([.unspecified, .unspecified, .open, .paused]))
    }

    private mutating func purchases(_ products: [String]) -> [PurchaseInput] {
        var purchases: [PurchaseInput] = []
        for user in Self.users where self.random.chance(15) {
            purchases.append(
                PurchaseInput(
                    user, self.random.pick(products), Int64(1 + self.random.below(3)),
                    order: self.random.chance(50) ? "old-\(user)" : ""))
        }
        return purchases
    }

    private mutating func newSale() -> EngineRequest {
        let sale = "sale-\(self.sales.count)"
        self.sales.append(sale)
        let configuration = self.configuration()
        self.saleEnds[sale] = configuration.endsAt
        let all = Self.products.dropLast(self.random.below(2))
        var products: [ProductInput] = []
        for id in all { products.append(self.product(id)) }
        let purchases = self.purchases(Array(all))
        self.importNumber += 1
        // Half of the new sales come in two chunks, the second of which may be a while behind.
        let parts: [([ProductInput], [PurchaseInput])] =
            self.random.chance(50)
            ? [(products, purchases)]
            : [(Array(products.prefix(2)), []), (Array(products.dropFirst(2)), purchases)]
        let chunks = ImportRequest.chunks(
            self.importNumber, sale: sale, configuration: configuration, parts: parts)
        self.pendingChunks += chunks.dropFirst().map { .load($0) }
        return self.remembered(.load(chunks[0]))
    }

    private mutating func changeSale() -> EngineRequest {
        let sale = self.random.pick(Array(self.sales.suffix(Self.salesAtOnce)))
        var configuration: SaleInput? = nil
        if self.random.chance(30) {
            // The end moves a little, and may move behind now: the sale is over then.
            var changed = self.configuration()
            changed.endsAt = max(
                changed.startsAt + 1,
                (self.saleEnds[sale] ?? 0) - 10_000 + Int64(self.random.below(20_000)))
            configuration = changed
            self.saleEnds[sale] = changed.endsAt
        }
        var products: [ProductInput] = []
        for id in Self.products where self.random.chance(30) { products.append(self.product(id)) }
        let known = self.random.chance(10) ? ["missing"] : ["a", "b", "c"]
        self.importNumber += 1
        var parts = [(products, self.purchases(known))]
        if self.random.chance(30) { parts.insert(([], self.purchases(["a", "b"])), at: 0) }
        let chunks = ImportRequest.chunks(
            self.importNumber, sale: sale, configuration: configuration, parts: parts)
        self.pendingChunks += chunks.dropFirst().map { .load($0) }
        return .load(chunks[0])
    }
}
