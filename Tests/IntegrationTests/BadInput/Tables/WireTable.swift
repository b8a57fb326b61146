/// Bodies that are no protobuf of the contract: varints, tags, wire types, doubled fields, UTF-8.
enum WireTable {
    static let rows: [BadInput] =
        varints + tags + lengths + wireTypes + doubled + oneofs + counts + text + tolerated

    private static let good = ReserveTable.body(requestID: ReserveTable.unusedRequest)
    private static let saleOnly = Raw.text(1, BadInputFixture.sale)

    private static func reserve(_ name: String, _ extra: [UInt8], _ problem: String) -> BadInput {
        .body("Reserve: \(name)", MethodNumber.reserve, Self.good + extra, problem)
    }

    private static let full = [UInt8](repeating: 0xFF, count: 9)

    private static let varints: [BadInput] = [
        Self.reserve("hold_ms of 11 bytes", [0x28] + Self.full + [0x81, 0], "well-formed"),
        Self.reserve("hold_ms of 65 bits", [0x28] + Self.full + [0x02], "well-formed"),
        Self.reserve("hold_ms without an end", [0x28, 0x80, 0x80], "well-formed"),
        Self.reserve("hold_ms without a value", [0x28], "well-formed"),
        Self.reserve("allow_partial 2", Raw.number(8, 2), "too wide"),
        Self.reserve("allow_partial -1", Raw.number(8, -1), "too wide"),
        .body(
            "GetStock: page_size past 32 bits", MethodNumber.getStock,
            Self.saleOnly + Raw.number(4, 1 << 32), "`page_size`"),
        .body(
            "Cancel: reason past 32 bits", MethodNumber.cancel,
            Self.saleOnly + Raw.bytes(3, ReserveTable.unusedRequest) + Raw.number(4, 1 << 32),
            "`reason`"),
        .body(
            "SetSaleState: state 2^31", MethodNumber.setSaleState,
            StateTable.saleState(1 << 31, BadInputFixture.sale), "`state`"),
        .body(
            "ListSales: page_size -1", MethodNumber.listSales, Raw.number(1, -1), "`page_size`"),
        .body(
            "Preload: chunk past 32 bits", MethodNumber.preload,
            Raw.bytes(1, ReserveTable.unusedRequest) + Raw.number(2, 1 << 32), "`chunk`"),
        .body(
            "Preload: checksum past 32 bits", MethodNumber.preload,
            Raw.bytes(1, ReserveTable.unusedRequest) + Raw.bytes(4, Raw.number(4, 1 << 32)),
            "`checksum`"),
        .body("Ping: one byte that says more follow", MethodNumber.ping, [0x80], "well-formed"),
    ]

    private static let tags: [BadInput] = [
        Self.reserve("field number 0", [0x00, 0], "well-formed"),
        Self.reserve("field number 0, length-delimited", [0x02, 0], "well-formed"),
        Self.reserve("a tag of 6 bytes", [0xA8, 0x80, 0x80, 0x80, 0x80, 0, 1], "well-formed"),
        Self.reserve("a tag past 32 bits", [0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1], "well-formed"),
        Self.reserve("a tag cut off", [0xA8], "well-formed"),
        Self.reserve("a group of an unknown field", [0x7B, 0x7C], "well-formed"),
        Self.reserve("the end of a group", [0x7C], "well-formed"),
        Self.reserve("wire type 6", [0x7E, 0], "well-formed"),
        Self.reserve("wire type 7", [0x7F, 0], "well-formed"),
        Self.reserve("a group in place of lines", [0x23, 0x24], "well-formed"),
        Self.reserve("hold_ms with wire type 6", [0x2E, 0], "well-formed"),
        Self.reserve("hold_ms with wire type 7", [0x2F, 0], "well-formed"),
    ]

    private static let lengths: [BadInput] = [
        Self.reserve("order_ref past the body", [0x4A, 5, 0x61], "well-formed"),
        Self.reserve("order_ref of 2^31 bytes", [0x4A] + Raw.varint(1 << 31), "well-formed"),
        Self.reserve(
            "order_ref of 2^32 - 1 bytes", [0x4A] + Raw.varint(1 << 32 - 1), "well-formed"),
        Self.reserve("order_ref of 2^63 bytes", [0x4A] + Raw.varint(1 << 63), "well-formed"),
        Self.reserve(
            "a length of 6 bytes", [0x4A, 0x81, 0x80, 0x80, 0x80, 0x80, 0, 0x61], "well-formed"),
        Self.reserve("order_ref without a length", [0x4A], "well-formed"),
        Self.reserve("a line past the body", [0x22, 9, 0x0A], "well-formed"),
        Self.reserve(
            "a line whose product passes its end", [0x22, 3, 0x0A, 2, 0x61, 0x61], "well-formed"),
        Self.reserve("an unknown text past the body", [0x7A, 5, 0x61], "well-formed"),
        Self.reserve("an unknown fixed64 cut off", [0x79, 0, 0, 0, 0, 0, 0, 0], "well-formed"),
        Self.reserve("an unknown fixed32 cut off", [0x7D, 0, 0, 0], "well-formed"),
        Self.reserve("an unknown varint without an end", [0x78, 0x80], "well-formed"),
        .body(
            "Confirm: reservation_id cut off", MethodNumber.confirm,
            Self.saleOnly + [0x11, 1, 2, 3, 4, 5, 6, 7], "well-formed"),
    ]

    private static let reserveFields: [(name: String, number: UInt64, isText: Bool)] = [
        ("request_id", 1, true), ("sale_id", 2, true), ("user_id", 3, true), ("lines", 4, true),
        ("hold_ms", 5, false), ("client", 6, true), ("challenge_solution", 7, true),
        ("allow_partial", 8, false), ("order_ref", 9, true),
    ]

    private static let wireTypes: [BadInput] =
        reserveFields.map { field in
            Self.reserve(
                "\(field.name) as a \(field.isText ? "varint" : "text")",
                field.isText ? Raw.number(field.number, 1) : Raw.text(field.number, "1"),
                "`\(field.name)` with the wrong wire type")
        }
        + [
            Self.reserve("hold_ms as fixed64", Raw.fixed64(5, 1_000), "`hold_ms` with the wrong"),
            Self.reserve("hold_ms as fixed32", Raw.fixed32(5, 1_000), "`hold_ms` with the wrong"),
            Self.reserve(
                "product_id as a varint", Raw.bytes(4, Raw.number(1, 1)), "`product_id` with"),
            Self.reserve("quantity as a text", Raw.bytes(4, Raw.text(2, "1")), "`quantity` with"),
            Self.reserve(
                "quantity as a double", Raw.bytes(4, Raw.fixed64(2, 1)), "`quantity` with"),
            .body(
                "Confirm: reservation_id as a varint", MethodNumber.confirm,
                Self.saleOnly + Raw.number(2, 1), "`reservation_id` with"),
            .body(
                "Confirm: request_id as a varint", MethodNumber.confirm,
                Self.saleOnly + Raw.number(3, 1), "`request_id` with"),
            .body(
                "Extend: extend_ms as a text", MethodNumber.extend,
                Self.saleOnly + Raw.text(4, "1000"), "`extend_ms` with"),
            .body(
                "Ping: payload as a varint", MethodNumber.ping, Raw.number(1, 1), "`payload` with"),
            .body(
                "AdjustStock: delta as fixed64", MethodNumber.adjustStock, Raw.fixed64(4, 1),
                "`delta` with"),
        ]

    private static let doubled: [BadInput] =
        reserveFields.filter { $0.name != "lines" }.map { field in
            let once =
                field.isText ? Raw.text(field.number, "") : Raw.number(field.number, 0)
            return Self.reserve(
                "\(field.name) twice", once + once, "`\(field.name)` given twice")
        }
        + [
            Self.reserve(
                "product_id twice", Raw.bytes(4, Raw.text(1, "a") + Raw.text(1, "a")),
                "`product_id` given twice"),
            Self.reserve(
                "quantity twice", Raw.bytes(4, Raw.number(2, 1) + Raw.number(2, 1)),
                "`quantity` given twice"),
            .body(
                "Reserve: ip twice", MethodNumber.reserve,
                Raw.bytes(6, Raw.text(1, "1.2.3.4") + Raw.text(1, "1.2.3.4")), "`ip` given twice"),
            .body(
                "Preload: sale twice", MethodNumber.preload, Raw.bytes(3, []) + Raw.bytes(3, []),
                "`sale` given twice"),
            .body(
                "Preload: commit twice", MethodNumber.preload, Raw.bytes(4, []) + Raw.bytes(4, []),
                "`commit` given twice"),
        ]

    private static let oneofs: [BadInput] = StockTable.targeted.flatMap {
        (name: String, method: UInt16) -> [BadInput] in
        let byID = Raw.fixed64(2, 1)
        let byRequest = Raw.bytes(3, BadInputFixture.heldRequest)
        return [
            .body(
                "\(name): both ids", method, Self.saleOnly + byID + byRequest, "beside another"),
            .body(
                "\(name): the same id twice", method, Self.saleOnly + byRequest + byRequest,
                "given twice"),
        ]
    }

    private static let counts: [BadInput] = [
        .body(
            "GetStock: 257 unknown fields", MethodNumber.getStock,
            Self.saleOnly + (0..<256).flatMap { _ in Raw.number(15, 1) }, "more than 256 fields"),
        .body(
            "Reserve: 100 lines", MethodNumber.reserve,
            Self.good + (0..<100).flatMap { _ in ReserveTable.line("sku", 1) }, "more than 256"),
        .body(
            "GetStock: 300 products", MethodNumber.getStock,
            Self.saleOnly + (0..<300).flatMap { _ in Raw.text(2, "p") }, "more than 256"),
    ]

    private static func badUTF8(_ name: String, _ bytes: [UInt8]) -> BadInput {
        .body(
            "Reserve: user_id with \(name)", MethodNumber.reserve,
            ReserveTable.body(user: [0x61] + bytes), "text in `user_id`")
    }

    private static let text: [BadInput] = [
        Self.badUTF8("an overlong NUL", [0xC0, 0x80]),
        Self.badUTF8("an overlong slash", [0xC1, 0xAF]),
        Self.badUTF8("an overlong form of three bytes", [0xE0, 0x80, 0x80]),
        Self.badUTF8("an overlong form of four bytes", [0xF0, 0x80, 0x80, 0x80]),
        Self.badUTF8("a high surrogate", [0xED, 0xA0, 0x80]),
        Self.badUTF8("a low surrogate", [0xED, 0xBF, 0xBF]),
        Self.badUTF8("a value past U+10FFFF", [0xF4, 0x90, 0x80, 0x80]),
        Self.badUTF8("byte F5", [0xF5, 0x80, 0x80, 0x80]),
        Self.badUTF8("byte FE", [0xFE]),
        Self.badUTF8("byte FF", [0xFF]),
        Self.badUTF8("a continuation alone", [0x80]),
        Self.badUTF8("two bytes cut off", [0xC3]),
        Self.badUTF8("three bytes cut off", [0xE2, 0x82]),
        Self.badUTF8("four bytes cut off", [0xF0, 0x9F, 0x98]),
        Self.badUTF8("a continuation missing inside", [0xE2, 0x61, 0x82]),
        Self.badUTF8("NUL", [0]),
        Self.badUTF8("Latin-1", [0xE9, 0x74, 0xE9]),
    ]

    private static let tolerated: [BadInput] = [
        .tolerated(
            "unknown fields of every wire type", MethodNumber.getStock,
            Self.saleOnly + Raw.number(100, 1) + Raw.text(101, "new") + Raw.fixed64(102, 1)
                + Raw.fixed32(103, 1)),
        .tolerated(
            "a varint longer than it must be", MethodNumber.getStock,
            Self.saleOnly + [0x20, 0x81, 0x80, 0]),
        .tolerated(
            "an unknown message in an unknown message", MethodNumber.getStock,
            Self.saleOnly + Raw.bytes(50, Raw.bytes(1, Raw.bytes(1, Raw.bytes(1, []))))),
        .tolerated(
            "a Ping of 64 bytes", MethodNumber.ping, Raw.bytes(1, [UInt8](repeating: 7, count: 64))),
    ]
}
