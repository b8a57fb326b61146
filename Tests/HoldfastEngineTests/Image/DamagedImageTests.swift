import Synchronization
import Testing

@testable import HoldfastEngine

/// Images and events that are not what a shard wrote: an error or a shard, never a trap or a read past a table's end.
@Suite struct DamagedImageTests {
    /// A small shard with something in every table, treaps included.
    static func life() throws -> EngineHarness {
        let harness = try EngineHarness.open(
            limitA: 50, unitsA: 50,
            purchases: [PurchaseInput("u9", "a", 2, order: "old"), PurchaseInput("u9", "b", 1)])
        for number in 1...12 {
            // Lengths that fall: each fits behind no list's tail.
            try harness.reserve(
                number == 2 ? "a-buyer-whose-id-has-more-than-36-bytes" : "u\(number % 7)",
                ["a": 1, "b": 1], request: number, hold: Int64(40_000 - 1_000 * number),
                order: number % 3 == 0 ? "o-\(number)" : "")
        }
        try harness.confirm(.request(1), payment: "p-1")
        try harness.cancel(.request(3))
        try harness.extend(.request(4), by: 5_000)
        _ = harness.run(.release("u6", blacklisted: true))
        try harness.confirm(.request(3))
        harness.wait(28_000)
        try harness.confirm(.request(12))
        try harness.cancel(.request(99))
        try harness.confirm(.request(99))
        let id = try harness.get(.request(1)).reservation
        try harness.refund(id, ["a": 1], request: 50, restock: false)
        _ = harness.run(.adjust("a", by: 7, request: 51))
        _ = harness.run(.productState("b", .paused, request: 53))
        let staged = ImportRequest.chunks(
            77, sale: "sale-9", configuration: SaleInput(),
            parts: [([ProductInput("x", 1)], []), ([], [])])
        try harness.load(staged[0])
        for (name, owner) in [("lock-a", 1), ("lock-b", 2), ("lock-c", 3)] {
            harness.acquire(name, owner)
        }
        harness.releaseLease("lock-b", 2)
        harness.ban(
            [BanInput("eve", until: harness.now + 90_000), BanInput("10.0.0.0/8", .network)],
            request: 60)
        harness.ban([BanInput("d-1", .device)], request: 61)
        harness.unban(ids: [2], request: 62)
        return harness
    }

    @Test func theLifeHasEverything() throws {
        let harness = try Self.life()
        var coverage = ImageCoverage()
        coverage.add(harness)
        #expect(coverage.missing == ["lapses", "sale's lease", "sealed sale"])
        #expect(harness.shard.products[1].pointee.queues.treapRoot != 0)
        #expect(try harness.restored(harness.image()).image() == harness.image())
        #expect(harness.violations() == [])
    }

    @Test func everyTruncationIsAnError() throws {
        let harness = try Self.life()
        let image = harness.image()
        let blocks = ReusedBlocks()
        for count in 0..<image.count {
            do throws(ImageError) {
                try Self.load(image[..<count], harness, blocks)
                Issue.record("cut at \(count): loaded")
            } catch {
                if error.problem != .truncated { Issue.record("cut at \(count): \(error)") }
            }
        }
        #expect(throws: ImageError.self) { try Self.load(image + [0], harness, blocks) }
    }

    /// What a flip turns into another shard that can be is loaded as that shard: its image is the flipped bytes, and every
    /// walk through its tables ends. The checksum around the image is what refuses these.
    @Test(arguments: [0x01, 0xFF] as [UInt8])
    func everyFlippedByteIsAnErrorOrAShard(mask: UInt8) throws {
        let harness = try Self.life()
        var image = harness.image()
        let blocks = ReusedBlocks()
        var refused = 0
        var loaded = 0
        for index in image.indices {
            image[index] ^= mask
            do throws(ImageError) {
                let encoded = try Self.load(ArraySlice(image), harness, blocks)
                loaded += 1
                if encoded != image { Issue.record("byte \(index): loaded as something else") }
            } catch { refused += 1 }
            image[index] ^= mask
        }
        #expect(refused > image.count / 3)
        #expect(loaded > 0)
    }

    /// Events with a flipped byte: refused, or applied as another event that could have been.
    @Test(arguments: [0x01, 0xFF] as [UInt8])
    func everyFlippedByteOfAnEventIsAnErrorOrAnEvent(mask: UInt8) throws {
        let harness = try Self.life()
        var bytes = harness.log.bytes
        let starts = Self.starts(bytes)
        let blocks = ReusedBlocks()
        var refused = 0
        for (number, start) in starts.enumerated() {
            let end = number + 1 < starts.count ? starts[number + 1] : bytes.count
            let some = Array(starts[..<min(starts.count, number + 4)])
            // The length field is the journal's to check.
            for index in (start + 4)..<end {
                bytes[index] ^= mask
                if !Self.replays(bytes, some, harness, blocks) { refused += 1 }
                bytes[index] ^= mask
            }
        }
        #expect(refused > bytes.count / 4)
        #expect(Self.replays(bytes, starts, harness, blocks))
    }

    /// An event that says it is longer or shorter than its fields.
    @Test func everyWrongLengthOfAnEventIsAnError() throws {
        let harness = try Self.life()
        let starts = Self.starts(harness.log.bytes)
        let blocks = ReusedBlocks()
        for (number, start) in starts.enumerated() {
            let end = number + 1 < starts.count ? starts[number + 1] : harness.log.bytes.count
            let length = end - start
            for wrong in 0..<length + 40 where wrong != length {
                var bytes = Array(harness.log.bytes[..<end]) + [UInt8](repeating: 0, count: 64)
                withUnsafeBytes(of: UInt32(wrong).littleEndian) {
                    bytes.replaceSubrange(start..<start + 4, with: $0)
                }
                if Self.replays(bytes, Array(starts[...number]), harness, blocks) {
                    Issue.record("event \(number) with \(wrong) bytes is applied")
                }
            }
        }
    }

    private static func starts(_ bytes: [UInt8]) -> [Int] {
        var starts: [Int] = []
        var offset = 0
        while offset < bytes.count {
            starts.append(offset)
            offset += bytes.withUnsafeBytes {
                Int($0.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            }
        }
        return starts
    }

    private static func replays(
        _ bytes: [UInt8], _ starts: [Int], _ harness: EngineHarness, _ blocks: ReusedBlocks
    ) -> Bool {
        blocks.reset()
        var shard = Shard(index: harness.index, settings: harness.settings, blocks: blocks)
        return bytes.withUnsafeBytes { bytes in
            let events = starts.map { bytes.baseAddress! + $0 }
            return events.withUnsafeBufferPointer { events in
                do throws(ReplayProblem) {
                    try shard.replay(events)
                    return true
                } catch {
                    if shard.sequence != UInt64(error.index) {
                        Issue.record("an event was half applied")
                    }
                    return false
                }
            }
        }
    }

    /// Loads, looks at everything, and gives the image of what was loaded.
    @discardableResult
    private static func load(
        _ image: ArraySlice<UInt8>, _ harness: EngineHarness, _ blocks: ReusedBlocks
    ) throws(ImageError) -> [UInt8] {
        blocks.reset()
        var shard = Shard(index: harness.index, settings: harness.settings, blocks: blocks)
        try shard.loadImage(from: BytesSource(image))
        _ = shard.checkInvariants()
        let sink = BytesSink()
        _ = shard.encodeImage(into: sink)
        return sink.bytes
    }
}

/// Blocks that are zeroed and handed out again: thousands of shards, one at a time.
final class ReusedBlocks: BlockSource {
    private struct State: ~Copyable {
        var blocks: [UInt] = []
        var used = 0
    }

    private let state = Mutex(State())

    deinit {
        self.state.withLock { state in
            for bits in state.blocks { UnsafeMutableRawPointer(bitPattern: bits)?.deallocate() }
        }
    }

    func reset() { self.state.withLock { $0.used = 0 } }

    func takeBlock() -> UnsafeMutableRawPointer {
        let bits = self.state.withLock { state in
            if state.used == state.blocks.count {
                state.blocks.append(
                    UInt(
                        bitPattern: UnsafeMutableRawPointer.allocate(
                            byteCount: TableBlock.byteCount, alignment: 4_096)))
            }
            state.used += 1
            return state.blocks[state.used - 1]
        }
        guard let block = UnsafeMutableRawPointer(bitPattern: bits) else {
            preconditionFailure("a block without an address")
        }
        block.initializeMemory(as: UInt8.self, repeating: 0, count: TableBlock.byteCount)
        return block
    }
}
