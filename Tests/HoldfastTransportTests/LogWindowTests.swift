import HoldfastTransport
import Testing

@Suite struct LogWindowTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func beyondTheBoundOfASecondLinesAreCounted() {
        var window = LogWindow()
        let start = 5 * Self.second
        #expect(window.admit(nowNanoseconds: start, linesPerSecondMax: 2) == 0)
        #expect(window.admit(nowNanoseconds: start + 1, linesPerSecondMax: 2) == 0)
        for count in 1...3 {
            let late = start + Self.second - 1
            #expect(window.admit(nowNanoseconds: late, linesPerSecondMax: 2) == nil)
            #expect(window.leftOutCount == count)
        }
        #expect(window.endNanoseconds == start + Self.second)
        // The first line of the next second says how many there were.
        let next = start + Self.second
        #expect(window.admit(nowNanoseconds: next, linesPerSecondMax: 2) == 3)
        #expect(window.leftOutCount == 0)
        #expect(window.admit(nowNanoseconds: next + 1, linesPerSecondMax: 2) == 0)
        #expect(window.admit(nowNanoseconds: next + 2, linesPerSecondMax: 2) == nil)
    }
}
