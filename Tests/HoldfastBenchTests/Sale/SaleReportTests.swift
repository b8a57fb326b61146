import Testing

@testable import holdfast_bench

@Suite struct SaleReportTests {
    private func report(
        units: Int = 30, _ change: (inout CounterServer, inout SaleAudit) -> Void = { _, _ in }
    ) throws -> SaleReport {
        let plan = samplePlan(units: units)
        var server = CounterServer(units: units)
        let (script, ledger, callCount) = try play(plan, &server)
        var audit = server.audit(units: units)
        change(&server, &audit)
        return SaleReport(
            plan: plan, callCount: callCount, buyers: script.buyers, ledger: ledger,
            times: SaleTimes(), audit: audit)
    }

    private func failed(_ report: SaleReport) -> [String] {
        report.claims.filter { !$0.holds }.map(\.claim)
    }

    @Test func aSaleThatWentRightIsProven() throws {
        let report = try self.report()
        #expect(self.failed(report) == [])
        #expect(report.isProven)
        #expect(report.kinds.reduce(0) { $0 + $1.units } == 30)
        #expect(report.text().contains("proven  they went to 30 different buyers: 30 buyers"))
    }

    @Test func aServerThatIgnoresTheLimitIsFoundOut() throws {
        let plan = samplePlan(units: 400)
        var server = CounterServer(units: 400, ignoresLimit: true)
        let (script, ledger, callCount) = try play(plan, &server)
        let report = SaleReport(
            plan: plan, callCount: callCount, buyers: script.buyers, ledger: ledger,
            times: SaleTimes(), audit: server.audit(units: 400))
        #expect(!report.isProven)
        #expect(
            self.failed(report) == [
                "nobody is above the limit of 1, by answers and GetStock",
                "they went to 400 different buyers",
            ])
        #expect(report.text().contains("FAILED  nobody is above the limit of 1"))
    }

    @Test func aServerWhoseStockSaysOtherwiseIsFoundOut() throws {
        let report = try self.report { _, audit in audit.after.sold += 1 }
        #expect(
            self.failed(report) == ["exactly 30 were sold and none is left, by GetStock"])
    }

    @Test func aReservationThatTheServerDoesNotKnowIsFoundOut() throws {
        let report = try self.report { _, audit in audit.confirmedForTheirBuyer -= 1 }
        #expect(
            self.failed(report) == [
                "each is CONFIRMED for the buyer it was granted to, by GetReservation"
            ])
    }

    @Test func unsoldUnitsAndMissingAnswersAreFoundOut() throws {
        let plan = samplePlan(units: 30)
        var server = CounterServer(units: 29)
        let (script, ledger, callCount) = try play(plan, &server)
        let claims = SaleClaims.judge(
            plan: plan, callCount: callCount + 1, ledger: ledger, audit: server.audit(units: 30))
        let failed = claims.filter { !$0.holds }.map(\.claim)
        #expect(failed.contains("every call was answered"))
        #expect(failed.contains("exactly 30 units were granted, each once"))
        #expect(failed.contains("exactly 30 were paid, by the answers"))
        #expect(script.buyers.count == plan.buyerCount)
    }

    @Test func theJSONHasEveryKindAndEveryClaim() throws {
        let json = try self.report().json()
        for kind in BuyerKind.allCases { #expect(json.contains("\"kind\" : \"\(kind.rawValue)\"")) }
        #expect(json.contains("\"is_proven\" : true"))
        #expect(json.contains("\"sold_out_after_milliseconds\""))
    }
}
