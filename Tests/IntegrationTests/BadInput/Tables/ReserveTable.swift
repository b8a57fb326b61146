/// Reserves that RULES 1 to 3 do not allow.
enum ReserveTable {
    static let unusedRequest = [UInt8](repeating: 0xEE, count: 16)

    static func line(_ product: String, _ quantity: Int64) -> [UInt8] {
        Raw.bytes(4, Raw.text(1, product) + Raw.number(2, quantity))
    }

    /// So many lines, each of a product of its own.
    static func products(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { self.line("p\($0)", 1) }
    }

    private static let goodClient = Raw.text(1, "203.0.113.7")

    /// A Reserve that is good unless told otherwise.
    static func body(
        requestID: [UInt8]? = unusedRequest, sale: [UInt8] = Array(BadInputFixture.sale.utf8),
        user: [UInt8] = Array("u".utf8), lines: [UInt8] = line(BadInputFixture.product, 1),
        client: [UInt8]? = goodClient, extra: [UInt8] = []
    ) -> [UInt8] {
        (requestID.map { Raw.bytes(1, $0) } ?? []) + Raw.bytes(2, sale) + Raw.bytes(3, user)
            + lines + (client.map { Raw.bytes(6, $0) } ?? []) + extra
    }

    static let rows: [BadInput] = requestIDs + ids + quantities + times + addresses + texts + reuse

    private static func field(_ name: String, _ body: [UInt8], _ field: String) -> BadInput {
        .field("Reserve: \(name)", MethodNumber.reserve, body, field)
    }

    private static let badSizes = [0, 1, 15, 17, 32]

    private static let requestIDs: [BadInput] =
        badSizes.map { count in
            Self.field(
                "request_id of \(count) bytes",
                Self.body(requestID: [UInt8](repeating: 1, count: count)), "not \(count)")
        }
        + [
            Self.field("request_id absent", Self.body(requestID: nil), "request_id"),
            Self.field(
                "request_id all zero", Self.body(requestID: [UInt8](repeating: 0, count: 16)),
                "all zero"),
            Self.field(
                "request_id as text",
                Self.body(requestID: Array("0198f1b2-0000-7000-8000-000000000001".utf8)), "not 36"),
        ]

    private static let long = [UInt8](repeating: 0x61, count: 65)
    /// 22 characters, 66 bytes.
    private static let wide = Array(String(repeating: "秒", count: 22).utf8)

    private static let badIDs: [(name: String, bytes: [UInt8])] = [
        ("empty", []), ("of 65 bytes", long), ("of 22 characters and 66 bytes", wide),
        ("with a newline", [0x61, 0x0A]), ("with a tab", [0x09]), ("with U+0001", [1]),
        ("with U+001F", [0x1F]), ("with DEL", [0x61, 0x7F]), ("with U+0080", [0xC2, 0x80]),
        ("with U+009F", [0x61, 0xC2, 0x9F]),
        ("with ESC among letters", Array("abcdef\u{1B}gh".utf8)),
    ]

    private static let ids: [BadInput] = badIDs.flatMap {
        (name: String, bytes: [UInt8]) -> [BadInput] in
        [
            Self.field("sale_id \(name)", Self.body(sale: bytes), "sale_id"),
            Self.field("user_id \(name)", Self.body(user: bytes), "user_id"),
            Self.field(
                "product_id \(name)",
                Self.body(lines: Raw.bytes(4, Raw.bytes(1, bytes) + Raw.number(2, 1))),
                "lines[0].product_id"),
        ]
    }

    private static let badQuantities: [Int64] = [
        0, -1, 1_000_001, 0x8000_0000, 0x1_0000_0000, .max, .min,
    ]

    private static let quantities: [BadInput] =
        badQuantities.map { quantity in
            Self.field(
                "quantity \(quantity)",
                Self.body(lines: Self.line(BadInputFixture.product, quantity)),
                "lines[0].quantity")
        }
        + [
            Self.field(
                "quantity absent",
                Self.body(lines: Raw.bytes(4, Raw.text(1, BadInputFixture.product))),
                "lines[0].quantity"),
            Self.field("an empty line", Self.body(lines: Raw.bytes(4, [])), "lines[0].product_id"),
            Self.field("no lines", Self.body(lines: []), "lines"),
            Self.field(
                "1,000,001 in two lines",
                Self.body(lines: Self.line("sku", 1_000_000) + Self.line("sku", 1)), "sum"),
            Self.field(
                "16 lines that sum past the most",
                Self.body(lines: (0..<16).flatMap { _ in Self.line("sku", 100_000) }), "sum"),
            Self.field(
                "a negative line beside a good one",
                Self.body(lines: Self.line("sku", 3) + Self.line("sku", -2)), "lines[1].quantity"),
            Self.field(
                "two lines that wrap around",
                Self.body(lines: Self.line("sku", .max) + Self.line("sku", .max)),
                "lines[0].quantity"),
            Self.field(
                "17 products", Self.body(lines: Self.products(17)),
                "at most 16"),
        ]

    static let badHolds: [Int64] = [1, 999, 14_400_001, -1, -1_000, .max, .min]
    private static let badBirths: [Int64] = [-1, 16_725_225_600_001, .max, .min]

    private static let times: [BadInput] =
        badHolds.map { hold in
            Self.field("hold_ms \(hold)", Self.body(extra: Raw.number(5, hold)), "hold_ms")
        }
        + badBirths.map { created in
            Self.field(
                "account_created_ms \(created)",
                Self.body(client: Self.goodClient + Raw.number(3, created)),
                "client.account_created_ms")
        }

    private static let badAddresses: [String] = [
        "localhost", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", " 1.2.3.4", "1.2.3.4 ",
        "1.2.3.4:80", "1.2.3.4/32", "1..3.4", "1.2.3.", ".1.2.3", "1.2.3.4a", "-1.2.3.4",
        "0x7f.0.0.1", "2130706433", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::", "12345::", "g::1", "fe80::1%eth0", "[::1]", "::ffff:1.2.3",
        "1.2.3.4::", "::1 ", "１.2.3.4",
    ]

    private static let addresses: [BadInput] =
        badAddresses.map { ip in
            Self.field(
                "client.ip \"\(ip)\"", Self.body(client: Raw.text(1, ip)), "client.ip")
        }
        + [
            .refused(
                "Reserve: a gateway without client", MethodNumber.reserve, Self.body(client: nil),
                "CLIENT_IP_MISSING", "client.ip"),
            .refused(
                "Reserve: a gateway with an empty client", MethodNumber.reserve,
                Self.body(client: []),
                "CLIENT_IP_MISSING", "client.ip"),
            .refused(
                "Reserve: a gateway with an empty address", MethodNumber.reserve,
                Self.body(client: Raw.text(1, "")), "CLIENT_IP_MISSING", "client.ip"),
        ]

    private static let texts: [BadInput] = [
        Self.field(
            "device_id of 65 bytes", Self.body(client: Self.goodClient + Raw.bytes(2, long)),
            "client.device_id"),
        Self.field(
            "device_id with a control character",
            Self.body(client: Self.goodClient + Raw.bytes(2, [0x0D])), "client.device_id"),
        Self.field(
            "identity of 129 bytes",
            Self.body(client: Self.goodClient + Raw.bytes(4, [UInt8](repeating: 0x41, count: 129))),
            "client.identity"),
        Self.field(
            "identity with DEL", Self.body(client: Self.goodClient + Raw.bytes(4, [0x7F])),
            "client.identity"),
        Self.field(
            "challenge_solution of 1025 bytes",
            Self.body(extra: Raw.bytes(7, [UInt8](repeating: 0x41, count: 1_025))),
            "challenge_solution"),
        Self.field(
            "challenge_solution with a newline", Self.body(extra: Raw.bytes(7, [0x0A])),
            "challenge_solution"),
        Self.field("order_ref of 65 bytes", Self.body(extra: Raw.bytes(9, long)), "order_ref"),
        Self.field(
            "order_ref with U+0085", Self.body(extra: Raw.bytes(9, [0xC2, 0x85])), "order_ref"),
    ]

    private static func reused(_ what: String, _ body: [UInt8]) -> BadInput {
        .refused(
            "Reserve: a used request id with \(what)", MethodNumber.reserve, body,
            "REQUEST_ID_REUSED",
            code: StatusCode.precondition)
    }

    private static func held(
        user: String = "u", quantity: Int64 = 1, extra: [UInt8] = []
    ) -> [UInt8] {
        Self.body(
            requestID: BadInputFixture.heldRequest, user: Array(user.utf8),
            lines: Self.line(BadInputFixture.product, quantity), extra: extra)
    }

    private static let reuse: [BadInput] = [
        Self.reused("another quantity", Self.held(quantity: 2)),
        Self.reused("another user", Self.held(user: "v")),
        Self.reused("another hold_ms", Self.held(extra: Raw.number(5, 2_000))),
        Self.reused("allow_partial", Self.held(extra: Raw.number(8, 1))),
        Self.reused("another order_ref", Self.held(extra: Raw.text(9, "o"))),
    ]
}
