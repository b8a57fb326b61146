import HoldfastAdmission
import HoldfastEngine
import Testing

@testable import HoldfastServer

@Suite struct SaleMemoTests {
    private static let hasher = AdmissionHasher(key0: 1, key1: 2)

    /// Ids alike in length and at both ends share a place; others share one by chance.
    @Test func everySaleHasItsOwnShardAndKey() {
        let memo = SaleMemo(shardCount: 64, hasher: Self.hasher)
        let alike = (0..<40).map { "sale-\(100_000 + $0)-of-holdfast" }
        let others = (0..<400).map { "s\($0)" } + ["x", String(repeating: "y", count: 64)]
        for _ in 0..<2 {
            for id in alike + others + alike.reversed() {
                for _ in 0..<2 { Self.check(id, memo) }
            }
        }
    }

    private static func check(_ id: String, _ memo: borrowing SaleMemo) {
        var id = id
        id.withUTF8 {
            let view = ByteView(base: $0.baseAddress!, count: $0.count)
            let entry = memo.entry(of: view).pointee
            #expect(Int(entry.shard) == Shard.index(ofSale: view, shardCount: 64))
            #expect(entry.key == Self.hasher.key(.sale, UnsafeRawBufferPointer($0)))
        }
    }
}
