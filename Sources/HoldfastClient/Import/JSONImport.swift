/// A JSON file with one sale, its products and its purchases, under the names that the protocol gives them
/// (`sale_id`, `starts_at_ms`, `products`, …); their camel-case spelling is taken too.
package struct JSONImport {
    /// nil if the file is no JSON.
    package private(set) var sale: Sale?
    /// The lines on which the rows begin.
    package private(set) var productLines: [Int] = []
    package private(set) var purchaseLines: [Int] = []
    private var check = RowCheck()

    package init(_ bytes: [UInt8]) {
        do throws(JSONReader.Problem) {
            let node = try JSONReader.read(bytes)
            self.sale = self.readSale(node)
        } catch {
            self.check.rejects.add(error.line, "byte \(error.column)", error.reason)
        }
    }

    package var rejects: ImportRejects { self.check.rejects }

    private mutating func readSale(_ node: JSONNode) -> Sale {
        var sale = Sale(saleID: "")
        self.fields(of: node, "") { reader, key, value in
            switch key {
            case "sale_id": sale.saleID = reader.string(value, key)
            case "name": sale.name = reader.string(value, key)
            case "state":
                sale.state = reader.state(value, key, "OPEN, PAUSED or CLOSED") ?? .unspecified
            case "starts_at_ms": sale.startsAtMilliseconds = reader.integer(value, key)
            case "ends_at_ms": sale.endsAtMilliseconds = reader.integer(value, key)
            case "currency": sale.currency = reader.string(value, key)
            case "hold_ms": sale.holdMilliseconds = reader.integer(value, key)
            case "limit_per_user": sale.limitPerUser = reader.integer(value, key)
            case "products":
                for (index, item) in reader.array(value, key).enumerated() {
                    let product = reader.readProduct(item, "products[\(index)].")
                    reader.check.product(product, item.line, path: "products[\(index)].")
                    sale.products.append(product)
                    reader.productLines.append(item.line)
                }
            case "purchases":
                for (index, item) in reader.array(value, key).enumerated() {
                    let purchase = reader.readPurchase(item, "purchases[\(index)].")
                    reader.check.purchase(purchase, item.line, path: "purchases[\(index)].")
                    sale.purchases.append(purchase)
                    reader.purchaseLines.append(item.line)
                }
            default: return false
            }
            return true
        }
        if self.check.rejects.isEmpty {
            self.check.rows(
                products: sale.products, productLines: self.productLines,
                purchases: sale.purchases, purchaseLines: self.purchaseLines)
        }
        return sale
    }

    private mutating func readProduct(_ node: JSONNode, _ path: String) -> Product {
        var product = Product(productID: "", total: 0)
        self.fields(of: node, path) { reader, key, value in
            switch key {
            case "product_id": product.productID = reader.string(value, path + key)
            case "name": product.name = reader.string(value, path + key)
            case "total": product.total = reader.integer(value, path + key)
            case "price_minor": product.priceMinor = reader.integer(value, path + key)
            case "limit_per_user": product.limitPerUser = reader.integer(value, path + key)
            case "state":
                product.state =
                    reader.state(value, path + key, "OPEN or PAUSED") ?? .unspecified
            default: return false
            }
            return true
        }
        return product
    }

    private mutating func readPurchase(_ node: JSONNode, _ path: String) -> Purchase {
        var purchase = Purchase(userID: "", productID: "", quantity: 0)
        self.fields(of: node, path) { reader, key, value in
            switch key {
            case "user_id": purchase.userID = reader.string(value, path + key)
            case "product_id": purchase.productID = reader.string(value, path + key)
            case "quantity": purchase.quantity = reader.integer(value, path + key)
            case "order_ref": purchase.orderReference = reader.string(value, path + key)
            default: return false
            }
            return true
        }
        return purchase
    }

    /// Hands each field over under its protocol name; `body` says whether it knows the name.
    private mutating func fields(
        of node: JSONNode, _ path: String,
        _ body: (inout JSONImport, _ key: String, _ value: JSONNode) -> Bool
    ) {
        guard case .object(let fields, _) = node else {
            let place = path.isEmpty ? "" : String(path.dropLast())
            return self.check.rejects.add(node.line, place, "must be an object")
        }
        for (key, value) in fields {
            let name = Self.snakeCase(key)
            if !body(&self, name, value) {
                self.check.rejects.add(value.line, path + key, "no such field")
            }
        }
    }

    private mutating func string(_ node: JSONNode, _ path: String) -> String {
        if case .string(let text, _) = node { return text }
        self.check.rejects.add(node.line, path, "must be a text")
        return ""
    }

    /// A whole number, or one in quotes as protobuf's JSON writes it.
    private mutating func integer(_ node: JSONNode, _ path: String) -> Int {
        switch node {
        case .integer(let value, _):
            return value
        case .string(let text, _):
            if text.utf8.first != UInt8(ascii: "+"), let value = Int(text) { return value }
            self.check.rejects.add(node.line, path, "\"\(text)\" is no whole number")
        case .otherNumber(let text, _):
            self.check.rejects.add(node.line, path, "\(text) is no whole number of 64 bits")
        default:
            self.check.rejects.add(node.line, path, "must be a whole number")
        }
        return 0
    }

    private mutating func array(_ node: JSONNode, _ path: String) -> [JSONNode] {
        if case .array(let items, _) = node { return items }
        self.check.rejects.add(node.line, path, "must be an array")
        return []
    }

    private mutating func state<State: WireEnum>(
        _ node: JSONNode, _ path: String, _ allowed: String
    ) -> State? {
        if case .string(let text, _) = node, let state = State(name: text) { return state }
        self.check.rejects.add(node.line, path, "must be \(allowed)")
        return nil
    }

    private static func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { result, character in
            if character.isUppercase { result += "_" }
            result += character.lowercased()
        }
    }
}
