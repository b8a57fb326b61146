/// A checked import as the numbered chunks that carry it. Chunk 0 has the sale's configuration, the last one the counts
/// and the checksum, without which nothing becomes visible.
package struct ImportPlan: Sendable {
    package let requests: [PreloadRequest]
    package let productCount: Int
    package let purchaseCount: Int
    package let checksum: UInt32
    /// The number of the first product, and of the first purchase, of each chunk.
    private let bases: [(product: Int, purchase: Int)]

    package var rowCount: Int { self.productCount + self.purchaseCount }

    /// `sale` has its configuration and all rows. With `validateOnly` each chunk is checked by the server and nothing
    /// changes.
    package init(
        _ sale: Sale, importID: RequestID, validateOnly: Bool, lease: LeaseProof? = nil,
        chunkRowsMax: Int = ImportLimits.chunkRowsMax,
        chunkBytesMax: Int = ImportLimits.chunkBytesMax
    ) {
        var configuration = sale
        configuration.products = []
        configuration.purchases = []
        var chunks = [configuration]
        var byteCount = 1_024
        var rowCount = 0
        func makeRoom(_ bytes: Int) {
            if rowCount > 0 && (rowCount == chunkRowsMax || byteCount + bytes > chunkBytesMax) {
                chunks.append(Sale(saleID: sale.saleID))
                byteCount = 1_024
                rowCount = 0
            }
            byteCount += bytes
            rowCount += 1
        }
        var checksum = ImportChecksum()
        for product in sale.products {
            // An upper bound: tags and lengths, then four numbers of up to ten bytes.
            makeRoom(product.productID.utf8.count + product.name.utf8.count + 64)
            chunks[chunks.count - 1].products.append(product)
            checksum.add(product)
        }
        for purchase in sale.purchases {
            makeRoom(
                purchase.userID.utf8.count + purchase.productID.utf8.count
                    + purchase.orderReference.utf8.count + 32)
            chunks[chunks.count - 1].purchases.append(purchase)
            checksum.add(purchase)
        }
        let commit = PreloadCommit(
            chunkCount: chunks.count, productCount: sale.products.count,
            purchaseCount: sale.purchases.count, checksum: Int(checksum.value))
        self.requests = chunks.enumerated().map { index, chunk in
            PreloadRequest(
                importID: importID, chunk: index, sale: chunk,
                commit: index == chunks.count - 1 ? commit : nil, validateOnly: validateOnly,
                lease: lease)
        }
        self.productCount = sale.products.count
        self.purchaseCount = sale.purchases.count
        self.checksum = checksum.value
        var bases = [(product: 0, purchase: 0)]
        for chunk in chunks {
            let last = bases[bases.count - 1]
            bases.append(
                (last.product + chunk.products.count, last.purchase + chunk.purchases.count))
        }
        self.bases = bases
    }

    /// Which row of the whole import the server means by `sale.products[3].total` in an answer about a chunk, or by
    /// `chunks[0].sale.products[3].total` when the last chunk shows what is wrong with an earlier one.
    package func row(of field: String, inChunk answered: Int) -> ImportRow? {
        var field = Substring(field)
        var chunk = answered
        if field.hasPrefix("chunks[") {
            field = field.dropFirst("chunks[".count)
            guard let end = field.firstIndex(of: "]"), let number = Int(field[..<end]) else {
                return nil
            }
            chunk = number
            field = field[end...].dropFirst("].".count)
        }
        let lists = [("sale.products[", ImportRow.List.products), ("sale.purchases[", .purchases)]
        for (prefix, list) in lists where field.hasPrefix(prefix) {
            let rest = field.dropFirst(prefix.count)
            guard let end = rest.firstIndex(of: "]"), let index = Int(rest[..<end]),
                self.bases.indices.contains(chunk)
            else { return nil }
            let base =
                list == .products ? self.bases[chunk].product : self.bases[chunk].purchase
            let column = rest[rest.index(after: end)...].drop { $0 == "." }
            return ImportRow(list: list, index: base + index, column: String(column))
        }
        return nil
    }
}

/// A place in an import.
package struct ImportRow: Sendable, Equatable {
    package enum List: Sendable {
        case products, purchases
    }

    package let list: List
    /// Number of the row in its list, from 0, over all chunks.
    package let index: Int
    /// Empty for the whole row.
    package let column: String

    package init(list: List, index: Int, column: String) {
        self.list = list
        self.index = index
        self.column = column
    }
}

extension Sale {
    /// What is wrong with the configuration alone, as far as this side can tell.
    package var configurationRejects: ImportRejects {
        var check = RowCheck()
        check.configuration(self, 0)
        return check.rejects
    }
}
