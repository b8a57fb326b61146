import HoldfastEngine
import HoldfastWire
import Testing

/// The fast decoder against the slow path: what the first takes, the second takes with an equal command.
@Suite struct ReserveOracleTests {
    private struct Tally {
        var byHeart = 0
        var slowlyAccepted = 0
        var refused = 0
    }

    private static func compare(
        _ body: [UInt8], arena: inout Arena, tally: inout Tally, _ note: @autoclosure () -> String
    ) {
        body.withUnsafeBytes { raw in
            let byHeart = ByHeart.snapshot(raw, arena: &arena)
            let slow = RequestDecoder.decodeSlowly(method: .reserve, message: raw, arena: &arena)
            let oracle = ReserveSnapshot(slow)
            let decoded = RequestDecoder.decode(
                method: .reserve, body: raw, hasMetadata: false, arena: &arena)
            let own = ReserveSnapshot(decoded)
            if let byHeart, byHeart != oracle { Issue.record("by heart alone: \(note())") }
            if own != oracle { Issue.record("decoded otherwise: \(note())") }
            if own == nil {
                tally.refused += 1
                if slow.status?.code != .invalidArgument { Issue.record("no status: \(note())") }
            } else if byHeart != nil {
                tally.byHeart += 1
            } else {
                tally.slowlyAccepted += 1
            }
        }
        arena.reset()
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomBodiesAreDecidedAlike(_ seed: UInt64) {
        var generator = Generator(seed: seed)
        var arena = Arena(initialBytes: 64 << 10, callBytesMax: 1 << 20)
        var tally = Tally()
        for round in 0..<20_000 {
            let body = RandomReserve.body(&generator)
            Self.compare(
                body, arena: &arena, tally: &tally, "seed \(seed) round \(round): \(body)")
        }
        // All three ways must have been walked often, or the comparison shows little.
        #expect(tally.byHeart > 4_000)
        #expect(tally.slowlyAccepted > 500)
        #expect(tally.refused > 2_000)
    }

    @Test(arguments: [4, 5, 6] as [UInt64])
    func mutatedBodiesAreDecidedAlike(_ seed: UInt64) {
        var generator = Generator(seed: seed)
        var arena = Arena(initialBytes: 64 << 10, callBytesMax: 1 << 20)
        var tally = Tally()
        for round in 0..<20_000 {
            var body = RandomReserve.usualBody(&generator)
            for _ in 0...generator.below(3) { RandomReserve.mutate(&body, &generator) }
            Self.compare(
                body, arena: &arena, tally: &tally, "seed \(seed) round \(round): \(body)")
        }
        #expect(tally.byHeart > 1_000)
        #expect(tally.slowlyAccepted > 50)
        #expect(tally.refused > 5_000)
    }

    @Test func everyCutAndEveryChangedByteIsDecidedAlike() {
        let client = ProtoBody().text(1, "2001:db8::1").text(2, "device").number(
            3, 1_700_000_000_000
        )
        .text(4, "id")
        let body = goodReserve.message(4, line("sku-2", 300)).number(5, 60_000).message(6, client)
            .text(7, "solution").varint(8, 1).text(9, "order-1").bytes
        var arena = Arena(initialBytes: 64 << 10, callBytesMax: 1 << 20)
        var tally = Tally()
        for count in 0...body.count {
            Self.compare(Array(body.prefix(count)), arena: &arena, tally: &tally, "cut \(count)")
        }
        for index in body.indices {
            for value: UInt8 in 0...255 {
                var changed = body
                changed[index] = value
                Self.compare(changed, arena: &arena, tally: &tally, "byte \(index) = \(value)")
            }
        }
        #expect(tally.byHeart > 5_000)
        #expect(tally.refused > 5_000)
    }

    /// The slow path bounds the fields of a body; what is short of it by heart must be short of it there.
    @Test func manyLinesOfFewProductsAreDecidedAlike() {
        let client = ProtoBody().text(1, "2001:db8::1").text(2, "device").number(
            3, 1_700_000_000_000
        )
        .text(4, "id")
        var arena = Arena(initialBytes: 64 << 10, callBytesMax: 1 << 20)
        var tally = Tally()
        for productCount in [1, 2, 15, 16] {
            for lineCount in 0...120 {
                var body = goodReserve.number(5, 60_000).message(6, client).text(7, "solution")
                    .varint(8, 1).text(9, "order-1")
                for index in 0..<lineCount {
                    body = body.message(4, line("sku-\(index % productCount)", 1))
                }
                Self.compare(
                    body.bytes, arena: &arena, tally: &tally, "\(lineCount) of \(productCount)")
            }
        }
        #expect(tally.byHeart > 100)
        #expect(tally.refused > 100)
    }

    @Test func usualBodiesAreKnownByHeart() {
        var generator = Generator(seed: 7)
        var arena = Arena(initialBytes: 64 << 10, callBytesMax: 1 << 20)
        for _ in 0..<2_000 {
            let body = RandomReserve.usualBody(&generator)
            let byHeart = body.withUnsafeBytes {
                ByHeart.snapshot($0, arena: &arena)
            }
            if byHeart == nil { Issue.record("\(body)") }
            arena.reset()
        }
    }

    @Test func aWarmDecoderTakesNoMemory() {
        var generator = Generator(seed: 8)
        var arena = Arena(initialBytes: 4 << 10, callBytesMax: 1 << 20)
        let bodies = (0..<200).map { _ in RandomReserve.usualBody(&generator) }
        for body in bodies {
            _ = body.withUnsafeBytes { ByHeart.snapshot($0, arena: &arena) }
        }
        arena.reset()
        let owned = arena.ownedBytes
        for _ in 0..<5 {
            for body in bodies {
                _ = body.withUnsafeBytes { ByHeart.snapshot($0, arena: &arena) }
            }
            arena.reset()
        }
        let after = arena.ownedBytes
        #expect(after == owned)
    }
}
