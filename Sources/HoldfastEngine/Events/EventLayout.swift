/// How an event's fields lie behind its head, as a table: for tools that show events and for docs/JOURNAL.md. The engine
/// itself writes and reads them by hand; a test holds the two together.
package struct EventLayout: Sendable {
    package indirect enum Field: Sendable {
        case u8, u32, u64, i64
        /// 16 bytes: a request id, an import id, an owner token, a payload's hash.
        case id
        /// A length (u16), then bytes.
        case text
        /// A length (u32), then bytes.
        case blob
        /// A count (u8), then as many rows.
        case rows([Named])
        /// A count (u16), then as many rows.
        case manyRows([Named])
    }

    package struct Named: Sendable {
        package var name: String
        package var field: Field
    }

    package var number: UInt8
    package var name: String
    package var fields: [Named]

    private init(_ kind: EventKind, _ fields: [(String, Field)]) {
        self.number = kind.rawValue
        self.name = "\(kind)"
        self.fields = fields.map { Named(name: $0.0, field: $0.1) }
    }

    /// Bytes of the head, the same for every kind.
    package static var headByteCount: Int { EventHead.byteCount }

    /// By number, without gaps from 1.
    package static let all: [EventLayout] = [
        EventLayout(
            .saleSet,
            [
                ("sale", .u32), ("saleID", .text), ("name", .text), ("state", .u8),
                ("startsAtMilliseconds", .i64), ("endsAtMilliseconds", .i64),
                ("currency", .text), ("holdMilliseconds", .i64), ("limitPerUser", .i64),
            ]),
        EventLayout(
            .productSet,
            [
                ("product", .u32), ("sale", .u32), ("productID", .text), ("name", .text),
                ("total", .i64), ("priceMinor", .i64), ("limitPerUser", .i64), ("state", .u8),
            ]),
        EventLayout(
            .purchaseSet,
            [
                ("sale", .u32), ("product", .u32), ("userID", .text), ("productID", .text),
                ("quantity", .i64), ("orderReference", .text),
            ]),
        EventLayout(.saleStateSet, Self.operation),
        EventLayout(.productStateSet, Self.operation),
        EventLayout(.stockAdjusted, Self.operation),
        EventLayout(
            .reserved,
            [
                ("reservation", .u64), ("request", .id), ("payload", .id),
                ("deadlineMilliseconds", .i64), ("sale", .u32),
                (
                    "lines",
                    .rows([
                        Named(name: "product", field: .u32),
                        Named(name: "granted", field: .u32),
                        Named(name: "priceMinor", field: .i64),
                    ])
                ),
                ("userID", .text), ("orderReference", .text),
            ]),
        EventLayout(
            .confirmed,
            [
                ("hold", .u32), ("late", .u8),
                ("quantities", .rows([Named(name: "quantity", field: .u32)])),
                ("paymentReference", .text),
            ]),
        EventLayout(
            .refundDue,
            [
                ("hold", .u32), ("sale", .u32), ("request", .id), ("cause", .u8),
                ("paymentReference", .text),
            ]),
        EventLayout(.cancelled, Self.end),
        EventLayout(.tombstoned, [("sale", .u32), ("request", .id), ("reason", .u8)]),
        EventLayout(.expired, Self.end),
        EventLayout(.released, Self.end),
        EventLayout(.extended, [("hold", .u32), ("milliseconds", .i64)]),
        EventLayout(
            .refunded,
            [
                ("hold", .u32), ("request", .id), ("payload", .id), ("restock", .u8),
                (
                    "lines",
                    .rows([
                        Named(name: "line", field: .u32), Named(name: "quantity", field: .u32),
                    ])
                ),
                ("refundReference", .text),
            ]),
        EventLayout(.saleSealed, [("sale", .u32)]),
        EventLayout(.importStaged, Self.chunk),
        EventLayout(.importCommitted, Self.chunk),
        EventLayout(.importDropped, Self.chunk),
        EventLayout(
            .buyerStandingSet, [("sale", .u32), ("blacklisted", .u8), ("userID", .text)]),
        EventLayout(
            .leaseGranted,
            [
                ("sale", .u32), ("fencingToken", .u64), ("owner", .id),
                ("ttlMilliseconds", .i64), ("deadlineMilliseconds", .i64), ("name", .text),
                ("holder", .text),
            ]),
        EventLayout(.leaseRenewed, [("lease", .u32), ("deadlineMilliseconds", .i64)]),
        EventLayout(.leaseEnded, [("lease", .u32), ("why", .u8)]),
        EventLayout(
            .blacklistAdded,
            [
                ("request", .id), ("payload", .id), ("operator", .text),
                (
                    "entries",
                    .manyRows([
                        Named(name: "id", field: .u64), Named(name: "replaced", field: .u64),
                        Named(name: "kind", field: .u8),
                        Named(name: "expiresAtMilliseconds", field: .i64),
                        Named(name: "value", field: .text), Named(name: "reason", field: .text),
                        Named(name: "source", field: .text),
                    ])
                ),
            ]),
        EventLayout(
            .blacklistRemoved,
            [
                ("cause", .u8), ("request", .id), ("payload", .id), ("operator", .text),
                ("entries", .manyRows([Named(name: "id", field: .u64)])),
            ]),
    ]

    private static let end: [(String, Field)] = [("hold", .u32), ("reason", .u8)]
    private static let operation: [(String, Field)] = [
        ("sale", .u32), ("subject", .u32), ("request", .id), ("payload", .id), ("value", .i64),
    ]
    private static let chunk: [(String, Field)] = [
        ("import", .id), ("chunk", .u32), ("payload", .id), ("body", .blob),
    ]

    /// A kind's fields in words, as docs/JOURNAL.md has them.
    package var text: String { Self.text(of: self.fields) }

    private static func text(of fields: [Named]) -> String {
        fields.map { named in
            switch named.field {
            case .u8: "\(named.name) u8"
            case .u32: "\(named.name) u32"
            case .u64: "\(named.name) u64"
            case .i64: "\(named.name) i64"
            case .id: "\(named.name) 16"
            case .text: "\(named.name) text"
            case .blob: "\(named.name) u32 count, bytes"
            case .rows(let row): "\(named.name) u8 count, each (\(self.text(of: row)))"
            case .manyRows(let row): "\(named.name) u16 count, each (\(self.text(of: row)))"
            }
        }.joined(separator: " · ")
    }
}
