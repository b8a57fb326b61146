/// The rows. Each has a sale of its own, named like the row's number: `sku` has two units with a limit of one a buyer,
/// `other` a hundred without a limit.
enum VisibilityTable {
    typealias Step = VisibilityRow.Step

    private static let good: UInt64 = 1
    private static let cancelledBefore: UInt64 = 2
    private static let saleNotFound: UInt64 = 3
    private static let productNotFound: UInt64 = 4
    private static let notStarted: UInt64 = 5
    private static let ended: UInt64 = 6
    private static let paused: UInt64 = 7
    private static let limitExceeded: UInt64 = 11
    private static let soldOut: UInt64 = 12

    static func rows(of sale: String) -> [VisibilityRow] {
        changes(sale) + replays(sale) + reads(sale) + reports(sale) + refusals(sale) + atOnce(sale)
            + leases(sale) + bans(sale)
    }

    private static func changes(_ sale: String) -> [VisibilityRow] {
        [
            VisibilityRow(
                name: "RESERVED waits for its own event",
                call: .reserve(sale, user: "a", request: 1), outcome: good, waits: true),
            VisibilityRow(
                name: "CONFIRMED waits", prepared: [.reserve(sale, user: "a", request: 1)],
                call: .confirm(sale, request: 1), outcome: good, waits: true),
            VisibilityRow(
                name: "CANCELLED waits", prepared: [.reserve(sale, user: "a", request: 1)],
                call: .cancel(sale, request: 1), outcome: good, waits: true),
            VisibilityRow(
                name: "REMEMBERED waits", call: .cancel(sale, request: 9), outcome: 2, waits: true),
            VisibilityRow(
                name: "EXTENDED waits", prepared: [.reserve(sale, user: "a", request: 1)],
                call: .extend(sale, request: 1), outcome: good, waits: true),
            VisibilityRow(
                name: "REFUND_DUE waits",
                prepared: [
                    .reserve(sale, user: "a", request: 1), .cancel(sale, request: 1),
                ],
                call: .confirm(sale, request: 1), outcome: 2, waits: true),
            VisibilityRow(
                name: "ADJUSTED waits", call: .adjust(sale, 5, request: 1), outcome: good,
                waits: true),
            VisibilityRow(
                name: "a changed state waits", call: .setSaleState(sale, 2, request: 1),
                outcome: good, waits: true),
        ]
    }

    private static func replays(_ sale: String) -> [VisibilityRow] {
        [
            VisibilityRow(
                name: "a replay waits for the first answer's event",
                unsynced: [.reserve(sale, user: "a", request: 1)],
                call: .reserve(sale, user: "a", request: 1), outcome: good, waits: true),
            VisibilityRow(
                name: "a replay of what is on disk leaves at once",
                prepared: [.reserve(sale, user: "a", request: 1)],
                call: .reserve(sale, user: "a", request: 1), outcome: good, waits: false),
            VisibilityRow(
                name: "a Confirm sent again waits for the first one's event",
                prepared: [.reserve(sale, user: "a", request: 1)],
                unsynced: [.confirm(sale, request: 1)], call: .confirm(sale, request: 1),
                outcome: good, waits: true),
            VisibilityRow(
                name: "an AdjustStock sent again waits for the first one's event",
                unsynced: [.adjust(sale, 5, request: 1)], call: .adjust(sale, 5, request: 1),
                outcome: good, waits: true),
        ]
    }

    private static func reads(_ sale: String) -> [VisibilityRow] {
        [
            VisibilityRow(
                name: "GetStock waits for the shard's newest event",
                unsynced: [.reserve(sale, user: "a", request: 1)], call: .getStock(sale),
                outcome: good, waits: true),
            VisibilityRow(
                name: "GetStock leaves at once when all is on disk",
                prepared: [.reserve(sale, user: "a", request: 1)], call: .getStock(sale),
                outcome: good, waits: false),
            VisibilityRow(
                name: "GetReservation waits for the shard's newest event",
                unsynced: [.reserve(sale, user: "a", request: 1)],
                call: .getReservation(sale, request: 1), outcome: good, waits: true),
            VisibilityRow(
                name: "ListSales waits for the newest event of all shards",
                unsynced: [.reserve(sale, user: "a", request: 1)], call: .listSales, waits: true),
        ]
    }

    private static func reports(_ sale: String) -> [VisibilityRow] {
        [
            VisibilityRow(
                name: "CANCELLED_BEFORE waits for the tombstone",
                unsynced: [.cancel(sale, request: 1)],
                call: .reserve(sale, user: "a", request: 1), outcome: cancelledBefore, waits: true),
            VisibilityRow(
                name: "PAUSED waits for the pause",
                unsynced: [.setSaleState(sale, 2, request: 9)],
                call: .reserve(sale, user: "a", request: 1), outcome: paused, waits: true),
            VisibilityRow(
                name: "ENDED by close waits for the close",
                unsynced: [.setSaleState(sale, 3, request: 9)],
                call: .reserve(sale, user: "a", request: 1), outcome: ended, waits: true),
            VisibilityRow(
                name: "ALREADY_CONFIRMED waits for the Confirm",
                prepared: [.reserve(sale, user: "a", request: 1)],
                unsynced: [.confirm(sale, request: 1)], call: .cancel(sale, request: 1),
                outcome: 3, waits: true),
        ]
    }

    private static func refusals(_ sale: String) -> [VisibilityRow] {
        let both: [Step] = [
            .reserve(sale, user: "a", request: 1), .reserve(sale, user: "b", request: 2),
        ]
        return [
            VisibilityRow(
                name: "SOLD_OUT waits for the event that took the last unit", unsynced: both,
                call: .reserve(sale, user: "c", request: 3), outcome: soldOut, waits: true),
            VisibilityRow(
                name: "SOLD_OUT leaves at once when the stock was taken on disk", prepared: both,
                call: .reserve(sale, user: "c", request: 3), outcome: soldOut, waits: false),
            VisibilityRow(
                name: "SOLD_OUT does not wait for what happens to other products", prepared: both,
                unsynced: [
                    .reserve(sale, user: "d", request: 4, product: "other", quantity: 1)
                ],
                call: .reserve(sale, user: "c", request: 3), outcome: soldOut, waits: false),
            VisibilityRow(
                name: "LIMIT_EXCEEDED waits for the event that took the limit",
                unsynced: [.reserve(sale, user: "a", request: 1)],
                call: .reserve(sale, user: "a", request: 2), outcome: limitExceeded, waits: true),
            VisibilityRow(
                name: "LIMIT_EXCEEDED leaves at once when the limit was taken on disk",
                prepared: [.reserve(sale, user: "a", request: 1)],
                call: .reserve(sale, user: "a", request: 2), outcome: limitExceeded, waits: false),
        ]
    }

    private static func atOnce(_ sale: String) -> [VisibilityRow] {
        let busy: [Step] = [.reserve(sale, user: "a", request: 1)]
        return [
            VisibilityRow(
                name: "Ping leaves at once", unsynced: busy, call: .ping, waits: false),
            VisibilityRow(
                name: "GetServerInfo leaves at once", unsynced: busy, call: .serverInfo,
                waits: false),
            VisibilityRow(
                name: "CheckRisk leaves at once", unsynced: busy,
                call: .checkRisk(sale, user: "a"), waits: false),
            VisibilityRow(
                name: "ReadRiskLog leaves at once", unsynced: busy, call: .readRiskLog,
                waits: false),
            VisibilityRow(
                name: "Snapshot leaves at once", unsynced: busy, call: .snapshot, waits: false),
            VisibilityRow(
                name: "SALE_NOT_FOUND leaves at once", unsynced: busy,
                call: .reserve("no such sale", user: "a", request: 2), outcome: saleNotFound,
                waits: false),
            VisibilityRow(
                name: "PRODUCT_NOT_FOUND leaves at once", unsynced: busy,
                call: .reserve(sale, user: "b", request: 2, product: "none"),
                outcome: productNotFound, waits: false),
            VisibilityRow(
                name: "NOT_STARTED leaves at once", unsynced: busy,
                call: .reserve("later", user: "b", request: 2), outcome: notStarted, waits: false),
            VisibilityRow(
                name: "a validation error leaves at once", unsynced: busy,
                call: .reserve(sale, user: "b", request: 2, quantity: -1), waits: false),
            VisibilityRow(
                name: "NOT_FOUND of a Confirm leaves at once", unsynced: busy,
                call: .confirm(sale, request: 8), outcome: 3, waits: false),
        ]
    }

    private static func bans(_ sale: String) -> [VisibilityRow] {
        // The control shard is one for all rows: each has request ids of its own.
        let number = 100 + (sale.split(separator: "-").last.flatMap { UInt8($0) } ?? 0)
        return [
            VisibilityRow(
                name: "a ban waits", call: .ban("a\(sale)", request: number), outcome: good,
                waits: true),
            VisibilityRow(
                name: "a ban sent again waits for the first one's event",
                unsynced: [.ban("b\(sale)", request: number)],
                call: .ban("b\(sale)", request: number), outcome: good, waits: true),
            VisibilityRow(
                name: "a ban that is taken back waits",
                prepared: [.ban("c\(sale)", request: number)],
                call: .unban("c\(sale)", request: number &+ 50), outcome: good, waits: true),
            VisibilityRow(
                name: "a list of bans waits for the newest",
                unsynced: [.ban("d\(sale)", request: number)], call: .listBans, waits: true),
            VisibilityRow(
                name: "CONFIRMATION_NEEDED leaves at once",
                unsynced: [.ban("e\(sale)", request: number)],
                call: .ban("", request: number &+ 50, wide: true), outcome: 3, waits: false),
        ]
    }

    private static func leases(_ sale: String) -> [VisibilityRow] {
        [
            VisibilityRow(
                name: "a granted lease waits", call: .acquire("lease of \(sale)", owner: 1),
                outcome: good, waits: true),
            VisibilityRow(
                name: "HELD_BY_ANOTHER waits for the other's grant",
                unsynced: [.acquire("lease of \(sale)", owner: 1)],
                call: .acquire("lease of \(sale)", owner: 2), outcome: 2, waits: true),
        ]
    }
}
