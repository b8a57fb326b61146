import Foundation
import HoldfastClient
import Testing

/// A sale that is over for good stays so, whatever happens to the server.
@Suite("Operations: sealed sales")
struct SealedSaleTests {
    /// A sale is sealed so long after its end.
    private static let soon = ["HOLDFAST_SALE_RETENTION_MS": "100"]

    @Test("a sealed sale answers after kill -9, from the journal and from a snapshot, as before")
    func survives() async throws {
        let site = try OperatedSite()
        let (first, _) = try site.start(nil, Self.soon)
        var others = try await KeptSales.load(into: first)
        try await others.sell(6, on: first)
        let sale = try await SealedSale.play(on: first)
        let before = try await sale.answers(on: first)
        // RULES 5.
        #expect(before.prefix(2) == ["Reserve again ENDED", "Reserve anew ENDED"])
        #expect(before.count == 13)
        for answer in before.dropFirst(2) {
            #expect(answer.hasSuffix(" SALE_SEALED"), "\(answer)")
        }
        let summaries = try await Self.summaries(first)
        let over = summaries.first { $0.saleID == SealedSale.id }
        #expect(over?.state == .sealed && over?.sold == 1 && over?.held == 0)
        #expect(summaries.first { $0.saleID == "kept" }?.state == .open)
        first.killHard()

        // With the retention of every day: it is the event that keeps it sealed, not its age.
        let (second, log) = try site.start()
        #expect(try logLine("journal replayed", in: log)?["snapshot_lsn"] == "0")
        #expect(try await sale.answers(on: second) == before)
        #expect(try await Self.summaries(second) == summaries)
        try await others.expectKept(on: second)
        #expect(try site.control(second, "snapshot").status == 0)
        second.killHard()

        let (third, thirdLog) = try site.start()
        let line = try #require(try logLine("journal replayed", in: thirdLog))
        #expect(line["events"] == "0" && line["snapshot_lsn"] != "0")
        #expect(try await sale.answers(on: third) == before)
        #expect(try await Self.summaries(third) == summaries)
        try await others.sell(2, on: third)
        try await others.expectKept(on: third)
    }

    private static func summaries(_ server: TestServer) async throws -> [SaleSummary] {
        let admin = try server.admin()
        let answer = try await admin.listSales()
        await admin.close()
        return answer.sales
    }
}

/// A sale with a reservation of each kind, whose end has come.
private struct SealedSale {
    static let id = "over"
    private let confirmed = RequestID()
    private let reservation: ReservationID
    private let cancelled = RequestID()

    /// Sells, ends the sale, and waits until the server has sealed it.
    static func play(on server: TestServer) async throws -> SealedSale {
        var sale = openSale(Self.id, products: [Product(productID: "sku", total: 100)])
        try await load(sale, into: server)
        let played = try await SealedSale(on: server)
        // Its end moves into the past.
        sale.endsAtMilliseconds = Int(Date().timeIntervalSince1970 * 1_000) - 1_000
        try await load(sale, into: server)
        let admin = try server.admin()
        var state = SaleState.open
        for _ in 0..<600 where state != .sealed {
            state = try await admin.listSales().sales.first { $0.saleID == Self.id }?.state ?? .open
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(state == .sealed)
        await admin.close()
        return played
    }

    private init(on server: TestServer) async throws {
        let client = try server.client("admin")
        var ids: [ReservationID] = []
        let refunded = RequestID()
        for (request, user) in [
            (self.confirmed, "buyer-1"), (refunded, "buyer-2"), (self.cancelled, "buyer-3"),
        ] {
            let answer = try await client.reserve(
                reserveRequest(Self.id, "sku", user: user, requestID: request))
            #expect(answer.outcome == .reserved)
            ids.append(answer.reservationID)
        }
        for request in [self.confirmed, refunded] {
            let end = try await client.confirm(
                ConfirmRequest(
                    saleID: Self.id, target: .request(request), paymentReference: "paid"))
            #expect(end.outcome == .confirmed)
        }
        let back = try await client.refund(
            RefundRequest(saleID: Self.id, reservationID: ids[1], restock: true))
        #expect(back.outcome == .refunded)
        let end = try await client.cancel(
            CancelRequest(saleID: Self.id, target: .request(self.cancelled)))
        #expect(end.outcome == .cancelled)
        self.reservation = ids[0]
        await client.close()
    }

    /// What every call about it is told.
    func answers(on server: TestServer) async throws -> [String] {
        let stock = try server.client("admin")
        let admin = try server.admin()
        let sale = Self.id
        var answers: [String] = []
        for (name, request) in [("again", self.confirmed), ("anew", RequestID())] {
            let answer = try await stock.reserve(
                reserveRequest(sale, "sku", user: "buyer-1", requestID: request))
            answers.append("Reserve \(name) \(answer.outcome == .ended ? "ENDED" : "\(answer)")")
        }
        func ask(_ name: String, _ call: () async throws(HoldfastError) -> Any) async {
            do throws(HoldfastError) {
                answers.append("\(name) \(try await call())")
            } catch {
                answers.append("\(name) \(error.reason)")
            }
        }
        await ask("Confirm") { () async throws(HoldfastError) in
            try await stock.confirm(
                ConfirmRequest(
                    saleID: sale, target: .request(self.confirmed), paymentReference: "paid"))
        }
        await ask("Cancel") { () async throws(HoldfastError) in
            try await stock.cancel(
                CancelRequest(saleID: sale, target: .request(self.cancelled)))
        }
        await ask("Cancel anew") { () async throws(HoldfastError) in
            try await stock.cancel(CancelRequest(saleID: sale, target: .request(RequestID())))
        }
        await ask("Extend") { () async throws(HoldfastError) in
            try await stock.extend(
                ExtendRequest(saleID: sale, target: .request(self.confirmed)))
        }
        await ask("Refund") { () async throws(HoldfastError) in
            try await stock.refund(
                RefundRequest(saleID: sale, reservationID: self.reservation))
        }
        await ask("GetReservation") { () async throws(HoldfastError) in
            try await stock.getReservation(
                GetReservationRequest(saleID: sale, target: .request(self.confirmed)))
        }
        await ask("GetReservation by id") { () async throws(HoldfastError) in
            try await stock.getReservation(
                GetReservationRequest(saleID: sale, target: .reservation(self.reservation)))
        }
        await ask("GetStock") { () async throws(HoldfastError) in
            try await stock.getStock(GetStockRequest(saleID: sale, userID: "buyer-1"))
        }
        await ask("AdjustStock") { () async throws(HoldfastError) in
            try await admin.adjustStock(
                AdjustStockRequest(saleID: sale, productID: "sku", delta: 1))
        }
        await ask("SetSaleState") { () async throws(HoldfastError) in
            try await admin.setSaleState(SetSaleStateRequest(saleID: sale, state: .open))
        }
        let open = openSale(sale, products: [Product(productID: "sku", total: 100)])
        let plan = ImportPlan(open, importID: RequestID(), validateOnly: false)
        await ask("Preload") { () async throws(HoldfastError) in
            try await admin.preload(plan.requests[0])
        }
        await stock.close()
        await admin.close()
        return answers
    }
}
