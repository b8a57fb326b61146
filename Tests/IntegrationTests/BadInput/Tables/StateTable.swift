/// AdminService without Preload: stock and states.
enum StateTable {
    static let rows: [BadInput] = adjust + states + lists

    private static let head = Raw.bytes(1, ReserveTable.unusedRequest)

    static func saleState(_ state: Int64, _ sale: String) -> [UInt8] {
        Self.head + Raw.text(2, sale) + Raw.number(3, state)
    }

    static func productState(_ state: Int64, _ sale: String) -> [UInt8] {
        Self.head + Raw.text(2, sale) + Raw.text(3, BadInputFixture.product) + Raw.number(4, state)
    }

    private static func delta(_ delta: Int64, requestID: [UInt8]? = nil) -> [UInt8] {
        (requestID.map { Raw.bytes(1, $0) } ?? Self.head) + Raw.text(2, BadInputFixture.sale)
            + Raw.text(3, BadInputFixture.product) + Raw.number(4, delta)
    }

    private static let badDeltas: [Int64] = [0, 2_000_000_001, -2_000_000_001, .max, .min]

    private static let adjust: [BadInput] =
        badDeltas.map { delta in
            .field(
                "AdjustStock: delta \(delta)", MethodNumber.adjustStock, Self.delta(delta), "delta")
        }
        + [
            .field("AdjustStock: no body", MethodNumber.adjustStock, [], "request_id"),
            .field(
                "AdjustStock: no product", MethodNumber.adjustStock,
                Self.head + Raw.text(2, BadInputFixture.sale) + Raw.number(4, 1), "product_id"),
            .field(
                "AdjustStock: no sale", MethodNumber.adjustStock,
                Self.head + Raw.text(3, "sku") + Raw.number(4, 1), "sale_id"),
            .field(
                "AdjustStock: request_id of 17 bytes", MethodNumber.adjustStock,
                Self.delta(1, requestID: [UInt8](repeating: 1, count: 17)), "not 17"),
            .refused(
                "AdjustStock: past the most units of a sale", MethodNumber.adjustStock,
                Self.delta(2_000_000_000), "TOTAL_TOO_LARGE", "delta"),
            .refused(
                "AdjustStock: a used request id with another delta", MethodNumber.adjustStock,
                Self.delta(6, requestID: BadInputFixture.adjustRequest), "REQUEST_ID_REUSED",
                code: StatusCode.precondition),
        ]

    private static let badSaleStates: [Int64] = [0, 4, 5, 127, -1]
    private static let badProductStates: [Int64] = [0, 3, 256, -1]

    private static let states: [BadInput] =
        badSaleStates.map { state in
            .field(
                "SetSaleState: state \(state)", MethodNumber.setSaleState,
                Self.saleState(state, BadInputFixture.sale), "state")
        }
        + badProductStates.map { state in
            .field(
                "SetProductState: state \(state)", MethodNumber.setProductState,
                Self.productState(state, BadInputFixture.sale), "state")
        }
        + [
            .field(
                "SetSaleState: empty sale", MethodNumber.setSaleState, Self.saleState(2, ""),
                "sale_id"),
            .field(
                "SetProductState: empty sale", MethodNumber.setProductState,
                Self.productState(2, ""),
                "sale_id"),
            .refused(
                "SetSaleState: the request id of an AdjustStock", MethodNumber.setSaleState,
                Raw.bytes(1, BadInputFixture.adjustRequest) + Raw.text(2, BadInputFixture.sale)
                    + Raw.number(3, 2), "REQUEST_ID_REUSED", code: StatusCode.precondition),
        ]

    private static let lists: [BadInput] = [
        .field(
            "ListSales: page_token of 65 bytes", MethodNumber.listSales,
            Raw.bytes(2, [UInt8](repeating: 0x61, count: 65)), "page_token"),
        .field(
            "ListSales: page_token with DEL", MethodNumber.listSales, Raw.bytes(2, [0x7F]),
            "page_token"),
        .body(
            "GetServerInfo: noise", MethodNumber.getServerInfo, [0xFF, 0xFF], "well-formed"),
        .body("Snapshot: noise", MethodNumber.snapshot, [0xFF, 0xFF], "well-formed"),
        .body("ReadRiskLog: noise", MethodNumber.readRiskLog, [0xFF, 0xFF], "well-formed"),
        .field(
            "ReadRiskLog: user_id of 65 bytes", MethodNumber.readRiskLog,
            Raw.bytes(1, [UInt8](repeating: 0x61, count: 65)), "user_id"),
        .field(
            "ReadRiskLog: page_token of another call", MethodNumber.readRiskLog,
            Raw.text(3, "sale-1"), "page_token"),
        .field(
            "ReadRiskLog: page_token with a sign", MethodNumber.readRiskLog,
            Raw.text(3, "0--1"), "page_token"),
        .field(
            "ReadRiskLog: page_token past 64 bits", MethodNumber.readRiskLog,
            Raw.text(3, "0-99999999999999999999"), "page_token"),
    ]
}
