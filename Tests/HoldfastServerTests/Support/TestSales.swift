import HoldfastEngine
import HoldfastJournal

@testable import HoldfastServer

/// Sales and calls for tests that talk to a shard table without a network.
enum TestSales {
    static func json(
        _ saleID: String = "s1", products: [(String, Int)] = [("p1", 10)], extra: String = ""
    ) -> [UInt8] {
        let rows = products.map { "{\"product_id\":\"\($0.0)\",\"total\":\($0.1)}" }
        return Array(
            """
            {"sale_id":"\(saleID)","starts_at_ms":1000,"ends_at_ms":9000000000000,
             "currency":"EUR",\(extra)"products":[\(rows.joined(separator: ","))]}
            """.utf8)
    }

    static func table(
        shards: Int = 8, log: any EventLog = MemoryEventLog(),
        settings: ShardSettings = ShardSettings()
    ) -> ShardTable {
        ShardTable(count: shards, settings: settings, blocks: HeapBlockSource(), log: log)
    }

    /// Imports through the same path as a file at the start.
    static func load(_ json: [UInt8], into table: ShardTable) throws {
        let folder = TemporaryDirectory()
        let file = "\(folder.path)/sale.json"
        try TextFile.create(file, text: String(decoding: json, as: UTF8.self), mode: 0o600)
        let clock = ServerClock()
        _ = try SaleLoader(shards: table, clock: clock).load(
            file: file, nowNanoseconds: clock.startedNanoseconds)
    }
}

/// One Reserve with memory of its own.
final class TestReserve: @unchecked Sendable {
    private let bytes: UnsafeMutablePointer<UInt8>
    private let line: UnsafeMutablePointer<LineRequest>
    private let results: LineResults
    private let command: UnsafeMutablePointer<ReserveCommand>
    private let call: UnsafeMutablePointer<Call>
    private let pointer: UnsafeMutablePointer<UnsafeMutablePointer<Call>>
    let saleID: ByteView

    init(sale: String, user: String, product: String, request: UInt64, quantity: Int64 = 1) {
        let text = Array(sale.utf8) + Array(user.utf8) + Array(product.utf8)
        self.bytes = .allocate(capacity: text.count)
        self.bytes.initialize(from: text, count: text.count)
        let userStart = self.bytes + sale.utf8.count
        let productStart = userStart + user.utf8.count
        self.saleID = ByteView(base: self.bytes, count: sale.utf8.count)
        self.line = .allocate(capacity: 1)
        self.line.initialize(
            to: LineRequest(
                productID: ByteView(base: productStart, count: product.utf8.count),
                quantity: quantity))
        self.results = .allocate(capacity: 1)
        self.call = .allocate(capacity: 1)
        self.command = .allocate(capacity: 1)
        self.command.initialize(
            to: ReserveCommand(
                requestID: RequestID(first: request, second: 7), saleID: self.saleID,
                userID: ByteView(base: userStart, count: user.utf8.count),
                lines: LineRequests(start: self.line, count: 1), holdMilliseconds: 60_000,
                allowPartial: false, verdict: .allow, orderReference: .empty,
                results: self.results))
        self.call.initialize(to: Call(command: .reserve(self.command)))
        self.pointer = .allocate(capacity: 1)
        self.pointer.initialize(to: self.call)
    }

    deinit {
        self.bytes.deallocate()
        self.line.deallocate()
        self.results.deallocate()
        self.command.deallocate()
        self.call.deallocate()
        self.pointer.deallocate()
    }

    func execute(on table: ShardTable, now: Int64) -> ReserveResult? {
        table.execute(
            shard: Shard.index(ofSale: self.saleID, shardCount: table.count),
            batch: CallBatch(calls: self.pointer, count: 1), now: now)
        guard case .reserve(let outcome) = self.call.pointee.outcome else { return nil }
        return outcome.result
    }
}
