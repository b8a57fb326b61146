import Testing

@testable import HoldfastTransport

@Suite struct TurnSizeTests {
    @Test func aNewReactorTakesAll() {
        #expect(TurnSize().connectionCountMax(of: 4_096) == 4_096)
    }

    @Test(
        "some 20 KiB a turn, from 8 connections at least",
        arguments: [(190, 107), (1_000, 20), (3_000, 8), (32_768, 8), (1, 4_096)])
    func smallTurns(bytesPerConnection: Int, expected: Int) {
        var size = TurnSize()
        for _ in 0..<64 {
            size.turnEnded(byteCount: 40 * bytesPerConnection, connectionCount: 40)
        }
        #expect((expected...expected + 4).contains(size.connectionCountMax(of: 4_096)))
    }

    @Test func turnsWithoutBytesCountAndTurnsWithoutConnectionsDoNot() {
        var size = TurnSize()
        for _ in 0..<64 { size.turnEnded(byteCount: 4_000, connectionCount: 4) }
        let before = size.connectionCountMax(of: 4_096)
        size.turnEnded(byteCount: 0, connectionCount: 0)
        #expect(size.connectionCountMax(of: 4_096) == before)
        for _ in 0..<64 { size.turnEnded(byteCount: 0, connectionCount: 4) }
        #expect(size.connectionCountMax(of: 4_096) > before)
    }
}
