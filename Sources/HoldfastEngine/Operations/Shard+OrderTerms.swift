/// What an order asks for, measured by its sale: what admission needs to tell a large order from a small one.
package struct OrderTerms: Equatable, Sendable, BitwiseCopyable {
    /// Of the line that asks for most of what one buyer may have (or of the whole order, when the sale's own limit is
    /// the nearest): how many.
    package var quantity: Int64 = 1
    /// The limit a buyer that this quantity counts against; 0: none.
    package var limitPerUser: Int64 = 0
    /// The whole order in minor units, at most Int64.max.
    package var amountMinor: Int64 = 0

    package init() {}
}

extension Shard {
    /// Reads the terms of an order; changes nothing. What the sale does not have counts as one without limit and price: such
    /// an order is refused anyhow.
    package mutating func orderTerms(saleID: ByteView, lines: LineRequests) -> OrderTerms {
        var terms = OrderTerms()
        let sale = self.findSale(saleID)
        var sum: Int64 = 0
        for index in 0..<lines.count {
            let quantity = lines[index].quantity
            sum = sum.addingReportingOverflow(quantity).partialValue
            var limit: Int64 = 0
            let product = sale == 0 ? 0 : self.findProduct(sale, lines[index].productID)
            if product != 0 {
                let record = self.products[product]
                limit = record.pointee.limitPerUser
                let (amount, isTooLarge) = quantity.multipliedReportingOverflow(
                    by: record.pointee.priceMinor)
                let (total, overflow) = terms.amountMinor.addingReportingOverflow(amount)
                terms.amountMinor = isTooLarge || overflow ? .max : total
            }
            terms.takeLarger(quantity: quantity, limit: limit, isFirst: index == 0)
        }
        if sale != 0 {
            let limit = self.sales[sale].pointee.limitPerUser
            if limit > 0 { terms.takeLarger(quantity: sum, limit: limit, isFirst: false) }
        }
        return terms
    }
}

extension OrderTerms {
    /// An order is large from max(2, limit) on: the part that is nearest to its bound, or furthest beyond, stays.
    fileprivate mutating func takeLarger(quantity: Int64, limit: Int64, isFirst: Bool) {
        let ours = self.quantity.multipliedFullWidth(by: max(2, limit))
        let theirs = quantity.multipliedFullWidth(by: max(2, self.limitPerUser))
        guard isFirst || (theirs.high, theirs.low) > (ours.high, ours.low) else { return }
        self.quantity = quantity
        self.limitPerUser = limit
    }
}
