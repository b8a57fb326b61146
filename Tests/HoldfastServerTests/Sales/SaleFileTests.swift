import HoldfastEngine
import Testing

@testable import HoldfastServer

@Suite struct SaleFileTests {
    private func refusal(_ text: String) -> String? {
        do {
            _ = try SaleFile.parse(Array(text.utf8))
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: [
        ("{", "no valid JSON"),
        ("[]", "must be"),
        ("{\"sale_id\":\"s\"}", "starts_at_ms is missing"),
        (
            "{\"sale_id\":\"s\",\"startsat_ms\":1}",
            "startsat_ms: unknown field; did you mean starts_at_ms?"
        ),
        (
            "{\"sale_id\":7,\"starts_at_ms\":1,\"ends_at_ms\":2,\"currency\":\"EUR\",\"products\":[]}",
            "sale_id must be text"
        ),
        (
            "{\"sale_id\":\"s\",\"starts_at_ms\":1.5,\"ends_at_ms\":2,\"currency\":\"EUR\",\"products\":[]}",
            "starts_at_ms"
        ),
        (
            "{\"sale_id\":\"s\",\"state\":\"SEALED\",\"starts_at_ms\":1,\"ends_at_ms\":2,\"currency\":\"EUR\",\"products\":[]}",
            "state: must be OPEN, PAUSED, CLOSED or absent"
        ),
        (
            "{\"sale_id\":\"s\",\"starts_at_ms\":1,\"ends_at_ms\":2,\"currency\":\"EUR\",\"products\":[{\"product_id\":\"p\",\"totl\":1}]}",
            "products[0].totl: unknown field; did you mean total?"
        ),
        (
            "{\"sale_id\":\"s\",\"starts_at_ms\":1,\"ends_at_ms\":2,\"currency\":\"EUR\",\"products\":[{\"product_id\":\"p\",\"total\":null}]}",
            "products[0].total"
        ),
    ])
    func aBadFileIsRefusedWithThePlace(text: String, expected: String) {
        let message = self.refusal(text)
        #expect(message?.contains(expected) == true, "\(message ?? "accepted")")
    }

    @Test func namesOfStatesAreTakenWithAndWithoutThePrefix() throws {
        for (name, number) in [("OPEN", 1), ("PAUSED", 2), ("SALE_STATE_CLOSED", 3)]
            as [(String, UInt32)]
        {
            let sale = try SaleFile.parse(TestSales.json(extra: "\"state\":\"\(name)\","))
            #expect(sale.state == number)
        }
        #expect(try SaleFile.parse(TestSales.json()).state == 0)
    }

    @Test func theChecksumIsTheCRC32OfTheCanonicalText() throws {
        let sale = try SaleFile.parse(
            TestSales.json(
                products: [("p1", 10)],
                extra: "\"purchases\":[{\"user_id\":\"u\",\"product_id\":\"p1\",\"quantity\":2}],"))
        // zlib's crc32 of "P\tp1\t10\t0\t0\t0\nB\tu\tp1\t2\t\n".
        #expect(PreloadMessage.checksum(of: sale) == 660574359)
    }
}

@Suite struct SaleLoaderTests {
    private let folder = TemporaryDirectory()

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(self.folder.path)/\(name)"
        try TextFile.create(path, text: String(decoding: bytes, as: UTF8.self), mode: 0o600)
        return path
    }

    private func loader(_ table: ShardTable) -> SaleLoader {
        SaleLoader(shards: table, clock: ServerClock())
    }

    @Test func aSaleIsLoadedOnceAndThenLeftAlone() throws {
        let table = TestSales.table()
        let first = try self.file("a.json", TestSales.json("s1", products: [("p1", 10)]))
        let second = try self.file("b.json", TestSales.json("s1", products: [("p1", 99)]))
        let now = ServerClock().startedNanoseconds
        #expect(
            try self.loader(table).load(file: first, nowNanoseconds: now)
                == .loaded(saleID: "s1", products: 1, purchases: 0))
        let events = table.counts.events
        #expect(
            try self.loader(table).load(file: second, nowNanoseconds: now) == .known(saleID: "s1"))
        #expect(table.counts.events == events)
        let page = SalesPage.read(table, after: .empty, size: 5)
        #expect(page.sales.map(\.total) == [10])
    }

    @Test func aSaleOfManyChunksIsWholeOrNotThere() throws {
        let table = TestSales.table()
        let products = (0..<5_000).map { ("p\($0)", 2) }
        let purchases = (0..<5_000).map {
            "{\"user_id\":\"u\($0)\",\"product_id\":\"p\($0 % 7)\",\"quantity\":1}"
        }
        let json = TestSales.json(
            "big", products: products, extra: "\"purchases\":[\(purchases.joined(separator: ","))],"
        )
        let path = try self.file("big.json", json)
        #expect(
            PreloadMessage.chunks(of: try SaleFile.parse(json), importID: [UInt8](1...16)).count
                == 3)
        #expect(
            try self.loader(table).load(
                file: path, nowNanoseconds: ServerClock().startedNanoseconds)
                == .loaded(saleID: "big", products: 5_000, purchases: 5_000))
        let page = SalesPage.read(table, after: .empty, size: 5)
        #expect(page.sales.map(\.productCount) == [5_000])
        #expect(page.sales.map(\.total) == [10_000])
        #expect(table.checkInvariants() == [])
    }

    @Test(arguments: [
        ("currency", "\"currency\":\"eur\","), ("sale.hold_ms", "\"hold_ms\":5,"),
        ("sale.limit_per_user", "\"limit_per_user\":-1,"),
    ])
    func whatTheWireWouldRefuseIsRefusedHereInTheSameWords(field: String, extra: String) throws {
        let table = TestSales.table()
        var text = String(decoding: TestSales.json(extra: extra), as: UTF8.self)
        if field == "currency" {
            text = text.replacing("\"currency\":\"EUR\",", with: "")
        }
        let path = try self.file("bad.json", Array(text.utf8))
        do {
            _ = try self.loader(table).load(
                file: path, nowNanoseconds: ServerClock().startedNanoseconds)
            Issue.record("the file was loaded")
        } catch {
            #expect(error.message.contains(field), "\(error.message)")
            #expect(error.message.contains(path))
        }
        #expect(table.counts.sales == 0)
    }

    @Test func aMissingFileIsNamed() {
        do {
            _ = try self.loader(TestSales.table()).load(file: "/nowhere.json", nowNanoseconds: 1)
            Issue.record("a missing file was loaded")
        } catch {
            #expect(error.message.contains("/nowhere.json"))
        }
    }
}
