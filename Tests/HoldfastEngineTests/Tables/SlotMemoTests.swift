import Testing

@testable import HoldfastEngine

/// Sales and products are looked for first where an id like theirs was found last. That is a guess: no answer may depend on it.
@Suite
struct SlotMemoTests {
    /// Alike in length and at both ends, so that all of them share one place of the memo.
    private static func alike(_ number: Int) -> String { "product-\(100_000 + number)-of-holdfast" }

    @Test
    func theyDoShareAPlace() throws {
        let memo = SlotMemo()
        var places: Set<UnsafeMutablePointer<UInt32>> = []
        for number in 0..<50 {
            var id = Self.alike(number)
            id.withUTF8 {
                _ = places.insert(
                    memo.place(scope: 1, ByteView(base: $0.baseAddress!, count: $0.count)))
            }
        }
        #expect(places.count == 1)
    }

    @Test
    func idsThatShareAPlaceAreToldApart() throws {
        let harness = EngineHarness()
        try harness.preload((0..<50).map { ProductInput(Self.alike($0), Int64(100 + $0)) })
        // Each guess is the product of the call before, and wrong; the second call of two is right.
        for round in 1...2 {
            for number in 0..<50 {
                for call in 1...2 {
                    let answer = try harness.reserve(
                        "user-\(round)-\(number)-\(call)", [Self.alike(number): 1])
                    #expect(answer.lines.map(\.product) == [Self.alike(number)])
                    #expect(answer.lines[0].left == Int64(100 + number - 2 * round + 2 - call))
                }
            }
        }
        #expect(
            try harness.reserve("user", [Self.alike(51): 1]).result == .productNotFound)
        harness.expectInvariants()
    }

    @Test
    func oneIdInManySalesIsManyProducts() throws {
        let harness = EngineHarness()
        let sales = (0..<300).map { "sale-\(100_000 + $0)-of-holdfast" }
        for (number, sale) in sales.enumerated() {
            #expect(try harness.reserve("user", ["sku": 1], sale: sale).result == .saleNotFound)
            try harness.preload([ProductInput("sku", Int64(10 + number))], sale: sale)
        }
        for _ in 0..<2 {
            for (number, sale) in sales.enumerated() {
                let left = try harness.product("sku", in: sale).available
                #expect(left <= Int64(10 + number) && left > Int64(10 + number) - 2)
                let answer = try harness.reserve("user-\(left)", ["sku": 1], sale: sale)
                #expect(answer.lines[0].left == left - 1)
            }
        }
        harness.expectInvariants()
    }

    @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 36, 64])
    func idsOfEveryLengthSpread(length: Int) {
        var places: [UInt64: Int] = [:]
        let count = length == 1 ? 64 : 4_096
        for number in 0..<count {
            // The number stands at the end, as those of products do.
            var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: length)
            var rest = number
            for position in (0..<min(length, 2)).reversed() {
                bytes[length - min(length, 2) + position] = UInt8(ascii: "!") + UInt8(rest % 64)
                rest /= 64
            }
            bytes.withUnsafeBufferPointer {
                let mix = ByteView(base: $0.baseAddress!, count: $0.count).ends(7)
                places[mix >> 57, default: 0] += 1
            }
        }
        // 128 places: even, up to what chance and a simple mix do.
        #expect(places.count > (length == 1 ? 30 : 120))
        #expect(places.values.max()! <= max(6, 4 * count / 128))
    }
}
