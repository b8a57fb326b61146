import HoldfastWire
import Testing

@Suite struct ArenaTests {
    @Test func allocationsAreAlignedAndDoNotOverlap() {
        var arena = Arena(initialBytes: 256, callBytesMax: 1 << 20)
        var taken: [(start: UInt, end: UInt)] = []
        for byteCount in 1...200 {
            let address = UInt(bitPattern: arena.allocate(byteCount)!)
            #expect(address % 16 == 0)
            taken.append((address, address + UInt(byteCount)))
        }
        taken.sort { $0.start < $1.start }
        for (left, right) in zip(taken, taken.dropFirst()) { #expect(left.end <= right.start) }
    }

    @Test func oneCallGetsNoMoreThanItsShare() {
        var arena = Arena(initialBytes: 64, callBytesMax: 1_000)
        arena.beginCall()
        let first = arena.allocate(600)
        let second = arena.allocate(401)
        #expect(first != nil && second == nil)
        let exhausted = arena.callExhausted
        #expect(exhausted)
        arena.beginCall()
        let afterwards = arena.allocate(1_000)
        #expect(afterwards != nil)
        let stillExhausted = arena.callExhausted
        #expect(!stillExhausted)
        let answer = UInt(bitPattern: arena.allocateForAnswer(5_000))
        #expect(answer != 0)
    }

    @Test func aWarmArenaNeverGrows() {
        var arena = Arena(initialBytes: 64, callBytesMax: 1 << 20)
        for _ in 0..<100 { _ = arena.allocate(100) }
        arena.reset()
        let owned = arena.ownedBytes
        let used = arena.usedBytes
        #expect(used == 0)
        for _ in 0..<50 {
            for _ in 0..<100 { _ = arena.allocate(100) }
            let now = arena.ownedBytes
            #expect(now == owned)
            arena.reset()
        }
        let after = arena.ownedBytes
        #expect(after == owned)
    }

    @Test func oneHugeCallIsNotKept() {
        var arena = Arena(initialBytes: 1_024, callBytesMax: 64 << 20)
        _ = arena.allocate(32 << 20)
        let during = arena.ownedBytes
        #expect(during > 32 << 20)
        arena.reset()
        let after = arena.ownedBytes
        #expect(after <= 8 << 20)
        let again = arena.allocate(100)
        #expect(again != nil)
    }
}
