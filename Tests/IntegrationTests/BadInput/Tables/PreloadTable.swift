import HoldfastClient

/// Imports that RULES 6 does not allow: each field, each count, each order.
enum PreloadTable {
    static let rows: [BadInput] =
        heads + configuration + products + purchases + laterChunks + orders + rejects

    private static let newImport = [UInt8](repeating: 0x66, count: 16)

    static func body(
        _ importID: [UInt8]? = newImport, chunk: Int64 = 0, sale: [UInt8]?, commit: [UInt8]?,
        validateOnly: Bool = false
    ) -> [UInt8] {
        (importID.map { Raw.bytes(1, $0) } ?? []) + Raw.number(2, chunk)
            + (sale.map { Raw.bytes(3, $0) } ?? []) + (commit.map { Raw.bytes(4, $0) } ?? [])
            + (validateOnly ? Raw.number(5, 1) : [])
    }

    /// A sale that is open from 1970 to 2096, with `changes` in place of its own fields of the same number.
    static func sale(_ id: String, rows: [UInt8] = [], changes: [UInt64: [UInt8]] = [:]) -> [UInt8]
    {
        var fields: [UInt64: [UInt8]] = [
            1: Raw.text(1, id), 2: Raw.text(2, "test"), 3: Raw.number(3, 1),
            4: Raw.number(4, 1_000_000), 5: Raw.number(5, 4_000_000_000_000),
            6: Raw.text(6, "CNY"), 7: Raw.number(7, 600_000), 8: Raw.number(8, 0),
        ]
        fields.merge(changes) { $1 }
        return fields.keys.sorted().flatMap { fields[$0] ?? [] } + rows
    }

    static func productRow(
        _ id: String, total: Int64 = 10, price: Int64 = 0, limit: Int64 = 0, state: Int64 = 0,
        name: String = ""
    ) -> [UInt8] {
        Raw.bytes(
            9,
            Raw.text(1, id) + Raw.text(2, name) + Raw.number(3, total) + Raw.number(4, price)
                + Raw.number(5, limit) + Raw.number(6, state))
    }

    private static func purchaseRow(
        _ user: String, _ product: String, _ quantity: Int64, reference: String = ""
    ) -> [UInt8] {
        Raw.bytes(
            10,
            Raw.text(1, user) + Raw.text(2, product) + Raw.number(3, quantity)
                + Raw.text(4, reference))
    }

    static func canonicalRow(_ total: Int, _ product: String = BadInputFixture.product) -> String {
        "P\t\(product)\t\(total)\t0\t0\t0\n"
    }

    static func commit(
        text: String, chunks: Int64 = 1, products: Int64 = 1, purchases: Int64 = 0,
        checksumOff: UInt32 = 0
    ) -> [UInt8] {
        var checksum = ImportChecksum()
        checksum.add(text.utf8)
        return Raw.number(1, chunks) + Raw.number(2, products) + Raw.number(3, purchases)
            + Raw.number(4, Int64(checksum.value ^ checksumOff))
    }

    private static let row = productRow("sku")
    private static let goodCommit = commit(text: canonicalRow(10))

    private static func field(_ name: String, _ body: [UInt8], _ field: String) -> BadInput {
        .field("Preload: \(name)", MethodNumber.preload, body, field)
    }

    private static func whole(_ name: String, _ sale: [UInt8], _ field: String) -> BadInput {
        Self.field(name, Self.body(sale: sale, commit: Self.goodCommit), field)
    }

    private static let heads: [BadInput] = [
        Self.field("no body", [], "import_id"),
        Self.field(
            "no import_id", Self.body(nil, sale: Self.sale("new"), commit: nil), "import_id"),
        Self.field(
            "import_id of 15 bytes",
            Self.body([UInt8](repeating: 1, count: 15), sale: Self.sale("new"), commit: nil),
            "not 15"),
        Self.field(
            "import_id all zero",
            Self.body([UInt8](repeating: 0, count: 16), sale: Self.sale("new"), commit: nil),
            "all zero"),
        Self.field("no sale", Self.body(sale: nil, commit: Self.goodCommit), "sale"),
        Self.whole("an empty sale_id", Self.sale("", rows: Self.row), "sale.sale_id"),
        Self.field(
            "a commit of no chunks",
            Self.body(
                sale: Self.sale("new", rows: Self.row),
                commit: Self.commit(text: Self.canonicalRow(10), chunks: 0)), "chunk_count"),
    ]

    private static let wrongConfigurations: [(String, UInt64, [UInt8], String)] = [
        ("name of 257 bytes", 2, Raw.bytes(2, [UInt8](repeating: 0x61, count: 257)), "sale.name"),
        ("name with a newline", 2, Raw.text(2, "a\nb"), "sale.name"),
        ("state SEALED", 3, Raw.number(3, 4), "sale.state"),
        ("state 5", 3, Raw.number(3, 5), "sale.state"),
        ("state -1", 3, Raw.number(3, -1), "sale.state"),
        ("no start", 4, [], "sale.starts_at_ms"),
        ("start before 1970", 4, Raw.number(4, -1), "sale.starts_at_ms"),
        ("start after 2500", 4, Raw.number(4, 16_725_225_600_001), "sale.starts_at_ms"),
        ("no end", 5, [], "sale.ends_at_ms"),
        ("end after 2500", 5, Raw.number(5, .max), "sale.ends_at_ms"),
        ("end at the start", 5, Raw.number(5, 1_000_000), "later than starts_at_ms"),
        ("no currency", 6, [], "sale.currency"),
        ("currency of two letters", 6, Raw.text(6, "CN"), "sale.currency"),
        ("currency of four letters", 6, Raw.text(6, "CNYX"), "sale.currency"),
        ("currency in small letters", 6, Raw.text(6, "cny"), "sale.currency"),
        ("currency with a digit", 6, Raw.text(6, "C1Y"), "sale.currency"),
        ("hold_ms 999", 7, Raw.number(7, 999), "sale.hold_ms"),
        ("hold_ms past 4 h", 7, Raw.number(7, 14_400_001), "sale.hold_ms"),
        ("hold_ms -1", 7, Raw.number(7, -1), "sale.hold_ms"),
        ("limit -1", 8, Raw.number(8, -1), "sale.limit_per_user"),
        ("limit past the most units", 8, Raw.number(8, 2_000_000_001), "sale.limit_per_user"),
    ]

    private static let configuration: [BadInput] = wrongConfigurations.map {
        Self.whole($0, Self.sale("new", rows: Self.row, changes: [$1: $2]), $3)
    }

    private static let products: [BadInput] = [
        ("an empty product_id", Self.productRow(""), "product_id"),
        (
            "product_id of 65 bytes", Self.productRow(String(repeating: "p", count: 65)),
            "product_id"
        ),
        ("product_id with DEL", Self.productRow("a\u{7F}"), "product_id"),
        (
            "product name of 257 bytes",
            Self.productRow("sku", name: String(repeating: "n", count: 257)), "name"
        ),
        ("total -1", Self.productRow("sku", total: -1), "total"),
        ("total past the most", Self.productRow("sku", total: 2_000_000_001), "total"),
        ("price -1", Self.productRow("sku", price: -1), "price_minor"),
        ("price past the most", Self.productRow("sku", price: 1_000_000_000_001), "price_minor"),
        ("product limit -1", Self.productRow("sku", limit: -1), "limit_per_user"),
        ("product limit past the most", Self.productRow("sku", limit: .max), "limit_per_user"),
        ("product state 3", Self.productRow("sku", state: 3), "state"),
    ].map {
        Self.whole($0, Self.sale("new", rows: Self.row + $1), "sale.products[1].\($2)")
    }

    private static let purchases: [BadInput] = [
        ("an empty user_id", Self.purchaseRow("", "sku", 1), "user_id"),
        ("a purchase without product", Self.purchaseRow("u", "", 1), "product_id"),
        ("a purchase of 0", Self.purchaseRow("u", "sku", 0), "quantity"),
        ("a purchase of -1", Self.purchaseRow("u", "sku", -1), "quantity"),
        ("a purchase of 1,000,001", Self.purchaseRow("u", "sku", 1_000_001), "quantity"),
        (
            "a purchase's order_ref of 65 bytes",
            Self.purchaseRow("u", "sku", 1, reference: String(repeating: "r", count: 65)),
            "order_ref"
        ),
    ].map {
        Self.whole($0, Self.sale("new", rows: Self.row + $1), "sale.purchases[0].\($2)")
    }

    /// Only chunk 0 carries the sale's configuration.
    private static let laterChunks: [BadInput] = [
        ("name", Raw.text(2, "n")), ("state", Raw.number(3, 1)),
        ("starts_at_ms", Raw.number(4, 1)), ("ends_at_ms", Raw.number(5, 2)),
        ("currency", Raw.text(6, "CNY")), ("hold_ms", Raw.number(7, 1_000)),
        ("limit_per_user", Raw.number(8, 1)),
    ].map {
        Self.field(
            "chunk 1 with \($0)",
            Self.body(chunk: 1, sale: Raw.text(1, "new") + $1, commit: nil), "sale.\($0)")
    }

    private static func refused(
        _ name: String, _ body: [UInt8], _ reason: String
    ) -> BadInput {
        .refused(
            "Preload: \(name)", MethodNumber.preload, body, reason, code: StatusCode.precondition)
    }

    private static func mismatch(_ name: String, _ commit: [UInt8]) -> BadInput {
        Self.refused(
            name, Self.body(sale: Self.sale("new", rows: Self.row), commit: commit),
            "IMPORT_MISMATCH")
    }

    private static let text = canonicalRow(10)
    private static let other = sale("staged", rows: productRow("other"))

    private static let orders: [BadInput] = [
        Self.mismatch("too many chunks counted", Self.commit(text: Self.text, chunks: 2)),
        Self.mismatch("no product counted", Self.commit(text: Self.text, products: 0)),
        Self.mismatch("two products counted", Self.commit(text: Self.text, products: 2)),
        Self.mismatch("a purchase counted", Self.commit(text: Self.text, purchases: 1)),
        Self.mismatch("checksum one bit off", Self.commit(text: Self.text, checksumOff: 1)),
        Self.mismatch("checksum of other rows", Self.commit(text: Self.canonicalRow(11))),
        Self.mismatch("checksum of no rows", Self.commit(text: "")),
        Self.refused(
            "chunk 1 of an unknown import",
            Self.body(chunk: 1, sale: Raw.text(1, "new") + Self.row, commit: nil),
            "IMPORT_OUT_OF_ORDER"),
        Self.refused(
            "chunk 2 behind chunk 0",
            Self.body(
                BadInputFixture.stagedImport, chunk: 2, sale: Raw.text(1, "staged") + Self.row,
                commit: nil), "IMPORT_OUT_OF_ORDER"),
        Self.refused(
            "the last chunk number",
            Self.body(
                BadInputFixture.stagedImport, chunk: 0xFFFF_FFFF,
                sale: Raw.text(1, "staged") + Self.row, commit: nil), "IMPORT_OUT_OF_ORDER"),
        Self.refused(
            "a chunk behind the commit",
            Self.body(
                BadInputFixture.committedImport, chunk: 1,
                sale: Raw.text(1, BadInputFixture.sale) + Self.row, commit: nil),
            "IMPORT_OUT_OF_ORDER"),
        Self.refused(
            "a staged chunk with other rows",
            Self.body(BadInputFixture.stagedImport, sale: Self.other, commit: nil),
            "IMPORT_ID_REUSED"),
        Self.refused(
            "a staged import goes on with another sale",
            Self.body(
                BadInputFixture.stagedImport, chunk: 1, sale: Raw.text(1, "elsewhere") + Self.row,
                commit: nil), "IMPORT_OUT_OF_ORDER"),
        Self.refused(
            "a committed chunk with other rows",
            Self.body(
                BadInputFixture.committedImport,
                sale: Self.sale(BadInputFixture.sale, rows: Self.row), commit: Self.goodCommit),
            "IMPORT_ID_REUSED"),
    ]

    private struct Reject {
        let name: String
        let sale: [UInt8]
        let commit: [UInt8]
        let field: String
    }

    private static let both = canonicalRow(10) + "B\tu\tsku\t1\t\n"

    private static let rejectRows: [Reject] = [
        Reject(
            name: "a product twice", sale: sale("new", rows: row + row),
            commit: commit(text: text + text, products: 2), field: "sale.products[1].product_id"),
        Reject(
            name: "a purchase twice",
            sale: sale(
                "new", rows: row + purchaseRow("u", "sku", 1) + purchaseRow("u", "sku", 1)),
            commit: commit(text: both + "B\tu\tsku\t1\t\n", purchases: 2),
            field: "sale.purchases[1].user_id"),
        Reject(
            name: "a purchase of an unknown product",
            sale: sale("new", rows: row + purchaseRow("u", "else", 1)),
            commit: commit(text: text + "B\tu\telse\t1\t\n", purchases: 1),
            field: "sale.purchases[0].product_id"),
        Reject(
            name: "more units than a sale may have",
            sale: sale("new", rows: row + productRow("most", total: 2_000_000_000)),
            commit: commit(text: text + canonicalRow(2_000_000_000, "most"), products: 2),
            field: "sale.products[1].total"),
        Reject(
            name: "a new sale that is over",
            sale: sale("new", rows: row, changes: [5: Raw.number(5, 2_000_000)]),
            commit: commit(text: text), field: "sale.ends_at_ms"),
        Reject(
            name: "another currency for a known sale",
            sale: sale(BadInputFixture.sale, rows: row, changes: [6: Raw.text(6, "EUR")]),
            commit: commit(text: text), field: "sale.currency"),
    ]

    private static let rejects: [BadInput] = rejectRows.flatMap { row in
        [false, true].map { validateOnly in
            BadInput(
                name: "Preload: \(row.name)\(validateOnly ? ", only validated" : "")", port: .admin,
                role: "admin",
                sent: .call(
                    method: MethodNumber.preload, flags: 0,
                    body: Self.body(
                        sale: row.sale, commit: row.commit, validateOnly: validateOnly)),
                answer: .rejected(field: row.field))
        }
    }
}
