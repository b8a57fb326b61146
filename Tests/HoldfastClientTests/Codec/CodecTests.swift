import CHoldfastProto
import CProtobufC
import HoldfastClient
import HoldfastWire
import Testing

@Suite struct CodecTests {
    @Test func everyFieldOfAReserveArrives() throws {
        let requestID = RequestID()
        let request = ReserveRequest(
            saleID: "sale-1", userID: "用户",
            lines: [
                StockLine(productID: "a", quantity: 2), StockLine(productID: "b", quantity: 1),
            ],
            requestID: requestID, holdMilliseconds: 60_000,
            client: BuyerClient(
                ip: "::1", deviceID: "d", accountCreatedMilliseconds: 5, identity: "i"),
            challengeSolution: "c", allowPartial: true, orderReference: "o")
        let body = try request.body()
        let raw = try #require(holdfast__v1__reserve_request__unpack(nil, body.count, body))
        defer { holdfast__v1__reserve_request__free_unpacked(raw, nil) }
        let seen = raw.pointee
        #expect(Messages.requestID(ofReserve: body) == requestID)
        #expect(String(cString: seen.sale_id) == "sale-1")
        #expect(String(cString: seen.user_id) == "用户")
        #expect(seen.n_lines == 2)
        #expect(String(cString: seen.lines[1]!.pointee.product_id) == "b")
        #expect(seen.lines[0]!.pointee.quantity == 2)
        #expect(seen.hold_ms == 60_000)
        #expect(String(cString: seen.client.pointee.ip) == "::1")
        #expect(String(cString: seen.client.pointee.device_id) == "d")
        #expect(seen.client.pointee.account_created_ms == 5)
        #expect(String(cString: seen.client.pointee.identity) == "i")
        #expect(String(cString: seen.challenge_solution) == "c")
        #expect(seen.allow_partial == 1)
        #expect(String(cString: seen.order_ref) == "o")
    }

    @Test func bytesOfARequestAreFixed() throws {
        let request = CancelRequest(
            saleID: "s", target: .reservation(ReservationID(0x0102_0304_0506_0708)),
            reason: .fraud)
        // sale_id = "s", reservation_id as fixed64 (little-endian), reason = 4.
        #expect(
            try request.body() == [0x0A, 1, 0x73, 0x11, 8, 7, 6, 5, 4, 3, 2, 1, 0x20, 4])
        let byRequest = CancelRequest(saleID: "", target: .request(RequestID(high: 1, low: 2)))
        #expect(
            try byRequest.body()
                == [0x1A, 16] + [0, 0, 0, 0, 0, 0, 0, 1] + [0, 0, 0, 0, 0, 0, 0, 2])
    }

    @Test func textThatProtobufCWouldCutOffIsRefusedBeforeItIsSent() {
        let request = ReserveRequest(
            saleID: "sale\0-1", userID: "u",
            lines: [
                StockLine(productID: "a", quantity: 1), StockLine(productID: "b\0", quantity: 1),
            ])
        do throws(HoldfastError) {
            _ = try request.body()
            Issue.record("it was encoded")
        } catch {
            #expect(error.outcome == .notSent)
            #expect(error.code == .invalidArgument)
            #expect(error.fieldViolations.map(\.field) == ["sale_id", "lines[1].product_id"])
            #expect(error.requestID == request.requestID)
        }
    }

    @Test func methodsAreTheProtocols() {
        #expect(ReserveRequest.method == .reserve)
        #expect(ConfirmRequest.method == .confirm)
        #expect(CancelRequest.method == .cancel)
        #expect(ExtendRequest.method == .extend)
        #expect(RefundRequest.method == .refund)
        #expect(GetReservationRequest.method == .getReservation)
        #expect(GetStockRequest.method == .getStock)
        #expect(CheckRiskRequest.method == .checkRisk)
        #expect(ReadRiskLogRequest.method == .readRiskLog)
        #expect(PingRequest.method == .ping)
        #expect(PreloadRequest.method == .preload)
        #expect(AdjustStockRequest.method == .adjustStock)
        #expect(SetSaleStateRequest.method == .setSaleState)
        #expect(SetProductStateRequest.method == .setProductState)
        #expect(ListSalesRequest.method == .listSales)
        #expect(GetServerInfoRequest.method == .getServerInfo)
        #expect(SnapshotRequest.method == .snapshot)
    }

    @Test func emptyBodyIsAMessageOfDefaults() {
        #expect(ReserveResponse.decoded([]) == ReserveResponse())
        #expect(GetServerInfoResponse.decoded([]) == GetServerInfoResponse())
        #expect(SnapshotResponse.decoded([]) == SnapshotResponse())
        #expect(GetReservationResponse.decoded([])?.reservation == nil)
    }

    @Test func answerOfANewerServerIsReadAsFarAsItIsKnown() throws {
        // outcome = 99, reservation_id = 5, then field 1000 that nobody knows.
        let body: [UInt8] = [0x08, 99, 0x11, 5, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0x3E, 1]
        let response = try #require(ReserveResponse.decoded(body))
        #expect(response.outcome == .unrecognized(99))
        #expect(response.reservationID == ReservationID(5))
    }

    @Test func noBytesCrashTheDecoders() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let body = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            _ = ReserveResponse.decoded(body)
            _ = GetReservationResponse.decoded(body)
            _ = GetStockResponse.decoded(body)
            _ = PreloadResponse.decoded(body)
            _ = GetServerInfoResponse.decoded(body)
            _ = CheckRiskResponse.decoded(body)
            _ = ReadRiskLogResponse.decoded(body)
            _ = SnapshotResponse.decoded(body)
            _ = HoldfastError(
                code: .internal, statusBody: body, retryAfterMilliseconds: 0, methodName: "m")
        }
    }

    @Test func statusBecomesATypedError() {
        let error = HoldfastError(
            code: .unavailable, statusBody: Messages.status("DRAINING", "leaving"),
            retryAfterMilliseconds: 40, methodName: "StockService/Reserve")
        #expect(error.reason == "DRAINING")
        #expect(error.message == "leaving")
        #expect(error.retryAfterMilliseconds == 40)
        #expect(error.outcome == .rejected)
        // INTERNAL and UNKNOWN alone say nothing of the effect (RULES 2).
        for number: Int32 in 1...16 {
            let code = HoldfastErrorCode(number: number)
            let status = HoldfastError(
                code: code, statusBody: [], retryAfterMilliseconds: 0, methodName: "m")
            let isOpen = code == .internal || code == .unknown
            #expect(status.outcome == (isOpen ? .unknown : .rejected), "\(code)")
        }
        let unreadable = HoldfastError(
            code: .aborted, statusBody: [0xFF], retryAfterMilliseconds: 0, methodName: "m")
        #expect(unreadable.reason == "MALFORMED_ANSWER")
        #expect(unreadable.outcome == .rejected)
    }

    @Test func jsonHasTheProtocolsNamesAndIDsAsText() {
        let response = ReserveResponse(
            outcome: .reserved, reservationID: ReservationID(.max), deadlineMilliseconds: 5,
            lines: [ReservedLine(productID: "a\"\u{1}秒", granted: 1)], state: .held)
        #expect(
            response.json.text(isPretty: false) == """
                {"outcome":"RESERVE_OUTCOME_RESERVED","reservationId":"18446744073709551615","deadlineMs":5,\
                "lines":[{"productId":"a\\"\\u0001秒","granted":1,"left":0,"used":0,"limit":0,"priceMinor":0,\
                "outcome":"RESERVE_OUTCOME_UNSPECIFIED"}],"replayed":false,"state":"RESERVATION_STATE_HELD",\
                "startsInMs":0,"saleUsed":0,"saleLimit":0}
                """)
    }
}
