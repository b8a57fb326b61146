import Foundation
import HoldfastClient
import Testing

/// `holdfastctl` as an operator uses it: the real binary against the real server, over mTLS.
@Suite("holdfastctl", .serialized)
struct CommandLineTests {
    /// Runs the tool as an admin of this server; nil JSON when it printed none.
    private func run(
        _ server: TestServer, _ arguments: [String], role: String = "admin"
    ) throws -> (status: Int32, json: [String: Any], standardError: String) {
        let files = server.certificate(role)
        let result = try Binary.run(
            "holdfastctl", arguments + ["-o", "json"],
            environment: [
                "HOLDFAST_STOCK_ENDPOINT": "127.0.0.1:\(server.stockPort)",
                "HOLDFAST_ADMIN_ENDPOINT": "127.0.0.1:\(server.adminPort)",
                "HOLDFAST_CA": server.authority, "HOLDFAST_CERTIFICATE": files.certificate,
                "HOLDFAST_KEY": files.key, "HOLDFAST_TIMEOUT_MS": "20000",
            ])
        let json = try? JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8))
        return (result.status, json as? [String: Any] ?? [:], result.standardError)
    }

    private func file(_ server: TestServer, _ name: String, _ text: String) throws -> String {
        let url = server.directory.appendingPathComponent(name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path
    }

    private func saleJSON(_ id: String) -> String {
        let now = Int(Date().timeIntervalSince1970 * 1_000)
        return """
            {"sale_id": "\(id)", "name": "Drop", "starts_at_ms": \(now - 1000),
             "ends_at_ms": \(now + 3_600_000), "currency": "CNY", "limit_per_user": 4,
             "products": [
               {"product_id": "sku-1", "name": "运动鞋", "total": 10, "price_minor": 5900},
               {"product_id": "sku-2", "total": 5, "limit_per_user": 1}],
             "purchases": [{"user_id": "old", "product_id": "sku-2", "quantity": 1}]}
            """
    }

    @Test("a sale loaded from JSON is reserved, confirmed, read, cancelled, adjusted and closed")
    func wholeLife() throws {
        let server = try TestServer.start()
        let sale = try self.file(server, "sale.json", self.saleJSON("drop"))

        let dry = try self.run(server, ["preload", sale, "--dry-run"])
        #expect(dry.status == 0, "\(dry.standardError)")
        #expect(try self.run(server, ["stock", "drop"]).status == 1, "a dry run changed something")

        let loaded = try self.run(server, ["preload", sale])
        #expect(loaded.status == 0, "\(loaded.standardError)")
        let listed = try self.run(server, ["sale", "list"])
        #expect(listed.status == 0)
        #expect("\(listed.json)".contains("drop"))

        let held = try self.run(
            server, ["reserve", "drop", "sku-1:2", "--user", "ann", "--ip", "203.0.113.9"])
        #expect(held.status == 0, "\(held.standardError)")
        #expect(held.json["outcome"] as? String == "RESERVE_OUTCOME_RESERVED")
        let id = try #require(held.json["reservationId"] as? String)
        let confirmed = try self.run(server, ["confirm", "drop", id, "--payment-ref", "p-1"])
        #expect(confirmed.status == 0)
        let read = try self.run(server, ["get", "drop", id])
        #expect("\(read.json)".contains("RESERVATION_STATE_CONFIRMED"))

        // The imported purchase counts: one is the limit.
        let limited = try self.run(server, ["reserve", "drop", "sku-2", "--user", "old"])
        #expect(limited.status == 1)
        #expect(limited.json["outcome"] as? String == "RESERVE_OUTCOME_LIMIT_EXCEEDED")
        let gone = try self.run(server, ["reserve", "drop", "sku-1:9", "--user", "bob"])
        #expect(gone.status == 1, "more than the sale's limit")

        let second = try self.run(server, ["reserve", "drop", "sku-1", "--user", "bob"])
        let secondID = try #require(second.json["reservationId"] as? String)
        #expect(try self.run(server, ["cancel", "drop", secondID]).status == 0)

        let adjusted = try self.run(server, ["stock", "adjust", "drop", "sku-1", "+5"])
        #expect(adjusted.status == 0, "\(adjusted.standardError)")
        #expect(adjusted.json["total"] as? Int == 15)
        #expect(adjusted.json["available"] as? Int == 13)
        let tooMuch = try self.run(server, ["stock", "adjust", "drop", "sku-1", "-14"])
        #expect(tooMuch.status == 1, "what is sold cannot be withdrawn")

        #expect(try self.run(server, ["sale", "pause", "drop"]).status == 0)
        let paused = try self.run(server, ["reserve", "drop", "sku-1", "--user", "cid"])
        #expect(paused.json["outcome"] as? String == "RESERVE_OUTCOME_PAUSED")
        #expect(try self.run(server, ["sale", "open", "drop"]).status == 0)
        #expect(try self.run(server, ["sale", "close", "drop"]).status == 0)
        let ended = try self.run(server, ["reserve", "drop", "sku-1", "--user", "cid"])
        #expect(ended.json["outcome"] as? String == "RESERVE_OUTCOME_ENDED")

        #expect(try self.run(server, ["ping"]).status == 0)
        let info = try self.run(server, ["info"])
        #expect(info.status == 0)
        #expect(info.json["durability"] as? String == "disk")
    }

    @Test("a server without a disk says that there is nothing to write a snapshot of")
    func snapshotOfAServerInMemory() throws {
        let server = try VisibilityFixture()
        for arguments in [["snapshot"], ["snapshot", "--no-wait"]] {
            let run = try Binary.run(
                "holdfastctl", arguments + ["-o", "json"], environment: server.environment)
            #expect(run.status == 1, "\(run.standardError)")
            #expect(run.standardOutput.contains("SNAPSHOT_OUTCOME_UNAVAILABLE_IN_MEMORY"))
            #expect(run.standardError.contains("nothing on disk"), "\(run.standardError)")
        }
        let info = try Binary.run("holdfastctl", ["info"], environment: server.environment)
        #expect(info.status == 0, "\(info.standardError)")
        #expect(info.standardOutput.contains("gone with the process"), "\(info.standardOutput)")
    }

    @Test("info says how far the journal is, and who may not have a snapshot is told so")
    func journalOfAServer() throws {
        let server = try TestServer.start()
        let sale = try self.file(server, "sale.json", self.saleJSON("drop"))
        #expect(try self.run(server, ["preload", sale]).status == 0)
        let info = try self.run(server, ["info"])
        #expect(info.json["durability"] as? String == "disk")
        let journal = try #require(info.json["journal"] as? [String: Any])
        #expect(journal["sync"] as? String == "group" && journal["hasRoom"] as? Bool == true)
        let synced = try #require(journal["syncedLsn"] as? Int)
        #expect(synced > 0 && journal["appendedLsn"] as? Int == synced)
        for count in [
            "groups", "bytes", "syncs", "syncMicrosecondsTotal", "syncMicrosecondsMax",
            "segments", "readyBytes", "generation",
        ] {
            #expect((journal[count] as? Int ?? 0) > 0, "\(count): \(journal)")
        }
        let hello = try #require(info.json["hello"] as? [String: Any])
        let methods = try #require(hello["methods"] as? [[String: Any]])
        #expect(
            methods.contains {
                $0["number"] as? Int == 83 && $0["name"] as? String == "AdminService/Snapshot"
            })
        #expect(try self.run(server, ["snapshot"], role: "operator").status == 77)
        #expect(try self.run(server, ["snapshot", "--timeout", "0"]).status == 64)
    }

    @Test("refused rows are listed with row, column and reason, and nothing is loaded")
    func rejectsAreListed() throws {
        let server = try TestServer.start()
        let products = try self.file(
            server, "products.csv",
            "product_id,total,price_minor\nsku-1,10,100\nsku-2,-5,100\nsku-1,3,100\nsku-3,x,1\n")
        let window = [
            "--sale", "csv", "--starts-at", "2026-01-01T00:00:00Z", "--ends-at",
            "2036-01-01T00:00:00Z", "--currency", "EUR",
        ]
        let refused = try self.run(server, ["preload", products] + window)
        #expect(refused.status == 65)
        let words = refused.standardError + "\(refused.json)"
        for text in ["3", "total", "4", "5"] { #expect(words.contains(text), "\(words)") }
        #expect(try self.run(server, ["stock", "csv"]).status == 1)

        let good = try self.file(
            server, "good.csv", "product_id,total,price_minor\nsku-1,10,100\nsku-2,5,100\n")
        #expect(try self.run(server, ["preload", good] + window).status == 0)
        let purchases = try self.file(
            server, "purchases.csv", "user_id,product_id,quantity\nann,sku-1,2\nbob,sku-9,1\n")
        let unknown = try self.run(server, ["preload", purchases, "--sale", "csv"])
        #expect(unknown.status == 65, "\(unknown.standardError)")
        let stock = try self.run(server, ["stock", "csv", "--user", "ann"])
        #expect("\(stock.json)".contains("\"used\": 0"), "a refused import set a count")
    }

    @Test("loading twice never overwrites stock that was sold from")
    func secondPreloadKeepsStock() throws {
        let server = try TestServer.start()
        let sale = try self.file(server, "sale.json", self.saleJSON("twice"))
        #expect(try self.run(server, ["preload", sale]).status == 0)
        #expect(
            try self.run(server, ["reserve", "twice", "sku-1:4", "--user", "ann"]).status == 0)
        #expect(try self.run(server, ["preload", sale]).status == 0)
        let stock = try self.run(server, ["stock", "twice", "sku-1"])
        #expect("\(stock.json)".contains("\"available\": 6"), "\(stock.json)")
    }

    @Test("exit codes say what went wrong")
    func exitCodes() throws {
        let server = try TestServer.start()
        let nobody = try Binary.run(
            "holdfastctl", ["ping"],
            environment: [
                "HOLDFAST_STOCK_ENDPOINT": "127.0.0.1:1", "HOLDFAST_CA": server.authority,
                "HOLDFAST_CERTIFICATE": server.certificate("admin").certificate,
                "HOLDFAST_KEY": server.certificate("admin").key,
            ])
        #expect(nobody.status == 69, "\(nobody.standardError)")
        #expect(try self.run(server, ["sale", "pause", "nowhere"]).status == 1)
        #expect(try self.run(server, ["preload", "/nowhere.json"]).status == 65)
        #expect(try self.run(server, ["reserve"]).status == 64)
        #expect(try self.run(server, ["sale", "list"], role: "gateway").status == 77)
    }
}
