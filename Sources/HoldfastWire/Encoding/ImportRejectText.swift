internal import HoldfastEngine

/// A refused row of an import in words: its path and what it must be.
struct ImportRejectText {
    /// Like `sale.products[3].total`; with `chunks[0].` before it when the row came in another chunk.
    let field: String
    let description: String

    init(_ reject: ImportReject, inChunk chunk: UInt32) {
        var path = reject.chunk == chunk ? "sale" : "chunks[\(reject.chunk)].sale"
        switch reject.kind {
        case .sale: break
        case .product: path += ".products[\(reject.index)]"
        case .purchase: path += ".purchases[\(reject.index)]"
        }
        if let name = Self.field(of: reject) { path += "." + name }
        self.field = path
        self.description = Self.description(of: reject.problem)
    }

    /// The field within the row; nil: the row as a whole.
    private static func field(of reject: ImportReject) -> String? {
        switch reject.problem {
        case .unknownProduct, .doubledProduct: "product_id"
        case .doubledPurchase: "user_id"
        case .tooManyUnits: reject.kind == .sale ? "products" : "total"
        case .tooManyImported: reject.kind == .sale ? "purchases" : "quantity"
        case .tooManyProducts: reject.kind == .sale ? "products" : nil
        case .currencyChanged: "currency"
        case .missingConfiguration: nil
        case .badWindow: "ends_at_ms"
        }
    }

    private static func description(of problem: ImportProblem) -> String {
        switch problem {
        case .unknownProduct:
            "must be a product of the sale or of this import"
        case .doubledProduct:
            "must come once in an import"
        case .doubledPurchase:
            "must come once with this product in an import; add the quantities up"
        case .tooManyUnits:
            "must leave the sale at most \(EngineLimits.saleUnitsMax) units"
        case .tooManyImported:
            "must leave the buyer at most \(EngineLimits.importedUnitsMax) imported units"
        case .tooManyProducts:
            "must leave the sale at most \(EngineLimits.productsPerSaleMax) products"
        case .currencyChanged:
            "must be the currency that the sale has; it cannot change"
        case .missingConfiguration:
            "must carry its configuration in chunk 0, as the sale is new"
        case .badWindow:
            "must be later than starts_at_ms and, for a new sale, later than now"
        }
    }
}
