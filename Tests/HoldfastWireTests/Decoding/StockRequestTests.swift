import HoldfastEngine
import HoldfastWire
import Testing

@Suite struct StockRequestTests {
    private static let longID = String(repeating: "x", count: 65)

    @Test func reserveCarriesEveryField() throws {
        let client = ProtoBody().text(1, "2001:db8::1").text(2, "device").number(
            3, 1_700_000_000_000
        )
        .text(4, "identity")
        let body = goodReserve.message(4, line("sku-2", 1)).message(4, line("sku-1", 3))
            .number(5, 90_000).message(6, client).text(7, "solution").varint(8, 1).text(9, "order")
        try decode(.reserve, body.bytes) { decoded in
            let snapshot = try #require(ReserveSnapshot(decoded))
            #expect(snapshot.saleID == Array("sale-1".utf8))
            #expect(snapshot.userID == Array("user-1".utf8))
            // Lines of one product are one, where it was named first.
            #expect(snapshot.lines == [Array("sku-1".utf8), Array("sku-2".utf8)])
            #expect(snapshot.quantities == [5, 1])
            #expect(snapshot.holdMilliseconds == 90_000)
            #expect(snapshot.allowPartial)
            #expect(snapshot.verdict == .allow)
            #expect(snapshot.orderReference == Array("order".utf8))
            #expect(snapshot.ip == Array("2001:db8::1".utf8))
            #expect(snapshot.deviceID == Array("device".utf8))
            #expect(snapshot.accountCreatedMilliseconds == 1_700_000_000_000)
            #expect(snapshot.identity == Array("identity".utf8))
            #expect(snapshot.challengeSolution == Array("solution".utf8))
        }
    }

    @Test func textBeyondASCIIIsKeptAsItsBytes() throws {
        // Composed and decomposed é are two products.
        let body = ProtoBody().data(1, goodRequestID).text(2, "秒杀").text(3, "u")
            .message(4, line("caf\u{E9}", 1)).message(4, line("cafe\u{301}", 2))
        try decode(.reserve, body.bytes) { decoded in
            let snapshot = try #require(ReserveSnapshot(decoded))
            #expect(snapshot.saleID == Array("秒杀".utf8))
            #expect(snapshot.quantities == [1, 2])
        }
    }

    /// Each wrong Reserve with the fields that the answer must name.
    private static let wrongReserves: [(ProtoBody, [String])] = [
        (ProtoBody(), ["request_id", "sale_id", "user_id", "lines"]),
        (
            ProtoBody().data(1, [1]).text(2, longID).text(3, "a\u{1}").message(4, line("", 0)),
            ["request_id", "sale_id", "user_id", "lines[0].product_id", "lines[0].quantity"]
        ),
        (
            ProtoBody().data(1, [UInt8](repeating: 0, count: 16)).text(2, "s").text(3, "u")
                .message(4, line("p", 1)), ["request_id"]
        ),
        (goodReserve.message(4, line("b", 1)).message(4, line("c", -5)), ["lines[2].quantity"]),
        (goodReserve.message(4, line("b", 1_000_001)), ["lines[1].quantity"]),
        (
            goodReserve.message(4, line("b", 1)).message(4, line("sku-1", 999_999)),
            ["lines[2].quantity"]
        ),
        (goodReserve.number(5, 999), ["hold_ms"]),
        (goodReserve.number(5, -1), ["hold_ms"]),
        (goodReserve.number(5, 14_400_001), ["hold_ms"]),
        (goodReserve.message(6, ProtoBody().text(1, "1.2.3")), ["client.ip"]),
        (goodReserve.message(6, ProtoBody().text(2, longID)), ["client.device_id"]),
        (goodReserve.message(6, ProtoBody().number(3, -1)), ["client.account_created_ms"]),
        (
            goodReserve.message(6, ProtoBody().text(4, String(repeating: "i", count: 129))),
            ["client.identity"]
        ),
        (goodReserve.text(7, String(repeating: "s", count: 1_025)), ["challenge_solution"]),
        (goodReserve.text(9, "a\u{9F}"), ["order_ref"]),
    ]

    @Test(arguments: 0..<wrongReserves.count)
    func everyWrongFieldOfAReserveIsNamed(_ index: Int) {
        let (body, fields) = Self.wrongReserves[index]
        decode(.reserve, body.bytes) { decoded in
            #expect(decoded.badFields == fields)
            #expect(decoded.status?.code == .invalidArgument)
            #expect(decoded.status?.reason == "FIELD_INVALID")
        }
    }

    @Test func sixteenProductsAreTheMost() {
        var body = ProtoBody().data(1, goodRequestID).text(2, "s").text(3, "u")
        for index in 0..<16 { body = body.message(4, line("p\(index)", 1)) }
        for index in 0..<16 { body = body.message(4, line("p\(index)", 1)) }
        decode(.reserve, body.bytes) { decoded in
            let snapshot = ReserveSnapshot(decoded)
            #expect(snapshot?.quantities == [Int64](repeating: 2, count: 16))
        }
        decode(.reserve, body.message(4, line("p16", 1)).bytes) { decoded in
            #expect(decoded.badFields == ["lines"])
        }
    }

    @Test func sixteenViolationsAreTheMost() {
        var body = ProtoBody().data(1, goodRequestID).text(2, "s").text(3, "u")
        for _ in 0..<30 { body = body.message(4, line("p", 0)) }
        decode(.reserve, body.bytes) { decoded in
            #expect(decoded.badFields == (0..<16).map { "lines[\($0)].quantity" })
        }
    }

    @Test func confirmNamesItsTargetEitherWay() {
        let byID = ProtoBody().text(1, "s").fixed64(2, 42).text(5, "pay").bytes
        decode(.confirm, byID) { decoded in
            guard case .confirm(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.target == .reservation(ReservationID(rawValue: 42)))
            #expect(command.lines.isEmpty)
            #expect(text(command.paymentReference) == "pay")
        }
        let byRequest = ProtoBody().text(1, "s").data(3, goodRequestID)
            .message(4, line("a", 0)).message(4, line("b", 2)).bytes
        decode(.confirm, byRequest) { decoded in
            guard case .confirm(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.target == .request(RequestID(reading: goodRequestID)))
            #expect(command.lines.map(\.quantity) == [0, 2])
            #expect(command.paymentReference.isEmpty)
        }
    }

    @Test(arguments: [
        (Method.confirm, ["sale_id", "target"]), (.cancel, ["sale_id", "target"]),
        (.extend, ["sale_id", "target"]), (.getReservation, ["sale_id", "target"]),
        (.refund, ["request_id", "sale_id", "reservation_id"]), (.getStock, ["sale_id"]),
        (.adjustStock, ["request_id", "sale_id", "product_id", "delta"]),
        (.setSaleState, ["request_id", "sale_id", "state"]),
        (.setProductState, ["request_id", "sale_id", "product_id", "state"]),
        (.preload, ["import_id", "sale"]),
    ])
    func anEmptyBodyNamesWhatItLacks(_ method: Method, _ fields: [String]) {
        decode(method, []) { decoded in #expect(decoded.badFields == fields) }
    }

    @Test func wrongTargetsAreNamed() {
        decode(.cancel, ProtoBody().text(1, "s").fixed64(2, 0).bytes) { decoded in
            #expect(decoded.badFields == ["reservation_id"])
        }
        decode(.cancel, ProtoBody().text(1, "s").data(3, [1, 2]).bytes) { decoded in
            #expect(decoded.badFields == ["request_id"])
        }
    }

    @Test func cancelAndExtendAndGetReservationCarryTheirFields() {
        let target = ProtoBody().text(1, "s").fixed64(2, 7)
        let reservation = ReservationTarget.reservation(ReservationID(rawValue: 7))
        decode(.cancel, target.varint(4, 5).bytes) { decoded in
            guard case .cancel(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.target == reservation && command.reason == 5)
        }
        for reason: Int64 in [6, -1] {
            decode(.cancel, target.number(4, reason).bytes) { decoded in
                #expect(decoded.badFields == ["reason"])
            }
        }
        decode(.extend, target.number(4, 5_000).bytes) { decoded in
            guard case .extend(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.target == reservation && command.extendMilliseconds == 5_000)
        }
        decode(.extend, target.number(4, 10).bytes) { decoded in
            #expect(decoded.badFields == ["extend_ms"])
        }
        decode(.getReservation, target.bytes) { decoded in
            guard case .getReservation(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.target == reservation && text(command.saleID) == "s")
        }
    }

    @Test func refundCarriesItsFields() {
        let body = ProtoBody().data(1, goodRequestID).text(2, "s").fixed64(3, 9)
            .message(4, line("p", 2)).varint(5, 1).text(6, "r")
        decode(.refund, body.bytes) { decoded in
            guard case .refund(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.requestID == RequestID(reading: goodRequestID))
            #expect(command.reservationID.rawValue == 9)
            #expect(command.lines.map(\.quantity) == [2])
            #expect(command.restock && text(command.refundReference) == "r")
        }
        decode(.refund, body.message(4, line("q", 0)).bytes) { decoded in
            #expect(decoded.badFields == ["lines[1].quantity"])
        }
    }

    @Test func getStockBoundsItsPage() {
        let body = ProtoBody().text(1, "s")
        for (asked, expected): (UInt64, Int) in [
            (0, 200), (5, 5), (200, 200), (4_000_000_000, 200),
        ] {
            decode(.getStock, body.varint(4, asked).text(5, "after").bytes) { decoded in
                guard case .getStock(let command) = decoded.command else {
                    Issue.record("\(decoded)")
                    return
                }
                #expect(command.rowsMax == expected)
                #expect(text(command.afterProductID) == "after")
            }
        }
        var named = body.varint(4, 1).text(3, "buyer")
        for index in 0..<16 { named = named.text(2, "p\(index)") }
        decode(.getStock, named.bytes) { decoded in
            guard case .getStock(let command) = decoded.command else {
                Issue.record("\(decoded)")
                return
            }
            #expect(command.productIDs.map { text($0) } == (0..<16).map { "p\($0)" })
            #expect(command.rowsMax == 16 && text(command.userID) == "buyer")
        }
        decode(.getStock, named.text(2, "p16").bytes) { decoded in
            #expect(decoded.badFields == ["product_ids"])
        }
        decode(.getStock, body.text(2, "p").text(2, "").bytes) { decoded in
            #expect(decoded.badFields == ["product_ids[1]"])
        }
    }

    @Test func pingGivesItsPayload() {
        decode(.ping, ProtoBody().data(1, [0, 255]).bytes) { decoded in
            guard case .ping(let payload) = decoded else {
                Issue.record("\(decoded)")
                return
            }
            #expect(bytes(payload) == [0, 255])
        }
        decode(.ping, ProtoBody().data(1, [UInt8](repeating: 1, count: 65)).bytes) { decoded in
            #expect(decoded.badFields == ["payload"])
        }
    }

    @Test func metadataIsSteppedOver() {
        let metadata = ProtoBody().text(1, "00-abc").text(2, "en").varint(3, 2).bytes
        let head = [UInt8(0), UInt8(metadata.count)] + metadata
        decode(.reserve, head + goodReserve.bytes, hasMetadata: true) { decoded in
            #expect(ReserveSnapshot(decoded)?.quantities == [2])
        }
        decode(.reserve, [0, 0] + goodReserve.bytes, hasMetadata: true) { decoded in
            #expect(ReserveSnapshot(decoded)?.quantities == [2])
        }
        let broken: [[UInt8]] = [
            [], [0], [0, 1], [255, 255, 1], [0, 2, 0x0A, 5], [0, 2, 0x18, 0x80],
        ]
        for body in broken {
            decode(.reserve, body, hasMetadata: true) { decoded in
                #expect(decoded.status?.reason == "BODY_MALFORMED", "\(body)")
            }
        }
    }

    @Test func aMalformedBodyIsExplained() {
        decode(.confirm, ProtoBody().text(1, "s").text(1, "s").bytes) { decoded in
            #expect(decoded.status?.code == .invalidArgument)
            #expect(decoded.status?.reason == "BODY_MALFORMED")
            #expect(decoded.status?.message.contains("`sale_id`") == true)
            #expect(decoded.status?.message.contains("byte 3") == true)
        }
    }

    @Test func aCallGetsNoMoreMemoryThanItsCap() {
        var body = ProtoBody().data(1, goodRequestID).text(2, "s").text(3, "u")
        for index in 0..<60 { body = body.message(4, line("product-\(index % 10)é", 1)) }
        decode(.reserve, body.bytes) { decoded in #expect(decoded.command != nil) }
        decode(.reserve, body.bytes, callBytesMax: 2_000) { decoded in
            #expect(decoded.status?.reason == "BODY_MALFORMED")
        }
    }

    @Test func methodsOfLaterVersionsAreUnimplemented() {
        for method in Method.allCases where !method.isAvailable {
            decode(method, []) { decoded in
                #expect(decoded.status?.code == .unimplemented)
                #expect(decoded.status?.reason == "METHOD_NOT_AVAILABLE")
            }
        }
    }
}
