import HoldfastWire
import Testing

@testable import holdfast_bench

@Suite struct HoldFrameTests {
    private static func frame(
        _ holdMilliseconds: Int, buyer: UInt64 = 7
    ) throws -> [UInt8] {
        let frame = try HoldFrame(
            saleID: "lapse-1", productID: "lapsing", timeoutMilliseconds: 5_000)
        return [UInt8](unsafeUninitializedCapacity: frame.byteCount) { buffer, count in
            frame.write(
                id: 3, requestID: (1, 2), buyer: buyer, holdMilliseconds: holdMilliseconds,
                to: buffer.baseAddress!)
            count = frame.byteCount
        }
    }

    @Test func theTimeIsAVarintOfThreeBytesWhateverItsValue() throws {
        let frames = try [1_500, 16_384, 600_000, HoldFrame.holdMillisecondsMax].map {
            try Self.frame($0)
        }
        #expect(Set(frames.map(\.count)).count == 1)
        // 1,500 = 11 · 128 + 92, and a third byte of nothing.
        #expect(frames[0].containsSequence([0x28, 0x80 | 92, 0x80 | 11, 0]))
        #expect(frames[1].containsSequence([0x28, 0x80, 0x80, 1]))
        #expect(frames[3].containsSequence([0x28, 0xFF, 0xFF, 0x7F]))
    }

    @Test func onlyBuyerAndTimeDiffer() throws {
        #expect(try Self.frame(20_000) == Self.frame(20_000))
        #expect(try Self.frame(20_000) != Self.frame(20_001))
        #expect(try Self.frame(20_000) != Self.frame(20_000, buyer: 8))
    }
}

@Suite struct CallScheduleTests {
    @Test func callsAreDueAtTheirTimesHoweverLateTheyStart() {
        var schedule = CallSchedule(origin: 1_000, callsPerSecond: 1_000_000)
        #expect(schedule.due(999) == nil)
        // Five are due at once: each counts from its own time.
        var starts: [UInt64] = []
        while let start = schedule.due(5_000) {
            starts.append(start)
            schedule.started()
        }
        #expect(starts == [1_000, 2_000, 3_000, 4_000, 5_000])
        #expect(schedule.due(5_999) == nil)
        #expect(schedule.due(6_000) == 6_000)
    }
}

extension [UInt8] {
    fileprivate func containsSequence(_ bytes: [UInt8]) -> Bool {
        self.indices.dropLast(bytes.count - 1).contains {
            self[$0..<($0 + bytes.count)].elementsEqual(bytes)
        }
    }
}
