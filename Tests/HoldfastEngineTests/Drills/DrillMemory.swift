import Glibc
import HoldfastEngine

/// Blocks that were touched before the drill, as the server's pool has them.
final class DrillBlocks: BlockSource, @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private var next: UnsafeMutableRawPointer
    private var left: Int

    init(count: Int) {
        self.left = count
        let byteCount = count * TableBlock.byteCount
        self.base = .allocate(byteCount: byteCount, alignment: 2 << 20)
        self.next = self.base
        madvise(self.next, byteCount, MADV_HUGEPAGE)
        memset(self.next, 0, byteCount)
    }

    deinit { self.base.deallocate() }

    func takeBlock() -> UnsafeMutableRawPointer {
        precondition(self.left > 0, "the drill has too few blocks")
        self.left -= 1
        defer { self.next += TableBlock.byteCount }
        return self.next
    }
}

/// Commands in memory of their own: one product without a limit, buyers with ids of 36 bytes.
struct DrillMemory: ~Copyable {
    private static let room = 64
    private let calls = UnsafeMutablePointer<Call>.allocate(capacity: Self.room)
    private let commands = UnsafeMutablePointer<ReserveCommand>.allocate(capacity: Self.room)
    private let pointers = UnsafeMutablePointer<UnsafeMutablePointer<Call>>.allocate(
        capacity: Self.room)
    private let users = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.room * 36)
    private let results = LineResults.allocate(capacity: Self.room)
    private let line = UnsafeMutablePointer<LineRequest>.allocate(capacity: 1)
    private let row = UnsafeMutablePointer<ProductRow>.allocate(capacity: 1)
    private let rejects = UnsafeMutablePointer<ImportReject>.allocate(capacity: 1)
    private let sale = Self.view("sale-1")
    private let product = Self.view("sku-1")
    private var serial: UInt64 = 0

    init() {
        for index in 0..<Self.room { (self.pointers + index).initialize(to: self.calls + index) }
        self.line.initialize(to: LineRequest(productID: self.product, quantity: 1))
        self.row.initialize(
            to: ProductRow(
                productID: self.product, name: .empty, total: 2_000_000_000, priceMinor: 100,
                limitPerUser: 3, state: .open))
    }

    /// Lives as long as the process: the engine's views may outlive a batch.
    private static func view(_ text: String) -> ByteView {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
        copy.update(from: bytes, count: bytes.count)
        return ByteView(base: copy, count: bytes.count)
    }

    mutating func importBatch() -> CallBatch {
        var checksum = ImportChecksum()
        checksum.add([ProductInput("sku-1", 2_000_000_000, price: 100, limit: 3, state: .open)])
        let command = ImportChunkCommand(
            importID: RequestID(first: 1, second: 1), chunk: 0, saleID: self.sale,
            configuration: SaleConfiguration(
                name: .empty, state: .open, startsAtMilliseconds: 0,
                endsAtMilliseconds: 1_000_000_000, currency: Self.view("EUR"),
                holdMilliseconds: 600_000, limitPerUser: 0),
            products: UnsafeBufferPointer(start: self.row, count: 1),
            purchases: UnsafeBufferPointer(start: nil, count: 0),
            commit: ImportCommit(
                chunkCount: 1, productCount: 1, purchaseCount: 0, checksum: checksum.value),
            validateOnly: false, rejects: self.rejects, rejectsMax: 1)
        self.calls.initialize(to: Call(command: .importChunk(command)))
        return CallBatch(calls: self.pointers, count: 1)
    }

    mutating func reserveBatch(_ count: Int) -> CallBatch {
        for index in 0..<count {
            self.serial += 1
            let user = self.users + index * 36
            // A number that is spread over the id, so that neighbours in time are none in the tables.
            var digits = self.serial &* 0x9e37_79b9_7f4a_7c15
            for position in 0..<36 {
                user[position] = UInt8(ascii: "a") + UInt8(digits % 26)
                digits = digits / 26 ^ (self.serial << UInt64(position % 40))
            }
            (self.commands + index).initialize(
                to: ReserveCommand(
                    requestID: RequestID(
                        first: self.serial &* 0xd134_2543_de82_ef95, second: self.serial),
                    saleID: self.sale, userID: ByteView(base: user, count: 36),
                    lines: LineRequests(start: self.line, count: 1), holdMilliseconds: 0,
                    allowPartial: false, verdict: .allow, orderReference: .empty,
                    results: self.results + index))
            (self.calls + index).initialize(
                to: Call(command: .reserve(self.commands + index)))
        }
        return CallBatch(calls: self.pointers, count: count)
    }
}
