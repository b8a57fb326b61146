/// The other calls of StockService.
enum StockTable {
    /// - Parameter soldReservation: The id of the fixture's confirmed reservation of two units.
    static func rows(soldReservation: UInt64) -> [BadInput] {
        self.targets + self.confirm + self.cancel + self.extend
            + self.refund(soldReservation: soldReservation) + self.reads
    }

    private static let sale = Raw.text(1, BadInputFixture.sale)
    private static let held = Raw.bytes(3, BadInputFixture.heldRequest)
    private static let sold = Raw.bytes(3, BadInputFixture.soldRequest)
    private static let long = [UInt8](repeating: 0x61, count: 65)

    static let targeted: [(name: String, method: UInt16)] = [
        ("Confirm", MethodNumber.confirm), ("Cancel", MethodNumber.cancel),
        ("Extend", MethodNumber.extend),
        ("GetReservation", MethodNumber.getReservation),
    ]

    /// What the four methods with a `oneof target` share.
    private static let targets: [BadInput] = targeted.flatMap {
        (name: String, method: UInt16) -> [BadInput] in
        [
            .field("\(name): no body", method, [], "sale_id"),
            .field("\(name): no target", method, Self.sale, "target"),
            .field("\(name): reservation 0", method, Self.sale + Raw.fixed64(2, 0), "not 0"),
            .field(
                "\(name): request_id of 15 bytes", method,
                Self.sale + Raw.bytes(3, [UInt8](repeating: 1, count: 15)), "not 15"),
            .field(
                "\(name): request_id all zero", method,
                Self.sale + Raw.bytes(3, [UInt8](repeating: 0, count: 16)), "all zero"),
            .field(
                "\(name): sale_id of 65 bytes", method, Raw.bytes(1, Self.long) + Self.held,
                "sale_id"),
        ]
    }

    private static let confirm: [BadInput] = confirmQuantities + confirmTexts + confirmLines

    private static let badQuantities: [Int64] = [-1, 1_000_001, .max, .min]

    private static let confirmQuantities: [BadInput] = badQuantities.map {
        .field(
            "Confirm: quantity \($0)", MethodNumber.confirm,
            Self.sale + Self.held + ReserveTable.line("sku", $0), "lines[0].quantity")
    }

    private static let confirmTexts: [BadInput] = [
        .field(
            "Confirm: 17 products", MethodNumber.confirm,
            sale + held + ReserveTable.products(17), "at most 16"),
        .field(
            "Confirm: payment_ref of 65 bytes", MethodNumber.confirm,
            sale + held + Raw.bytes(5, long),
            "payment_ref"),
        .field(
            "Confirm: payment_ref with a control character", MethodNumber.confirm,
            sale + held + Raw.bytes(5, [0x1B]), "payment_ref"),
        .refused(
            "Confirm: again with other lines", MethodNumber.confirm,
            sale + sold + ReserveTable.line("sku", 1), "CONFIRM_MISMATCH",
            code: StatusCode.precondition),
    ]

    private static let wrongLines: [(name: String, lines: [UInt8])] = [
        ("nothing of the reservation", ReserveTable.line("sku", 0)),
        ("more than is held", ReserveTable.line("sku", 2)),
        ("a product that is not held", ReserveTable.line("other", 1)),
        ("one more in two lines", ReserveTable.line("sku", 1) + ReserveTable.line("sku", 1)),
    ]

    private static let confirmLines: [BadInput] = wrongLines.map {
        .refused(
            "Confirm: \($0.name)", MethodNumber.confirm, Self.sale + Self.held + $0.lines,
            "CONFIRM_LINES_INVALID", "lines")
    }

    private static let badReasons: [Int64] = [6, 7, 255, 256, -1, 0x7FFF_FFFF]

    private static let cancel: [BadInput] = badReasons.map { reason in
        .field(
            "Cancel: reason \(reason)", MethodNumber.cancel,
            Self.sale + Self.held + Raw.number(4, reason), "reason")
    }

    private static let extend: [BadInput] = ReserveTable.badHolds.map { extend in
        .field(
            "Extend: extend_ms \(extend)", MethodNumber.extend,
            Self.sale + Self.held + Raw.number(4, extend), "extend_ms")
    }

    private static func refund(soldReservation: UInt64) -> [BadInput] {
        let head = Raw.bytes(1, ReserveTable.unusedRequest) + Raw.text(2, BadInputFixture.sale)
        let good = head + Raw.fixed64(3, soldReservation)
        return [
            .field("Refund: no body", MethodNumber.refund, [], "request_id"),
            .field("Refund: no reservation", MethodNumber.refund, head, "reservation_id"),
            .field(
                "Refund: quantity 0", MethodNumber.refund, good + ReserveTable.line("sku", 0),
                "lines[0].quantity"),
            .field(
                "Refund: quantity -1", MethodNumber.refund, good + ReserveTable.line("sku", -1),
                "lines[0].quantity"),
            .field(
                "Refund: refund_ref of 65 bytes", MethodNumber.refund,
                good + Raw.bytes(6, Self.long),
                "refund_ref"),
            .refused(
                "Refund: more than was sold", MethodNumber.refund,
                good + ReserveTable.line("sku", 3),
                "REFUND_LINES_INVALID", "lines"),
            .refused(
                "Refund: a product that was not sold", MethodNumber.refund,
                good + ReserveTable.line("other", 1), "REFUND_LINES_INVALID", "lines"),
            .body(
                "Refund: restock 2", MethodNumber.refund, good + Raw.number(5, 2), "`restock`"),
        ]
    }

    private static let reads: [BadInput] = [
        .field("CheckRisk: no body", MethodNumber.checkRisk, [], "sale_id"),
        .field("CheckRisk: no user", MethodNumber.checkRisk, Self.sale, "user_id"),
        .field(
            "CheckRisk: an address that is none", MethodNumber.checkRisk,
            Self.sale + Raw.text(2, "u") + Raw.bytes(4, Raw.text(1, "1.2.3")), "client.ip"),
        .field("GetStock: no body", MethodNumber.getStock, [], "sale_id"),
        .field(
            "GetStock: user_id of 65 bytes", MethodNumber.getStock,
            Self.sale + Raw.bytes(3, Self.long), "user_id"),
        .field(
            "GetStock: page_token of 65 bytes", MethodNumber.getStock,
            Self.sale + Raw.bytes(5, Self.long), "page_token"),
        .field(
            "GetStock: page_token with a control character", MethodNumber.getStock,
            Self.sale + Raw.bytes(5, [1]), "page_token"),
        .field(
            "GetStock: an empty product", MethodNumber.getStock, Self.sale + Raw.text(2, ""),
            "product_ids[0]"),
        .field(
            "GetStock: the second product too long", MethodNumber.getStock,
            Self.sale + Raw.text(2, "sku") + Raw.bytes(2, Self.long), "product_ids[1]"),
        .field(
            "GetStock: 17 products", MethodNumber.getStock,
            Self.sale + (0..<17).flatMap { Raw.text(2, "p\($0)") }, "not 17"),
        .field(
            "Ping: a payload of 65 bytes", MethodNumber.ping,
            Raw.bytes(1, [UInt8](repeating: 1, count: 65)), "not 65"),
    ]
}
