import Testing

@testable import HoldfastEngine

/// Images: the whole state as bytes and back, over the model's random histories.
@Suite struct ImageTests {
    private static let commands = 24_000
    private static let interval = 1_500

    /// Every 1,500 commands the shard is made anew from its image, and both go on with the same commands.
    @Test(arguments: [4, 5, 0xFEED, 2_026] as [UInt64])
    func aRestoredShardIsTheLiveOneAndGoesOnTheSame(seed: UInt64) throws {
        let run = ModelRun(seed: seed)
        print("image run: seed \(seed)")
        var leases = RandomLeases(seed: seed)
        var bans = RandomBans(seed: seed)
        var seen = ImageCoverage()
        var next = Self.interval
        while run.commandCount < Self.commands {
            leases.step([run.harness, run.follower].compactMap { $0 })
            bans.step([run.harness, run.follower].compactMap { $0 })
            if let difference = run.step() { throw Disagreement(difference) }
            guard run.commandCount >= next else { continue }
            next += Self.interval
            if let follower = run.follower { #expect(follower.image() == run.harness.image()) }
            let sale = leases.holdSale(run.harness)
            let image = run.harness.image()
            let restored = try run.harness.restored(image)
            #expect(restored.image() == image, "seed \(seed)")
            try #require(restored.violations() == [], "seed \(seed)")
            #expect(restored.nextDeadline == run.harness.nextDeadline)
            #expect(restored.counts.liveHolds == run.harness.counts.liveHolds)
            seen.add(run.harness)
            for harness in [run.harness, restored] { leases.releaseSale(harness, sale) }
            restored.forgetLog()
            run.follower = restored
        }
        #expect(seen.missing == [], "seed \(seed) never had these in an image")
    }

    /// The same state, reached by executing, by replaying every event, or from an image and the events behind it.
    @Test(arguments: [11, 12] as [UInt64])
    func imageAndTailAreReplayOfAllAreLive(seed: UInt64) throws {
        let run = ModelRun(seed: seed)
        while run.commandCount < 4_000 {
            if let difference = run.step() { throw Disagreement(difference) }
        }
        let restored = try run.harness.restored(run.harness.image())
        let from = run.harness.log.bytes.count
        while run.commandCount < 9_000 {
            if let difference = run.step() { throw Disagreement(difference) }
        }
        try run.harness.log.tail(from: from).withUnsafeBytes { bytes in
            try restored.replay(bytes)
        }
        let live = ImageTests.withoutClock(run.harness.image())
        #expect(ImageTests.withoutClock(restored.image()) == live)
        #expect(ImageTests.withoutClock(run.harness.replayed().image()) == live)
        let batched = EngineHarness(settings: run.harness.settings, index: run.harness.index)
        try run.harness.log.bytes.withUnsafeBytes { try batched.replay($0) }
        #expect(ImageTests.withoutClock(batched.image()) == live)
        #expect(batched.violations() == [])
    }

    /// Many lengths of holds, so that most lines stand in treaps: the model run rarely has one.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func treapsComeBack(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let live = EngineHarness()
        try live.preload([ProductInput("a", 100_000), ProductInput("b", 100_000)])
        var number = 0
        func act(_ harnesses: [EngineHarness]) throws {
            number += 1
            let hold = Int64(1_000 + random.below(900_000))
            let target = Target.request(1 + random.below(number))
            let what = random.below(10)
            for harness in harnesses {
                switch what {
                case 0: _ = harness.run(.cancel(target, in: "sale-1"))
                case 1: _ = harness.run(.extend(target, by: 50_000, in: "sale-1"))
                case 2: _ = harness.run(.confirm(target, in: "sale-1"))
                default:
                    try harness.reserve(
                        "u\(number % 50)", ["a": 1, "b": 1], request: number, hold: hold)
                }
            }
        }
        for _ in 0..<600 { try act([live]) }
        #expect(live.shard.products[1].pointee.queues.treapRoot != 0)
        let image = live.image()
        let restored = try live.restored(image)
        #expect(restored.image() == image)
        live.forgetLog()
        for _ in 0..<300 {
            try act([live, restored])
            for harness in [live, restored] { harness.wait(1_500) }
        }
        #expect(restored.log.bytes == live.log.bytes)
        #expect(restored.image() == live.image())
        #expect(restored.violations() == [])
    }

    /// An image without the two fields that follow the clock of who executed, and not the events.
    static func withoutClock(_ image: [UInt8]) -> [UInt8] {
        var image = image
        image.replaceSubrange(24..<40, with: [UInt8](repeating: 0, count: 16))
        return image
    }

    @Test func piecesAreBoundedAndMayEndAnywhere() throws {
        let run = ModelRun(seed: 8)
        while run.commandCount < 3_000 {
            if let difference = run.step() { throw Disagreement(difference) }
        }
        let sink = BytesSink()
        let isWhole = run.harness.shard.encodeImage(into: sink)
        #expect(isWhole)
        #expect(sink.pieceBytesMax <= ImageFormat.pieceBytesMax)
        for pieceBytes in [1, 7, 63, 65_536, 1 << 20] {
            let copy = EngineHarness(index: run.harness.index)
            try copy.shard.loadImage(from: BytesSource(sink.bytes, pieceBytes: pieceBytes))
            #expect(copy.image() == sink.bytes)
        }
    }

    @Test func aSinkThatStopsIsAskedNoMore() throws {
        final class Stopping: ImageSink {
            var calls = 0
            func put(_ piece: UnsafeRawBufferPointer) -> Bool {
                self.calls += 1
                return false
            }
        }
        let run = ModelRun(seed: 8)
        while run.commandCount < 2_000 {
            if let difference = run.step() { throw Disagreement(difference) }
        }
        let sink = Stopping()
        let isWhole = run.harness.shard.encodeImage(into: sink)
        #expect(!isWhole)
        #expect(sink.calls == 1)
    }

    @Test func anEmptyShardHasAnImage() throws {
        let empty = EngineHarness(index: 7)
        let restored = try empty.restored(empty.image())
        #expect(restored.image() == empty.image())
        #expect(restored.sequence == 0)
    }

    /// The layout is frozen: docs/JOURNAL.md has these numbers.
    @Test func recordsLieAsTheFormatSays() {
        #expect(
            ImageSection.allCases.map(\.recordBytes) == [
                256, 256, 64, 16, 64, 32, 32, 64, 32, 256, 0, 0,
            ])
        #expect(MemoryLayout<SaleRecord>.offset(of: \.id) == SaleRecord.idOffset)
        #expect(MemoryLayout<SaleRecord>.offset(of: \.name) == SaleRecord.nameOffset)
        #expect(MemoryLayout<SaleRecord>.offset(of: \.currency) == SaleRecord.currencyOffset)
        #expect(MemoryLayout<ProductRecord>.offset(of: \.id) == ProductRecord.idOffset)
        #expect(MemoryLayout<ProductRecord>.offset(of: \.name) == ProductRecord.nameOffset)
        #expect(MemoryLayout<ProductRecord>.offset(of: \.queues) == 56)
        #expect(MemoryLayout<ProductRecord>.offset(of: \.sale) == 136)
        #expect(MemoryLayout<BuyerRecord>.offset(of: \.product) == 44)
        #expect(MemoryLayout<HoldRecord>.offset(of: \.buyer) == 40)
        #expect(MemoryLayout<LineRecord>.offset(of: \.next) == 24)
        #expect(
            MemoryLayout<TombstoneRecord>.offset(of: \.refundDue) == TombstoneRecord.refundDueOffset
        )
        #expect(MemoryLayout<OperationRecord>.offset(of: \.lines) == OperationRecord.linesOffset)
        #expect(MemoryLayout<OperationRecord>.offset(of: \.kind) == OperationRecord.usedBytes - 1)
        #expect(
            MemoryLayout<ReferenceRecord>.offset(of: \.paymentCount) == ReferenceRecord.usedBytes
                - 1)
        #expect(MemoryLayout<LeaseRecord>.offset(of: \.name) == LeaseRecord.nameOffset)
        #expect(MemoryLayout<LeaseRecord>.offset(of: \.holder) == LeaseRecord.holderOffset)
        #expect(LeaseRecord.usedBytes == LeaseRecord.holderOffset + MemoryLayout<ShortText>.size)
    }
}

extension EngineHarness {
    /// Replays whole encoded events in one batch.
    func replay(_ bytes: UnsafeRawBufferPointer) throws(ReplayProblem) {
        var starts: [UnsafeRawPointer] = []
        var offset = 0
        while offset < bytes.count {
            starts.append(bytes.baseAddress! + offset)
            let length = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            offset += max(24, Int(length))
        }
        let copy = UnsafeMutableBufferPointer<UnsafeRawPointer>.allocate(capacity: starts.count)
        defer { copy.deallocate() }
        _ = copy.initialize(from: starts)
        try self.shard.replay(UnsafeBufferPointer(copy))
    }
}
