import Glibc
import HoldfastEngine
import Synchronization

@testable import HoldfastJournal

/// Shards that tests fill by importing sales and reserving, with every event kept.
final class SaleShards {
    /// Sales with buyers in each of these.
    let shardCount: Int
    private(set) var events: [[UInt8]] = []
    private(set) var newestTime: Int64 = 1_700_000_000_000
    private let shards: ShadowShards
    private var number: UInt64 = 0
    private var memory: [UnsafeMutablePointer<UInt8>] = []

    init(shardCount: Int) {
        self.shardCount = shardCount
        self.shards = ShadowShards(count: shardCount)
    }

    func events(from index: Int) -> ArraySlice<[UInt8]> { self.events[index...] }

    deinit {
        for pointer in self.memory { pointer.deallocate() }
        self.shards.discard()
    }

    private func view(_ text: String) -> ByteView {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
        copy.update(from: bytes, count: bytes.count)
        self.memory.append(copy)
        return ByteView(base: UnsafePointer(copy), count: bytes.count)
    }

    private func request() -> RequestID {
        self.number += 1
        return RequestID(first: self.number &* 0x9e37_79b9_7f4a_7c15, second: self.number)
    }

    /// A sale in each shard, the id of which names the shard: which shard a sale belongs to is the server's business.
    func open() {
        for shard in 0..<self.shardCount {
            let row = UnsafeMutablePointer<ProductRow>.allocate(capacity: 1)
            defer { row.deallocate() }
            row.initialize(
                to: ProductRow(
                    productID: self.view("sku"), name: self.view("Thing"), total: 1_000_000,
                    priceMinor: 100, limitPerUser: 0, state: .open))
            let rejects = UnsafeMutablePointer<ImportReject>.allocate(capacity: 1)
            defer { rejects.deallocate() }
            self.execute(
                shard,
                .importChunk(
                    ImportChunkCommand(
                        importID: self.request(), chunk: 0, saleID: self.view("sale-\(shard)"),
                        configuration: SaleConfiguration(
                            name: self.view("Sale"), state: .open,
                            startsAtMilliseconds: 0,
                            endsAtMilliseconds: self.newestTime + 1_000_000_000,
                            currency: self.view("EUR"), holdMilliseconds: 600_000,
                            limitPerUser: 0),
                        products: UnsafeBufferPointer(start: row, count: 1),
                        purchases: UnsafeBufferPointer(start: nil, count: 0),
                        commit: ImportCommit(
                            chunkCount: 1, productCount: 1, purchaseCount: 0,
                            checksum: Self.checksum("P\tsku\t1000000\t100\t0\t1\n")),
                        validateOnly: false, rejects: rejects, rejectsMax: 1)))
        }
    }

    /// One Reserve of a buyer of its own; now and then one of before is cancelled, or taken by a lease.
    func reserve(in shard: Int) {
        let line = UnsafeMutablePointer<LineRequest>.allocate(capacity: 1)
        defer { line.deallocate() }
        line.initialize(to: LineRequest(productID: self.view("sku"), quantity: 1))
        let results = LineResults.allocate(capacity: 16)
        defer { results.deallocate() }
        let request = self.request()
        let command = UnsafeMutablePointer<ReserveCommand>.allocate(capacity: 1)
        defer { command.deallocate() }
        command.initialize(
            to: ReserveCommand(
                requestID: request, saleID: self.view("sale-\(shard)"),
                userID: self.view("buyer-\(self.number)"),
                lines: LineRequests(start: line, count: 1), holdMilliseconds: 0,
                allowPartial: false, verdict: .allow,
                orderReference: self.view("order-\(self.number)"), results: results))
        self.execute(shard, .reserve(command))
    }

    private func execute(_ shard: Int, _ command: Command) {
        self.newestTime += 1
        let call = UnsafeMutablePointer<Call>.allocate(capacity: 1)
        let pointer = UnsafeMutablePointer<UnsafeMutablePointer<Call>>.allocate(capacity: 1)
        defer {
            call.deallocate()
            pointer.deallocate()
        }
        call.initialize(to: Call(command: command))
        pointer.initialize(to: call)
        var buffer = EventBuffer()
        self.shards.with(shard) {
            $0.execute(
                CallBatch(calls: pointer, count: 1), now: self.newestTime, events: &buffer)
        }
        precondition(buffer.eventCount > 0, "a call of the kit decided nothing")
        var offset = 0
        while offset < buffer.bytes.count {
            let count = Int(buffer.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            self.events.append(Array(buffer.bytes[offset..<offset + count]))
            offset += count
        }
    }

    /// A shard's image without the two fields that follow the clock.
    func image(_ shard: Int) -> [UInt8] { Self.image(self.shards, shard) }

    static func image(_ shards: ShadowShards, _ shard: Int) -> [UInt8] {
        let sink = ImageBytes()
        shards.with(shard) { _ = $0.encodeImage(into: sink) }
        var bytes = sink.bytes
        bytes.replaceSubrange(24..<40, with: [UInt8](repeating: 0, count: 16))
        return bytes
    }

    func write(
        _ subject: SnapshotSubject, _ folder: String, _ files: any FileSystem
    ) throws(JournalFailure) -> SnapshotFooterInfo {
        let info = try SnapshotWriter.write(subject, folder: folder, files: files) {
            shard, sink in
            self.shards.with(shard) { $0.encodeImage(into: sink) }
        }
        guard let info else { preconditionFailure("nobody stopped it") }
        return info
    }

    private static func checksum(_ text: String) -> UInt32 {
        var state: UInt32 = 0xffff_ffff
        for byte in text.utf8 {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? 0xedb8_8320 ^ (state >> 1) : state >> 1 }
        }
        return ~state
    }
}

final class ImageBytes: ImageSink {
    private(set) var bytes: [UInt8] = []

    func put(_ piece: UnsafeRawBufferPointer) -> Bool {
        self.bytes.append(contentsOf: piece)
        return true
    }
}
