import HoldfastEngine

/// A product row of a Preload, as a test writes it.
struct ProductInput: Equatable, Sendable {
    var id: String
    var name: String
    var total: Int64
    var price: Int64
    var limit: Int64
    var state: ProductStateCode

    init(
        _ id: String, _ total: Int64, price: Int64 = 100, limit: Int64 = 0, name: String = "",
        state: ProductStateCode = .unspecified
    ) {
        self.id = id
        self.name = name
        self.total = total
        self.price = price
        self.limit = limit
        self.state = state
    }
}

/// A purchase row of a Preload, as a test writes it.
struct PurchaseInput: Equatable, Sendable {
    var user: String
    var product: String
    var quantity: Int64
    var order: String

    init(_ user: String, _ product: String, _ quantity: Int64, order: String = "") {
        self.user = user
        self.product = product
        self.quantity = quantity
        self.order = order
    }
}

/// A sale's configuration, as a test writes it.
struct SaleInput: Equatable, Sendable {
    var name = ""
    var state: SaleStateCode = .unspecified
    var startsAt: Int64 = EngineHarness.epoch
    var endsAt: Int64 = EngineHarness.epoch + 7 * 24 * 3_600_000
    var currency = "CNY"
    var hold: Int64 = 600_000
    var limit: Int64 = 0
}

/// One chunk of a Preload, as a test writes it.
struct ImportRequest: Equatable, Sendable {
    var importID: Int
    var chunk: UInt32 = 0
    var sale: String
    var configuration: SaleInput?
    var products: [ProductInput] = []
    var purchases: [PurchaseInput] = []
    var commit: ImportCommit?
    var validateOnly = false

    /// A whole import in one chunk, with the commit that fits.
    static func whole(
        _ importID: Int, sale: String, configuration: SaleInput?, products: [ProductInput] = [],
        purchases: [PurchaseInput] = []
    ) -> ImportRequest {
        ImportRequest.chunks(
            importID, sale: sale, configuration: configuration, parts: [(products, purchases)])[0]
    }

    /// An import in as many chunks as parts, with the commit that fits in the last.
    static func chunks(
        _ importID: Int, sale: String, configuration: SaleInput?,
        parts: [([ProductInput], [PurchaseInput])]
    ) -> [ImportRequest] {
        var checksum = ImportChecksum()
        var chunks: [ImportRequest] = []
        for (index, part) in parts.enumerated() {
            checksum.add(part.0)
            checksum.add(part.1)
            var chunk = ImportRequest(importID: importID, chunk: UInt32(index), sale: sale)
            chunk.configuration = index == 0 ? configuration : nil
            chunk.products = part.0
            chunk.purchases = part.1
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].commit = ImportCommit(
            chunkCount: UInt32(parts.count),
            productCount: UInt32(parts.reduce(0) { $0 + $1.0.count }),
            purchaseCount: UInt32(parts.reduce(0) { $0 + $1.1.count }),
            checksum: checksum.value)
        return chunks
    }
}
