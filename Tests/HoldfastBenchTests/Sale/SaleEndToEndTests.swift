import Foundation
import Testing

/// The whole scenario, small, against the real server.
@Suite(.serialized) struct SaleEndToEndTests {
    private let scale = ["--units", "50", "--buyers", "2000", "--connections", "20", "--seed", "4"]

    private func json(_ result: RealServer.Result) throws -> [String: Any] {
        try #require(
            JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
            "\(result.output)")
    }

    @Test func fiftyUnitsGoToFiftyOfTwoThousandBuyers() throws {
        let server = try RealServer()
        let result = try server.bench(
            "sale", server.adminArguments + self.scale + ["--cheats", "30", "-o", "json"])
        #expect(result.status == 0, "\(result.output)")
        let report = try self.json(result)
        #expect(report["is_proven"] as? Bool == true)
        let stock = try #require(report["stock_after"] as? [String: Int])
        #expect(stock == ["total": 50, "available": 0, "held": 0, "sold": 50])
        let kinds = try #require(report["kinds"] as? [[String: Any]])
        #expect(kinds.count == 8)
        #expect(kinds.reduce(0) { $0 + ($1["units"] as? Int ?? 0) } == 50)
        for kind in kinds {
            let name = try #require(kind["kind"] as? String)
            #expect((kind["buyers"] as? Int ?? 0) > 0, "\(name)")
            if name.hasSuffix("Quantity") { #expect(kind["units"] as? Int == 0, "\(name)") }
        }
    }

    @Test func aSaleThatDoesNotSellOutIsNotCalledProven() throws {
        let server = try RealServer()
        let result = try server.bench(
            "sale", server.adminArguments + ["--units", "50", "--buyers", "20", "--cheats", "0"])
        #expect(result.status == 1)
        #expect(
            result.output.contains(
                "FAILED  exactly 50 units were granted, each once: 20 reservations"),
            "\(result.output)")
        #expect(result.output.contains("proven  every call was answered: 40 of 40"))
    }

    @Test func withoutASaleTheToolSaysWhatToDo() throws {
        let server = try RealServer()
        let result = try server.bench("sale", ["--sale", "nowhere", "--buyers", "20"])
        #expect(result.status != 0)
        #expect(result.output.contains("--admin-certificate"), "\(result.output)")
    }

    @Test func everyMethodOfAMixDoesWhatItIsFor() throws {
        let server = try RealServer()
        // Loads a sale that the load cannot empty; that it is not sold out is what the exit code says.
        let loaded = try server.bench(
            "sale",
            server.adminArguments + [
                "--sale", "mix-1", "--product", "sku-1", "--units", "1000000", "--buyers", "1",
                "--cheats", "0",
            ])
        #expect(loaded.status == 1)
        let result = try server.bench(
            "load",
            [
                "--sale-prefix", "mix-", "-c", "2", "--in-flight", "4", "--duration", "0.5",
                "--warm-up", "0", "--mix", "reserve=70,confirm=15,cancel=5,get=10", "--quiet",
                "--buyers", "1000000000", "-o", "json",
            ])
        #expect(result.status == 0, "\(result.output)")
        let outcomes = try #require(try self.json(result)["outcomes"] as? [String: Int])
        for outcome in ["RESERVED", "Confirm/CONFIRMED", "Cancel/CANCELLED", "Get/FOUND"] {
            #expect((outcomes[outcome] ?? 0) > 0, "\(outcome)")
        }
        #expect(!outcomes.keys.contains { $0.hasSuffix("NOT_FOUND") || $0.contains("REFUND_DUE") })
    }
}
