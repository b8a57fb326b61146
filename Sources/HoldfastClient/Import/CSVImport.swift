/// A CSV file of products or of purchases: a header row, then one row each. Fed in pieces; holds the parsed rows.
///
/// - Products: `product_id,total` and, if wanted, `name,price_minor,limit_per_user,state`.
/// - Purchases: `user_id,product_id,quantity` and, if wanted, `order_ref`.
///
/// Columns may stand in any order; one that is not known is refused, since it is more likely misspelt than meant.
package struct CSVImport {
    private enum Kind {
        case products, purchases
    }

    private static let productColumns = [
        "product_id", "total", "name", "price_minor", "limit_per_user", "state",
    ]
    private static let purchaseColumns = ["user_id", "product_id", "quantity", "order_ref"]

    package private(set) var products: [Product] = []
    package private(set) var purchases: [Purchase] = []
    /// The lines of the rows.
    package private(set) var productLines: [Int] = []
    package private(set) var purchaseLines: [Int] = []
    private var check = RowCheck()
    private var reader = CSVReader()
    private var kind: Kind?
    private var columns: [String] = []
    private var isBroken = false

    package init() {}

    package var rejects: ImportRejects { self.check.rejects }
    package var rowCount: Int { self.products.count + self.purchases.count }

    /// Takes the next bytes of the file.
    package mutating func feed(_ bytes: [UInt8]) {
        self.read { reader, body throws(CSVReader.Problem) in try reader.feed(bytes, body) }
    }

    /// The file is complete.
    package mutating func finish() {
        self.read { reader, body throws(CSVReader.Problem) in try reader.finish(body) }
        if self.columns.isEmpty && !self.isBroken {
            self.check.rejects.add(0, "", "the file is empty; a CSV begins with a header row")
        }
        self.check.rows(
            products: self.products, productLines: self.productLines, purchases: self.purchases,
            purchaseLines: self.purchaseLines)
    }

    private mutating func read(
        _ step: (inout CSVReader, (CSVReader.Row) -> Void) throws(CSVReader.Problem) -> Void
    ) {
        guard !self.isBroken else { return }
        var rows: [CSVReader.Row] = []
        do throws(CSVReader.Problem) {
            try step(&self.reader) { rows.append($0) }
            for row in rows { self.take(row) }
        } catch {
            for row in rows { self.take(row) }
            self.check.rejects.add(error.line, "", error.reason)
            self.isBroken = true
        }
    }

    private mutating func take(_ row: CSVReader.Row) {
        guard !self.isBroken else { return }
        var texts: [String] = []
        for (index, field) in row.fields.enumerated() {
            guard let text = String(validating: field, as: UTF8.self) else {
                let column = index < self.columns.count ? self.columns[index] : "\(index + 1)"
                return self.check.rejects.add(row.line, column, "is not UTF-8")
            }
            texts.append(text)
        }
        if self.columns.isEmpty { return self.takeHeader(texts, row.line) }
        guard texts.count == self.columns.count else {
            return self.check.rejects.add(
                row.line, "", "has \(texts.count) fields, the header has \(self.columns.count)")
        }
        let values = Dictionary(uniqueKeysWithValues: zip(self.columns, texts))
        switch self.kind! {
        case .products: self.takeProduct(values, row.line)
        case .purchases: self.takePurchase(values, row.line)
        }
    }

    private mutating func takeHeader(_ names: [String], _ line: Int) {
        self.columns = names
        let kind: Kind = names.contains("user_id") ? .purchases : .products
        self.kind = kind
        let known = kind == .products ? Self.productColumns : Self.purchaseColumns
        let required = known.prefix(kind == .products ? 2 : 3)
        let countBefore = self.check.rejects.count
        for name in required where !names.contains(name) {
            self.check.rejects.add(
                line, name,
                "this column is missing; a file of products has product_id,total,…, "
                    + "a file of purchases user_id,product_id,quantity,…")
        }
        for (index, name) in names.enumerated() {
            if !known.contains(name) {
                self.check.rejects.add(
                    line, name, "no such column; there are \(known.joined(separator: ", "))")
            } else if names[..<index].contains(name) {
                self.check.rejects.add(line, name, "this column is there twice")
            }
        }
        // Without its header no row means anything.
        if self.check.rejects.count > countBefore { self.isBroken = true }
    }

    private mutating func takeProduct(_ values: [String: String], _ line: Int) {
        var isGood = true
        let total = self.integer(values, "total", line, isRequired: true, &isGood)
        let priceMinor = self.integer(values, "price_minor", line, isRequired: false, &isGood)
        let limit = self.integer(values, "limit_per_user", line, isRequired: false, &isGood)
        var state = ProductState.unspecified
        if let text = values["state"], !text.isEmpty {
            if let known = ProductState(name: text), known != .unspecified {
                state = known
            } else {
                self.check.rejects.add(line, "state", "must be OPEN, PAUSED or empty")
                isGood = false
            }
        }
        let product = Product(
            productID: values["product_id"] ?? "", total: total, name: values["name"] ?? "",
            priceMinor: priceMinor, limitPerUser: limit, state: state)
        let countBefore = self.check.rejects.count
        self.check.product(product, line)
        guard isGood && self.check.rejects.count == countBefore else { return }
        self.products.append(product)
        self.productLines.append(line)
    }

    private mutating func takePurchase(_ values: [String: String], _ line: Int) {
        var isGood = true
        let quantity = self.integer(values, "quantity", line, isRequired: true, &isGood)
        let purchase = Purchase(
            userID: values["user_id"] ?? "", productID: values["product_id"] ?? "",
            quantity: isGood ? quantity : 1, orderReference: values["order_ref"] ?? "")
        let countBefore = self.check.rejects.count
        self.check.purchase(purchase, line)
        guard isGood && self.check.rejects.count == countBefore else { return }
        self.purchases.append(purchase)
        self.purchaseLines.append(line)
    }

    /// A whole number written in digits; 0 for an empty field that may be empty.
    private mutating func integer(
        _ values: [String: String], _ column: String, _ line: Int, isRequired: Bool,
        _ isGood: inout Bool
    ) -> Int {
        let text = values[column] ?? ""
        if text.isEmpty && !isRequired { return 0 }
        let isPlain = text.utf8.first != UInt8(ascii: "+")
        if isPlain, let value = Int(text) { return value }
        self.check.rejects.add(
            line, column, text.isEmpty ? "must not be empty" : "\"\(text)\" is no whole number")
        isGood = false
        return 0
    }
}
