import Testing

@testable import HoldfastServer

@Suite struct OverloadShedTests {
    @Test func ofCallsThatAreLateOneInEightIsRefused() {
        var shed = OverloadShed(queueMilliseconds: 60)
        var refused: [Int] = []
        for number in 1...64 where shed.takes(waitedNanoseconds: 100_000_000) {
            refused.append(number)
        }
        #expect(refused == [8, 16, 24, 32, 40, 48, 56, 64])
    }

    @Test(arguments: [(599_999_999, false), (600_000_000, true), (60_000_000_000, true)])
    func whoHasWaitedTenTimesTheTargetIsRefused(waitedNanoseconds: UInt64, isRefused: Bool) {
        var shed = OverloadShed(queueMilliseconds: 60)
        for _ in 1..<OverloadShed.lateCallsPerRefusal {
            let isTaken = shed.takes(waitedNanoseconds: waitedNanoseconds)
            #expect(isTaken == isRefused)
        }
    }
}
