import HoldfastEngine
import HoldfastWire
import Testing

@Suite struct AdminRequestTests {
    private static let configuration = ProtoBody().text(1, "sale-1").text(2, "Sale").varint(3, 1)
        .number(4, 1_000).number(5, 2_000).text(6, "EUR").number(8, 3)
    private static let head = ProtoBody().data(1, goodRequestID)

    private static func product(_ index: Int) -> ProtoBody {
        ProtoBody().text(1, "sku-\(index)").text(2, "Thing").number(3, 10).number(4, 999)
            .number(5, 2).varint(6, 1)
    }

    private static func importChunk(
        _ body: ProtoBody, _ look: (ImportChunkCommand) throws -> Void
    ) rethrows {
        try decode(.preload, body.bytes) { decoded in
            guard case .importChunk(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            try look(command)
        }
    }

    @Test func aFirstChunkCarriesConfigurationAndRows() throws {
        let purchase = ProtoBody().text(1, "buyer").text(2, "sku-0").number(3, 4).text(4, "o")
        let sale = Self.configuration.message(9, Self.product(0)).message(9, Self.product(1))
            .message(10, purchase)
        let commit = ProtoBody().varint(1, 1).varint(2, 2).varint(3, 1).varint(4, 0xFFFF_FFFF)
        let body = Self.head.message(3, sale).message(4, commit).varint(5, 1)
        try Self.importChunk(body) { command in
            let configuration = try #require(command.configuration)
            #expect(text(configuration.name) == "Sale" && configuration.state == .open)
            #expect(configuration.startsAtMilliseconds == 1_000)
            #expect(configuration.endsAtMilliseconds == 2_000)
            #expect(text(configuration.currency) == "EUR")
            // Absent: the default, resolved.
            #expect(configuration.holdMilliseconds == 600_000)
            #expect(configuration.limitPerUser == 3)
            #expect(command.products.map { text($0.productID) } == ["sku-0", "sku-1"])
            #expect(command.products[1].total == 10 && command.products[1].priceMinor == 999)
            #expect(command.products[1].limitPerUser == 2 && command.products[1].state == .open)
            #expect(text(command.purchases[0].userID) == "buyer")
            #expect(text(command.purchases[0].productID) == "sku-0")
            #expect(command.purchases[0].quantity == 4)
            #expect(text(command.purchases[0].orderReference) == "o")
            let expected = ImportCommit(
                chunkCount: 1, productCount: 2, purchaseCount: 1, checksum: 0xFFFF_FFFF)
            #expect(command.commit == expected && command.validateOnly)
            #expect(command.rejectsMax == 100)
        }
    }

    @Test func aLaterChunkCarriesRowsOnly() {
        let sale = ProtoBody().text(1, "sale-1").message(9, Self.product(0))
        Self.importChunk(Self.head.varint(2, 3).message(3, sale)) { command in
            #expect(command.configuration == nil && command.chunk == 3 && command.commit == nil)
        }
        let full = Self.configuration.number(7, 5_000)
        decode(.preload, Self.head.varint(2, 3).message(3, full).bytes) { decoded in
            #expect(
                decoded.badFields == [
                    "sale.name", "sale.state", "sale.starts_at_ms", "sale.ends_at_ms",
                    "sale.currency", "sale.hold_ms", "sale.limit_per_user",
                ])
        }
    }

    @Test func wrongConfigurationIsNamed() {
        let sale = ProtoBody().text(1, "s").text(2, String(repeating: "n", count: 257))
            .varint(3, 4).number(5, 5).text(6, "eur").number(7, 1).number(8, -1)
        decode(.preload, Self.head.message(3, sale).bytes) { decoded in
            #expect(
                decoded.badFields == [
                    "sale.name", "sale.state", "sale.starts_at_ms", "sale.currency",
                    "sale.hold_ms", "sale.limit_per_user",
                ])
        }
        let backwards = ProtoBody().text(1, "s").number(4, 9).number(5, 9).text(6, "EUR")
        decode(.preload, Self.head.message(3, backwards).bytes) { decoded in
            #expect(decoded.badFields == ["sale.ends_at_ms"])
        }
    }

    @Test func wrongRowsAreNamed() {
        let product = ProtoBody().text(2, "a\nb").number(3, 2_000_000_001)
            .number(4, 1_000_000_000_001).number(5, -1).varint(6, 3)
        let purchase = ProtoBody().text(2, "p").number(3, 0).text(4, "\u{7F}")
        let sale = Self.configuration.message(9, Self.product(0)).message(9, product)
            .message(10, purchase)
        decode(.preload, Self.head.message(3, sale).message(4, ProtoBody()).bytes) { decoded in
            #expect(
                decoded.badFields == [
                    "commit.chunk_count", "sale.products[1].product_id", "sale.products[1].name",
                    "sale.products[1].total", "sale.products[1].price_minor",
                    "sale.products[1].limit_per_user", "sale.products[1].state",
                    "sale.purchases[0].user_id", "sale.purchases[0].quantity",
                    "sale.purchases[0].order_ref",
                ])
        }
    }

    @Test func twentyThousandRowsFitAndMoreDoNot() {
        var rows = ProtoBody()
        for index in 0..<20_000 { rows.bytes += ProtoBody().message(9, Self.product(index)).bytes }
        let sale = Self.configuration.raw(rows.bytes)
        Self.importChunk(Self.head.message(3, sale)) { command in
            #expect(command.products.count == 20_000)
            #expect(text(command.products[19_999].productID) == "sku-19999")
        }
        let more = sale.message(9, Self.product(20_000))
        decode(.preload, Self.head.message(3, more).bytes) { decoded in
            #expect(decoded.badFields == ["sale"])
        }
    }

    @Test func stockAndStatesCarryTheirFields() {
        let product = Self.head.text(2, "s").text(3, "p")
        decode(.adjustStock, product.number(4, -5).varint(5, 1).bytes) { decoded in
            guard case .adjustStock(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.delta == -5 && command.validateOnly && text(command.productID) == "p")
        }
        for delta: Int64 in [2_000_000_001, -2_000_000_001, .min] {
            decode(.adjustStock, product.number(4, delta).bytes) { decoded in
                #expect(decoded.badFields == ["delta"])
            }
        }
        for state: UInt64 in 0...5 {
            decode(.setSaleState, Self.head.text(2, "s").varint(3, state).bytes) { decoded in
                guard case .setSaleState(let command) = decoded.command else {
                    #expect(decoded.badFields == ["state"] && !(1...3).contains(state))
                    return
                }
                #expect(UInt64(command.state.rawValue) == state && (1...3).contains(state))
            }
            decode(.setProductState, product.varint(4, state).bytes) { decoded in
                guard case .setProductState(let command) = decoded.command else {
                    #expect(decoded.badFields == ["state"] && !(1...2).contains(state))
                    return
                }
                #expect(UInt64(command.state.rawValue) == state && (1...2).contains(state))
            }
        }
    }

    @Test func listSalesAndServerInfoAreTheServersOwn() {
        decode(.listSales, ProtoBody().varint(1, 7).text(2, "after").bytes) { decoded in
            guard case .listSales(let pageSize, let token) = decoded else {
                Issue.record("\(decoded)")
                return
            }
            #expect(pageSize == 7 && text(token) == "after")
        }
        decode(.getServerInfo, []) { decoded in
            guard case .getServerInfo = decoded else {
                Issue.record("\(decoded)")
                return
            }
        }
    }

    @Test func aSnapshotAsksForNothingButItself() {
        // A newer client may say more than this server knows.
        for body in [ProtoBody(), ProtoBody().text(1, "why").varint(9, 7)] {
            decode(.snapshot, body.bytes) { decoded in
                guard case .snapshot = decoded else {
                    Issue.record("\(decoded)")
                    return
                }
            }
        }
        decode(.snapshot, [0xFF, 0xFF]) { decoded in
            #expect(decoded.status?.reason == "BODY_MALFORMED")
        }
    }
}
