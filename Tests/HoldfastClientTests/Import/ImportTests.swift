import Foundation
import HoldfastClient
import Testing

@Suite struct ImportTests {
    private func csv(_ text: String) -> CSVImport {
        var csv = CSVImport()
        csv.feed(Array(text.utf8))
        csv.finish()
        return csv
    }

    /// `line:column` of every reject.
    private func places(_ rejects: ImportRejects) -> [String] {
        rejects.listed.map { "\($0.line):\($0.column)" }
    }

    @Test func productsAreReadInAnyOrderOfColumns() {
        let csv = self.csv(
            "total,product_id,state,name,limit_per_user,price_minor\n5,a,paused,\"限量, 球鞋\",2,100\n7,b,,,,\n"
        )
        #expect(csv.rejects.isEmpty)
        #expect(
            csv.products == [
                Product(
                    productID: "a", total: 5, name: "限量, 球鞋", priceMinor: 100,
                    limitPerUser: 2, state: .paused),
                Product(productID: "b", total: 7),
            ])
        #expect(csv.productLines == [2, 3])
    }

    @Test func purchasesAreRead() {
        let csv = self.csv("user_id,product_id,quantity,order_ref\nu1,a,2,o-1\nu1,b,1,\n")
        #expect(csv.rejects.isEmpty)
        #expect(
            csv.purchases == [
                Purchase(userID: "u1", productID: "a", quantity: 2, orderReference: "o-1"),
                Purchase(userID: "u1", productID: "b", quantity: 1),
            ])
    }

    @Test(arguments: [
        ("product_id,total\n,5\n", ["2:product_id"]),
        ("product_id,total\na,\n", ["2:total"]),
        ("product_id,total\na,x\n", ["2:total"]),
        ("product_id,total\na,+5\n", ["2:total"]),
        ("product_id,total\na,5.0\n", ["2:total"]),
        ("product_id,total\na,-1\n", ["2:total"]),
        ("product_id,total\na,2000000001\n", ["2:total"]),
        ("product_id,total\na,99999999999999999999\n", ["2:total"]),
        ("product_id,total\na,1,2\n", ["2:"]),
        ("product_id,total\na\n", ["2:"]),
        ("product_id,total\na,1\nb,2\na,3\n", ["4:product_id"]),
        ("product_id,total,state\na,1,SEALED\n", ["2:state"]),
        ("product_id,total,price_minor\na,1,1000000000001\n", ["2:price_minor"]),
        ("product_id,total\n\"a\u{7}\",1\n", ["2:product_id"]),
        ("product_id,total\n\"a\u{85}\",1\n", ["2:product_id"]),
        ("product_id\na\n", ["1:total"]),
        ("product_id,total,totl\na,1,1\n", ["1:totl"]),
        ("product_id,total,total\na,1,1\n", ["1:total"]),
        ("user_id,product_id,quantity\nu,p,0\nu,q,1000001\n", ["2:quantity", "3:quantity"]),
        ("user_id,product_id,quantity\nu,p,1\nu,q,1\nu,p,2\n", ["4:user_id"]),
        ("", ["0:"]),
        ("product_id,total\na,1\n\"b,2\n", ["3:"]),
    ])
    func eachMistakeIsListedWithItsPlace(text: String, expected: [String]) {
        #expect(self.places(self.csv(text).rejects) == expected)
    }

    @Test func idsAreMeasuredInBytesAndComparedAsBytes() {
        let fits = String(repeating: "é", count: 32)
        // Composed and decomposed é are the same Swift String and two different ids.
        let csv = self.csv("product_id,total\n\(fits),1\n\(fits)x,1\n\u{E9},1\ne\u{301},1\n")
        #expect(self.places(csv.rejects) == ["3:product_id"])
        #expect(csv.products.count == 3)
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        var csv = CSVImport()
        csv.feed(Array("product_id,total\n".utf8) + [0x61, 0xFF] + Array(",1\n".utf8))
        csv.finish()
        #expect(self.places(csv.rejects) == ["2:product_id"])
    }

    @Test func rejectsAreAllCountedAndAThousandListed() {
        let csv = self.csv("product_id,total\n" + (0..<1_500).map { "p\($0),x\n" }.joined())
        #expect(csv.rejects.count == 1_500)
        #expect(csv.rejects.listed.count == 1_000)
    }

    @Test func moreRowsThanAnImportHoldsAreRefused() {
        let products = (0...200_000).map { Product(productID: String($0), total: 1) }
        var full = RowCheck()
        full.rows(
            products: products.dropLast(), productLines: Array(1...200_000), purchases: [],
            purchaseLines: [])
        #expect(full.rejects.isEmpty)
        var over = RowCheck()
        over.rows(
            products: products, productLines: Array(1...200_001), purchases: [], purchaseLines: [])
        #expect(self.places(over.rejects) == ["0:"])
    }

    @Test func jsonFileIsReadUnderBothSpellings() {
        let text = """
            {"sale_id":"s","name":"双十一","state":"OPEN","starts_at_ms":1,"endsAtMs":"2","currency":"CNY",
             "hold_ms":600000,"limit_per_user":3,
             "products":[{"product_id":"p","name":"\\u79d2\\ud83d\\ude00","total":5,"priceMinor":1,
              "limit_per_user":2,"state":"PRODUCT_STATE_PAUSED"}],
             "purchases":[{"user_id":"u","product_id":"p","quantity":1,"order_ref":"o"}]}
            """
        let json = JSONImport(Array(text.utf8))
        #expect(json.rejects.isEmpty, "\(json.rejects.listed)")
        #expect(
            json.sale
                == Sale(
                    saleID: "s", name: "双十一", state: .open, startsAtMilliseconds: 1,
                    endsAtMilliseconds: 2, currency: "CNY", holdMilliseconds: 600_000,
                    limitPerUser: 3,
                    products: [
                        Product(
                            productID: "p", total: 5, name: "秒😀", priceMinor: 1,
                            limitPerUser: 2, state: .paused)
                    ],
                    purchases: [
                        Purchase(
                            userID: "u", productID: "p", quantity: 1, orderReference: "o")
                    ]))
    }

    @Test(arguments: [
        ("{\"sale_id\":\"s\",\n\"totl\":1}", "2:totl"),
        ("{\"products\":[\n{\"product_id\":\"p\",\n\"total\":1.5}]}", "3:products[0].total"),
        (
            "{\"products\":[{\"product_id\":\"p\",\"total\":99999999999999999999}]}",
            "1:products[0].total"
        ),
        ("{\"products\":[1]}", "1:products[0]"),
        ("{\"products\":{}}", "1:products"),
        ("{\"sale_id\":5}", "1:sale_id"),
        ("{\"state\":\"half\"}", "1:state"),
        ("[]", "1:"),
        ("{\"a\":1,\"a\":2}", "1:byte 11"),
        ("{\"a\":1,}", "1:byte 8"),
        ("{\"a\":01}", "1:byte 8"),
        ("{\"a\":\"\\ud800\"}", "1:byte 13"),
        ("{\"a\":1} x", "1:byte 9"),
        ("{\n\"a\":tru}", "2:byte 5"),
        ("", "1:byte 1"),
        (String(repeating: "[", count: 100_000), "1:byte 17"),
    ])
    func eachMistakeInJSONIsListedWithItsPlace(text: String, expected: String) {
        #expect(self.places(JSONImport(Array(text.utf8)).rejects).first == expected)
    }

    @Test func checksumIsZlibsOverTheCanonicalRows() {
        var checksum = ImportChecksum()
        checksum.add("123456789".utf8)
        #expect(checksum.value == 0xCBF4_3926)
        var rows = ImportChecksum()
        rows.add(
            Product(
                productID: "sku-1", total: 5, name: "n", priceMinor: 100, limitPerUser: 2,
                state: .open))
        rows.add(Purchase(userID: "u", productID: "sku-1", quantity: 1, orderReference: "o"))
        var text = ImportChecksum()
        text.add("P\tsku-1\t5\t100\t2\t1\nB\tu\tsku-1\t1\to\n".utf8)
        #expect(rows.value == text.value)
    }

    @Test func planKeepsEveryRowInOrderWithinItsBoundsAndCommitsOnce() throws {
        let products = (0..<2_500).map {
            Product(productID: "p\($0)", total: $0, name: String(repeating: "名", count: 80))
        }
        let purchases = (0..<1_000).map {
            Purchase(userID: "u\($0)", productID: "p\($0)", quantity: 1)
        }
        var sale = Sale(saleID: "s", name: "n", startsAtMilliseconds: 1, currency: "EUR")
        sale.products = products
        sale.purchases = purchases
        let plan = ImportPlan(
            sale, importID: RequestID(), validateOnly: false, chunkRowsMax: 400,
            chunkBytesMax: 64_000)
        #expect(plan.requests.flatMap(\.sale.products) == products)
        #expect(plan.requests.flatMap(\.sale.purchases) == purchases)
        #expect(plan.requests.map(\.chunk) == Array(0..<plan.requests.count))
        for request in plan.requests {
            #expect(request.sale.products.count + request.sale.purchases.count <= 400)
            #expect(try request.body().count <= 64_000)
            #expect(request.sale.saleID == "s")
            #expect((request.sale.currency == "EUR") == (request.chunk == 0))
        }
        let commits = plan.requests.compactMap(\.commit)
        #expect(commits.count == 1)
        #expect(plan.requests.last?.commit == commits[0])
        #expect(commits[0].chunkCount == plan.requests.count)
        #expect(commits[0].productCount == 2_500)
        #expect(commits[0].purchaseCount == 1_000)
        #expect(commits[0].checksum == Int(plan.checksum))
    }

    @Test func serversPathLeadsBackToTheRowOfTheFile() {
        var sale = Sale(saleID: "s")
        sale.products = (0..<5).map { Product(productID: "p\($0)", total: 1) }
        sale.purchases = (0..<5).map {
            Purchase(userID: "u\($0)", productID: "p0", quantity: 1)
        }
        let plan = ImportPlan(sale, importID: RequestID(), validateOnly: false, chunkRowsMax: 3)
        #expect(plan.requests.count == 4)
        #expect(
            plan.row(of: "sale.products[1].total", inChunk: 1)
                == ImportRow(list: .products, index: 4, column: "total"))
        #expect(
            plan.row(of: "sale.purchases[2].user_id", inChunk: 2)
                == ImportRow(list: .purchases, index: 3, column: "user_id"))
        #expect(
            plan.row(of: "chunks[0].sale.products[2]", inChunk: 3)
                == ImportRow(list: .products, index: 2, column: ""))
        for field in ["sale.currency", "chunks[x].sale.products[2]", "sale.products[", ""] {
            #expect(plan.row(of: field, inChunk: 0) == nil, "\(field)")
        }
        #expect(plan.row(of: "sale.products[0]", inChunk: 99) == nil)
    }

    @Test func emptyImportIsOneChunk() {
        let plan = ImportPlan(Sale(saleID: "s"), importID: RequestID(), validateOnly: true)
        #expect(plan.requests.count == 1)
        #expect(plan.requests[0].commit?.checksum == 0)
        #expect(plan.requests[0].validateOnly)
    }
}
