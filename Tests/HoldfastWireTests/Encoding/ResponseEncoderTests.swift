import HoldfastEngine
import HoldfastWire
import Testing

@Suite struct ResponseEncoderTests {
    private static let reservationID = ReservationID(rawValue: 0x0102_0304_0506_0708)
    private static let reservationNumber = 0x0102_0304_0506_0708

    /// Encodes an outcome and renders what protobuf-c reads in it.
    private static func rendered(
        _ outcome: Outcome, _ message: String, lines: [LineResult] = [], rows: [StockRow] = [],
        rejects: [ImportReject] = []
    ) -> String? {
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        let frame = Answers.frame(
            outcome, lines: lines, rows: rows, rejects: rejects, callID: 9, &arena)
        let answer = Answer(frame)
        guard answer.header.kind == 3, answer.header.callID == 9,
            answer.header.methodOrCode == 0, answer.header.timeoutOrRetryMilliseconds == 0
        else { return nil }
        return ProtoText.render(answer.body, AllDescriptors.byName[message]!)
    }

    private static func soldLine(_ id: String, _ quantity: Int64, _ price: Int64) -> LineResult {
        var line = LineResult(productID: view(id))
        line.quantity = quantity
        line.priceMinor = price
        line.granted = 99
        line.refunded = 1
        return line
    }

    @Test func reserveSaysWhatBecameOfEachLine() {
        var outcome = ReserveOutcome(result: .limitExceeded)
        outcome.lineCount = 2
        outcome.saleUsed = 3
        outcome.saleLimit = 4
        var refused = LineResult(productID: view("a"))
        refused.left = 5
        refused.used = 2
        refused.limit = 2
        refused.priceMinor = 100
        refused.outcome = .limitExceeded
        let text = Self.rendered(
            .reserve(outcome), "ReserveResponse",
            lines: [refused, LineResult(productID: view("b"))])
        #expect(
            text == """
                outcome: RESERVE_OUTCOME_LIMIT_EXCEEDED \
                lines { product_id: "a" left: 5 used: 2 limit: 2 price_minor: 100 \
                outcome: RESERVE_OUTCOME_LIMIT_EXCEEDED } lines { product_id: "b" } \
                sale_used: 3 sale_limit: 4
                """)
    }

    @Test func confirmSaysWhatWasSoldOrWhyNot() {
        var outcome = ConfirmOutcome(result: .confirmed, reservationID: Self.reservationID)
        outcome.late = true
        outcome.replayed = true
        outcome.state = .confirmed
        outcome.lineCount = 2
        let lines = [Self.soldLine("a", 2, 100), Self.soldLine("é", 1, 0)]
        #expect(
            Self.rendered(.confirm(outcome), "ConfirmResponse", lines: lines) == """
                outcome: CONFIRM_OUTCOME_CONFIRMED reservation_id: \(Self.reservationNumber) \
                late: true replayed: true state: RESERVATION_STATE_CONFIRMED \
                lines { product_id: "a" quantity: 2 price_minor: 100 } \
                lines { product_id: "é" quantity: 1 }
                """)
        for cause in [
            RefundCause.expiredSoldOut, .expiredLimit, .cancelled, .released, .saleClosed,
            .buyerBlacklisted,
        ] {
            var due = ConfirmOutcome(result: .refundDue)
            due.cause = cause
            let text = Self.rendered(.confirm(due), "ConfirmResponse")
            let name = "\(cause)".uppercased()
            let plain = text?.replacing("_", with: "")
            #expect(plain == "outcome: CONFIRMOUTCOMEREFUNDDUE cause: REFUNDCAUSE\(name)")
        }
    }

    @Test func cancelExtendAndRefundCarryTheirFields() {
        var cancel = CancelOutcome(result: .remembered, reservationID: Self.reservationID)
        cancel.state = .expired
        cancel.replayed = true
        #expect(
            Self.rendered(.cancel(cancel), "CancelResponse") == """
                outcome: CANCEL_OUTCOME_REMEMBERED reservation_id: \(Self.reservationNumber) \
                state: RESERVATION_STATE_EXPIRED replayed: true
                """)
        var extend = ExtendOutcome(result: .extended, reservationID: Self.reservationID)
        extend.deadlineMilliseconds = 1_700_000_000_000
        extend.replayed = true
        extend.state = .held
        #expect(
            Self.rendered(.extend(extend), "ExtendResponse") == """
                outcome: EXTEND_OUTCOME_EXTENDED reservation_id: \(Self.reservationNumber) \
                deadline_ms: 1700000000000 replayed: true state: RESERVATION_STATE_HELD
                """)
        var refund = RefundOutcome(result: .refunded, reservationID: Self.reservationID)
        refund.lineCount = 1
        refund.replayed = true
        refund.state = .refunded
        #expect(
            Self.rendered(
                .refund(refund), "RefundResponse", lines: [Self.soldLine("a", 3, 7)]) == """
                    outcome: REFUND_OUTCOME_REFUNDED reservation_id: \(Self.reservationNumber) \
                    lines { product_id: "a" quantity: 3 price_minor: 7 } replayed: true \
                    state: RESERVATION_STATE_REFUNDED
                    """)
    }

    @Test func getReservationCarriesTheWholeRecord() {
        var outcome = GetReservationOutcome(result: .found, reservationID: Self.reservationID)
        outcome.requestID = RequestID(reading: goodRequestID)
        outcome.userID = view("u")
        outcome.state = .refundDue
        outcome.deadlineMilliseconds = 5
        outcome.lineCount = 1
        outcome.orderReference = view("order")
        outcome.paymentReference = view("pay")
        outcome.late = true
        outcome.extended = true
        outcome.frozen = true
        outcome.cause = .released
        #expect(
            Self.rendered(
                .getReservation(outcome), "GetReservationResponse",
                lines: [Self.soldLine("a", 3, 7)]) == """
                    outcome: GET_RESERVATION_OUTCOME_FOUND reservation { \
                    reservation_id: \(Self.reservationNumber) \
                    request_id: 0x0102030405060708090a0b0c0d0e0f10 user_id: "u" \
                    state: RESERVATION_STATE_REFUND_DUE deadline_ms: 5 \
                    lines { product_id: "a" granted: 99 quantity: 3 refunded: 1 price_minor: 7 } \
                    order_ref: "order" payment_ref: "pay" late: true extended: true frozen: true \
                    cause: REFUND_CAUSE_RELEASED }
                    """)
        for (result, name) in [
            (GetReservationResult.notFound, "NOT_FOUND"), (.remembered, "REMEMBERED"),
        ] {
            let text = Self.rendered(
                .getReservation(GetReservationOutcome(result: result)), "GetReservationResponse")
            #expect(text == "outcome: GET_RESERVATION_OUTCOME_\(name)")
        }
    }

    @Test func getStockCarriesRowsAndTheNextPage() {
        var row = StockRow(productID: view("a"), name: view("A"))
        row.total = 10
        row.available = 5
        row.held = 3
        row.sold = 2
        row.priceMinor = 100
        row.limitPerUser = 4
        row.state = .paused
        row.used = 1
        var outcome = GetStockOutcome(result: .found)
        outcome.saleState = .open
        outcome.startsAtMilliseconds = 1
        outcome.endsAtMilliseconds = 2
        outcome.serverTimeMilliseconds = 3
        outcome.rowCount = 1
        outcome.more = true
        outcome.saleUsed = 4
        outcome.saleLimit = 5
        outcome.currency = view("EUR")
        #expect(
            Self.rendered(.getStock(outcome), "GetStockResponse", rows: [row]) == """
                outcome: GET_STOCK_OUTCOME_FOUND sale_state: SALE_STATE_OPEN starts_at_ms: 1 \
                ends_at_ms: 2 server_time_ms: 3 products { product_id: "a" name: "A" total: 10 \
                available: 5 held: 3 sold: 2 price_minor: 100 limit_per_user: 4 \
                state: PRODUCT_STATE_PAUSED used: 1 } next_page_token: "a" sale_used: 4 \
                sale_limit: 5 currency: "EUR"
                """)
        outcome.more = false
        let last = Self.rendered(.getStock(outcome), "GetStockResponse", rows: [row])
        #expect(last?.contains("next_page_token") == false)
    }

    @Test func aPageThatDoesNotFitIsCutAndGoesOn() throws {
        let name = view(String(repeating: "n", count: 256))
        let rows = (100..<300).map {
            var row = StockRow(
                productID: view("\($0)" + String(repeating: "p", count: 61)), name: name)
            row.total = 2_000_000_000
            row.available = -1
            row.held = -1
            row.sold = -1
            row.priceMinor = 1_000_000_000_000
            row.limitPerUser = -1
            row.used = -1
            return row
        }
        var outcome = GetStockOutcome(result: .found)
        outcome.rowCount = 200
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        let answer = Answer(Answers.frame(.getStock(outcome), rows: rows, &arena))
        #expect(answer.header.length <= 65_536)
        #expect(answer.header.length > 60_000)
        let text = try #require(
            ProtoText.render(answer.body, AllDescriptors.byName["GetStockResponse"]!))
        let fitting = text.split(separator: "product_id: ").count - 1
        #expect(fitting < 200)
        #expect(text.contains("next_page_token: \"\(99 + fitting)ppp"))
        #expect(text.contains("product_id: \"\(99 + fitting)ppp"))
    }

    @Test func aLongListOfSalesIsCutAndGoesOn() throws {
        let name = view(String(repeating: "n", count: 256))
        let sales = (100..<300).map {
            var sale = SaleSummary(
                saleID: view("\($0)" + String(repeating: "s", count: 61)), name: name, state: .open)
            sale.currency = view("EUR")
            sale.total = -1
            sale.available = -1
            sale.held = -1
            sale.sold = -1
            sale.liveHolds = -1
            sale.startsAtMilliseconds = -1
            sale.endsAtMilliseconds = -1
            sale.holdMilliseconds = -1
            sale.limitPerUser = -1
            sale.productCount = .max
            return sale
        }
        func list(_ count: Int, token: ByteView) throws -> (Answer, String) {
            var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
            let frame = sales.prefix(count).withUnsafeBufferPointer { sales in
                Answers.guarded(ResponseEncoder.byteCountMax(forSales: count)) {
                    ResponseEncoder.listSales(
                        sales, nextPageToken: token, callID: 3, to: $0, arena: &arena)
                }
            }
            let answer = Answer(frame)
            let text = try #require(
                ProtoText.render(answer.body, AllDescriptors.byName["ListSalesResponse"]!))
            return (answer, text)
        }
        let (cut, text) = try list(200, token: .empty)
        let fitting = text.split(separator: "sale_id: ").count - 1
        #expect(fitting < 200 && cut.header.length <= 65_536)
        #expect(text.contains("next_page_token: \"\(99 + fitting)sss"))
        #expect(try list(2, token: sales[1].saleID).1.contains("next_page_token: \"101sss"))
        #expect(try !list(2, token: .empty).1.contains("next_page_token"))
        #expect(try list(0, token: .empty).1 == "")
    }

    @Test func adminAnswersCarryTheirFields() {
        var adjust = AdjustStockOutcome(result: .belowCommitted)
        adjust.total = 1
        adjust.available = 2
        adjust.held = 3
        adjust.sold = 4
        adjust.replayed = true
        #expect(
            Self.rendered(.adjustStock(adjust), "AdjustStockResponse") == """
                outcome: ADJUST_STOCK_OUTCOME_BELOW_COMMITTED total: 1 available: 2 held: 3 \
                sold: 4 replayed: true
                """)
        var sale = SetSaleStateOutcome(result: .set)
        sale.state = .closed
        sale.replayed = true
        #expect(
            Self.rendered(.setSaleState(sale), "SetSaleStateResponse")
                == "outcome: SET_STATE_OUTCOME_SET state: SALE_STATE_CLOSED replayed: true")
        var product = SetProductStateOutcome(result: .productNotFound)
        product.state = .paused
        product.replayed = true
        #expect(
            Self.rendered(.setProductState(product), "SetProductStateResponse") == """
                outcome: SET_STATE_OUTCOME_PRODUCT_NOT_FOUND state: PRODUCT_STATE_PAUSED \
                replayed: true
                """)
    }

    @Test func preloadNamesRefusedRowsByTheirPlace() {
        var outcome = ImportOutcome(result: .rejected)
        outcome.productsAdded = 1
        outcome.productsUpdated = 2
        outcome.purchasesSet = 3
        let rejects = [
            ImportReject(kind: .product, chunk: 1, index: 3, problem: .tooManyUnits),
            ImportReject(kind: .purchase, chunk: 0, index: 7, problem: .unknownProduct),
            ImportReject(kind: .sale, chunk: 1, index: 0, problem: .badWindow),
        ]
        outcome.rejectCount = 3
        let text = Self.rendered(.importChunk(outcome), "PreloadResponse", rejects: rejects)
        #expect(
            text == """
                outcome: PRELOAD_OUTCOME_REJECTED products_added: 1 products_updated: 2 \
                purchases_set: 3 \
                rejects { field: "sale.products[3].total" \
                description: "must leave the sale at most 2000000000 units" } \
                rejects { field: "chunks[0].sale.purchases[7].product_id" \
                description: "must be a product of the sale or of this import" } \
                rejects { field: "sale.ends_at_ms" description: \
                "must be later than starts_at_ms and, for a new sale, later than now" }
                """)
    }

    @Test func everyProblemOfAHundredRowsFitsItsBound() {
        let problems: [ImportProblem] = [
            .unknownProduct, .doubledProduct, .doubledPurchase, .tooManyUnits, .tooManyImported,
            .tooManyProducts, .currencyChanged, .missingConfiguration, .badWindow,
        ]
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        for problem in problems {
            for kind in [ImportRowKind.sale, .product, .purchase] {
                var outcome = ImportOutcome(result: .rejected)
                outcome.rejectCount = 100
                let reject = ImportReject(
                    kind: kind, chunk: .max, index: .max, problem: problem)
                let rejects = [ImportReject](repeating: reject, count: 100)
                let answer = Answer(
                    Answers.frame(.importChunk(outcome), rejects: rejects, &arena))
                #expect(answer.header.length <= 65_536)
            }
        }
    }
}
