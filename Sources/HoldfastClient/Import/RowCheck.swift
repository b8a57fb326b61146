/// Checks values of a file against the rules of the server, so that a file is refused before anything is sent. Text is
/// compared and measured as bytes.
package struct RowCheck {
    package var rejects = ImportRejects()

    package init() {}

    /// An id: 1 to 64 bytes without control characters.
    mutating func id(_ text: String, _ line: Int, _ column: String) {
        guard !text.isEmpty else {
            return self.rejects.add(line, column, "must not be empty")
        }
        self.text(text, bytesMax: ImportLimits.idBytesMax, line, column)
    }

    /// Text that may be empty.
    mutating func text(_ text: String, bytesMax: Int, _ line: Int, _ column: String) {
        let byteCount = text.utf8.count
        if byteCount > bytesMax {
            self.rejects.add(line, column, "must have at most \(bytesMax) bytes, has \(byteCount)")
        }
        let hasControl = text.unicodeScalars.contains {
            $0.value < 0x20 || (0x7F...0x9F).contains($0.value)
        }
        if hasControl { self.rejects.add(line, column, "must not contain control characters") }
    }

    mutating func range(
        _ value: Int, _ range: ClosedRange<Int>, _ line: Int, _ column: String
    ) {
        guard !range.contains(value) else { return }
        self.rejects.add(
            line, column,
            "must be a whole number from \(range.lowerBound) to \(range.upperBound), is \(value)")
    }

    mutating func product(_ product: Product, _ line: Int, path: String = "") {
        self.id(product.productID, line, path + "product_id")
        self.text(product.name, bytesMax: ImportLimits.nameBytesMax, line, path + "name")
        self.range(product.total, 0...ImportLimits.unitsMax, line, path + "total")
        self.range(
            product.priceMinor, 0...ImportLimits.priceMinorMax, line, path + "price_minor")
        self.range(
            product.limitPerUser, 0...ImportLimits.unitsMax, line, path + "limit_per_user")
    }

    mutating func purchase(_ purchase: Purchase, _ line: Int, path: String = "") {
        self.id(purchase.userID, line, path + "user_id")
        self.id(purchase.productID, line, path + "product_id")
        self.range(purchase.quantity, 1...ImportLimits.quantityMax, line, path + "quantity")
        self.text(
            purchase.orderReference, bytesMax: ImportLimits.idBytesMax, line, path + "order_ref")
    }

    /// The configuration of a sale, as chunk 0 carries it.
    mutating func configuration(_ sale: Sale, _ line: Int) {
        self.id(sale.saleID, line, "sale_id")
        self.text(sale.name, bytesMax: ImportLimits.nameBytesMax, line, "name")
        self.range(
            sale.startsAtMilliseconds, 1...ImportLimits.timeMillisecondsMax, line, "starts_at_ms")
        self.range(
            sale.endsAtMilliseconds, 1...ImportLimits.timeMillisecondsMax, line, "ends_at_ms")
        if sale.endsAtMilliseconds <= sale.startsAtMilliseconds {
            self.rejects.add(line, "ends_at_ms", "must be later than starts_at_ms")
        }
        let currency = Array(sale.currency.utf8)
        if currency.count != 3 || !currency.allSatisfy({ (0x41...0x5A).contains($0) }) {
            self.rejects.add(
                line, "currency", "must be three letters A to Z, as in ISO 4217 (CNY, EUR, …)")
        }
        if sale.holdMilliseconds != 0 {
            self.range(sale.holdMilliseconds, ImportLimits.holdMilliseconds, line, "hold_ms")
        }
        self.range(sale.limitPerUser, 0...ImportLimits.unitsMax, line, "limit_per_user")
        if sale.state == .sealed {
            self.rejects.add(line, "state", "must be OPEN, PAUSED or CLOSED")
        }
    }

    /// All rows together: not too many, and none twice. The same product twice, or the same buyer and product twice, would make the result depend on the order of rows.
    /// `lines` are those of the rows.
    package mutating func rows(
        products: [Product], productLines: [Int], purchases: [Purchase], purchaseLines: [Int]
    ) {
        let rowCount = products.count + purchases.count
        guard rowCount <= ImportLimits.rowsMax else {
            return self.rejects.add(
                0, "",
                "an import has at most \(ImportLimits.rowsMax) rows, this file has \(rowCount)")
        }
        var first: [[UInt8]: Int] = [:]
        for (product, line) in zip(products, productLines) {
            let key = Array(product.productID.utf8)
            if let earlier = first.updateValue(line, forKey: key) {
                self.rejects.add(line, "product_id", "is already on line \(earlier)")
            }
        }
        first = [:]
        for (purchase, line) in zip(purchases, purchaseLines) {
            // No id holds a control character, so a zero byte keeps the two apart.
            let key = Array(purchase.userID.utf8) + [0] + Array(purchase.productID.utf8)
            if let earlier = first.updateValue(line, forKey: key) {
                self.rejects.add(
                    line, "user_id", "this buyer and product are already on line \(earlier)")
            }
        }
    }
}
