import Glibc
import HoldfastEngine
import Testing

/// What a restart costs of one hot sale with 5,000,000 buyers, in release, by hand: HOLDFAST_DRILLS=1. Prints rates of
/// one thread: replay of Reserve events, the image out, the image in.
@Suite("Drill: images and replay", .serialized, .enabled(if: getenv("HOLDFAST_DRILLS") != nil))
struct ImageDrill {
    private static let batch = 16

    @Test("replay, encode and load", arguments: [1_000_000, 5_000_000])
    func replayAndImage(holds: Int) throws {
        let blocks = DrillBlocks(count: holds / 1_000_000 * 3_200)
        var live = Shard(index: 0, settings: ShardSettings(), blocks: blocks)
        var events = EventBuffer()
        var memory = DrillMemory()
        let log = DrillLog(byteCountMax: holds * 170 + (1 << 20))
        live.execute(memory.importBatch(), now: 1_000, events: &events)
        for start in stride(from: 0, to: holds, by: Self.batch) {
            live.execute(
                memory.reserveBatch(Self.batch), now: 1_000 + Int64(start / 1_600), events: &events)
            if events.bytes.count > 1 << 20 { log.take(&events) }
        }
        log.take(&events)

        var replayed = Shard(
            index: 0, settings: Self.settings(1),
            blocks: DrillBlocks(count: holds / 1_000_000 * 3_200))
        let replayNanoseconds = try Self.time {
            try log.forEachBatch(4_096) { try replayed.replay($0) }
        }
        #expect(replayed.counts.liveHolds == UInt64(holds))

        let sink = DrillImage(byteCountMax: holds * 240 + (1 << 20))
        let encodeNanoseconds = Self.time { _ = live.encodeImage(into: sink) }
        var loaded = Shard(
            index: 0, settings: Self.settings(2),
            blocks: DrillBlocks(count: holds / 1_000_000 * 3_200))
        let loadNanoseconds = try Self.time { try loaded.loadImage(from: sink) }
        #expect(loaded.counts.liveHolds == UInt64(holds))
        #expect(loaded.counts.buyers == UInt64(holds))

        let rate = UInt64(log.eventCount) * 1_000_000 / max(1, replayNanoseconds / 1_000)
        print(
            "drill: \(holds) holds: replay \(rate) events/s (\(replayNanoseconds / 1_000_000) ms); "
                + "image of \(sink.byteCount >> 20) MiB written in \(encodeNanoseconds / 1_000_000) ms, "
                + "loaded in \(loadNanoseconds / 1_000_000) ms")
        #expect(rate >= 3_000_000)
        #expect(loadNanoseconds < UInt64(holds) * 800)
    }

    private static func settings(_ key: UInt64) -> ShardSettings {
        var settings = ShardSettings()
        settings.tableKey = (key, ~key)
        return settings
    }

    private static func time(_ body: () throws -> Void) rethrows -> UInt64 {
        let start = self.now()
        try body()
        return self.now() - start
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Encoded events in touched memory.
private final class DrillLog {
    private let base: UnsafeMutableRawPointer
    private let byteCountMax: Int
    private var used = 0
    private var starts: [UnsafeRawPointer] = []

    init(byteCountMax: Int) {
        self.base = .allocate(byteCount: byteCountMax, alignment: 4_096)
        memset(self.base, 0, byteCountMax)
        self.byteCountMax = byteCountMax
    }

    deinit { self.base.deallocate() }

    var eventCount: Int { self.starts.count }

    func take(_ events: inout EventBuffer) {
        let bytes = events.bytes
        precondition(self.used + bytes.count <= self.byteCountMax, "the drill needs more room")
        if let source = bytes.baseAddress {
            (self.base + self.used).copyMemory(from: source, byteCount: bytes.count)
        }
        var offset = 0
        while offset < bytes.count {
            self.starts.append(UnsafeRawPointer(self.base + self.used + offset))
            offset += Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        self.used += bytes.count
        events.removeAll()
    }

    func forEachBatch(
        _ count: Int, _ body: (UnsafeBufferPointer<UnsafeRawPointer>) throws -> Void
    ) rethrows {
        try self.starts.withUnsafeBufferPointer { starts in
            var done = 0
            while done < starts.count {
                let end = min(starts.count, done + count)
                try body(UnsafeBufferPointer(rebasing: starts[done..<end]))
                done = end
            }
        }
    }
}

/// An image in touched memory, given out in pieces of 1 MiB.
private final class DrillImage: ImageSink, ImageSource {
    private let base: UnsafeMutableRawPointer
    private let byteCountMax: Int
    private(set) var byteCount = 0
    private var given = 0

    init(byteCountMax: Int) {
        self.base = .allocate(byteCount: byteCountMax, alignment: 4_096)
        memset(self.base, 0, byteCountMax)
        self.byteCountMax = byteCountMax
    }

    deinit { self.base.deallocate() }

    func put(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard self.byteCount + piece.count <= self.byteCountMax, let source = piece.baseAddress
        else { return false }
        (self.base + self.byteCount).copyMemory(from: source, byteCount: piece.count)
        self.byteCount += piece.count
        return true
    }

    func next() -> UnsafeRawBufferPointer? {
        let count = min(1 << 20, self.byteCount - self.given)
        if count == 0 { return nil }
        defer { self.given += count }
        return UnsafeRawBufferPointer(start: self.base + self.given, count: count)
    }
}
