import HoldfastWire
import Testing

@testable import HoldfastServer

@Suite struct TurnBufferTests {
    @Test func whatWasAppendedStaysInOrderWhileTheBufferGrows() {
        var buffer = TurnBuffer<Int>(capacity: 1)
        for value in 0..<1_000 { buffer.append(value) }
        var inOrder = true
        for index in 0..<1_000 where buffer[index] != index { inOrder = false }
        #expect(inOrder)
        #expect(buffer.count == 1_000)
    }

    @Test func anEmptiedBufferKeepsItsMemory() {
        var buffer = TurnBuffer<Int>(capacity: 2)
        for value in 0..<100 { buffer.append(value) }
        let before = buffer.base
        buffer.removeAll()
        for value in 0..<100 { buffer.append(value) }
        #expect(buffer.base == before)
        buffer.resize(to: 4_096)
        #expect(buffer.count == 4_096)
        #expect(buffer[99] == 99)
    }
}

@Suite struct GatewayStatisticsTests {
    @Test func answersAreCountedByMethodCodeAndOutcome() {
        let statistics = GatewayStatistics()
        let reserve = UInt8(Method.reserve.rawValue)
        for _ in 0..<3 { statistics.countOutcome(reserve, 1) }
        statistics.countOutcome(reserve, 12)
        statistics.countCode(reserve, .invalidArgument)
        statistics.countCode(UInt8(Method.drain.rawValue), .permissionDenied)
        // A number that is no method is counted too, under no method's name.
        statistics.countCode(0, .unimplemented)
        #expect(statistics.count(.reserve, code: .ok) == 4)
        #expect(statistics.count(.reserve, outcome: 1) == 3)
        #expect(statistics.count(.reserve, outcome: 12) == 1)
        #expect(statistics.count(.reserve, code: .invalidArgument) == 1)
        #expect(statistics.count(.drain, code: .permissionDenied) == 1)
        #expect(statistics.count(.ping, code: .unimplemented) == 0)
        #expect(statistics.callCount == 7)
    }
}
