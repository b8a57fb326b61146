import Testing

@testable import HoldfastTransport

@Suite struct TurnSizeTests {
    @Test func aNewReactorTakesAll() {
        #expect(TurnSize().connectionCountMax(of: 4_096) == 4_096)
    }

    @Test(
        "some 48 KiB a turn, from 16 connections at least",
        arguments: [(190, 258), (1_000, 49), (3_000, 16), (32_768, 16), (1, 4_096)])
    func middlingTurns(bytesPerConnection: Int, expected: Int) {
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
