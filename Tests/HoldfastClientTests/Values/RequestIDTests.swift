import Foundation
import HoldfastClient
import Testing

@Suite struct RequestIDTests {
    @Test func idsOnlyGrowAndAreUUIDsOfVersion7() {
        let ids = (0..<100_000).map { _ in RequestID() }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        let last = ids[ids.count - 1]
        #expect(last.bytes[6] >> 4 == 7)
        #expect(last.bytes[8] >> 6 == 2)
        let milliseconds = last.bytes[..<6].reduce(0) { $0 << 8 | Int($1) }
        let now = Int(Date().timeIntervalSince1970 * 1_000)
        #expect(abs(milliseconds - now) < 60_000)
    }

    @Test func idsGrowOverAClockThatStepsBackAndOverTheCountersEnd() {
        var generator = RequestIDGenerator()
        var last: (high: UInt64, low: UInt64) = (0, 0)
        var backwardCount = 0
        // More ids in one millisecond than the counter of 18 bits holds, then a clock an hour behind.
        for index in 0..<600_000 {
            let next = generator.next(atMilliseconds: index < 300_000 ? 3_600_000 : 0)
            if next <= last { backwardCount += 1 }
            last = next
        }
        #expect(backwardCount == 0)
    }

    @Test func idsOfManyTasksAreAllDifferent() async {
        let ids = await withTaskGroup(of: [RequestID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2_000).map { _ in RequestID() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 16_000)
    }

    @Test func textRoundTrips() {
        let id = RequestID()
        #expect(RequestID(id.description) == id)
        #expect(RequestID(id.hex) == id)
        #expect(RequestID(id.description.uppercased()) == id)
        #expect(RequestID(bytes: id.bytes) == id)
        #expect(id.description == UUID(uuidString: id.description)?.uuidString.lowercased())
    }

    @Test(arguments: [
        "", "0", "0192f0c1000070008000000000000", "0192f0c1-0000-7000-8000-00000000000g",
        "0192f0c1x0000-7000-8000-000000000001", "0192f0c1-0000-7000-8000-0000000000001",
        "０192f0c1000070008000000000000001",
    ])
    func textThatIsNoIDIsRefused(_ text: String) {
        #expect(RequestID(text) == nil)
    }

    @Test func reservationIDsAreDecimalText() {
        #expect(ReservationID(UInt64.max).description == "18446744073709551615")
        #expect(ReservationID("18446744073709551615") == ReservationID(.max))
        for text in ["18446744073709551616", "-1", "+1", "0x1", "", " 1"] {
            #expect(ReservationID(text) == nil, "\(text)")
        }
    }
}
